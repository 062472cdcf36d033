# The same job on RocksDB, where keys and values have lengths.
"$SAVEPOINT" dump "$DATA/snapshots/1.16-types-rocksdb-savepoint-native"
