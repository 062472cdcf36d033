# Spaces count in strings only.
for key in '["g0",0]' ' [ "g0" , 0 ]' '["g0 ",0]' '["g0"]' 'g0'; do
	"$SAVEPOINT" dump "$DATA/snapshots/1.20.3-small-rocksdb-native/savepoint" --key "$key" | wc -l
done
