#include "commands.h"

#include <stdio.h>
#include <string.h>

/*
 * What a value completes to: its fixed choices; directories; paths, which is what SNAPSHOT, SRC,
 * DST, FILE and PREFIX are; or nothing that can be guessed.
 */
enum value {
	VALUE_NONE,
	VALUE_CHOICES,
	VALUE_DIRECTORY,
	VALUE_PATH,
};

static enum value value_of(const char *description)
{
	static const char *const paths[] = { "SNAPSHOT", "SRC", "DST", "FILE", "PREFIX", "PATH",
		"A B" };

	if (description == NULL)
		return VALUE_NONE;
	if (sp_has_choices(description))
		return VALUE_CHOICES;
	if (strcmp(description, "DIR") == 0)
		return VALUE_DIRECTORY;
	for (size_t i = 0; i < sp_countof(paths); i++)
		if (strncmp(description, paths[i], strlen(paths[i])) == 0)
			return VALUE_PATH;
	return VALUE_NONE;
}

static bool is_listed(const struct poptOption *option)
{
	return !(option->argInfo & POPT_ARGFLAG_DOC_HIDDEN);
}

/* Prints "a|b|c" with another separator. */
static void print_choices(const char *choices, char separator)
{
	for (; *choices != '\0'; choices++)
		putchar(*choices == '|' ? separator : *choices);
}

static void print_commands(void)
{
	for (size_t i = 0; sp_commands[i] != NULL; i++)
		printf("%s%s", i > 0 ? " " : "", sp_commands[i]->name);
}

/* Prints text for within single quotes, `special` characters behind a backslash. */
static void print_quoted(const char *text, const char *special)
{
	for (; *text != '\0'; text++)
		if (*text == '\'')
			printf("'\\''");
		else if (strchr(special, *text) != NULL)
			printf("\\%c", *text);
		else
			putchar(*text);
}

/* --- bash --------------------------------------------------------------------------------- */

static void bash_word(const struct poptOption *option, void *arg)
{
	(void)arg;
	if (!is_listed(option))
		return;
	if (option->shortName != '\0')
		printf(" -%c", option->shortName);
	printf(" --%s", option->longName);
}

static void bash_value(const struct poptOption *option, void *arg)
{
	(void)arg;
	if (!is_listed(option) || !sp_takes_value(option))
		return;
	printf("\t\t--%s", option->longName);
	if (option->shortName != '\0')
		printf("|-%c", option->shortName);
	switch (value_of(option->argDescrip)) {
	case VALUE_CHOICES:
		printf(") paths= words='");
		print_choices(option->argDescrip, ' ');
		printf("' ;;\n");
		break;
	case VALUE_DIRECTORY: printf(") paths=-d words= ;;\n"); break;
	case VALUE_PATH: printf(") paths=-f words= ;;\n"); break;
	case VALUE_NONE: printf(") paths= words= ;;\n"); break;
	}
}

static void bash_command(const struct sp_command *command)
{
	printf("\t%s)\n\t\twords='", command->name);
	if (sp_has_choices(command->arguments))
		print_choices(command->arguments, ' ');
	else if (strcmp(command->arguments, "[COMMAND]") == 0)
		print_commands();
	sp_options_each(command->options, bash_word, NULL);
	printf("'\n");
	if (value_of(command->arguments) == VALUE_PATH)
		printf("\t\t[[ $cur == -* ]] || { paths=-f words=; }\n");
	printf("\t\tcase $prev in\n");
	sp_options_each(command->options, bash_value, NULL);
	printf("\t\tesac\n\t\t;;\n");
}

