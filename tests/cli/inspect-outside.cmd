# State outside of the snapshot's own directory, of an operator and by key: what is not read has no figures.
cp -r "$DATA"/snapshots/1.20.3-small-rocksdb-incremental/tree .
chk=$(echo tree/*/chk-3)
python3 - "$chk" <<'END'
import os
import sys

path = sys.argv[1] + "/_metadata"
data = open(path, "rb").read()
for name in "31045f02-4a25-4017-9cbb-26fcf2ccbccb", "57729082-721e-478e-8a46-9703fc78d425":
    outside = "../../../" + name[9:]
    os.rename(sys.argv[1] + "/" + name, name[9:])
    data = data.replace(name.encode(), outside.encode())
open(path, "wb").write(data)
END
for what in "--states" "--schema" "--key-groups" "--prometheus"; do
	echo "$what"
	"$SAVEPOINT" inspect --jobs 1 $what "$chk" >out
	echo "status $?"
	grep -E '6af7359fed1b|7866dfef0b52' out | grep -v savepoint_operator_ | head -20
done
"$SAVEPOINT" inspect --jobs 1 --html page.html "$chk"
echo "status $?"
