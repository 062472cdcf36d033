#include "migrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "interrupt.h"
#include "migrate-plan.h"
#include "operator-state.h"
#include "outlet.h"
#include "pool.h"

#define CHECK_EVERY 4096 /* rows */

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

/* Opens the reader and puts behind it what the rows have to pass. */
static int open_rows(const struct run *run, const struct sp_job *job, struct sp_stream **ret,
	struct sp_error *err)
{
	const struct sp_migration *migration = run->migration;
	enum sp_order order = migration->target->order;
	struct sp_budget budget = budget_of(run);
	sp_auto(sp_stream) *in = NULL;

	if (job->reader->open(&job->place, &budget, &in, err) < 0 ||
		sp_plain_states(sp_steal(in), &in, err) < 0)
		return err->code;
	if (migration->expiry != NULL &&
		sp_expire(sp_steal(in), migration->expiry, run->plan->kryo, &in, err) < 0)
		return err->code;
	if (order > in->order && sp_sort(sp_steal(in), order, &budget, &in, err) < 0)
		return err->code;
	*ret = sp_steal(in);
	return 0;
}

/* Files of the result and bytes in them. */
static void count_handle(const struct sp_keyed_handle *handle, struct sp_job *job)
{
	job->bytes_written = sp_handle_size(&handle->data);
	job->files = handle->data.code == SP_HANDLE_BYTES ? 0 : 1;
	for (size_t i = 0; i < handle->n_private; i++) {
		job->bytes_written += sp_handle_size(&handle->private[i].handle);
		job->files += handle->private[i].handle.code == SP_HANDLE_BYTES ? 0 : 1;
	}
}

static int convert_rows(const struct run *run, struct sp_job *job, struct sp_error *err)
{
	sp_auto(sp_stream) *in = NULL;
	sp_auto(sp_writer) *out = NULL;
	struct sp_writer_plan plan;

	if (open_rows(run, job, &in, err) < 0)
		return err->code;
	plan = (struct sp_writer_plan){
		.tree = run->tree,
		.name = job->name,
		.header = in->header,
		.start = job->place.handle->start,
		.count = job->place.handle->count,
		.max_parallelism = job->place.op->max_parallelism,
		.inline_threshold = job->inline_threshold,
		.release = run->plan->oldest,
		.kryo = run->plan->kryo,
		.checkpoint_id = run->migration->source->snapshot->checkpoint_id,
		.budget = budget_of(run),
	};
	if (run->migration->target->create(&plan, &out, err) < 0 ||
		pump(run, job, in, out, err) < 0 ||
		out->ops->finish(out, job->arena, job->keyed, err) < 0)
		return err->code;
	sp_keyed_handle_fit(job->keyed, run->plan->oldest);
	count_handle(job->keyed, job);
	return 0;
}

static int copy_bytes(struct sp_file *from, struct sp_outlet *to, struct sp_error *err)
{
	sp_auto_buffer block = { 0 };
	uint64_t at = 0;
	int r;

	while ((r = sp_file_next(from, &at, &block, err)) > 0)
		if (sp_outlet_write(to, sp_buffer_slice(&block), err) < 0)
			return err->code;
	return r;
}

/*
 * The key groups of the heap layout stand on their own. Where nobody but the job knows the borders
 * in them they cannot become rows, but the same layout takes them as they are.
 */
static int pass_whole(const struct run *run, struct sp_job *job, struct sp_error *err)
{
	const struct sp_format *target = run->migration->target;
	const struct sp_keyed_handle *from = job->place.handle;
	sp_auto(sp_outlet) *to = sp_outlet_new(
		run->tree, job->name, target->inline_limit != 0 ? SIZE_MAX : job->inline_threshold);
	sp_auto(sp_file) *data = NULL;

	if (sp_source_open_handle(run->migration->source, &from->data, &data, err) < 0 ||
		sp_check_inline_limit(target, data->size, err) < 0 || copy_bytes(data, to, err) < 0)
		return err->code;
	*job->keyed = *from;
	if (sp_outlet_finish(to, job->arena, &job->keyed->data, err) < 0)
		return err->code;
	sp_keyed_handle_fit(job->keyed, run->plan->oldest);
	count_handle(job->keyed, job);
	atomic_fetch_add(&run->migration->counters->bytes, job->bytes_read - job->counted);
	job->rows = 0; /* not known */
	return 0;
}

