"$SAVEPOINT" convert s3://bucket/savepoint out --to canonical
echo $?
"$SAVEPOINT" convert "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint s3://bucket/savepoint --to canonical
