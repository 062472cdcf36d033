"$SAVEPOINT" dump --format table --json "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint"
