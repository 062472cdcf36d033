# canonical state belongs to every backend
for from in canonical hashmap fs heap filesystem rocksdb; do
	"$SAVEPOINT" convert -q --from $from --to canonical "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint $from && echo $from
done
