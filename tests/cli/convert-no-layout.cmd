"$SAVEPOINT" convert "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint out
