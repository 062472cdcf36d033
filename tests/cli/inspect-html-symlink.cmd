# A link stays one, and so do the permissions.
echo before >page.html
chmod 640 page.html
ln -s page.html latest.html
"$SAVEPOINT" inspect --html latest.html "$DATA"/snapshots/1.20.3-small-rocksdb-native/savepoint || exit
head -c 15 page.html
echo
stat -c '%n %A' latest.html page.html
"$SAVEPOINT" inspect --html /dev/full "$DATA"/snapshots/1.20.3-small-rocksdb-native/savepoint
