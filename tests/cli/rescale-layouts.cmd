# without --to the layout stays that of the source, with it everything is one pass
layout() { "$SAVEPOINT" inspect --json "$1" | grep '^	"layout"'; }
for name in 1.20.3-small-hashmap-canonical-inline 2.2.0-small-hashmap-native-compressed 1.20.3-small-rocksdb-native; do
	SRC=$DATA/snapshots/$name/savepoint
	"$SAVEPOINT" rescale -q "$SRC" $name --parallelism 1 || exit
	layout $name
	for to in canonical hashmap rocksdb memory; do
		"$SAVEPOINT" rescale -q "$SRC" $name-$to --parallelism 7 --max-parallelism 100 --to $to || exit
		layout $name-$to
		"$SAVEPOINT" verify $name-$to
		"$SAVEPOINT" diff --rows "$SRC" $name-$to | grep -E "^([A-Z][a-z]+$|The)"
	done
done
