# A subtask that has none of the key groups is not opened: that its file is cut is not noticed.
"$SAVEPOINT" convert -q "$DATA"/demo/checkpoints/*/chk-3 sp --to canonical
for file in sp/*-1-keyed; do
	truncate -s 100 "$file"
done
"$SAVEPOINT" dump sp --key-group 0-63 | wc -l
echo "${PIPESTATUS[0]}"
