snapshot=$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint
verify() {
	"$SAVEPOINT" verify --contract "$1" "$snapshot"
	echo "status $?"
}
verify missing.json
printf '{ "schema": ' > cut.json
verify cut.json
"$SAVEPOINT" inspect --json "$snapshot" > inspect.json
verify inspect.json
printf '{ "schema": "savepoint/contract/1", "operators": [ { "id": "x" } ] }' > operator.json
verify operator.json
printf '{ "schema": "savepoint/contract/1", "operators": [ { "id": "00000000000000000000000000000000", "parallelism": 1, "max_parallelism": 1, "coordinator": false, "operator_states": [], "keyed_states": [ { "name": "s", "kind": "VALUE", "value": { "type": "Long" } } ] } ] }' > type.json
verify type.json
