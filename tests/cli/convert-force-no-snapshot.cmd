mkdir out
echo precious > out/file
"$SAVEPOINT" convert "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint out --to canonical --force
echo $?
"$SAVEPOINT" convert "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint out/file --to canonical --force
echo $?
cat out/file
