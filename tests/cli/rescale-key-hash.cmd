SRC=$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint
"$SAVEPOINT" rescale "$SRC" out --max-parallelism 300 --key-hash '695f=record(id, part)' || exit
"$SAVEPOINT" diff --rows "$SRC" out | grep -E "^([A-Z][a-z]+$|The)"
for function in 'record(part, id)' 'record(id)' 'record(id, nothing)' 'records(id, part)' 'record(id'; do
	"$SAVEPOINT" rescale "$SRC" other --max-parallelism 300 --key-hash "695f=$function"
	echo "$function: $?"
done
"$SAVEPOINT" rescale "$SRC" other --max-parallelism 300 --key-hash '6af7=record(f0, f1)'
echo "of a type whose function is known: $?"
ls -A
