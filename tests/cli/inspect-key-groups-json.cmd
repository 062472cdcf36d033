"$SAVEPOINT" inspect --key-groups --json --operator d5c8 "$DATA/snapshots/1.11-udf-memory-savepoint" | sed -n '/"skew"/,$p'
