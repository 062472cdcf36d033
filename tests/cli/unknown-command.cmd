"$SAVEPOINT" inspekt x
