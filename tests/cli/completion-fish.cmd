"$SAVEPOINT" completion fish > script || exit
! command -v fish > /dev/null || fish --no-execute script
