"$SAVEPOINT" --help
