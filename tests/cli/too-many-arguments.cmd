"$SAVEPOINT" inspect a b
