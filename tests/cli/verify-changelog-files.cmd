# The first byte of a file of changes: it is not there, or no flag.
cp -r "$DATA"/snapshots/2.2.0-changelog-rocksdb/tree .
dstl=$(echo tree/changelog/*/dstl)
: >"$dstl"/c5d30fdd-f40e-46f3-aee4-37e75319ef34
printf '\2' | dd of="$dstl"/49cceb19-18c0-4594-a114-1b626ba6416f conv=notrunc status=none
"$SAVEPOINT" verify --json tree/*/chk-3 | python3 -c '
import json, sys
for finding in json.load(sys.stdin)["findings"]:
    if finding["code"] == "SP506":
        print(finding["operator"], finding["subtask"], finding["file"], finding["offset"], finding["text"])
'
: >"$dstl"/49cceb19-18c0-4594-a114-1b626ba6416f
"$SAVEPOINT" convert -q tree/*/chk-3 out --to rocksdb
