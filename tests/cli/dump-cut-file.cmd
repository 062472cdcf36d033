"$SAVEPOINT" convert -q "$DATA"/demo/checkpoints/*/chk-3 sp --to canonical
truncate -s -1 "$(ls sp/*-1-keyed | head -1)"
"$SAVEPOINT" dump sp | wc -l
exit "${PIPESTATUS[0]}"
