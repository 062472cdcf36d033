"$SAVEPOINT" diff --rows --limit -1 "$DATA"/demo/checkpoints/*/chk-3 "$DATA"/demo/checkpoints/*/chk-3
