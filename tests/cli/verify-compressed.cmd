cp -r "$DATA"/snapshots/2.2.0-small-hashmap-native-compressed/savepoint .
printf 'x' | dd of=savepoint/66e2af5b-65d6-456e-97dc-7fedcad8daed bs=1 seek=30000 conv=notrunc status=none
"$SAVEPOINT" verify --level blocks savepoint
