"$SAVEPOINT" help rescale
