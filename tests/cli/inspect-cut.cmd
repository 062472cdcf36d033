mkdir sp
head -c 1000 "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint/_metadata" > sp/_metadata
"$SAVEPOINT" inspect sp
