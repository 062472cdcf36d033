"$SAVEPOINT" convert -q "$DATA"/demo/checkpoints/*/chk-3 sp --to canonical
truncate -s -1 "$(ls sp/*-1-keyed | head -1)"
# The metadata says enough for these.
"$SAVEPOINT" inspect --files sp >out && "$SAVEPOINT" inspect sp >out
"$SAVEPOINT" inspect --states sp
