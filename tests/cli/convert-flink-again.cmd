# There and back the bytes are the same; operator state that older releases read stays as it is.
SRC=$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint
"$SAVEPOINT" convert -q "$SRC" here --to canonical --flink 1.20
"$SAVEPOINT" convert -q here newer --to canonical --flink 2.2
"$SAVEPOINT" convert -q newer again --to canonical --flink 1.20
cmp here/_metadata again/_metadata && echo same
"$SAVEPOINT" convert -q newer older --to canonical --flink 1.15
"$SAVEPOINT" convert -q older older-2.2 --to canonical --flink 2.2
"$SAVEPOINT" convert -q older-2.2 older-again --to canonical --flink 1.15
cmp older/_metadata older-again/_metadata && echo same
