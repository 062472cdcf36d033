# Heap timers beside a RocksDB backend lie in raw keyed state.
"$SAVEPOINT" inspect --states "$DATA"/snapshots/1.20.3-small-rocksdb-heap-timers/tree/*/chk-3 | sed -n '/^Keyed states/,$p'
