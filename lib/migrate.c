#include "migrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "interrupt.h"
#include "migrate-plan.h"
#include "outlet.h"
#include "pool.h"

#define CHECK_EVERY 4096 /* rows */
#define COPY_BLOCK ((size_t)1024 * 1024)

void sp_migration_result_free(struct sp_migration_result *result)
{
	sp_arena_free(result->arena);
	result->arena = NULL;
}

struct run {
	const struct sp_migration *migration;
	struct sp_plan *plan;
	struct sp_tree *tree;
};

/* Tells the counters that the stream has come to this key group. */
static void count_progress(const struct run *run, struct sp_job *job, uint32_t group)
{
	uint64_t of = (uint64_t)(group - (uint32_t)job->place.handle->start) + 1;
	uint64_t now = job->bytes_read * of / (uint64_t)job->place.handle->count;

	atomic_fetch_add(&run->migration->counters->bytes, now - job->counted);
	job->counted = now;
}

/* The middle of the program: rows from the reader to the writer. */
static int pump(const struct run *run, struct sp_job *job, struct sp_stream *in,
	struct sp_writer *out, struct sp_error *err)
{
	uint32_t group = UINT32_MAX;
	uint64_t pending = 0;
	struct sp_row row;
	int r;

	while ((r = sp_next(in, &row, err)) > 0) {
		if (sp_put(out, &row, err) < 0)
			return sp_within(err, "state '%.*s', key group %" PRIu32,
				(int)row.state->name.n, row.state->name.p, row.key_group);
		if (row.key_group != group) {
			group = row.key_group;
			count_progress(run, job, group);
		}
		job->rows++;
		if (++pending == CHECK_EVERY) {
			atomic_fetch_add(&run->migration->counters->rows, pending);
			pending = 0;
			if (sp_interrupt_check(err) < 0)
				return err->code;
		}
	}
	atomic_fetch_add(&run->migration->counters->rows, pending);
	return r;
}

static struct sp_budget budget_of(const struct run *run)
{
	const struct sp_migration *migration = run->migration;
	size_t workers = migration->jobs < 1 ? 1 : (size_t)migration->jobs;

	return (struct sp_budget){ .memory = migration->memory / workers,
		.tmpdir = migration->tmpdir };
}

static int convert_rows(const struct run *run, struct sp_job *job, struct sp_error *err)
{
	struct sp_budget budget = budget_of(run);
	sp_auto(sp_stream) *in = NULL;
	sp_auto(sp_writer) *out = NULL;
	struct sp_writer_plan plan;

	if (job->reader->open(&job->place, &budget, &in, err) < 0)
		return err->code;
	plan = (struct sp_writer_plan){
		.tree = run->tree,
		.name = job->name,
		.header = in->header,
		.start = job->place.handle->start,
		.count = job->place.handle->count,
		.max_parallelism = job->place.op->max_parallelism,
		.inline_threshold = run->migration->inline_threshold,
		.budget = budget,
	};
	if (run->migration->target->create(&plan, &out, err) < 0 ||
		pump(run, job, in, out, err) < 0 ||
		out->ops->finish(out, job->arena, job->keyed, err) < 0)
		return err->code;
	job->bytes_written = sp_handle_size(&job->keyed->data);
	job->files = job->keyed->data.code == SP_HANDLE_BYTES ? 0 : 1;
	return 0;
}

static int copy_bytes(struct sp_file *from, struct sp_sink *to, struct sp_error *err)
{
	sp_auto_buffer block = { 0 };

	for (uint64_t at = 0; at < from->size; at += block.n) {
		uint64_t left = from->size - at;

		block.n = 0;
		sp_buffer_reserve(&block, COPY_BLOCK);
		block.n = left < COPY_BLOCK ? (size_t)left : COPY_BLOCK;
		if (sp_interrupt_check(err) < 0 ||
			sp_file_read(from, at, block.p, block.n, err) < 0 ||
			sp_sink_write(to, sp_buffer_slice(&block), err) < 0)
			return err->code;
	}
	return sp_sink_finish(to, err);
}

