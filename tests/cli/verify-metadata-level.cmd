"$SAVEPOINT" verify --level metadata "$DATA"/snapshots/1.20.3-small-rocksdb-incremental/tree/*/chk-3
