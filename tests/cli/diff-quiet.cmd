from=$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint
"$SAVEPOINT" diff -q --rows "$from" "$from" && "$SAVEPOINT" diff -q "$from" "$DATA"/demo/checkpoints/*/chk-3
