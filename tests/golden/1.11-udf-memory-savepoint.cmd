"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/1.11-udf-memory-savepoint"
