# The operator is in the second only.
"$SAVEPOINT" diff --rows --limit 2 --operator window-tumbling "$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint" \
	"$DATA/snapshots/2.2.0-small-hashmap-native-compressed/savepoint"
