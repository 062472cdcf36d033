"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/1.16-types-rocksdb-savepoint-native"
