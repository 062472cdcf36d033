"$SAVEPOINT" convert --source-path "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint out more --to canonical
