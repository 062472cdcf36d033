"$SAVEPOINT" inspect --states "$DATA"/snapshots/1.8-*/_metadata
