# key groups that fall together: no hash code is needed
SRC=$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint
"$SAVEPOINT" rescale "$SRC" out --max-parallelism 64 --to canonical || exit
"$SAVEPOINT" verify -v out
"$SAVEPOINT" diff --rows "$SRC" out | grep -E "^([A-Z][a-z]+$|The)"
