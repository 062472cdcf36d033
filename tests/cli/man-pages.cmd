# Every command stands in savepoint(1), every option in its command's page, every code of a
# finding in savepoint-verify(1); what is missing is printed.
"$SAVEPOINT" completion --list | while read -r command option; do
	page=$SOURCE/man/savepoint-$command.1.scd
	[ -e "$page" ] || page=$SOURCE/man/savepoint.1.scd
	if [ -z "$option" ]; then
		grep -qF "*$command*" "$SOURCE/man/savepoint.1.scd" || echo "$command"
	else
		grep -qF -- "*$option*" "$page" || echo "$command $option"
	fi
done
sed 's/\\//g' "$SOURCE/man/savepoint-verify.1.scd" > page
"$SAVEPOINT" verify --list-codes | while IFS=$'\t' read -r code severity title consequence remedy; do
	for text in "|  $code" ":  $title" ": $consequence." "$remedy"; do
		grep -qiF -- "$text" page || echo "$code $text"
	done
done
