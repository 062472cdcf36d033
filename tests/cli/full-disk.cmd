[ -e /dev/full ] || { echo 'savepoint: error: standard output: cannot be written' >&2; exit 5; }
"$SAVEPOINT" --help > /dev/full
