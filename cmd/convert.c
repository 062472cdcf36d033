/* savepoint convert: the same state in another backend's layout. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "expiry.h"
#include "interrupt.h"
#include "migrate.h"
#include "output.h"
#include "path.h"
#include "progress.h"

/*
 * Stored bytes a second that one worker converts, for the estimate of --dry-run: tests/bench
 * measures 185 MB of 100-byte values from RocksDB, in the page cache.
 */
#define RATE ((uint64_t)150 * 1000 * 1000)

/* The first release whose heap backend restores canonical state. */
#define HEAP_CANONICAL_MIN SP_RELEASE(1, 13)

/* Every spelling of every layout; --help and completion show them. */
#define LAYOUTS "canonical|hashmap|filesystem|fs|heap|rocksdb|memory|jobmanager"

static struct {
	char *to, *from, *source_path, *target_path, *flink, *expire;
	char **allowed, **lives;
} given;

static const struct poptOption options[] = {
	{ "to", '\0', POPT_ARG_STRING, &given.to, 0, "layout to write", LAYOUTS },
	{ "from", '\0', POPT_ARG_STRING, &given.from, 0,
		"refuse a snapshot that has another layout", LAYOUTS },
	{ "source-path", '\0', POPT_ARG_STRING, &given.source_path, 0, "another spelling of SRC",
		"SRC" },
	{ "target-path", '\0', POPT_ARG_STRING, &given.target_path, 0, "another spelling of DST",
		"DST" },
	{ "flink", '\0', POPT_ARG_STRING, &given.flink, 0,
		"release of Flink that is to restore DST (default: that which wrote SRC)", "X.Y" },
	{ "expire", '\0', POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL, &given.expire, 0,
		"drop values whose time to live is over (default: now)", "[=TIME]" },
	{ "ttl", '\0', POPT_ARG_ARGV, &given.lives, 0,
		"with --expire: how long values of STATE live, or of all states, such as 12h or 7d",
		"[STATE=]DURATION" },
	{ "allow-external", '\0', POPT_ARG_ARGV, &given.allowed, 0,
		"allow references to files below PREFIX, outside of SRC's own directory",
		"PREFIX" },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_work, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_write, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_json, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_common, 0, NULL, NULL },
	POPT_TABLEEND,
};

struct conversion {
	const char *source, *target; /* as the user gave them */
	double seconds;              /* taken, or estimated */
	struct sp_expiry expiry;
	atomic_uint_fast64_t dropped; /* what expired */
	struct sp_migration_result result;
};

/* A layout by any of its names. */
static int find_layout(
	const char *name, const char *option, const struct sp_format **ret, struct sp_error *err)
{
	*ret = sp_format_by_name(name);
	if (*ret != NULL)
		return 0;
	sp_fail(err, SP_EUSAGE, "%s: unknown layout '%s'", option, name);
	return sp_hint(err, "layouts are canonical, hashmap, rocksdb and memory");
}

/* SRC and DST, from the arguments or from the options of the same meaning. */
static int find_paths(const char *const *args, struct conversion *ret, struct sp_error *err)
{
	const char *const paths[] = { given.source_path, given.target_path };
	const char **const to[] = { &ret->source, &ret->target };

	for (size_t i = 0; i < sp_countof(paths); i++)
		*to[i] = paths[i] != NULL ? paths[i] : *args == NULL ? NULL : *args++;
	if (ret->source == NULL || ret->target == NULL)
		return sp_fail(err, SP_EUSAGE, "convert takes SRC and DST");
	if (*args != NULL)
		return sp_fail(err, SP_EUSAGE, "unexpected argument '%s'", *args);
	return 0;
}

static char *real_path(const char *path)
{
	char *real = realpath(path, NULL);
	char *parent, *joined;

	if (real != NULL || strcmp(path, "/") == 0)
		return real;
	parent = sp_path_parent(path); /* of what is not there yet, the part that is */
	real = real_path(parent);
	joined = real == NULL ? NULL : sp_path_join(real, sp_path_base(path));
	free(parent);
	free(real);
	return joined;
}

