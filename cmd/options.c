#include "command.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "migrate.h"
#include "text.h"

#define MEMORY_DEFAULT ((uint64_t)256 << 20)
#define JOBS_MAX 1024

enum { OPTION_HELP = 'h', OPTION_VERSION = 'V' };

/* Where popt puts the values of the shared tables. */
static struct {
	int verbosity, json, dry_run, force;
	char *jobs, *memory, *tmpdir, *progress;
} given;

struct poptOption sp_options_common[] = {
	{ "help", 'h', POPT_ARG_NONE, NULL, OPTION_HELP, "print this help and exit", NULL },
	{ "version", '\0', POPT_ARG_NONE, NULL, OPTION_VERSION, "print the version and exit",
		NULL },
	{ "verbose", 'v', POPT_ARG_VAL, &given.verbosity, 1, "say more", NULL },
	{ "quiet", 'q', POPT_ARG_VAL, &given.verbosity, -1, "say less", NULL },
	POPT_TABLEEND,
};

struct poptOption sp_options_json[] = {
	{ "json", '\0', POPT_ARG_VAL, &given.json, 1, "print one JSON document on stdout", NULL },
	POPT_TABLEEND,
};

struct poptOption sp_options_memory[] = {
	{ "memory", '\0', POPT_ARG_STRING, &given.memory, 0,
		"ceiling of buffers, such as 64K or 1.5G (default: 256M)", "SIZE" },
	{ "tmpdir", '\0', POPT_ARG_STRING, &given.tmpdir, 0,
		"directory of scratch files (default: $TMPDIR)", "DIR" },
	POPT_TABLEEND,
};

struct poptOption sp_options_work[] = {
	{ "jobs", 'j', POPT_ARG_STRING, &given.jobs, 0,
		"number of workers (default: the machine's cores)", "N" },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_memory, 0, NULL, NULL },
	{ "progress", '\0', POPT_ARG_STRING, &given.progress, 0,
		"how to show progress on stderr (default: auto)", "auto|bar|json|none" },
	POPT_TABLEEND,
};

struct poptOption sp_options_write[] = {
	{ "dry-run", '\0', POPT_ARG_VAL, &given.dry_run, 1,
		"print what would be done, write nothing", NULL },
	{ "force", '\0', POPT_ARG_VAL, &given.force, 1, "replace a snapshot that exists at DST",
		NULL },
	POPT_TABLEEND,
};

void sp_options_set_verbosity(int verbosity)
{
	given.verbosity = verbosity;
}

void sp_options_each(const struct poptOption *table, sp_option_fn *visit, void *arg)
{
	for (; table->longName != NULL || table->shortName != '\0' || table->arg != NULL; table++)
		if ((table->argInfo & POPT_ARG_MASK) == POPT_ARG_INCLUDE_TABLE)
			sp_options_each(table->arg, visit, arg);
		else
			visit(table, arg);
}

bool sp_takes_value(const struct poptOption *option)
{
	return option->argDescrip != NULL && (option->argInfo & POPT_ARGFLAG_OPTIONAL) == 0;
}

bool sp_has_choices(const char *description)
{
	return description != NULL && strchr(description, '|') != NULL;
}

int sp_parse_size(const char *text, const char *what, uint64_t *ret, struct sp_error *err)
{
	static const char units[] = "KMGTPE";
	const size_t digits = strspn(text, "0123456789.");
	const char *unit = text[digits] == '\0' ? NULL : strchr(units, text[digits] & ~0x20);
	const size_t length = digits + (unit != NULL);
	double value;
	char *end;

	value = strtod(text, &end);
	if (digits == 0 || text[0] == '.' || end != text + digits || text[length] != '\0')
		return sp_fail(err, SP_EUSAGE, "%s: '%s' is not a size such as 512, 64K or 1.5G",
			what, text);
	if (unit != NULL)
		value = ldexp(value, 10 * (int)(unit - units + 1));
	if (!(value < 0x1p63))
		return sp_fail(err, SP_EUSAGE, "%s: '%s' is too large", what, text);
	*ret = (uint64_t)value;
	return 0;
}

/* 1.11 to 1.20, 2.0 and later, as far as they are known. */
static bool is_release(sp_release release)
{
	return release >= SP_MIGRATION_RELEASE_MIN && release <= SP_RELEASE_NEWEST &&
	       (release <= SP_RELEASE(1, 20) || release >= SP_RELEASE(2, 0));
}

