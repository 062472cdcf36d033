"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/1.20.3-changelog-hashmap/tree/550acefa8a6c4b1999bdec092db4bb10/chk-3"
