"$SAVEPOINT" dump --format table --limit 8 "$DATA"/snapshots/2.2.0-small-hashmap-native-compressed/savepoint
"$SAVEPOINT" dump --format table --limit 2 --state window-contents "$DATA"/snapshots/2.2.0-small-hashmap-native-compressed/savepoint
