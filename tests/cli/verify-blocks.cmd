cp -r "$DATA"/snapshots/1.20.3-small-rocksdb-incremental/tree .
chk=$(echo tree/*/chk-3)
shared=$(echo tree/*/shared)
# A byte of a data block, one of the zeros in a footer, one of a MANIFEST, one of OPTIONS.
put() { printf 'x' | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }
put "$shared/3867b67d-e25c-4993-aab7-b4c8eb4b7afc" 20
put "$shared/a66f7861-26d9-4c0e-a0dd-224d51d382d5" $((1105 - 20))
manifest=$(grep -l -r -a leveldb.BytewiseComparator tree | xargs grep -L -a -e 'RocksDB option' -e rocksdb.properties | sort | head -1)
put "$manifest" 100
options=$(grep -l -r -a 'RocksDB option' tree | sort | head -1)
put "$options" 0
# Whether the original is still where it was written depends on the machine.
"$SAVEPOINT" verify --level blocks "$chk" | grep -v -e SP402 -e ^tree
