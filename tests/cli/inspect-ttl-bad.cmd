for options in '--at 2026-01-01' '--ttl=7' '--ttl=state=never' '--ttl --at soon'; do
	"$SAVEPOINT" inspect $options "$DATA/snapshots/1.11-udf-memory-savepoint"
	echo "$?"
done
