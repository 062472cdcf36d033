for release in 1.10 1.21 2.3 2 1.20.3 x 2.02; do
	"$SAVEPOINT" convert "$DATA"/demo/savepoint out --to canonical --flink "$release"
	echo $?
done
