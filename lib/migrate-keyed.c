/* Jobs of a migration that write keyed state: as rows, or as key groups that stay as they are. */
#include <inttypes.h>
#include <stdlib.h>

#include "interrupt.h"
#include "migrate-run.h"
#include "outlet.h"

#define CHECK_EVERY 4096 /* rows */

/* --- counting -------------------------------------------------------------------------------- */

void sp_run_progress(
	const struct sp_run *run, struct sp_job *job, struct sp_key_groups groups, uint32_t group)
{
	uint64_t of = (uint64_t)(group - (uint32_t)groups.start) + 1;
	uint64_t now = job->bytes_read * of / (uint64_t)groups.count;

	atomic_fetch_add(&run->migration->counters->bytes, now - job->counted);
	job->counted = now;
}

void sp_run_counted(const struct sp_run *run, struct sp_job *job)
{
	atomic_fetch_add(&run->migration->counters->rows, job->rows - job->rows_counted);
	job->rows_counted = job->rows;
}

int sp_run_count(const struct sp_run *run, struct sp_job *job, struct sp_error *err)
{
	if (++job->rows % CHECK_EVERY != 0)
		return 0;
	sp_run_counted(run, job);
	return sp_interrupt_check(err);
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

/* --- rows ------------------------------------------------------------------------------------ */

struct sp_budget sp_run_budget(const struct sp_run *run)
{
	const struct sp_migration *migration = run->migration;
	size_t workers = migration->jobs < 1 ? 1 : (size_t)migration->jobs;

	return (struct sp_budget){ .memory = migration->memory / workers,
		.tmpdir = migration->tmpdir };
}

/* Opens the reader and puts behind it what the rows have to pass. */
int sp_run_open(const struct sp_run *run, const struct sp_job *job,
	const struct sp_keyed_source *source, struct sp_stream **ret, struct sp_error *err)
{
	const struct sp_migration *migration = run->migration;
	enum sp_order order = job->moved == NULL ? migration->target->order : SP_ORDER_NONE;
	struct sp_budget budget = sp_run_budget(run);
	sp_auto(sp_stream) *in = NULL;

	if (source->reader->open(&source->place, &budget, &in, err) < 0 ||
		sp_plain_states(sp_steal(in), &in, err) < 0)
		return err->code;
	if (job->header != NULL && sp_under_header(sp_steal(in), job->header, &in, err) < 0)
		return err->code;
	if (migration->expiry != NULL &&
		sp_expire(sp_steal(in), migration->expiry, run->plan->kryo, &in, err) < 0)
		return err->code;
	if (order > in->order && sp_sort(sp_steal(in), order, &budget, &in, err) < 0)
		return err->code;
	*ret = sp_steal(in);
	return 0;
}

int sp_run_create(const struct sp_run *run, const struct sp_job *job,
	const struct sp_keyed_header *header, struct sp_writer **ret, struct sp_error *err)
{
	const struct sp_writer_plan plan = {
		.tree = run->tree,
		.name = job->name,
		.header = header,
		.start = job->groups.start,
		.count = job->groups.count,
		.max_parallelism = job->max_parallelism,
		.inline_threshold = job->inline_threshold,
		.release = run->plan->oldest,
		.kryo = run->plan->kryo,
		.checkpoint_id = run->migration->source->snapshot->checkpoint_id,
		.budget = sp_run_budget(run),
	};

	return run->migration->target->create(&plan, ret, err);
}

int sp_run_finish(const struct sp_run *run, struct sp_job *job, struct sp_writer *writer,
	struct sp_error *err)
{
	if (writer->ops->finish(writer, job->arena, job->keyed, err) < 0)
		return err->code;
	sp_keyed_handle_fit(job->keyed, run->plan->oldest);
	count_handle(job->keyed, job);
	return 0;
}

/* The middle of the program: rows from the reader to the writer. */
static int pump(const struct sp_run *run, struct sp_job *job, struct sp_stream *in,
	struct sp_writer *out, struct sp_error *err)
{
	uint32_t group = UINT32_MAX;
	struct sp_row row;
	int r;

	while ((r = sp_next(in, &row, err)) > 0) {
		if (sp_put(out, &row, err) < 0)
			return sp_within(err, "state '%.*s', key group %" PRIu32,
				(int)row.state->name.n, row.state->name.p, row.key_group);
		if (row.key_group != group) {
			group = row.key_group;
			sp_run_progress(run, job, job->groups, group);
		}
		if (sp_run_count(run, job, err) < 0)
			return err->code;
	}
	sp_run_counted(run, job);
	return r;
}

/* Errors of one of several sources say whose it is. */
static int within_source(
	const struct sp_job *job, const struct sp_keyed_source *source, struct sp_error *err)
{
	if (job->subtask != NULL)
		return err->code;
	return sp_within(err, "subtask %" PRId32, source->place.subtask->index);
}

static int convert_rows(const struct sp_run *run, struct sp_job *job, struct sp_error *err)
{
	sp_auto(sp_stream) *in = NULL;
	sp_auto(sp_writer) *out = NULL;

	for (size_t i = 0; i < job->n_sources; i++) {
		sp_stream_free(sp_steal(in));
		if (sp_run_open(run, job, &job->sources[i], &in, err) < 0)
			return within_source(job, &job->sources[i], err);
		if (out == NULL && sp_run_create(run, job, in->header, &out, err) < 0)
			return err->code;
		if (pump(run, job, in, out, err) < 0)
			return within_source(job, &job->sources[i], err);
	}
	return sp_run_finish(run, job, out, err);
}

/* --- key groups as they are ------------------------------------------------------------------ */

/*
 * The key groups of the heap layout stand on their own. Where nobody but the job knows the borders
 * in them they cannot become rows, but the same layout takes them as they are.
 */
static int pass_whole(const struct sp_run *run, struct sp_job *job, struct sp_error *err)
{
	const struct sp_format *target = run->migration->target;
	const struct sp_keyed_handle *from = job->sources[0].place.handle;
	sp_auto(sp_outlet) *to = sp_outlet_new(
		run->tree, job->name, target->inline_limit != 0 ? SIZE_MAX : job->inline_threshold);
	sp_auto(sp_file) *data = NULL;

	if (sp_source_open_handle(run->migration->source, &from->data, &data, err) < 0 ||
		sp_check_inline_limit(target, data->size, err) < 0 ||
		sp_outlet_copy(to, data, 0, data->size, err) < 0)
		return err->code;
	*job->keyed = *from;
	if (sp_outlet_finish(to, job->arena, &job->keyed->data, err) < 0)
		return err->code;
	sp_keyed_handle_fit(job->keyed, run->plan->oldest);
	count_handle(job->keyed, job);
	return 0;
}

/* 1: done, 0: not possible. */
static int cut(const struct sp_run *run, struct sp_job *job, struct sp_error *err)
{
	const struct sp_format *target = run->migration->target;
	struct sp_keyed_place *places =
		sp_arena_new_array(job->arena, struct sp_keyed_place, job->n_sources);
	const struct sp_cut plan = { .places = places,
		.n_places = job->n_sources,
		.tree = run->tree,
		.name = job->name,
		.start = job->groups.start,
		.count = job->groups.count,
		.inline_threshold = job->inline_threshold };
	int r;

	for (size_t i = 0; i < job->n_sources; i++)
		places[i] = job->sources[i].place;
	r = target->cut(&plan, job->arena, job->keyed, err);
	if (r <= 0)
		return r;
	sp_keyed_handle_fit(job->keyed, run->plan->oldest);
	count_handle(job->keyed, job);
	return 1;
}

int sp_run_keyed(const struct sp_run *run, struct sp_job *job, struct sp_error *err)
{
	const struct sp_format *target = run->migration->target;
	int r = job->cut ? cut(run, job, err) : 0;

	if (r == 0) {
		r = convert_rows(run, job, err);
		if (r == SP_EUNSUPPORTED && target->passes_whole && job->whole &&
			job->sources[0].reader->open == target->open) {
			job->rows = 0; /* not known */
			r = pass_whole(run, job, err);
		}
	}
	if (r >= 0)
		sp_run_progress(run, job, job->groups,
			(uint32_t)(job->groups.start + job->groups.count - 1));
	return r < 0 ? r : 0;
}
