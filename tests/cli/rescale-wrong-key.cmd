# keys in key groups that they do not belong to: of a class (proved before), and numbers (while they move)
"$SAVEPOINT" convert -q "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint" sp --to canonical
cp -r sp sp2
python3 - <<'END'
def change(name, pattern, at, byte):
    data = bytearray(open(name, "rb").read())
    data[data.index(pattern) + at] = byte
    open(name, "wb").write(data)


change("sp/_metadata", bytes.fromhex("0000000000030003") + b"p0", 9, ord("9"))
change("sp2/_metadata", bytes.fromhex("0000000a 8f fffffffffffffff7 00"), 12, 0xf6)
END
for source in sp sp2; do
	for max in 129 720; do
		"$SAVEPOINT" rescale $source out --max-parallelism $max -j 1
		echo "$source, $max: $?"
	done
done
"$SAVEPOINT" rescale sp out --max-parallelism 129 --dry-run
echo "dry run: $?"
ls -A
