SRC=$(dirname "$(find "$DATA/snapshots/2.2.0-file-merging-rocksdb" -name _metadata)")
"$SAVEPOINT" convert "$SRC" out --to canonical
"$SAVEPOINT" inspect out --files | head -3
"$SAVEPOINT" verify out
