# values whose end only the job knows: no rows can be made of them, but the heap layout takes its own key groups as they are
src=$DATA/snapshots/1.16-types-hashmap-checkpoint
"$SAVEPOINT" convert "$src" heap --to hashmap --quiet
echo "hashmap: $?"
"$SAVEPOINT" convert heap memory --to memory --quiet
echo "memory: $?"
"$SAVEPOINT" convert heap again --to hashmap --quiet && diff -r heap again && echo the same
"$SAVEPOINT" verify --level blocks --quiet heap && echo sound
"$SAVEPOINT" convert heap out --to canonical
echo "canonical: $?"
"$SAVEPOINT" convert heap out --to hashmap --expire --ttl 1d
echo "expire: $?"
ls -A
