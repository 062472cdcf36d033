"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/1.20.3-unaligned-rocksdb/tree/0c7f64afa99f3f62db1567854ff54067/chk-1"
