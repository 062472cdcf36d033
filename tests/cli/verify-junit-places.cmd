# Pipes and links stay what they are; what cannot be written is known before anything is read.
snapshot=$DATA/snapshots/1.20.3-small-hashmap-canonical-files/savepoint
mkfifo pipe
grep -c '<testcase' < pipe > cases &
"$SAVEPOINT" verify -q "$snapshot" --junit pipe
wait
[ -p pipe ] && echo "a pipe, of some test cases: $([ "$(cat cases)" -gt 1 ] && echo yes)"
ln -s target.xml link.xml
touch target.xml
"$SAVEPOINT" verify -q "$snapshot" --junit link.xml
[ -L link.xml ] && grep -c '<testsuite ' target.xml
for place in . no-directory/x ''; do
	"$SAVEPOINT" verify "$snapshot" --junit "$place" 2> refused && echo "what?"
	echo "exit status $?: $(sed 's|error: /.*:|error: …:|' refused)"
done
