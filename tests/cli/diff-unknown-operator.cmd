# An operator that neither has, and a name that two operators of one have.
chk=$(echo "$DATA"/demo/checkpoints/*/chk-3)
"$SAVEPOINT" diff --operator none "$chk" "$chk"
echo "status $?"
"$SAVEPOINT" diff --operator Map "$chk" "$DATA"/snapshots/2.2.0-sql-rocksdb-incremental/tree/*/chk-3
echo "status $?"
