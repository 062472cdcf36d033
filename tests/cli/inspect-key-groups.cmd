# Four key groups; parallelism 4 is there, 3 is asked for.
"$SAVEPOINT" inspect --at-parallelism 3 "$DATA/snapshots/1.11-udf-memory-savepoint" | sed -n '/^Skew/,$p'
