"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/1.20.3-changelog-rocksdb-compressed/tree/cd13c8a14e56d2c2b0efceb11c9043a4/chk-6"
