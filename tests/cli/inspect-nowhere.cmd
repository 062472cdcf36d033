"$SAVEPOINT" inspect nowhere
