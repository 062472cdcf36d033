mkdir empty
"$SAVEPOINT" inspect empty
