# A state that is there, but not in these key groups, or without elements, is no error.
sp=$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint
"$SAVEPOINT" dump "$sp" --state merging-window-set --key-group 127
"$SAVEPOINT" dump "$sp" --state empty-list
