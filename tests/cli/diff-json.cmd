chk=$(echo "$DATA"/demo/checkpoints/*/chk-3)
"$SAVEPOINT" diff --json --operator orders "$chk" "$chk"
