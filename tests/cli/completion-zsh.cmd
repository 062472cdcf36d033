"$SAVEPOINT" completion zsh > script || exit
! command -v zsh > /dev/null || zsh -n script
