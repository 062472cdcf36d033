"$SAVEPOINT" completion tcsh
