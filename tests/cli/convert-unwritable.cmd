touch file
"$SAVEPOINT" convert "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint file/out --to canonical
echo $?
"$SAVEPOINT" convert "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint /proc/nowhere/out --to canonical
