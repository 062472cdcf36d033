"$SAVEPOINT" inspect --prometheus --ttl=1h --at 2026-01-01 "$DATA"/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint
