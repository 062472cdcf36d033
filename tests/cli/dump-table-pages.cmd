# Each 100 rows have headings.
"$SAVEPOINT" dump --format table --limit 250 "$DATA"/snapshots/2.2.0-small-hashmap-native-compressed/savepoint > table
grep -c '^Operator ' table
grep -c '^$' table
wc -l < table
