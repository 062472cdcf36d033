"$SAVEPOINT" convert "$DATA"/demo/checkpoints/*/chk-3 out --to canonical
ls -A . out
"$SAVEPOINT" verify out
