# In the heap layout nothing tells where a value of an unknown serializer ends; what is read before
# is printed.
"$SAVEPOINT" dump "$DATA/snapshots/1.16-types-hashmap-checkpoint"
