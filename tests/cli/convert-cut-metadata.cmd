mkdir sp
head -c 2000 "$DATA"/snapshots/1.20.3-small-rocksdb-native/savepoint/_metadata > sp/_metadata
"$SAVEPOINT" convert sp out --to canonical
status=$?
ls -A
exit $status
