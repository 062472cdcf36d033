#include "command.h"

#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "commands.h"
#include "interrupt.h"
#include "text.h"

const struct sp_command *const sp_commands[] = {
	&sp_command_inspect,
	&sp_command_verify,
	&sp_command_dump,
	&sp_command_diff,
	&sp_command_convert,
	&sp_command_rescale,
	&sp_command_completion,
	&sp_command_help,
	NULL,
};

const struct sp_command *sp_command_by_name(const char *name)
{
	for (size_t i = 0; sp_commands[i] != NULL; i++)
		if (strcmp(sp_commands[i]->name, name) == 0)
			return sp_commands[i];
	return NULL;
}

static int fail_unknown(const char *name, struct sp_error *err)
{
	const char *names[sp_countof(sp_commands)] = { NULL };
	const char *closest;

	for (size_t i = 0; sp_commands[i] != NULL; i++)
		names[i] = sp_commands[i]->name;
	closest = sp_text_closest(name, names);
	sp_fail(err, SP_EUSAGE, "unknown command '%s'", name);
	if (closest != NULL)
		return sp_hint(err, "did you mean '%s'?", closest);
	return sp_hint(err, "'savepoint --help' lists the commands");
}

static int run_help(const struct sp_globals *globals, const char *const *args, struct sp_error *err)
{
	const struct sp_command *command;

	(void)globals;
	if (args[0] == NULL) {
		sp_help_program();
		return 0;
	}
	command = sp_command_by_name(args[0]);
	if (command == NULL)
		return fail_unknown(args[0], err);
	sp_help_command(command);
	return 0;
}

static const struct poptOption help_options[] = {
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_common, 0, NULL, NULL },
	POPT_TABLEEND,
};

const struct sp_command sp_command_help = {
	.name = "help",
	.summary = "Tell how a command is used",
	.arguments = "[COMMAND]",
	.options = help_options,
	.min_arguments = 0,
	.max_arguments = 1,
	.no_findings = true,
	.run = run_help,
};

static int print_version(void)
{
	printf("savepoint " SP_VERSION "\n");
	return 0;
}

static int run_command(
	const struct sp_command *command, int argc, const char **argv, struct sp_error *err)
{
	struct sp_call call;
	int r = sp_options_parse(command, argc, argv, &call, err);

	if (r == 0 && call.help)
		sp_help_command(command);
	else if (r == 0 && call.version)
		r = print_version();
	else if (r == 0)
		r = command->run(&call.globals, call.args, err);
	sp_call_free(&call);
	return r;
}

static bool is_one_of(const char *arg, const char *brief, const char *full)
{
	return strcmp(arg, brief) == 0 || strcmp(arg, full) == 0;
}

/* Options in front of the command; then the command. */
static int dispatch(int argc, const char **argv, struct sp_error *err)
{
	const struct sp_command *command;
	int i = 1;

	for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
		if (is_one_of(argv[i], "-h", "--help")) {
			sp_help_program();
			return 0;
		}
		if (strcmp(argv[i], "--version") == 0)
			return print_version();
		if (is_one_of(argv[i], "-v", "--verbose")) {
			sp_options_set_verbosity(1);
		} else if (is_one_of(argv[i], "-q", "--quiet")) {
			sp_options_set_verbosity(-1);
		} else {
			sp_fail(err, SP_EUSAGE, "unknown option '%s'", argv[i]);
			return sp_hint(err, "options of a command stand behind its name");
		}
	}
	if (i >= argc) {
		sp_fail(err, SP_EUSAGE, "no command given");
		return sp_hint(err, "'savepoint --help' lists the commands");
	}
	command = sp_command_by_name(argv[i]);
	if (command == NULL)
		return fail_unknown(argv[i], err);
	return run_command(command, argc - i, argv + i, err);
}

static void print_line(const char *what, const char *message)
{
	sp_auto_buffer text = { 0 };

	sp_text_escape(sp_slice_of(message), &text);
	fprintf(stderr, "savepoint: %s: %s\n", what, sp_text_of(&text));
}

void sp_warn(const struct sp_globals *globals, const char *fmt, ...)
{
	char message[4096];
	va_list args;

	if (globals->verbosity < 0)
		return;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	print_line("warning", message);
}

static int exit_status(const struct sp_error *err)
{
	if (err->code == SP_EINTERRUPTED && sp_interrupt_signal() != 0)
		return 128 + sp_interrupt_signal();
	return sp_exit_status(err->code);
}

/* Escaped text is shown as it is: widths are counted in UTF-8 whatever the locale says. */
static void set_locale(void)
{
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

/* A RocksDB database of many states is written with a file open for each of them. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Whoever reads has had enough, as `head` has: no error, as of other tools. */
static bool is_reader_gone(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
}

int sp_main(int argc, char **argv)
{
	struct sp_error err = { 0 };
	int r;

	set_locale();
	raise_file_limit();
	r = dispatch(argc, (const char **)argv, &err);
	if ((fflush(stdout) != 0 || ferror(stdout)) && r >= 0 && !is_reader_gone())
		r = sp_fail(&err, SP_EIO, "standard output: cannot be written");
	if (r >= 0)
		return r;
	print_line("error", err.message);
	if (err.hint[0] != '\0')
		print_line("hint", err.hint);
	return exit_status(&err);
}