static int carry_file(const struct run *run, struct sp_job *job, struct sp_error *err)
{
	sp_auto(sp_file) *from = NULL;
	sp_auto(sp_sink) *to = NULL;

	if (sp_source_open_handle(run->migration->source, job->carried, &from, err) < 0 ||
		sp_tree_create(run->tree, job->name, &to, err) < 0 || copy_bytes(from, to, err) < 0)
		return err->code;
	job->files = 1;
	atomic_fetch_add(&run->migration->counters->bytes, from->size);
	return 0;
}

static int run_job(size_t index, void *arg, struct sp_error *err)
{
	const struct run *run = arg;
	struct sp_job *job = &run->plan->jobs[index];
	int r;

	if (sp_interrupt_check(err) < 0) /* jobs may be too small to ask by themselves */
		return err->code;
	atomic_store(&run->migration->counters->current, job->label);
	r = job->reader == NULL ? carry_file(run, job, err) : convert_rows(run, job, err);
	if (r < 0)
		return sp_within(
			err, "%s: subtask %" PRId32, job->label, job->place.subtask->index);
	return 0;
}

static int write_metadata(
	struct sp_tree *tree, const struct sp_snapshot *snapshot, struct sp_error *err)
{
	sp_auto(sp_sink) *sink = NULL;
	sp_auto_buffer bytes = { 0 };

	if (sp_metadata_write(snapshot, &bytes, err) < 0)
		return sp_within(err, "_metadata");
	if (sp_tree_create(tree, "_metadata", &sink, err) < 0 ||
		sp_sink_write(sink, sp_buffer_slice(&bytes), err) < 0)
		return err->code;
	return sp_sink_finish(sink, err);
}

static void sum_up(const struct sp_plan *plan, bool dry_run, struct sp_migration_result *ret)
{
	ret->files = 1; /* _metadata */
	for (size_t i = 0; i < plan->n_jobs; i++) {
		const struct sp_job *job = &plan->jobs[i];
		struct sp_migration_operator *op = &ret->operators[job->op];

		op->rows += job->rows;
		op->bytes_written += job->bytes_written;
		ret->files += dry_run ? 1 : job->files;
	}
	for (size_t i = 0; i < ret->n_operators; i++) {
		ret->rows += ret->operators[i].rows;
		ret->bytes_read += ret->operators[i].bytes_read;
		ret->bytes_written += ret->operators[i].bytes_written;
		ret->bytes_carried += ret->operators[i].bytes_carried;
	}
}

static int write_all(struct run *run, struct sp_error *err)
{
	const struct sp_migration *migration = run->migration;
	sp_auto(sp_tree) *tree = NULL;

	if (sp_tree_begin(migration->store, migration->directory, migration->replace, &tree, err) <
		0)
		return err->code;
	run->tree = tree;
	if (sp_pool_run(run->plan->n_jobs, migration->jobs, run_job, run, err) < 0 ||
		write_metadata(tree, run->plan->out, err) < 0 || sp_interrupt_check(err) < 0 ||
		sp_tree_publish(tree, err) < 0)
		return err->code;
	return 0;
}

int sp_migrate(
	const struct sp_migration *migration, struct sp_migration_result *ret, struct sp_error *err)
{
	sp_auto(sp_plan) *plan = NULL;
	struct run run = { .migration = migration };
	int r;

	*ret = (struct sp_migration_result){ .arena = sp_arena_new() };
	if (sp_plan_make(migration, ret, &plan, err) < 0)
		return err->code;
	run.plan = plan;
	if (migration->dry_run)
		r = sp_tree_check(migration->store, migration->directory, migration->replace, err);
	else
		r = write_all(&run, err);
	if (r < 0)
		return r;
	sum_up(plan, migration->dry_run, ret);
	ret->version = plan->out->version;
	sp_releases_of(plan->out, &ret->releases);
	return 0;
}
