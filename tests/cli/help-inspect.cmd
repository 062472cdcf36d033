"$SAVEPOINT" help inspect
