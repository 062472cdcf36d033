"$SAVEPOINT" convert -q "$DATA"/demo/checkpoints/*/chk-3 out --to canonical && echo written
"$SAVEPOINT" convert -q "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint out --to canonical --force && echo replaced
"$SAVEPOINT" convert -q "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint other --to canonical
diff -r out other && ls -A
