"$SAVEPOINT" inspect --top 2 --json "$DATA"/snapshots/1.20.3-small-rocksdb-heap-timers/tree/*/chk-3 | sed -n '/"largest_values"/,$p'
