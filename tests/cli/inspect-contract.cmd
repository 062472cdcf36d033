"$SAVEPOINT" inspect --contract "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint"
"$SAVEPOINT" inspect --contract --states "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint"
