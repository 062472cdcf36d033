for n in 0 -1 10001 many; do
	"$SAVEPOINT" inspect --top="$n" "$DATA/snapshots/1.11-udf-memory-savepoint"
	echo "$?"
done
