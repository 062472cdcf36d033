"$SAVEPOINT" inspect $'a\033[31m\nb'
