from=$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint
"$SAVEPOINT" convert "$from" native --to rocksdb
"$SAVEPOINT" convert "$from" again --to rocksdb -q -j 1 --memory 1M
diff -r native again && "$SAVEPOINT" verify native
"$SAVEPOINT" convert native canonical --to canonical -q
"$SAVEPOINT" convert canonical back --to rocksdb -q
diff -r native back && echo "the same bytes"
