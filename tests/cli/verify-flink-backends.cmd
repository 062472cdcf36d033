# RocksDB's own files: with no backend named, one that restores them is enough.
for backend in '' '--backend rocksdb' '--backend hashmap'; do
	"$SAVEPOINT" verify --level files --flink 1.20 $backend "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint"
	echo "status $?"
done
"$SAVEPOINT" verify --level files --flink 1.20 "$DATA/snapshots/2.2.0-kryo-rocksdb-native/savepoint"
