"$SAVEPOINT" inspect --uid x --files "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint"
