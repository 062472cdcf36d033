"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/1.10-udf-rocksdb-savepoint"
