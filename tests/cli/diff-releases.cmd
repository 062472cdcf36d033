# Another release, layout and parallelism; an operator more.
"$SAVEPOINT" diff --rows --limit 1 "$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint" \
	"$DATA/snapshots/2.2.0-small-hashmap-native-compressed/savepoint"
