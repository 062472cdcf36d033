# A string by its text or by its JSON.
chk=$(echo "$DATA"/demo/checkpoints/*/chk-3)
"$SAVEPOINT" dump "$chk" --operator orders --key customer-10
"$SAVEPOINT" dump "$chk" --operator orders --key '"customer-10"' | wc -l
"$SAVEPOINT" dump "$chk" --operator orders --key customer-1000 | wc -l
