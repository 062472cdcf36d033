for name in 1.20.3-changelog-hashmap 1.20.3-changelog-rocksdb-compressed 2.2.0-changelog-rocksdb; do
	"$SAVEPOINT" convert "$(dirname "$(find "$DATA/snapshots/$name" -name _metadata)")" "$name" --to canonical
	"$SAVEPOINT" verify "$name"
done
