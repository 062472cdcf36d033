"$SAVEPOINT" inspect --schema "$DATA"/snapshots/1.8-scala-broadcast-memory-savepoint | sed -n '/^Schema/,$p'
"$SAVEPOINT" inspect --schema --operator 'Join[130]' "$DATA"/snapshots/2.2.0-sql-rocksdb-incremental/tree/*/chk-* | sed -n '/^Schema/,$p'
