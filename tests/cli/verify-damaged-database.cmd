cp -r "$DATA"/snapshots/1.20.3-small-rocksdb-incremental/tree .
chk=$(echo tree/*/chk-3)
# The last byte of every SST file, the first bytes of every other one.
for file in tree/*/shared/*; do
	printf 'x' | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") - 1)) conv=notrunc status=none
	printf 'x' | dd of="$file" bs=1 conv=notrunc status=none
done
for file in "$chk"/[0-9a-f]*; do
	printf 'xxxxx' | dd of="$file" bs=1 conv=notrunc status=none
done
"$SAVEPOINT" verify "$chk" | sed 's/magic number [0-9a-f]*/magic number …/' | cut -d: -f1-2 | sort | uniq -c
