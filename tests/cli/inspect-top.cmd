"$SAVEPOINT" inspect --top 4 "$DATA"/demo/checkpoints/*/chk-3 | sed -n '/^Largest/,$p'
