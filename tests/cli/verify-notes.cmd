"$SAVEPOINT" verify -v "$DATA/snapshots/1.16-types-rocksdb-savepoint-native"
