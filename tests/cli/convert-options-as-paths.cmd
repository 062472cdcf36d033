"$SAVEPOINT" convert --from rocksdb --to canonical --source-path "$DATA"/demo/checkpoints/*/chk-3 --target-path out -q &&
ls -A . out
