"$SAVEPOINT" dump --operator nothing "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint"
