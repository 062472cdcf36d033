"$SAVEPOINT" convert --json "$DATA"/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint out --to canonical --flink 1.12 | grep -E '"(flink|expired|metadata_version|readable_from)"'
"$SAVEPOINT" convert "$DATA"/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint out2 --to canonical --flink 1.12 | grep ^Restored