static void print_bash(void)
{
	printf("# bash completion of savepoint\n"
	       "_savepoint()\n{\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	       "\tlocal command= words= paths= i\n"
	       "\tif [[ $cur == = ]]; then\n"
	       "\t\tcur=\n"
	       "\telif [[ $prev == = ]]; then\n"
	       "\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
	       "\tfi\n"
	       "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	       "\t\t[[ ${COMP_WORDS[i]} == -* ]] || { command=${COMP_WORDS[i]}; break; }\n"
	       "\tdone\n"
	       "\tcase $command in\n"
	       "\t'')\n\t\twords='");
	print_commands();
	sp_options_each(sp_options_common, bash_word, NULL);
	printf("' ;;\n");
	for (size_t i = 0; sp_commands[i] != NULL; i++)
		bash_command(sp_commands[i]);
	printf("\tesac\n"
	       "\tCOMPREPLY=()\n"
	       "\tif [[ -n $paths ]]; then\n"
	       "\t\tmapfile -t COMPREPLY < <(compgen \"$paths\" -- \"$cur\")\n"
	       "\t\tcompopt -o filenames 2>/dev/null\n"
	       "\telif [[ -n $words ]]; then\n"
	       "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	       "\tfi\n"
	       "\treturn 0\n}\n"
	       "complete -F _savepoint savepoint\n");
}

/* --- zsh ---------------------------------------------------------------------------------- */

static void zsh_value(const char *description)
{
	switch (value_of(description)) {
	case VALUE_CHOICES:
		printf(":value:(");
		print_choices(description, ' ');
		printf(")");
		break;
	case VALUE_DIRECTORY: printf(":directory:_files -/"); break;
	case VALUE_PATH: printf(":path:_files"); break;
	case VALUE_NONE: printf(":value: "); break;
	}
}

static void zsh_spec(const struct poptOption *option, const char *name, bool is_long)
{
	printf(" \\\n\t\t\t'%s%s[", name, !is_long || !sp_takes_value(option) ? "" : "=");
	print_quoted(option->descrip, "[]:\\");
	printf("]");
	if (sp_takes_value(option))
		zsh_value(option->argDescrip);
	printf("'");
}

static void zsh_option(const struct poptOption *option, void *arg)
{
	char name[64];

	(void)arg;
	if (!is_listed(option))
		return;
	snprintf(name, sizeof(name), "--%s", option->longName);
	zsh_spec(option, name, true);
	snprintf(name, sizeof(name), "-%c", option->shortName);
	if (option->shortName != '\0')
		zsh_spec(option, name, false);
}

static void zsh_command(const struct sp_command *command)
{
	printf("\t\t%s)\n\t\t\t_arguments", command->name);
	sp_options_each(command->options, zsh_option, NULL);
	if (strcmp(command->arguments, "[COMMAND]") == 0) {
		printf(" \\\n\t\t\t'*:command:(");
		print_commands();
		printf(")'");
	} else if (value_of(command->arguments) != VALUE_NONE) {
		printf(" \\\n\t\t\t'*");
		zsh_value(command->arguments);
		printf("'");
	}
	printf("\n\t\t\t;;\n");
}

static void print_zsh(void)
{
	printf("#compdef savepoint\n"
	       "_savepoint()\n{\n"
	       "\tlocal context state line curcontext=$curcontext\n"
	       "\tlocal -a commands\n"
	       "\tcommands=(\n");
	for (size_t i = 0; sp_commands[i] != NULL; i++) {
		printf("\t\t'%s:", sp_commands[i]->name);
		print_quoted(sp_commands[i]->summary, ":\\");
		printf("'\n");
	}
	printf("\t)\n\t_arguments -C");
	sp_options_each(sp_options_common, zsh_option, NULL);
	printf(" \\\n\t\t\t'1:command:->command' '*::argument:->argument'\n"
	       "\tcase $state in\n"
	       "\tcommand) _describe command commands ;;\n"
	       "\targument)\n\t\tcase $line[1] in\n");
	for (size_t i = 0; sp_commands[i] != NULL; i++)
		zsh_command(sp_commands[i]);
	printf("\t\tesac\n\t\t;;\n\tesac\n}\n"
	       "if [[ $funcstack[1] == _savepoint ]]; then\n"
	       "\t_savepoint \"$@\"\nelse\n\tcompdef _savepoint savepoint\nfi\n");
}

