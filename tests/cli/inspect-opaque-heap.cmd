# In the heap layout nothing tells where a value of an unknown serializer ends: its states have a
# line, but no figures.
"$SAVEPOINT" inspect --states --key-groups "$DATA/snapshots/1.16-types-hashmap-checkpoint" | sed -n '/^Keyed states/,$p' | cut -c 1-130
exit "${PIPESTATUS[0]}"
