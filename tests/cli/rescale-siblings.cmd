# operators with uids: whether they are chained nobody knows
SRC=$DATA/snapshots/2.2.0-small-hashmap-native-compressed/savepoint
"$SAVEPOINT" rescale "$SRC" out --max-parallelism string-keyed=256 --operator operator-lists=3 --dry-run | tail -8
"$SAVEPOINT" rescale -q "$SRC" out --max-parallelism string-keyed=256 --dry-run
"$SAVEPOINT" rescale -q "$SRC" out --parallelism 3 --key-hash 'string-keyed=record(id)' --dry-run
"$SAVEPOINT" rescale "$SRC" out --parallelism 3 --key-hash 'string-keyed=record(id)' --dry-run >table
