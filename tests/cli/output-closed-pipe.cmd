# Whoever reads may stop: no error.
set -o pipefail
snapshot=$(dirname "$(find "$DATA/demo" -name _metadata)")
for i in 1 2 3 4 5 6 7 8; do
	"$SAVEPOINT" inspect --json --key-groups --files "$snapshot" | head -c 1
	echo " exit status $?"
done
