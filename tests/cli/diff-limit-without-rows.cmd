"$SAVEPOINT" diff --limit 3 "$DATA"/demo/checkpoints/*/chk-3 "$DATA"/demo/checkpoints/*/chk-3
