"$SAVEPOINT" verify --level all x
