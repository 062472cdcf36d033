# a dry run refuses what the run would refuse
"$SAVEPOINT" convert -q "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint one --to canonical
"$SAVEPOINT" convert "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint one --to canonical --dry-run
