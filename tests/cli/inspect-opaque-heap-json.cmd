"$SAVEPOINT" inspect -q --states --json "$DATA/snapshots/1.16-types-hashmap-checkpoint" | sed -n '/"keyed_states"/,/}/p'
