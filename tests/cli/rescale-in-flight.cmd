# records in flight are bound to their parallelism
SRC=$(dirname "$DATA"/snapshots/1.20.3-unaligned-rocksdb/tree/*/chk-1/_metadata)
"$SAVEPOINT" rescale "$SRC" out --parallelism 3
echo $?
ls -A
"$SAVEPOINT" rescale "$SRC" out --parallelism 3 --drop-in-flight || exit
"$SAVEPOINT" verify out
