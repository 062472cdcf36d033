# One, a range, and one that no operator has.
sp=$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint
"$SAVEPOINT" dump "$sp" --key-group 35 | grep -o '"key_group": [0-9]*' | sort | uniq -c
"$SAVEPOINT" dump "$sp" --key-group 0-35 | grep -o '"key_group": [0-9]*' | sort | uniq -c
"$SAVEPOINT" dump "$sp" --key-group 128
