# Nothing half-written: what was there stays, and no other file appears.
echo before >page.html
"$SAVEPOINT" inspect --html page.html "$DATA"/snapshots/1.20.3-small-rocksdb-native || echo "status $?"
mkdir cut
"$SAVEPOINT" inspect --html /nowhere/page.html "$DATA"/demo/checkpoints/*/chk-3 || echo "status $?"
"$SAVEPOINT" inspect --html cut "$DATA"/demo/checkpoints/*/chk-3 || echo "status $?"
"$SAVEPOINT" inspect --html page.html --json "$DATA"/demo/checkpoints/*/chk-3 || echo "status $?"
cat page.html
ls
