# what another release cannot take up, and values whose end only the job knows
refused() {
	src=$(dirname "$(find "$DATA/snapshots/$1" -name _metadata)")
	shift
	"$SAVEPOINT" convert "$src" out "$@"
	echo "$*: $?"
}
refused 1.20.3-unaligned-rocksdb --to rocksdb --flink 2.2
refused 2.2.0-kryo-rocksdb-native --to canonical --flink 1.20
ls -A
