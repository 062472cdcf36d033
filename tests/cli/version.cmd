"$SAVEPOINT" --version
