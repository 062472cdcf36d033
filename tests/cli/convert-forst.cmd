# Of a ForSt backend and its asynchronous states; every layout has the same rows.
SRC=$(echo "$DATA"/snapshots/2.2.0-forst-async/tree/*/chk-15)
"$SAVEPOINT" dump "$SRC" | LC_ALL=C sort >rows
wc -l <rows
grep '"key": 7,' rows
for layout in canonical hashmap rocksdb; do
	"$SAVEPOINT" convert "$SRC" $layout --to $layout --quiet
	"$SAVEPOINT" dump $layout | LC_ALL=C sort | cmp - rows && echo "$layout: the same rows"
done
