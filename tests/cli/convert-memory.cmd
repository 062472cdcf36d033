# all keyed state lies in _metadata
"$SAVEPOINT" convert "$DATA"/snapshots/1.20.3-small-rocksdb-native/savepoint out --to jobmanager --quiet
find out -name '*keyed*'
"$SAVEPOINT" inspect out --json | grep -e '^	"layout"' -e '"references_relative"'
"$SAVEPOINT" convert out back --from memory --to canonical --quiet && echo back
