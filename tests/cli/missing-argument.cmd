"$SAVEPOINT" inspect
