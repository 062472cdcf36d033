"$SAVEPOINT" -q convert "$DATA"/demo/checkpoints/*/chk-3 out --to canonical
"$SAVEPOINT" convert -q --progress none "$DATA"/demo/checkpoints/*/chk-3 out2 --to canonical