/* SRC is never written to: DST may not be it, nor lie in it, nor hold it. */
static int check_apart(const struct sp_source *source, const char *target, struct sp_error *err)
{
	char *from = real_path(source->directory);
	char *to = real_path(target);
	bool apart = from == NULL || to == NULL ||
		     (!sp_path_below(to, from) && !sp_path_below(from, to));

	free(from);
	free(to);
	if (apart)
		return 0;
	return sp_fail(err, SP_EUSAGE, "%s: SRC and DST are the same or lie in each other", target);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static const struct sp_column operator_columns[] = {
	{ "name", "Name", SP_COLUMN_TEXT },
	{ "uid", "Uid", SP_COLUMN_TEXT },
	{ "id", "Operator id", SP_COLUMN_TEXT },
	{ "from", "From", SP_COLUMN_TEXT },
	{ "rows", "Rows", SP_COLUMN_INTEGER },
	{ "bytes_read", "Keyed state read", SP_COLUMN_BYTES },
	{ "bytes_written", "Written", SP_COLUMN_BYTES },
	{ "bytes_carried", "Carried over", SP_COLUMN_BYTES },
};

static struct sp_table *make_operators(const struct conversion *conversion, bool dry_run)
{
	const struct sp_migration_result *result = &conversion->result;
	struct sp_table *table = sp_table_new(operator_columns, sp_countof(operator_columns));

	for (size_t i = 0; i < result->n_operators; i++) {
		const struct sp_migration_operator *op = &result->operators[i];
		char id[33];

		sp_operator_id_text(op->op->id, id);
		sp_table_name(table, op->op->name);
		sp_table_name(table, op->op->uid);
		sp_table_text(table, id);
		sp_table_text(table, op->from == NULL ? NULL : op->from->name);
		if (dry_run || op->from == NULL)
			sp_table_none(table);
		else
			sp_table_number(table, (int64_t)op->rows);
		sp_table_number(table, (int64_t)op->bytes_read);
		if (dry_run)
			sp_table_none(table);
		else
			sp_table_number(table, (int64_t)op->bytes_written);
		sp_table_number(table, (int64_t)op->bytes_carried);
	}
	return table;
}

static const struct sp_column summary_columns[] = {
	{ "source", "Source", SP_COLUMN_TEXT },
	{ "target", "Target", SP_COLUMN_TEXT },
	{ "layout", "Layout", SP_COLUMN_TEXT },
	{ "rows", "Rows", SP_COLUMN_INTEGER },
	{ "bytes_read", "Keyed state read", SP_COLUMN_BYTES },
	{ "bytes_written", "Keyed state written", SP_COLUMN_BYTES },
	{ "bytes_carried", "Carried over", SP_COLUMN_BYTES },
	{ "files", NULL, SP_COLUMN_INTEGER },
	{ NULL, "Files", SP_COLUMN_TEXT },
	{ "expired", "Expired", SP_COLUMN_INTEGER },
	{ "flink", NULL, SP_COLUMN_TEXT },
	{ NULL, "Restored by", SP_COLUMN_TEXT },
	{ "metadata_version", "Metadata version", SP_COLUMN_INTEGER },
	{ "readable_from", NULL, SP_COLUMN_TEXT },
	{ "readable_to", NULL, SP_COLUMN_TEXT },
	{ NULL, "Metadata read by", SP_COLUMN_TEXT },
	{ NULL, "Seconds", SP_COLUMN_TEXT },
};

static struct sp_table *make_summary(
	const struct conversion *conversion, const struct sp_migration *migration)
{
	const struct sp_migration_result *result = &conversion->result;
	struct sp_table *table = sp_table_new(summary_columns, sp_countof(summary_columns));
	char from[16], to[16], release[16];

	sp_release_text(result->release, release);
	sp_release_text(result->releases.read_from, from);
	sp_release_text(result->releases.read_to, to);
	sp_table_text(table, conversion->source);
	sp_table_text(table, conversion->target);
	sp_table_text(table, migration->target->name);
	if (migration->dry_run)
		sp_table_none(table);
	else
		sp_table_number(table, (int64_t)result->rows);
	sp_table_number(table, (int64_t)result->bytes_read);
	if (migration->dry_run)
		sp_table_none(table);
	else
		sp_table_number(table, (int64_t)result->bytes_written);
	sp_table_number(table, (int64_t)result->bytes_carried);
	sp_table_number(table, (int64_t)result->files);
	sp_table_format(table, "%s%zu", migration->dry_run ? "at most " : "", result->files);
	if (migration->expiry == NULL || migration->dry_run)
		sp_table_none(table);
	else
		sp_table_number(table, (int64_t)atomic_load(&conversion->dropped));
	sp_table_text(table, release);
	sp_table_format(table, "Flink %s%s", release,
		migration->target->canonical && result->release < HEAP_CANONICAL_MIN
			? ", with the RocksDB backend"
			: "");
	sp_table_number(table, result->version);
	sp_table_text(table, from);
	sp_table_text(table, to);
	sp_table_format(table, "Flink %s to %s", from, to);
	if (migration->dry_run)
		sp_table_format(table, "about %.0f", conversion->seconds);
	else
		sp_table_format(table, "%.1f", conversion->seconds);
	return table;
}

static void print_result(const struct sp_globals *globals, const struct conversion *conversion,
	const struct sp_migration *migration)
{
	sp_auto(sp_table) *summary = make_summary(conversion, migration);
	sp_auto(sp_table) *operators = make_operators(conversion, migration->dry_run);

	if (globals->json) {
		cJSON *document = sp_json_document("convert");
		char seconds[32];

		cJSON_AddBoolToObject(document, "dry_run", migration->dry_run);
		sp_table_json_facts(summary, document);
		snprintf(seconds, sizeof(seconds), "%.1f", conversion->seconds);
		cJSON_AddRawToObject(document, "seconds", seconds);
		cJSON_AddItemToObject(document, "operators", sp_table_json(operators));
		sp_json_print(document, stdout);
		return;
	}
	if (globals->verbosity < 0)
		return;
	sp_table_print_facts(summary, stdout);
	printf("\n");
	sp_table_print(operators, stdout);
	if (migration->dry_run)
		printf("\nNothing was written (--dry-run).\n");
}

static size_t count_allowed(void)
{
	size_t n = 0;

	while (given.allowed != NULL && given.allowed[n] != NULL)
		n++;
	return n;
}

/* How long it will take, in whole seconds. */
static double estimate(const struct conversion *conversion, const struct sp_migration *migration)
{
	const struct sp_migration_result *result = &conversion->result;
	uint64_t rate = RATE * (uint64_t)migration->jobs;

	return (double)(1 + (result->bytes_read + result->bytes_carried) / rate);
}

static int migrate(const struct sp_globals *globals, struct conversion *conversion,
	struct sp_migration *migration, struct sp_error *err)
{
	struct sp_progress *progress;
	double start = now();
	int r;

	progress =
		globals->dry_run ? NULL : sp_progress_start(globals->progress, migration->counters);
	r = sp_migrate(migration, &conversion->result, err);
	sp_progress_stop(progress);
	conversion->seconds = globals->dry_run ? estimate(conversion, migration) : now() - start;
	if (r == 0)
		print_result(globals, conversion, migration);
	sp_migration_result_free(&conversion->result);
	return r;
}

static int convert(const struct sp_globals *globals, struct conversion *conversion,
	struct sp_migration *migration, struct sp_error *err)
{
	sp_auto(sp_source) *source = NULL;
	sp_auto(sp_store) *store = NULL;
	char *directory = NULL;
	int r;

	if (sp_source_open(conversion->source, &source, err) < 0 ||
		sp_store_open(conversion->target, &store, &directory, err) < 0)
		return err->code;
	source->allowed = (const char *const *)given.allowed;
	source->n_allowed = count_allowed();
	migration->source = source;
	migration->store = store;
	migration->directory = directory;
	r = check_apart(source, directory, err);
	if (r == 0)
		r = migrate(globals, conversion, migration, err);
	free(directory);
	return r;
}

static int find_expiry(
	struct conversion *conversion, struct sp_migration *migration, struct sp_error *err)
{
	if (given.expire == NULL)
		return given.lives == NULL ? 0 : sp_fail(err, SP_EUSAGE, "--ttl without --expire");
	if (sp_parse_expiry(given.expire, given.lives, &conversion->expiry, err) < 0)
		return err->code;
	conversion->expiry.dropped = &conversion->dropped;
	migration->expiry = &conversion->expiry;
	return 0;
}

static int run(const struct sp_globals *globals, const char *const *args, struct sp_error *err)
{
	struct sp_counters counters = { 0 };
	struct conversion conversion = { 0 };
	struct sp_migration migration = {
		.replace = globals->force,
		.jobs = globals->jobs,
		.memory = (size_t)globals->memory,
		.tmpdir = globals->tmpdir,
		.inline_threshold = SP_INLINE_THRESHOLD,
		.dry_run = globals->dry_run,
		.counters = &counters,
	};
	int r;

	if (find_paths(args, &conversion, err) < 0)
		return err->code;
	sp_interrupt_install();
	if (given.to == NULL) {
		sp_fail(err, SP_EUSAGE, "--to LAYOUT is missing");
		return sp_hint(err, "--to canonical writes what every backend restores");
	}
	if (find_layout(given.to, "--to", &migration.target, err) < 0 ||
		(given.from != NULL && find_layout(given.from, "--from", &migration.from, err) < 0))
		return err->code;
	if (given.flink != NULL &&
		sp_parse_release(given.flink, "--flink", &migration.release, err) < 0)
		return err->code;
	r = find_expiry(&conversion, &migration, err);
	if (r == 0)
		r = convert(globals, &conversion, &migration, err);
	free((void *)(uintptr_t)conversion.expiry.lives);
	return r;
}

const struct sp_command sp_command_convert = {
	.name = "convert",
	.summary = "Write the same state in another backend's layout, or for another Flink release",
	.arguments = "SRC DST",
	.options = options,
	.min_arguments = 0,
	.max_arguments = 2,
	.no_findings = true,
	.run = run,
};
