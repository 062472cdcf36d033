"$SAVEPOINT" convert -q "$DATA"/demo/checkpoints/*/chk-3 out --to canonical && echo written
before=$(cat out/* | cksum)
"$SAVEPOINT" convert -q "$DATA"/snapshots/1.20.3-small-rocksdb-canonical-compressed/savepoint out --to canonical
status=$?
[ "$before" = "$(cat out/* | cksum)" ] || echo "was written to"
ls -A
exit $status
