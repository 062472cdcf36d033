"$SAVEPOINT" dump --limit 5 "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint" | wc -l
"$SAVEPOINT" dump --limit 500 "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint" | wc -l
