SRC=$(dirname "$(find "$DATA"/snapshots/1.8-scala-broadcast-memory-savepoint -name _metadata)")
"$SAVEPOINT" convert "$SRC" out --to canonical --flink 2.0
ls -A
