SRC=$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint
"$SAVEPOINT" convert --expire "$SRC" out --to canonical
"$SAVEPOINT" convert --expire=soon --ttl 1d "$SRC" out --to canonical
"$SAVEPOINT" convert --expire --ttl ttl-value=1w "$SRC" out --to canonical
"$SAVEPOINT" convert --ttl 1d "$SRC" out --to canonical
ls -A
