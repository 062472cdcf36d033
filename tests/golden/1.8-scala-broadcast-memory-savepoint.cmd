"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/1.8-scala-broadcast-memory-savepoint"
