# CURRENT and the end of a table, with file and offset.
show='
import json, sys
for finding in json.load(sys.stdin)["findings"]:
    if "SP507" <= finding["code"] <= "SP510":
        print(finding["code"], finding["file"], finding["offset"], finding["text"])
'
for content in 'MANIFEST-000004 ' 'MANIFEST-999999\n'; do
	rm -rf sp
	cp -r "$DATA/snapshots/1.16-types-rocksdb-savepoint-native" sp
	for file in $(grep -l '^MANIFEST-' sp/*); do
		printf "$content" >"$file"
	done
	for file in $(grep -la rocksdb.block.based.table sp/*); do
		printf x | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") - 1)) conv=notrunc status=none
	done
	"$SAVEPOINT" verify --level files --json sp | python3 -c "$show"
	echo
done
