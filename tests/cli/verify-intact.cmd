"$SAVEPOINT" verify "$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint"
