"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/2.2.0-sql-rocksdb-incremental/tree/b10a2458c81ade54367ce5cb4b460f18/chk-3"
