for groups in '' x -1 3- 5-4 1-2-3 40000; do
	"$SAVEPOINT" dump --key-group "$groups" "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint"
	echo $?
done
