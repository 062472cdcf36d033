"$SAVEPOINT" convert --json "$DATA"/demo/checkpoints/*/chk-3 out --to canonical
