"$SAVEPOINT" inspect "$DATA"/snapshots/1.20.3-unaligned-rocksdb/tree/*/chk-*
