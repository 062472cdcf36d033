"$SAVEPOINT" diff "$DATA"/demo/checkpoints/*/chk-3
