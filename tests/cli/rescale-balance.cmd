# 126 is nearer to 128 than 135 is
SRC=$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint
"$SAVEPOINT" rescale "$SRC" out --parallelism 9 --balance || exit
"$SAVEPOINT" verify out
"$SAVEPOINT" diff --rows "$SRC" out | grep -E "^([A-Z][a-z]+$|The)"
# two divide 128 already: nothing but the layout
"$SAVEPOINT" rescale --json "$SRC" same --balance --to canonical | grep -c '"max_parallelism_after":	128'
