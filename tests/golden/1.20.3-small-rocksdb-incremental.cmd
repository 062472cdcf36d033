"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/1.20.3-small-rocksdb-incremental/tree/270314f93295d3b1264fe5366a7618ba/chk-3"
