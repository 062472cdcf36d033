# heap native to canonical and back: the same rows
for name in 1.11-udf-memory-savepoint 2.2.0-small-hashmap-native-compressed; do
	src=$(dirname "$(find "$DATA/snapshots/$name" -name _metadata)")
	"$SAVEPOINT" convert "$src" $name-canonical --to canonical --json >canonical.json || exit
	"$SAVEPOINT" convert $name-canonical $name-heap --to heap --json >heap.json || exit
	"$SAVEPOINT" convert $name-heap again --to canonical --json >again.json || exit
	for from in $name-canonical again; do
		"$SAVEPOINT" dump $from | sort >$from.rows
	done
	cmp $name-canonical.rows again.rows && echo same rows
	grep -h '^	"rows"' canonical.json heap.json again.json
	"$SAVEPOINT" inspect $name-heap --json | grep '^	"layout"'
	"$SAVEPOINT" verify $name-heap --quiet && echo sound
	rm -r again
done
