# Timers in raw keyed state are the same as those in the backend.
"$SAVEPOINT" diff --rows "$DATA"/snapshots/1.20.3-small-rocksdb-heap-timers/tree/*/chk-* \
	"$DATA"/snapshots/1.20.3-changelog-hashmap/tree/*/chk-*
