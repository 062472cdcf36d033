"$SAVEPOINT" dump "$DATA"/snapshots/2.2.0-sql-rocksdb-incremental/tree/*/chk-* | awk '!seen[$2 $6 $8]++'
