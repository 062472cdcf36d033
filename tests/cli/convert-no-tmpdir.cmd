"$SAVEPOINT" convert "$DATA"/demo/checkpoints/*/chk-3 new/out --to canonical --tmpdir nowhere
status=$?
ls -A
exit $status
