# A value that does not end where its row does, with the lines before it.
cp -r "$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint" sp
python3 - <<'END'
data = bytearray(open("sp/_metadata", "rb").read())
at = data.rindex(b"\x03s2")  # the value of a TTL state, a string
data[at] = 4
open("sp/_metadata", "wb").write(data)
END
"$SAVEPOINT" dump sp | wc -l
exit "${PIPESTATUS[0]}"
