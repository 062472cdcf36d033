from=$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint
mkdir sp
sed 's/rUOVQ1Wt1c_xFeth/rUOVQ1Wt1c_xFetH/' "$from/_metadata" > sp/_metadata
"$SAVEPOINT" diff --rows --json --state v-string "$from" sp
