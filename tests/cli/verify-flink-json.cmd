"$SAVEPOINT" verify --json --level files --flink 1.20 --parallelism 3 "$DATA/snapshots/2.2.0-small-hashmap-native-compressed/savepoint"
