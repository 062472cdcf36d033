# A state with a name that XML cannot hold, into a file; the file is well-formed, and stdout is another way.
"$SAVEPOINT" convert -q "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint" sp --to canonical
python3 - <<'END'
data = bytearray(open("sp/_metadata", "rb").read())
place = data.index(bytes.fromhex("0000000a 8f fffffffffffffff7 00"))
data[place + 12] = 0xf6
open("sp/_metadata", "wb").write(data.replace(b"_op_state", b"\1<&]]>\"'\x7f"))
END
"$SAVEPOINT" verify --junit report.xml sp
echo "exit $?"
python3 -c 'import xml.dom.minidom; xml.dom.minidom.parse("report.xml")'
cat report.xml
ls
"$SAVEPOINT" verify --junit - sp | cmp - report.xml
"$SAVEPOINT" verify --junit no/report.xml sp
echo "exit $?"
"$SAVEPOINT" verify --junit - --json sp