int sp_parse_release(const char *text, const char *what, int *ret, struct sp_error *err)
{
	char least[16], newest[16], again[16];
	int major = 0, minor = 0, end = 0;
	sp_release release;

	sscanf(text, "%2d.%3d%n", &major, &minor, &end);
	release = SP_RELEASE(major, minor);
	if (end == 0 || !is_release(release) || strcmp(sp_release_text(release, again), text) != 0)
		return sp_fail(err, SP_EUSAGE,
			"%s: '%s' is not a release of Flink from %s to 1.20 or 2.0 to %s", what,
			text, sp_release_text(SP_MIGRATION_RELEASE_MIN, least),
			sp_release_text(SP_RELEASE_NEWEST, newest));
	*ret = release;
	return 0;
}

static int parse_jobs(const char *text, int *ret, struct sp_error *err)
{
	char *end;
	long n;

	if (text == NULL) {
		n = sysconf(_SC_NPROCESSORS_ONLN);
		*ret = n < 1 ? 1 : n > JOBS_MAX ? JOBS_MAX : (int)n;
		return 0;
	}
	errno = 0;
	n = strtol(text, &end, 10);
	if (strspn(text, "0123456789") == 0 || *end != '\0' || errno != 0 || n < 1 || n > JOBS_MAX)
		return sp_fail(err, SP_EUSAGE, "--jobs: '%s' is not a number from 1 to %d", text,
			JOBS_MAX);
	*ret = (int)n;
	return 0;
}

static enum sp_progress_mode progress_of(const char *text)
{
	static const char *const names[] = { "auto", "bar", "json", "none" };

	for (size_t i = 0; text != NULL && i < sp_countof(names); i++)
		if (strcmp(text, names[i]) == 0)
			return (enum sp_progress_mode)i;
	return SP_PROGRESS_AUTO;
}

static int take_globals(struct sp_globals *ret, struct sp_error *err)
{
	const char *tmpdir = getenv("TMPDIR");

	*ret = (struct sp_globals){
		.verbosity = given.verbosity,
		.json = given.json,
		.progress = progress_of(given.progress),
		.memory = MEMORY_DEFAULT,
		.tmpdir = given.tmpdir,
		.dry_run = given.dry_run,
		.force = given.force,
	};
	if (ret->tmpdir == NULL || ret->tmpdir[0] == '\0')
		ret->tmpdir = tmpdir != NULL && tmpdir[0] != '\0' ? tmpdir : "/tmp";
	if (parse_jobs(given.jobs, &ret->jobs, err) < 0)
		return err->code;
	return given.memory == NULL ? 0
				    : sp_parse_size(given.memory, "--memory", &ret->memory, err);
}

/* --- what popt finds wrong ---------------------------------------------------------------- */

#define MAX_OPTIONS 64

struct names {
	const char *list[MAX_OPTIONS];
	size_t n;
};

static void add_name(const struct poptOption *option, void *arg)
{
	struct names *names = arg;

	if (option->longName != NULL && names->n + 1 < MAX_OPTIONS)
		names->list[names->n++] = option->longName;
}

static int fail_unknown(const struct sp_command *command, const char *bad, struct sp_error *err)
{
	struct names names = { 0 };
	const char *closest;

	sp_fail(err, SP_EUSAGE, "unknown option '%s'", bad);
	sp_options_each(command->options, add_name, &names);
	closest = sp_text_closest(bad + strspn(bad, "-"), names.list);
	if (strncmp(bad, "--", 2) == 0 && closest != NULL)
		return sp_hint(err, "did you mean '--%s'?", closest);
	return sp_hint(err, "see 'savepoint %s --help'", command->name);
}

static int fail_popt(
	const struct sp_command *command, poptContext popt, int r, struct sp_error *err)
{
	const char *bad = poptBadOption(popt, POPT_BADOPTION_NOALIAS);

	switch (r) {
	case POPT_ERROR_BADOPT: return fail_unknown(command, bad, err);
	case POPT_ERROR_NOARG: return sp_fail(err, SP_EUSAGE, "option '%s' needs a value", bad);
	case POPT_ERROR_UNWANTEDARG:
		return sp_fail(err, SP_EUSAGE, "option '%s' takes no value", bad);
	default: return sp_fail(err, SP_EUSAGE, "option '%s': %s", bad, poptStrerror(r));
	}
}

