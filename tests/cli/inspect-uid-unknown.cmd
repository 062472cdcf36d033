"$SAVEPOINT" inspect --json --uid nobody "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint"
