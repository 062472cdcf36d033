# While it waits for a reader that takes nothing more.
mkfifo pipe
"$SAVEPOINT" dump "$DATA"/demo/checkpoints/*/chk-3 > pipe &
exec 3< pipe
read -r line <&3
kill -INT $!
wait $!
