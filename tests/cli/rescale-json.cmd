SRC=$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint
"$SAVEPOINT" rescale --json "$SRC" out --max-parallelism 300 --operator 6af7=3 -q
