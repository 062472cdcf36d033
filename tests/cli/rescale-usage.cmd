# what no job can have: exit 2, and nothing is written
SRC=$DATA/snapshots/2.2.0-small-hashmap-native-compressed/savepoint
run() { "$SAVEPOINT" rescale "$SRC" out "$@"; echo "$*: $?"; }
run
run --to canonical --drop-in-flight
run --parallelism 0
run --parallelism=-1
run --parallelism two
run --parallelism 129
run --parallelism 2 --parallelism 3
run --parallelism nobody=3
run --parallelism string-keyed=
run --parallelism string-keyed=0
run --operator 3
run --operator string-keyed=2 --parallelism 69ee=3
run --operator string-keyed=129
run --max-parallelism 32769
run --max-parallelism 1
run --max-parallelism string-keyed=0
run --max-parallelism 256 --balance
run --max-parallelism 256 --key-hash 'record(id)'
run --max-parallelism 256 --key-hash 'nobody=record(id)'
run --max-parallelism 256 --key-hash 'string-keyed=record(id)' --key-hash 'string-keyed=xor(id)'
run --parallelism 2 --to heap-of-sand
run --parallelism 2 --flink 3.0
"$SAVEPOINT" rescale "$SRC" --parallelism 2
echo $?
"$SAVEPOINT" rescale "$SRC" "$SRC" --parallelism 3
echo $?
"$SAVEPOINT" rescale "$SRC" out other --parallelism 3
echo $?
ls -A
