"$SAVEPOINT" completion
