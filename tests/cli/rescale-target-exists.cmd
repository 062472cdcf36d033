SRC=$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint
"$SAVEPOINT" rescale -q "$SRC" out --parallelism 3
"$SAVEPOINT" rescale -q "$SRC" out --parallelism 4
echo $?
"$SAVEPOINT" rescale -q "$SRC" out --parallelism 4 --force
"$SAVEPOINT" diff --rows "$SRC" out | tail -1
"$SAVEPOINT" rescale -q nowhere out2 --parallelism 4
echo $?
ls -A
