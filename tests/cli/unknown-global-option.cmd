"$SAVEPOINT" --files inspect x
