SRC=$DATA/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint
for release in 1.11 1.12 1.13 1.15 1.16 1.17 1.20 2.0 2.2; do
	"$SAVEPOINT" convert "$SRC" "$release" --to canonical --flink "$release" |
		grep -E '^(Restored|Metadata)'
	"$SAVEPOINT" verify "$release"
done
