"$SAVEPOINT" convert --dry-run --json "$DATA"/demo/checkpoints/*/chk-3 out --to canonical
ls -A
