# One byte of a key, a value, a timer, an element at a time; all of it lies in _metadata.
"$SAVEPOINT" convert -q "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint" sp --to canonical
python3 - <<'END'
data = bytearray(open("sp/_metadata", "rb").read())


def change(pattern, at, byte):
    place = data.index(pattern) + at
    data[place] = byte


change(bytes.fromhex("0000000a 8f fffffffffffffff7 00"), 12, 0xf6)              # key -9 of 'seen'
change(bytes.fromhex("0000000a 5e 0000000100000001 00"), 8, 0)                  # a key of 'seen' that is …
change(bytes.fromhex("0000000a 5e 0000000000000001 00"), 12, 0)                 # … the one before now
change(bytes.fromhex("0000000000030003") + b"p0", 9, ord("9"))                  # key of a class of the job
change(b"\0\0\0\x07\x03r2", 4, 4)                                              # value of 'v-tuple2'
change(bytes.fromhex("00000011 0c 800001748770 02b8 03673200000005"), 20, 6)    # namespace of a timer
change(bytes.fromhex("00000011 0c 800001748770 ed18 03673200000005"), 19, 6)    # key of a timer
change(b"\x03v2", 0, 4)                                                         # element of 'split-list'
change(b"\x07n39540", 6, ord("1"))                                              # a copy of 'rules'
open("sp/_metadata", "wb").write(data)
END
"$SAVEPOINT" verify -v sp
