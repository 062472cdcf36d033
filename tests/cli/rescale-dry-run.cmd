SRC=$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint
"$SAVEPOINT" rescale --dry-run "$SRC" out --max-parallelism 720 --to hashmap
ls -A
"$SAVEPOINT" rescale --dry-run --json "$SRC" out --max-parallelism 720 --parallelism 720
ls -A
