"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/2.2.0-file-merging-rocksdb/tree/fd0bedd1f31eb183f2570b56abe89201/chk-3"
