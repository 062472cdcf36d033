chk=$(echo "$DATA"/demo/checkpoints/*/chk-3)
"$SAVEPOINT" diff -v --rows "$chk" "$chk"
