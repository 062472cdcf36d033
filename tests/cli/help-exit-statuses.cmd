for command in convert dump inspect verify; do
	"$SAVEPOINT" help $command | grep -c "^  1  " | sed "s/^/$command: /"
done
