cp -r "$DATA/snapshots/1.16-types-rocksdb-savepoint-native" sp
for file in sp/*; do
	tail -c 8 "$file" | od -An -tx1 | grep -q 'f7 cf f4 85 b7 41 e2 88' && rm "$file" # an SST
done
"$SAVEPOINT" convert sp out --to canonical
status=$?
ls -A
exit $status
