chk=$(echo "$DATA"/demo/checkpoints/*/chk-3)
"$SAVEPOINT" convert -q "$chk" sp --to canonical
"$SAVEPOINT" diff "$chk" sp && "$SAVEPOINT" diff --rows --memory 1M -j 1 sp "$chk"
