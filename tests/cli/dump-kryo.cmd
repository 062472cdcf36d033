# What Kryo wrote of the job's own class is opaque.
"$SAVEPOINT" dump "$DATA/snapshots/2.2.0-kryo-rocksdb-native/savepoint" --operator kryo-keyed --limit 7
