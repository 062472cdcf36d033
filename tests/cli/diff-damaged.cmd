chk=$(echo "$DATA"/demo/checkpoints/*/chk-3)
"$SAVEPOINT" convert -q "$chk" sp --to canonical
truncate -s -1 "$(ls sp/*-1-keyed | head -1)"
"$SAVEPOINT" diff --rows "$chk" sp
