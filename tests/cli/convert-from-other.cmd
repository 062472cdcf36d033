"$SAVEPOINT" convert --from canonical "$DATA"/snapshots/1.20.3-small-rocksdb-native/savepoint out --to canonical
status=$?
ls -A
exit $status
