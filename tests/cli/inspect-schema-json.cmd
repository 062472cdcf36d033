"$SAVEPOINT" inspect --schema --json "$DATA"/snapshots/2.2.0-kryo-hashmap-canonical/savepoint |
	python3 -c 'import json, sys
document = json.load(sys.stdin)
json.dump({key: document[key] for key in ("schemas", "fragile")}, sys.stdout, indent=1)
print()'
