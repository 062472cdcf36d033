"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/1.18-udf-hashmap-savepoint"
