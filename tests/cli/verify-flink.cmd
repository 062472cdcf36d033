# One release after the other, and one backend.
snapshot=$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint
for release in 1.11 1.15 1.20 2.2; do
	"$SAVEPOINT" verify --level files --flink $release "$snapshot"
	echo "status $?"
done
"$SAVEPOINT" verify --level files --flink 2.0 --backend forst "$snapshot"
