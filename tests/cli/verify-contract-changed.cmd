# A contract with an operator, a state, a field and more that the snapshot does not have so.
snapshot=$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint
"$SAVEPOINT" inspect --contract "$snapshot" > contract.json
sed -e 's/"max_parallelism":	128/"max_parallelism":	256/' \
	-e 's/"name":	"v-tuple2"/"name":	"v-gone"/' \
	-e '0,/"kind":	"MAP"/s//"kind":	"LIST"/' \
	-e 's/"mode":	"UNION"/"mode":	"BROADCAST"/' \
	-e '0,/"id":	"[0-9a-f]\{32\}"/s//"id":	"00000000000000000000000000000000"/' contract.json > changed.json
"$SAVEPOINT" verify -v --level metadata --contract changed.json "$snapshot" | grep SP7
echo "status ${PIPESTATUS[0]}"
