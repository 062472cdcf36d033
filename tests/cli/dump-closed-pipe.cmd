# Nobody reads on: no error, and nothing on standard error.
"$SAVEPOINT" dump "$DATA"/demo/checkpoints/*/chk-3 | head -1
echo "${PIPESTATUS[0]}"
"$SAVEPOINT" dump --format table "$DATA"/demo/checkpoints/*/chk-3 | head -1 > /dev/null
echo "${PIPESTATUS[0]}"
