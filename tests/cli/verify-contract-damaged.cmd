# Damage is told by the levels; that there is nothing to compare is a finding, too.
cp -r "$DATA/snapshots/1.18-udf-hashmap-savepoint" sp
"$SAVEPOINT" inspect --contract sp > contract.json
rm sp/06719ef3-af31-4f64-a6f0-cc79500d9158
"$SAVEPOINT" verify --level files --contract contract.json sp