static bool is_choice(const char *choices, const char *value)
{
	const size_t n = strlen(value);

	for (const char *p = choices; p != NULL; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL)
		if (strncmp(p, value, n) == 0 && (p[n] == '|' || p[n] == '\0'))
			return n > 0 && strchr(value, '|') == NULL;
	return false;
}

static void check_choice(const struct poptOption *option, void *arg)
{
	struct sp_error *err = arg;
	const char *value;

	if ((option->argInfo & POPT_ARG_MASK) != POPT_ARG_STRING || option->arg == NULL ||
		!sp_has_choices(option->argDescrip) || err->message[0] != '\0')
		return;
	value = *(char **)option->arg;
	if (value != NULL && !is_choice(option->argDescrip, value))
		sp_fail(err, SP_EUSAGE, "--%s: '%s' is not one of %s", option->longName, value,
			option->argDescrip);
}

static int check_arguments(
	const struct sp_command *command, const char *const *args, struct sp_error *err)
{
	int n = 0;

	while (args[n] != NULL)
		n++;
	if (n > command->max_arguments)
		sp_fail(err, SP_EUSAGE, "unexpected argument '%s'", args[command->max_arguments]);
	else if (n < command->min_arguments)
		sp_fail(err, SP_EUSAGE, "%s: %s is missing", command->name,
			n == 0 || strchr(command->arguments, ' ') == NULL
				? command->arguments
				: strchr(command->arguments, ' ') + 1);
	else
		return 0;
	return sp_hint(
		err, "usage: savepoint %s [OPTION]... %s", command->name, command->arguments);
}

/* Of popt's own accord, an option whose value may be left out takes the next argument for it. */
static void spell_out(const struct poptOption *option, void *arg)
{
	char **text = arg;
	char *spelled;

	if ((option->argInfo & POPT_ARGFLAG_OPTIONAL) == 0 || strncmp(*text, "--", 2) != 0 ||
		strcmp(*text + 2, option->longName) != 0)
		return;
	if (asprintf(&spelled, "%s=", *text) < 0)
		sp_abort("out of memory");
	free(*text);
	*text = spelled;
}

static char **copy_arguments(const struct sp_command *command, int argc, const char **argv)
{
	char **copy = calloc((size_t)argc + 1, sizeof(*copy));
	bool options = true;

	for (int i = 0; copy != NULL && i < argc; i++) {
		copy[i] = strdup(argv[i]);
		if (copy[i] == NULL)
			sp_abort("out of memory");
		options &= strcmp(argv[i], "--") != 0;
		if (options)
			sp_options_each(command->options, spell_out, &copy[i]);
	}
	if (copy == NULL)
		sp_abort("out of memory");
	return copy;
}

int sp_options_parse(const struct sp_command *command, int argc, const char **argv,
	struct sp_call *ret, struct sp_error *err)
{
	static const char *const none[] = { NULL };
	int r;

	*ret = (struct sp_call){ .args = none, .command = command };
	ret->argv = copy_arguments(command, argc, argv);
	ret->popt = poptGetContext(NULL, argc, (const char **)ret->argv, command->options, 0);
	if (ret->popt == NULL)
		sp_abort("out of memory");
	while ((r = poptGetNextOpt(ret->popt)) >= 0) {
		ret->help |= r == OPTION_HELP;
		ret->version |= r == OPTION_VERSION;
	}
	if (r < -1)
		return fail_popt(command, ret->popt, r, err);
	if (ret->help || ret->version)
		return 0;
	if (poptPeekArg(ret->popt) != NULL)
		ret->args = (const char *const *)poptGetArgs(ret->popt);
	err->message[0] = '\0';
	sp_options_each(command->options, check_choice, err);
	if (err->message[0] != '\0' || check_arguments(command, ret->args, err) < 0)
		return err->code;
	return take_globals(&ret->globals, err);
}

static void free_text(const struct poptOption *option, void *arg)
{
	const unsigned type = option->argInfo & POPT_ARG_MASK;

	(void)arg;
	if (option->arg == NULL || (type != POPT_ARG_STRING && type != POPT_ARG_ARGV))
		return;
	if (type == POPT_ARG_ARGV)
		for (char **p = *(char ***)option->arg; p != NULL && *p != NULL; p++)
			free(*p);
	free(*(void **)option->arg);
	*(void **)option->arg = NULL;
}

void sp_call_free(struct sp_call *call)
{
	sp_options_each(call->command->options, free_text, NULL);
	poptFreeContext(call->popt);
	for (char **p = call->argv; p != NULL && *p != NULL; p++)
		free(*p);
	free(call->argv);
}
