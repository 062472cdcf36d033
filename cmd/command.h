/*
 * Commands: the table of them, the options they share, and how each is run.
 *
 * Options are popt tables. The same tables give parsing, --help, shell completion
 * (completion.c) and the test that every option stands in its man page. The argument
 * description of an option with fixed values lists them as "auto|bar|json|none"; completion
 * offers those. FILE, DIR, SNAPSHOT, SRC and DST complete to paths. A value that may be left out
 * is described as "[=TIME]", its option has POPT_ARGFLAG_OPTIONAL, and it is "" then.
 */
#ifndef SP_COMMAND_H
#define SP_COMMAND_H

#include <popt.h>
#include <stdint.h>

#include "error.h"

enum sp_progress_mode {
	SP_PROGRESS_AUTO, /* a bar on a terminal after 2 s, nothing otherwise */
	SP_PROGRESS_BAR,
	SP_PROGRESS_JSON,
	SP_PROGRESS_NONE,
};

/* What the options that mean the same everywhere were set to. */
struct sp_globals {
	int verbosity; /* -1 quiet, 0, 1 verbose */
	bool json;
	enum sp_progress_mode progress;
	int jobs;        /* workers, >= 1 */
	uint64_t memory; /* ceiling of buffers in bytes */
	const char *tmpdir;
	bool dry_run;
	bool force;
};

struct sp_command {
	const char *name;
	const char *summary;   /* one line */
	const char *arguments; /* "SNAPSHOT", "SRC DST" */
	const struct poptOption
		*options; /* own and included shared tables, ended by POPT_TABLEEND */
	int min_arguments, max_arguments;
	bool no_findings; /* it never gives 1 */
	/*
	 * 0: done, 1: done and there are findings, < 0: failed. `args` are the arguments that are
	 * not options, ended by NULL.
	 */
	int (*run)(const struct sp_globals *globals, const char *const *args, struct sp_error *err);
};

/* All commands, ended by NULL; in main.c. */
extern const struct sp_command *const sp_commands[];

/* Option tables to include in a command's own, by POPT_ARG_INCLUDE_TABLE; in options.c. */
extern struct poptOption sp_options_common[]; /* -h --version -v -q */
extern struct poptOption sp_options_json[];   /* --json */
extern struct poptOption sp_options_memory[]; /* --memory --tmpdir */
extern struct poptOption sp_options_work[];   /* -j --progress, and those of memory */
extern struct poptOption sp_options_write[];  /* --dry-run --force */

/* What one call of a command was given. */
struct sp_call {
	struct sp_globals globals;
	const char *const *args; /* ended by NULL */
	bool help, version;      /* asked for; nothing else was checked then */
	poptContext popt;
	char **argv; /* owns the arguments */
	const struct sp_command *command;
};

/* Puts -v and -q that stood before the command into the globals of the next sp_options_parse(). */
void sp_options_set_verbosity(int verbosity);

/*
 * argv[0] is the command's name. SP_EUSAGE. Free `ret` in any case: with it go the texts that
 * string options of the tables point at.
 */
int sp_options_parse(const struct sp_command *command, int argc, const char **argv,
	struct sp_call *ret, struct sp_error *err);
void sp_call_free(struct sp_call *call);

/* Calls `visit` for every option of a table and of those it includes, in order. */
typedef void sp_option_fn(const struct poptOption *option, void *arg);
void sp_options_each(const struct poptOption *table, sp_option_fn *visit, void *arg);

/* Does the option take the argument behind it, where the value does not stand after a '='? */
bool sp_takes_value(const struct poptOption *option);

/* Are the values of an option or argument described as "a|b|c" fixed? */
bool sp_has_choices(const char *description);

/* The command of this name, or NULL. */
const struct sp_command *sp_command_by_name(const char *name);

/* --help: of a command, of the program; on stdout. */
void sp_help_command(const struct sp_command *command);
void sp_help_program(void);

/* "savepoint: warning: …" on stderr, escaped, unless -q. */
void sp_warn(const struct sp_globals *globals, const char *fmt, ...) sp_printf(2, 3);

/* "512", "64K", "1.5G": powers of 1024. SP_EUSAGE names `what`. */
int sp_parse_size(const char *text, const char *what, uint64_t *ret, struct sp_error *err);

/* "1.20": a release of Flink that results can be made for. SP_EUSAGE. */
int sp_parse_release(const char *text, const char *what, int *ret, struct sp_error *err);

/* The whole program; main() is nothing else, so that tests can link it with other stores. */
int sp_main(int argc, char **argv);

#endif
