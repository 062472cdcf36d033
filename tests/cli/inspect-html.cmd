# The page holds what --json prints, and what verify finds; nothing else is left behind.
for snapshot in 1.20.3-small-rocksdb-native/savepoint 2.2.0-sql-rocksdb-incremental/tree/*/chk-* \
	1.8-scala-broadcast-memory-savepoint 1.20.3-unaligned-rocksdb/tree/*/chk-*; do
	snapshot=$(echo "$DATA"/snapshots/$snapshot)
	"$SAVEPOINT" inspect --html page.html --at 2026-01-01 "$snapshot" || exit
	"$SAVEPOINT" inspect --json --files --states --schema --key-groups --top 20 --ttl --at 2026-01-01 "$snapshot" |
		python3 -c 'import json, sys; json.dump(json.load(sys.stdin), sys.stdout, indent=1, sort_keys=True); print()' >want
	"$SOURCE"/tests/html/extract page.html inspect >got || exit
	cmp got want && echo "the same"
	"$SAVEPOINT" verify --json --level files "$snapshot" |
		python3 -c 'import json, sys; print([(f["code"], f["text"]) for f in json.load(sys.stdin)["findings"]])' >want
	"$SOURCE"/tests/html/extract page.html verify |
		python3 -c 'import json, sys; print([(f["code"], f["text"]) for f in json.load(sys.stdin)["findings"]])' >got
	cmp got want && echo "the same findings"
done
ls
