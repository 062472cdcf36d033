for jobs in 1 2 8; do
	"$SAVEPOINT" convert -q -j $jobs --memory 1M "$DATA"/demo/checkpoints/*/chk-3 $jobs --to canonical
	diff -r 1 $jobs && echo $jobs
done
