"$SAVEPOINT" convert "$DATA"/snapshots/2.2.0-kryo-rocksdb-native/savepoint out --to canonical --flink 1.20
ls -A
