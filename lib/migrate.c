#include "migrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "interrupt.h"
#include "migrate-run.h"
#include "outlet.h"
#include "pool.h"

void sp_migration_result_free(struct sp_migration_result *result)
{
	sp_arena_free(result->arena);
	result->arena = NULL;
}

static void count_carried(
	const struct sp_run *run, struct sp_job *job, const struct sp_handle *data)
{
	job->files = data->code == SP_HANDLE_BYTES ? 0 : 1;
	atomic_fetch_add(&run->migration->counters->bytes, job->bytes_read);
}

static int carry_bytes(const struct sp_run *run, struct sp_job *job, struct sp_error *err)
{
	sp_auto(sp_file) *from = NULL;
	sp_auto(sp_outlet) *to = sp_outlet_new(run->tree, job->name, job->inline_threshold);

	if (sp_source_open_handle(run->migration->source, job->carried, &from, err) < 0 ||
		sp_outlet_copy(to, from, 0, from->size, err) < 0 ||
		sp_outlet_finish(to, job->arena, &job->data, err) < 0)
		return err->code;
	count_carried(run, job, &job->data);
	return 0;
}

static int rewrite_operator_state(
	const struct sp_run *run, struct sp_job *job, struct sp_error *err)
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

/* --- state of operators that get another parallelism ----------------------------------------- */

static int scale_operator(const struct sp_run *run, struct sp_job *job, struct sp_error *err)
{
	const struct sp_operator_scale *scale =
		job->managed ? job->moved->managed : job->moved->raw;
	sp_auto(sp_outlet) *to = sp_outlet_new(run->tree, job->name, job->inline_threshold);

	if (sp_operator_scale_write(scale, (int32_t)job->number, to, run->plan->release, job->arena,
		    job->written, err) < 0 ||
		sp_check_inline_limit(run->migration->target, job->written->data.data.n, err) < 0)
		return sp_within(err, "%s state", job->managed ? "operator" : "raw operator");
	count_carried(run, job, &job->written->data);
	return 0;
}

static int move_timers(const struct sp_run *run, struct sp_job *job, struct sp_error *err)
{
	if (sp_raw_keyed_scale_read(
		    job->moved->raw_keyed, job->number, sp_run_budget(run).memory, err) < 0)
		return sp_within(err, "raw keyed state");
	return 0;
}

static int scale_raw_keyed(const struct sp_run *run, struct sp_job *job, struct sp_error *err)
{
	const struct sp_budget budget = sp_run_budget(run);
	sp_auto(sp_outlet) *to = sp_outlet_new(run->tree, job->name, job->inline_threshold);

	if (sp_raw_keyed_scale_write(job->moved->raw_keyed, (int32_t)job->number, to, &budget,
		    job->arena, job->keyed, err) < 0 ||
		sp_check_inline_limit(run->migration->target, job->keyed->data.data.n, err) < 0)
		return sp_within(err, "raw keyed state");
	if (job->keyed->code == SP_KEYED_NONE)
		return 0;
	sp_keyed_handle_fit(job->keyed, run->plan->oldest);
	count_carried(run, job, &job->keyed->data);
	return 0;
}

/* --- jobs ------------------------------------------------------------------------------------ */

static sp_run_fn *const job_runs[] = {
	[SP_JOB_KEYED] = sp_run_keyed,
	[SP_JOB_CARRY] = carry_bytes,
	[SP_JOB_OPERATOR] = rewrite_operator_state,
	[SP_JOB_MOVE] = sp_run_move,
	[SP_JOB_MOVED] = sp_run_moved,
	[SP_JOB_MOVE_TIMERS] = move_timers,
	[SP_JOB_SCALE_OPERATOR] = scale_operator,
	[SP_JOB_SCALE_RAW_KEYED] = scale_raw_keyed,
};

static int run_job(size_t index, void *arg, struct sp_error *err)
{
	const struct sp_run *run = arg;
	struct sp_job *job = &run->plan->jobs[index];

	if (job->round != run->round)
		return 0;
	if (sp_interrupt_check(err) < 0) /* jobs may be too small to ask by themselves */
		return err->code;
	atomic_store(&run->migration->counters->current, job->label);
	job->arena = sp_arena_new();
	if (job_runs[job->kind](run, job, err) == 0)
		return 0;
	if (job->subtask != NULL)
		sp_within(err, "subtask %" PRId32, job->subtask->index);
	return sp_within(err, "%s", job->label);
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
		ret->files += !dry_run ? job->files : job->round == 1 ? 1 : 0;
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

static int write_all(struct sp_run *run, struct sp_error *err)
{
	const struct sp_migration *migration = run->migration;
	sp_auto(sp_tree) *tree = NULL;

	if (sp_tree_begin(migration->store, migration->directory, migration->replace, &tree, err) <
		0)
		return err->code;
	run->tree = tree;
	for (run->round = run->plan->rescaled == NULL; run->round <= 1; run->round++)
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
	struct sp_run run = { .migration = migration };
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
