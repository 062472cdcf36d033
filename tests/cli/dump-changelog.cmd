"$SAVEPOINT" dump "$DATA"/snapshots/2.2.0-changelog-rocksdb/tree/*/chk-* | awk '!seen[$2 $6 $8]++'
