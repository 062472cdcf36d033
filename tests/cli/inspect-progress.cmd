# The rows of the summary are those of all states.
"$SAVEPOINT" inspect --states --progress json -j 1 "$DATA"/demo/checkpoints/*/chk-3 2>progress >out && tail -n 1 progress | grep -o '"rows":[0-9]*'
