"$SAVEPOINT" verify "$DATA"/snapshots/2.2.0-file-merging-rocksdb/tree/*/chk-3
