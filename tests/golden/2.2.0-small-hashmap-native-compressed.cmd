"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/2.2.0-small-hashmap-native-compressed/savepoint"
