"$SAVEPOINT" inspect --ttl --at 2023-12-01 --json "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint | sed -n '/"ttl":	\[/,$p'
