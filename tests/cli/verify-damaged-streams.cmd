# What ends the reading of a stream; the others are looked at all the same.
"$SAVEPOINT" convert -q "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint" sp --to canonical
python3 - <<'END'
data = bytearray(open("sp/_metadata", "rb").read())


def change(pattern, at, byte):
    place = data.index(pattern) + at
    data[place] = byte


change(bytes.fromhex("0000000a 8f fffffffffffffff7 00"), 3, 0xff)  # length of a key of '_op_state'
change(bytes.fromhex("00000011 0c 800001748770 02b8"), 4, 0x0d)    # key group of a timer
change(b"split-list" + bytes.fromhex("0000000100000001"), 9, ord("s"))  # a state that the handle lists
open("sp/_metadata", "wb").write(data)
END
"$SAVEPOINT" verify --json sp
