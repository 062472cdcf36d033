# The output does not depend on the number of workers.
for jobs in 1 2 5; do
	"$SAVEPOINT" inspect -j "$jobs" --json --states --key-groups --top 20 --ttl --at 2026-01-01 "$DATA"/demo/checkpoints/*/chk-3 >"$jobs.json"
	"$SAVEPOINT" inspect -j "$jobs" --states --key-groups --top 20 --ttl --at 2026-01-01 "$DATA"/demo/checkpoints/*/chk-3 >"$jobs.text"
done
cmp 1.json 2.json && cmp 1.json 5.json && cmp 1.text 2.text && cmp 1.text 5.text && grep -c . 1.text
