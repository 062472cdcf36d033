#include "command.h"

#include <stdio.h>
#include <string.h>

#define TEXT_COLUMN 30

static void print_option(const struct poptOption *option, void *arg)
{
	int n;

	(void)arg;
	if (option->argInfo & POPT_ARGFLAG_DOC_HIDDEN)
		return;
	n = option->shortName != '\0' ? printf("  -%c, ", option->shortName) : printf("      ");
	n += printf("--%s", option->longName);
	if (option->argDescrip != NULL)
		n += printf("%s%s", sp_takes_value(option) ? " " : "", option->argDescrip);
	if (n + 2 > TEXT_COLUMN) {
		printf("\n");
		n = 0;
	}
	printf("%*s%s\n", TEXT_COLUMN - n, "", option->descrip);
}

/* The table of savepoint(1), EXIT STATUS. */
static void print_exit_statuses(bool findings)
{
	printf("\nExit status:\n"
	       "  0         done, nothing wrong\n"
	       "%s"
	       "  2         usage: unknown command or option, impossible combination\n"
	       "  3         not supported: the snapshot is sound, but this cannot be done to it\n"
	       "  4         the input is damaged\n"
	       "  5         input/output failed for good\n"
	       "  75        input/output failed for now: run again\n"
	       "  130, 143  interrupted by SIGINT, SIGTERM\n",
		findings ? "  1         done, and there are findings\n" : "");
}

void sp_help_command(const struct sp_command *command)
{
	printf("Usage: savepoint %s [OPTION]...%s%s\n\n%s.\n\nOptions:\n", command->name,
		command->arguments[0] != '\0' ? " " : "", command->arguments, command->summary);
	sp_options_each(command->options, print_option, NULL);
	print_exit_statuses(!command->no_findings);
	printf("\nThe manual is savepoint-%s(1).\n", command->name);
}

void sp_help_program(void)
{
	printf("Usage: savepoint COMMAND [OPTION]... [ARGUMENT]...\n\n"
	       "Reads, checks and converts Apache Flink savepoints and checkpoints offline.\n\n"
	       "Commands:\n");
	for (const struct sp_command *const *c = sp_commands; *c != NULL; c++)
		printf("  %-12s%s\n", (*c)->name, (*c)->summary);
	printf("\nOptions of all commands:\n");
	sp_options_each(sp_options_common, print_option, NULL);
	print_exit_statuses(true);
	printf("\n'savepoint help COMMAND' tells the options of a command; the manual is "
	       "savepoint(1).\n");
}
