# a changelog belongs to the backend below it, and is never canonical
snapshot_of() {
	dirname "$(find "$DATA/snapshots/$1" -name _metadata)"
}
for name in 1.20.3-changelog-hashmap 2.2.0-changelog-rocksdb; do
	for from in hashmap memory rocksdb canonical; do
		"$SAVEPOINT" convert -q --from $from --to canonical "$(snapshot_of $name)" $name-$from
		echo "$name $from $?"
	done
done
