# The first line of each state.
"$SAVEPOINT" dump "$DATA/snapshots/2.2.0-small-hashmap-native-compressed/savepoint" | awk '!seen[$2 $6 $8]++'
