"$SAVEPOINT" diff "$DATA"/demo/checkpoints/*/chk-3 nowhere
