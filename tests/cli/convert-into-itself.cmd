cp -r "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint sp
ln -s sp link
before=$(ls -AR sp)
for to in sp ./sp/ "file:$PWD/sp" sp/new/deeper link link/new .; do
	"$SAVEPOINT" convert sp $to --to canonical --force
	echo "$to: $?"
done
[ "$before" = "$(ls -AR sp)" ] || echo "was written to"
