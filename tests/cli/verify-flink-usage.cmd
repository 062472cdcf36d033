for options in '--flink 1.10' '--flink 2.9' '--flink soon' '--backend rocksdb' '--parallelism 2' \
	'--flink 1.20 --backend forst' '--flink 1.20 --backend heap' '--flink 1.20 --parallelism 0' '--flink 1.20 --parallelism 2x'; do
	"$SAVEPOINT" verify $options "$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint"
	echo "status $?"
done
