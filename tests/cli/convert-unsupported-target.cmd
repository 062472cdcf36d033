for to in hashmap rocksdb memory fs heap filesystem jobmanager; do
	"$SAVEPOINT" convert "$DATA"/snapshots/1.20.3-small-rocksdb-native/savepoint out --to $to
	echo "$to: $?"
done
ls -A
