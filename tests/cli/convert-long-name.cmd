# as long as a name can be; one byte more cannot be, and leaves nothing behind
name=$(printf '%0255d' 7)
"$SAVEPOINT" convert -q "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint $name --to canonical && [ -f $name/_metadata ] && echo written
rm -r $name
"$SAVEPOINT" convert "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint new/place/${name}8 --to canonical 2> "$TMP/stderr"
status=$?
sed 's/0\{100,\}/000/g' "$TMP/stderr" && rm "$TMP/stderr"
ls -A
exit $status
