"$SAVEPOINT" verify --level files --flink 1.20 --parallelism 200 "$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint" | cut -c1-200