/* --- fish --------------------------------------------------------------------------------- */

static void fish_option(const struct poptOption *option, void *arg)
{
	const char *command = arg;

	if (!is_listed(option))
		return;
	printf("complete -c savepoint -n '__fish_seen_subcommand_from %s' -l %s", command,
		option->longName);
	if (option->shortName != '\0')
		printf(" -s %c", option->shortName);
	switch (value_of(option->argDescrip)) {
	case VALUE_CHOICES:
		printf(" -x -a '");
		print_choices(option->argDescrip, ' ');
		printf("'");
		break;
	case VALUE_DIRECTORY: printf(" -x -a '(__fish_complete_directories)'"); break;
	case VALUE_PATH: printf(" -r -F"); break;
	case VALUE_NONE: printf("%s", sp_takes_value(option) ? " -x" : ""); break;
	}
	printf(" -d '");
	print_quoted(option->descrip, "\\");
	printf("'\n");
}

static void fish_command(const struct sp_command *command)
{
	printf("complete -c savepoint -n __fish_use_subcommand -a %s -d '", command->name);
	print_quoted(command->summary, "\\");
	printf("'\n");
	printf("complete -c savepoint -n '__fish_seen_subcommand_from %s'", command->name);
	if (value_of(command->arguments) == VALUE_PATH) {
		printf(" -F");
	} else if (sp_has_choices(command->arguments)) {
		printf(" -a '");
		print_choices(command->arguments, ' ');
		printf("'");
	} else if (strcmp(command->arguments, "[COMMAND]") == 0) {
		printf(" -a '");
		print_commands();
		printf("'");
	}
	printf("\n");
	sp_options_each(command->options, fish_option, (void *)(uintptr_t)command->name);
}

static void print_fish(void)
{
	printf("# fish completion of savepoint\ncomplete -c savepoint -f\n");
	for (size_t i = 0; sp_commands[i] != NULL; i++)
		fish_command(sp_commands[i]);
}

/* --- the command -------------------------------------------------------------------------- */

static int list;

static void list_option(const struct poptOption *option, void *arg)
{
	if (is_listed(option))
		printf("%s --%s\n", (const char *)arg, option->longName);
}

/* For the test that every option stands in its command's man page. */
static void print_list(void)
{
	for (size_t i = 0; sp_commands[i] != NULL; i++) {
		printf("%s\n", sp_commands[i]->name);
		sp_options_each(sp_commands[i]->options, list_option,
			(void *)(uintptr_t)sp_commands[i]->name);
	}
}

static int run(const struct sp_globals *globals, const char *const *args, struct sp_error *err)
{
	static const struct {
		const char *shell;
		void (*print)(void);
	} shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };

	(void)globals;
	if (list) {
		print_list();
		return 0;
	}
	for (size_t i = 0; args[0] != NULL && i < sp_countof(shells); i++)
		if (strcmp(args[0], shells[i].shell) == 0) {
			shells[i].print();
			return 0;
		}
	if (args[0] == NULL)
		sp_fail(err, SP_EUSAGE, "completion: the name of a shell is missing");
	else
		sp_fail(err, SP_EUSAGE, "completion: unknown shell '%s'", args[0]);
	return sp_hint(err, "one of bash, zsh, fish");
}

static const struct poptOption options[] = {
	{ "list", '\0', POPT_ARG_VAL | POPT_ARGFLAG_DOC_HIDDEN, &list, 1,
		"list commands and their options", NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_common, 0, NULL, NULL },
	POPT_TABLEEND,
};

const struct sp_command sp_command_completion = {
	.name = "completion",
	.summary = "Print a completion script for a shell",
	.arguments = "bash|zsh|fish",
	.options = options,
	.min_arguments = 0,
	.max_arguments = 1,
	.no_findings = true,
	.run = run,
};
