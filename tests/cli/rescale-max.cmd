# other key groups: wider prefixes, keys of known and of inferred functions, timers
SRC=$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint
"$SAVEPOINT" rescale "$SRC" out --max-parallelism 720 --parallelism 5 || exit
"$SAVEPOINT" verify -v out
"$SAVEPOINT" diff --rows "$SRC" out | grep -E "^([A-Z][a-z]+$|The)"
"$SAVEPOINT" rescale -q out back --max-parallelism 128 --parallelism 2 || exit
"$SAVEPOINT" verify back
"$SAVEPOINT" diff --rows "$SRC" back
