#include "migration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "path.h"
#include "progress.h"

/*
 * Stored bytes a second that one worker converts, for the estimate of --dry-run: tests/bench
 * measures 185 MB of 100-byte values from RocksDB, in the page cache.
 */
#define RATE ((uint64_t)150 * 1000 * 1000)

/* The first release whose heap backend restores canonical state. */
#define HEAP_CANONICAL_MIN SP_RELEASE(1, 13)

void sp_migration_begin(const struct sp_globals *globals, struct sp_migration_call *ret)
{
	*ret = (struct sp_migration_call){
		.migration = {
			.replace = globals->force,
			.jobs = globals->jobs,
			.memory = (size_t)globals->memory,
			.tmpdir = globals->tmpdir,
			.inline_threshold = SP_INLINE_THRESHOLD,
			.dry_run = globals->dry_run,
			.counters = &ret->counters,
		},
	};
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

int sp_migration_open(struct sp_migration_call *call, char *const *allowed, struct sp_error *err)
{
	struct sp_migration *migration = &call->migration;
	struct sp_source *source;
	char *directory = NULL;

	if (sp_source_open(call->source, &source, err) < 0)
		return err->code;
	migration->source = source;
	source->allowed = (const char *const *)allowed;
	while (allowed != NULL && allowed[source->n_allowed] != NULL)
		source->n_allowed++;
	if (sp_store_open(call->target, &migration->store, &directory, err) < 0)
		return err->code;
	migration->directory = directory;
	return check_apart(source, directory, err);
}

void sp_migration_end(struct sp_migration_call *call)
{
	sp_migration_result_free(&call->result);
	free((void *)(uintptr_t)call->migration.directory);
	sp_store_free(call->migration.store);
	sp_source_free(call->migration.source);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* How long it will take, in whole seconds. */
static double estimate(const struct sp_migration_call *call)
{
	const struct sp_migration_result *result = &call->result;
	uint64_t rate = RATE * (uint64_t)call->migration.jobs;

	return (double)(1 + (result->bytes_read + result->bytes_carried) / rate);
}

int sp_migration_run(
	const struct sp_globals *globals, struct sp_migration_call *call, struct sp_error *err)
{
	struct sp_progress *progress =
		globals->dry_run ? NULL : sp_progress_start(globals->progress, &call->counters);
	const double start = now();
	int r = sp_migrate(&call->migration, &call->result, err);

	sp_progress_stop(progress);
	call->seconds = globals->dry_run ? estimate(call) : now() - start;
	return r;
}

int sp_parse_layout(
	const char *name, const char *option, const struct sp_format **ret, struct sp_error *err)
{
	*ret = sp_format_by_name(name);
	if (*ret != NULL)
		return 0;
	sp_fail(err, SP_EUSAGE, "%s: unknown layout '%s'", option, name);
	return sp_hint(err, "layouts are canonical, hashmap, rocksdb and memory");
}

/* --- what is printed ----------------------------------------------------------------------- */

/* What is not known of a dry run. */
static void add_outcome(struct sp_table *table, const struct sp_migration_call *call, uint64_t n)
{
	if (call->migration.dry_run)
		sp_table_none(table);
	else
		sp_table_number(table, (int64_t)n);
}

/* Where bytes passed as they are, nobody counted what is in them. */
static void add_rows(
	struct sp_table *table, const struct sp_migration_call *call, uint64_t rows, uint64_t bytes)
{
	if (rows == 0 && bytes > 0)
		sp_table_none(table);
	else
		add_outcome(table, call, rows);
}

void sp_summary_head(struct sp_table *table, const struct sp_migration_call *call)
{
	const struct sp_migration_result *result = &call->result;

	sp_table_text(table, call->source);
	sp_table_text(table, call->target);
	sp_table_text(table, call->migration.target->name);
	add_rows(table, call, result->rows, result->bytes_written);
	sp_table_number(table, (int64_t)result->bytes_read);
	add_outcome(table, call, result->bytes_written);
	sp_table_number(table, (int64_t)result->bytes_carried);
	sp_table_number(table, (int64_t)result->files);
	sp_table_format(table, "%s%zu", call->migration.dry_run ? "at most " : "", result->files);
}

void sp_summary_tail(struct sp_table *table, const struct sp_migration_call *call)
{
	const struct sp_migration_result *result = &call->result;
	const bool rocksdb_only =
		call->migration.target->canonical && result->release < HEAP_CANONICAL_MIN;
	char from[16], to[16], release[16];

	sp_release_text(result->release, release);
	sp_release_text(result->releases.read_from, from);
	sp_release_text(result->releases.read_to, to);
	sp_table_text(table, release);
	sp_table_format(
		table, "Flink %s%s", release, rocksdb_only ? ", with the RocksDB backend" : "");
	sp_table_number(table, result->version);
	sp_table_text(table, from);
	sp_table_text(table, to);
	sp_table_format(table, "Flink %s to %s", from, to);
	if (call->migration.dry_run)
		sp_table_format(table, "about %.0f", call->seconds);
	else
		sp_table_format(table, "%.1f", call->seconds);
}

void sp_operator_head(struct sp_table *table, const struct sp_migration_operator *op)
{
	char id[33];

	sp_operator_id_text(op->op->id, id);
	sp_table_name(table, op->op->name);
	sp_table_name(table, op->op->uid);
	sp_table_text(table, id);
	sp_table_text(table, op->from == NULL ? NULL : op->from->name);
}

void sp_operator_tail(struct sp_table *table, const struct sp_migration_call *call,
	const struct sp_migration_operator *op)
{
	if (op->from == NULL)
		sp_table_none(table);
	else
		add_rows(table, call, op->rows, op->bytes_written);
	sp_table_number(table, (int64_t)op->bytes_read);
	add_outcome(table, call, op->bytes_written);
	sp_table_number(table, (int64_t)op->bytes_carried);
}

static void print_json(const struct sp_migration_call *call, const char *command,
	const struct sp_table *const tables[2])
{
	cJSON *document = sp_json_document(command);
	char seconds[32];

	cJSON_AddBoolToObject(document, "dry_run", call->migration.dry_run);
	sp_table_json_facts(tables[0], document);
	snprintf(seconds, sizeof(seconds), "%.1f", call->seconds);
	cJSON_AddRawToObject(document, "seconds", seconds);
	cJSON_AddItemToObject(document, "operators", sp_table_json(tables[1]));
	sp_json_print(document, stdout);
}

void sp_migration_print(const struct sp_globals *globals, const struct sp_migration_call *call,
	const char *command, const struct sp_table *const tables[2])
{
	if (globals->json) {
		print_json(call, command, tables);
		return;
	}
	if (globals->verbosity < 0)
		return;
	sp_table_print_facts(tables[0], stdout);
	printf("\n");
	sp_table_print(tables[1], stdout);
	if (call->migration.dry_run)
		printf("\nNothing was written (--dry-run).\n");
}
