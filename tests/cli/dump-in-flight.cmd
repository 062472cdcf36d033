# Channels of which records are in flight.
"$SAVEPOINT" dump "$DATA"/snapshots/1.20.3-unaligned-rocksdb/tree/*/chk-* | grep -v key_group
