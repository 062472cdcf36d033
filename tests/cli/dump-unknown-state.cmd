sp=$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint
"$SAVEPOINT" dump "$sp" --state nothing
"$SAVEPOINT" dump "$sp" --state nothing --operator window-session
"$SAVEPOINT" dump "$sp" --state nothing --key-group 0
