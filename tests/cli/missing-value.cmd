"$SAVEPOINT" inspect --operator
