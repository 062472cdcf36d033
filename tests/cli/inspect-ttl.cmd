"$SAVEPOINT" inspect --ttl=90d --ttl=ttl-map=5m --at 2023-12-01T00:00:00Z "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint | sed -n '/^Time to live/,$p'
