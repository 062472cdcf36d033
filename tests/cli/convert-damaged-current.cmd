# of a CURRENT that names no manifest, RocksDB tells no path; nor, of a manifest that is not there
for content in MANIFEST-000004 'MANIFEST-999999\n'; do
	rm -rf sp
	cp -r "$DATA/snapshots/1.16-types-rocksdb-savepoint-native" sp
	for file in $(grep -l '^MANIFEST-' sp/*); do
		printf "$content" > "$file"
		truncate -s 16 "$file"
	done
	"$SAVEPOINT" convert sp out --to canonical -j 1
	echo $?
done
ls -A
