"$SAVEPOINT" dump "$DATA"/demo/checkpoints/*/chk-3 > /dev/full
