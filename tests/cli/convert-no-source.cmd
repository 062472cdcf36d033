"$SAVEPOINT" convert nowhere out --to canonical
