"$SAVEPOINT" inspect --stats x
