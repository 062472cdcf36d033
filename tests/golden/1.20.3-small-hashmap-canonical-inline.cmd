"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint"
