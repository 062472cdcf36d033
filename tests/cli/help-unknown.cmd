"$SAVEPOINT" help frobnicate
