# State that cannot be read: the page is there, and says what is missing. Prometheus gets nothing.
show() {
	"$SAVEPOINT" inspect --html page.html --jobs 1 --at 2026-01-01 $1
	echo "$1: status $?"
	"$SOURCE"/tests/html/extract page.html page | grep unread
	"$SOURCE"/tests/html/extract page.html verify | grep -o '"SP4[0-9]*\|"SP5[0-9]*' | sort | uniq -c
	"$SOURCE"/tests/html/extract page.html inspect >document
	for part in operators files schemas keyed_states; do grep -q "^ \"$part\"" document && echo "has $part"; done
	sed -n '/<noscript>/,/<\/noscript>/p' page.html | grep -c 'Not read'
	"$SAVEPOINT" inspect --prometheus $1 2>&1 | grep -v "^savepoint: "
	rm page.html document
}
for name in missing cut; do
	cp -r "$DATA"/snapshots/1.20.3-small-rocksdb-native/savepoint $name
done
rm missing/7ba92130-100b-41d6-8388-1549bed9e02e
truncate -s 100 cut/7ba92130-100b-41d6-8388-1549bed9e02e
cp -r "$DATA"/snapshots/1.18-udf-hashmap-savepoint heap
for file in heap/*; do [ "$file" = heap/_metadata ] || printf '\0\0\0\377' | dd of="$file" conv=notrunc status=none; done
show missing
show cut
show heap
"$SAVEPOINT" inspect --html - missing 2>/dev/null | grep -c '<noscript>'
ls
