# a canonical savepoint has the same rows after another round
"$SAVEPOINT" convert -q "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint one --to canonical
"$SAVEPOINT" convert -q one two --to canonical
diff -r one two && echo same
