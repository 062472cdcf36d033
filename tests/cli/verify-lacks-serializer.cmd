# A state without its serializer: every command says the same of it.
cp -r "$DATA/snapshots/1.20.3-small-hashmap-canonical-inline/savepoint" sp
at=$(grep -abo VALUE_SERIALIZER sp/_metadata | head -n 1 | cut -d : -f 1)
printf 'X' | dd of=sp/_metadata bs=1 seek="$at" conv=notrunc status=none
"$SAVEPOINT" verify sp | cut -d / -f 1 | sort -u
for command in "inspect --states" "convert --to canonical" "dump"; do
	# shellcheck disable=SC2086 # words
	"$SAVEPOINT" $command sp $(case $command in convert*) echo out ;; esac) > /dev/null
	echo "$command: $?"
done