static int convert_keyed(const struct run *run, struct sp_job *job, struct sp_error *err)
{
	const struct sp_format *target = run->migration->target;
	int r = convert_rows(run, job, err);

	if (r != SP_EUNSUPPORTED || !target->passes_whole || job->reader->open != target->open ||
		run->migration->expiry != NULL)
		return r;
	return pass_whole(run, job, err);
}

static void count_carried(const struct run *run, struct sp_job *job, const struct sp_handle *data)
{
	job->files = data->code == SP_HANDLE_BYTES ? 0 : 1;
	atomic_fetch_add(&run->migration->counters->bytes, job->bytes_read);
}

static int carry_bytes(const struct run *run, struct sp_job *job, struct sp_error *err)
{
	sp_auto(sp_file) *from = NULL;
	sp_auto(sp_outlet) *to = sp_outlet_new(run->tree, job->name, job->inline_threshold);

	if (sp_source_open_handle(run->migration->source, job->carried, &from, err) < 0 ||
		copy_bytes(from, to, err) < 0 ||
		sp_outlet_finish(to, job->arena, &job->data, err) < 0)
		return err->code;
	count_carried(run, job, &job->data);
	return 0;
}

static int rewrite_operator_state(const struct run *run, struct sp_job *job, struct sp_error *err)
{
	sp_auto(sp_operator_reader) *from = NULL;
	sp_auto(sp_outlet) *to = sp_outlet_new(run->tree, job->name, job->inline_threshold);

	if (sp_operator_reader_open(run->migration->source, job->state, &from, err) < 0 ||
		sp_operator_merge(&from, 1, to, run->plan->release, job->arena, job->written, err) <
			0 ||
		sp_check_inline_limit(run->migration->target, job->written->data.data.n, err) < 0)
		return sp_within(err, "operator state");
	count_carried(run, job, &job->written->data);
	return 0;
}

static int (*const job_runs[])(const struct run *run, struct sp_job *job, struct sp_error *err) = {
	[SP_JOB_ROWS] = convert_keyed,
	[SP_JOB_CARRY] = carry_bytes,
	[SP_JOB_OPERATOR] = rewrite_operator_state,
};

static int run_job(size_t index, void *arg, struct sp_error *err)
{
	const struct run *run = arg;
	struct sp_job *job = &run->plan->jobs[index];

	if (sp_interrupt_check(err) < 0) /* jobs may be too small to ask by themselves */
		return err->code;
	atomic_store(&run->migration->counters->current, job->label);
	job->arena = sp_arena_new();
	if (job_runs[job->kind](run, job, err) < 0)
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

/* Now that it is known where what was carried lies. */
static void fill_handles(struct sp_plan *plan)
{
	for (size_t i = 0; i < plan->n_fills; i++)
		*plan->fills[i].to = plan->jobs[plan->fills[i].job].data;
}

static int write_all(struct run *run, struct sp_error *err)
{
	const struct sp_migration *migration = run->migration;
	sp_auto(sp_tree) *tree = NULL;

	if (sp_tree_begin(migration->store, migration->directory, migration->replace, &tree, err) <
		0)
		return err->code;
	run->tree = tree;
	if (sp_pool_run(run->plan->n_jobs, migration->jobs, run_job, run, err) < 0)
		return err->code;
	fill_handles(run->plan);
	if (write_metadata(tree, run->plan->out, err) < 0 || sp_interrupt_check(err) < 0 ||
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
	ret->release = plan->release;
	ret->version = plan->out->version;
	sp_releases_of(plan->out, &ret->releases);
	return 0;
}
