SRC=$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint
"$SAVEPOINT" convert --expire "$SRC" out --to canonical
"$SAVEPOINT" convert --expire=soon --ttl 1d "$SRC" out --to canonical
"$SAVEPOINT" convert --expire --ttl ttl-value=1w "$SRC" out --to canonical
"$SAVEPOINT" convert --ttl 1d "$SRC" out --to canonical
"$SAVEPOINT" convert --expire --ttl ttl-value=1d --ttl 1h --ttl ttl-value=2d "$SRC" out --to canonical
"$SAVEPOINT" convert --expire --ttl 1d --ttl 1h "$SRC" out --to canonical
# no such state, and one without TTL
"$SAVEPOINT" convert --expire --ttl ttl-value=1d --ttl ttl-valeu=2d "$SRC" out --to canonical
"$SAVEPOINT" convert --expire --ttl v-long=1d "$SRC" out --to canonical --dry-run
echo "$?"
ls -A
"$SAVEPOINT" convert --expire --ttl ttl-map=1d --ttl ttl-list=1h "$SRC" out --to canonical --quiet
