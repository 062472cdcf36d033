"$SAVEPOINT" diff --operator none "$DATA"/demo/checkpoints/*/chk-3 "$DATA"/demo/checkpoints/*/chk-3
