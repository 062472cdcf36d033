# Where a damaged row lies: in a file of canonical rows; of a database it is the place of its handle.
damage='
import sys
data = bytearray(open(sys.argv[1], "rb").read())
time = data.rindex(bytes.fromhex("80000174"))  # of a timer, its sign flipped
data[time + 8 + data[time + 8]] = 6            # behind its key of ASCII: the namespace
open(sys.argv[1], "wb").write(data)
'
show='
import json, sys
for finding in json.load(sys.stdin)["findings"]:
    if finding["code"] == "SP602":
        place = "%s: offset 0x%x: " % (finding["file"], finding["offset"])
        print(place, place in finding["text"])
        with open(finding["file"], "rb") as f:
            f.seek(finding["offset"])
            print(f.read(26).hex(" ", 2))
'
cp -r "$DATA"/snapshots/1.20.3-small-hashmap-canonical-files/savepoint canonical
python3 -c "$damage" canonical/d07faa45-0497-44f3-abc1-ae6e4b0c1600
"$SAVEPOINT" convert -q canonical database --to rocksdb
for layout in canonical database; do
	"$SAVEPOINT" verify --json $layout | python3 -c "$show"
done
