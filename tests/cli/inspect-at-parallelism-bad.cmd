for n in 0 x 3.5 '' 32769 5; do
	"$SAVEPOINT" inspect --at-parallelism "$n" "$DATA/snapshots/1.11-udf-memory-savepoint"
	echo "$?"
done
# What is not shown does not matter.
"$SAVEPOINT" inspect --at-parallelism 5 --operator 1f2b "$DATA/snapshots/1.11-udf-memory-savepoint" >out
