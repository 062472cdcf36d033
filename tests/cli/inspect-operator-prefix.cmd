"$SAVEPOINT" inspect --operator 96d0 --json "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint"
