"$SAVEPOINT" dump "$DATA/snapshots/1.8-scala-broadcast-memory-savepoint" | grep -v key_group
