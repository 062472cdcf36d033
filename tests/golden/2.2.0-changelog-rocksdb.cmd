"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/2.2.0-changelog-rocksdb/tree/038d02c7b7c4f2b98cb408d857a92ea1/chk-3"
