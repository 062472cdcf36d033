"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/1.15.4-small-rocksdb-incremental/tree/9a72941f5a246564114405d8f1344714/chk-3"
