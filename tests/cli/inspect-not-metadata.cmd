printf "hello, this is no savepoint" > _metadata
"$SAVEPOINT" inspect .
