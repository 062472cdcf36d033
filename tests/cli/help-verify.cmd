"$SAVEPOINT" verify --help
