"$SAVEPOINT" convert --dry-run -j 2 "$DATA"/demo/checkpoints/*/chk-3 out --to canonical
ls -A
