for name in 1.11-udf-memory-savepoint 2.2.0-small-hashmap-native-compressed 1.20.3-changelog-hashmap \
	2.2.0-file-merging-rocksdb 1.20.3-unaligned-rocksdb; do
	"$SAVEPOINT" convert "$(dirname "$(find "$DATA/snapshots/$name" -name _metadata)")" out --to canonical
	echo "$name: $?"
done
ls -A
