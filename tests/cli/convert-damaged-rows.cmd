"$SAVEPOINT" convert -q "$DATA"/demo/checkpoints/*/chk-3 sp --to canonical
file=$(ls sp/*-1-keyed | head -1)
# the end mark of the last key group
printf '\0\0' | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") - 2)) conv=notrunc status=none
"$SAVEPOINT" convert sp out --to canonical -j 1
status=$?
ls -A
exit $status
