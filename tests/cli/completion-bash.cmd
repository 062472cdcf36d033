eval "$("$SAVEPOINT" completion bash)"
mkdir a-directory
touch a-file
complete_words() {
	COMP_WORDS=("$@")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_savepoint
	echo "$*: ${COMPREPLY[*]}"
}
complete_words savepoint ''
complete_words savepoint in
complete_words savepoint inspect --
complete_words savepoint inspect --st
complete_words savepoint inspect a-
complete_words savepoint verify --level ''
complete_words savepoint verify --level = m
complete_words savepoint completion ''
complete_words savepoint help v
complete_words savepoint inspect --uid ''
