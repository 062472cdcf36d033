/* Migrates the snapshots of made.h, and looks at what comes of them. */
#ifndef MIGRATED_H
#define MIGRATED_H

#include "made.h"
#include "migrate.h"

struct run {
	int jobs;
	size_t threshold;
	bool dry_run;
	const struct sp_format *target;
};

/* Writes the snapshot and migrates it to `target`. What it tells is in `ret`, to be freed. */
static inline int migrate_to(struct made *made, const struct run *run, const char *target,
	struct sp_migration_result *ret, struct sp_error *err)
{
	sp_auto(sp_store) *store = sp_store_file_new();
	sp_auto(sp_source) *source = NULL;
	struct sp_counters counters = { 0 };
	struct sp_migration migration = {
		.target = run->target == NULL ? &sp_canonical : run->target,
		.store = store,
		.directory = target,
		.jobs = run->jobs,
		.memory = 1 << 20,
		.tmpdir = made->scratch,
		.inline_threshold = run->threshold,
		.dry_run = run->dry_run,
		.counters = &counters,
	};

	made_write(made, made->source);
	ck_ok(sp_source_open(made->source, &source, err), *err);
	migration.source = source;
	return sp_migrate(&migration, ret, err);
}

/* Migrates to made->target and opens that. */
static inline struct sp_source *migrated(struct made *made, const struct run *run)
{
	struct sp_migration_result result;
	struct sp_source *source;
	struct sp_error err;

	ck_ok(migrate_to(made, run, made->target, &result, &err), err);
	sp_migration_result_free(&result);
	ck_ok(sp_source_open(made->target, &source, &err), err);
	return source;
}

/* The migration fails like this, and nothing but the source is there afterwards. */
static inline void assert_refused(struct made *made, enum sp_code code, const char *message)
{
	struct run run = { .jobs = 2, .threshold = 0 };
	struct sp_migration_result result;
	struct sp_error err;
	int before;

	made_write(made, made->source);
	before = scratch_count(made->scratch);
	ck_assert_int_eq(migrate_to(made, &run, made->target, &result, &err), code);
	sp_migration_result_free(&result);
	ck_assert_msg(strstr(err.message, message) != NULL, "%s", err.message);
	ck_assert_msg(strstr(err.message, made->source) == err.message, "%s", err.message);
	ck_assert_int_eq(scratch_count(made->scratch), before);
}

static inline void assert_file(
	struct sp_source *source, const struct sp_handle *handle, const char *text)
{
	sp_auto(sp_file) *file = NULL;
	sp_auto_buffer bytes = { 0 };
	struct sp_error err;

	ck_ok(sp_source_open_handle(source, handle, &file, &err), err);
	ck_ok(sp_file_read_all(file, 1 << 20, &bytes, &err), err);
	ck_assert(sp_slice_is(sp_buffer_slice(&bytes), text));
}

static inline const struct sp_subtask *subtask_of(const struct sp_source *source, size_t i)
{
	return &source->snapshot->operators[0].subtasks[i];
}

static inline struct sp_keyed_handle raw_keyed(struct made *made, struct sp_handle data)
{
	return (struct sp_keyed_handle){ .code = SP_KEYED_KEY_GROUPS,
		.start = 0,
		.count = 2,
		.offsets = sp_arena_new_array(made->arena, int64_t, 2),
		.data = data };
}

/* Everything below comes behind a file that could be carried: it must not be there either. */
static inline void begin_refusal(struct made *made, int32_t version)
{
	made_begin(made, version);
	made_operator_state(made, &made->subtasks[0],
		made_relative(made, "operator", sp_slice_of("operator state")));
}

#endif
