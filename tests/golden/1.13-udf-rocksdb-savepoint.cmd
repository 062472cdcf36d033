"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/1.13-udf-rocksdb-savepoint"
