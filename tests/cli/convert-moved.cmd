# read from the copy: absolute references lead to where the snapshot was written
cp -r "$DATA/demo/checkpoints" copy
"$SAVEPOINT" convert -q copy/*/chk-3 a --to canonical
"$SAVEPOINT" convert -q "$DATA"/demo/checkpoints/*/chk-3 b --to canonical
diff -r a b && echo same
