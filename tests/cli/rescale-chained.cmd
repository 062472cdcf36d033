# 20ba6b65 and c09dc291 have no uids, and run in one task; bc764cd8 is their source
SRC=$DATA/snapshots/1.16-types-rocksdb-savepoint-native
"$SAVEPOINT" rescale "$SRC" out --max-parallelism 20ba=4
echo $?
"$SAVEPOINT" rescale "$SRC" out --max-parallelism 20ba=4 --max-parallelism c09d=8
echo $?
"$SAVEPOINT" rescale "$SRC" out --max-parallelism 8 --max-parallelism c09d=8 --operator c09d=2
echo $?
ls -A
