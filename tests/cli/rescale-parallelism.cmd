# the same rows, in three subtasks; the layout stays
for name in 1.20.3-small-hashmap-canonical-files 2.2.0-small-hashmap-native-compressed 1.20.3-small-rocksdb-native; do
	SRC=$DATA/snapshots/$name/savepoint
	"$SAVEPOINT" rescale "$SRC" $name --parallelism 3 || exit
	"$SAVEPOINT" verify $name
	"$SAVEPOINT" diff --rows "$SRC" $name | tail -1
done
"$SAVEPOINT" rescale -q 1.20.3-small-rocksdb-native back --parallelism 2
"$SAVEPOINT" diff --rows "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint" back | tail -1
