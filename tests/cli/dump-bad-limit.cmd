for limit in 0 -1 x 99999999999999999999; do
	"$SAVEPOINT" dump --limit "$limit" "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint"
	echo $?
done
