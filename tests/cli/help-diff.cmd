"$SAVEPOINT" help diff
