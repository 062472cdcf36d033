"$SAVEPOINT" inspect -- --json
