# A state that is not there is most likely a slip of the pen: a warning says so.
snapshot=$(dirname "$(find "$DATA/snapshots/1.20.3-small-hashmap-canonical-inline" -name _metadata)")
"$SAVEPOINT" inspect "$snapshot" --ttl=no-such=7d --at 2024-01-01 | tail -n +12 > /dev/null
"$SAVEPOINT" inspect "$DATA"/demo/checkpoints/*/chk-3 --ttl=7d > /dev/null
