# A snapshot keeps its own contract, and that of the same job elsewhere.
for snapshot in "$DATA"/snapshots/*; do
	snapshot=$(dirname "$(find "$snapshot" -name _metadata)")
	if "$SAVEPOINT" inspect --contract "$snapshot" > contract.json 2> refused; then
		"$SAVEPOINT" verify --level metadata --contract contract.json --json "$snapshot" | grep -c '"SP7' | sed "s|^|${snapshot#"$DATA"/}: |"
	else
		cat refused
	fi
done
