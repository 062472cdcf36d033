#include "scan.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "interrupt.h"
#include "pool.h"

#define CHECK_EVERY 4096 /* rows */

struct run {
	const struct sp_scan *scan;
	struct sp_scan_part *parts;
	size_t n_parts;
	pthread_mutex_t lock; /* of the consumer while a part ends */
};

/* How far a part is. */
struct progress {
	struct sp_counters *counters;
	const struct sp_keyed_handle *handle;
	uint64_t total;   /* bytes of the part */
	uint64_t counted; /* of them, in the counters */
	uint64_t rows;    /* not yet in the counters */
	uint32_t group;
};

static void count_bytes(struct progress *self, uint64_t now)
{
	atomic_fetch_add(&self->counters->bytes, now - self->counted);
	self->counted = now;
}

/* The reader has come to a key group of its handle. */
static void count_group(struct progress *self, uint32_t group)
{
	const uint64_t of = (uint64_t)(group - (uint32_t)self->handle->start) + 1;

	self->group = group;
	count_bytes(self, self->total / (uint64_t)self->handle->count * of);
}

static int count_row(struct progress *self, uint32_t group, struct sp_error *err)
{
	if (group != self->group)
		count_group(self, group);
	if (++self->rows < CHECK_EVERY)
		return 0;
	atomic_fetch_add(&self->counters->rows, self->rows);
	self->rows = 0;
	return sp_interrupt_check(err);
}

static int pump_rows(const struct sp_scan *scan, void *self, struct sp_stream *in,
	struct progress *progress, struct sp_error *err)
{
	struct sp_row row;
	int r = scan->ops->header == NULL ? 0 : scan->ops->header(self, in, err);

	if (r != 0)
		return r < 0 ? r : 0;
	while ((r = sp_next(in, &row, err)) > 0)
		if (count_row(progress, row.key_group, err) < 0 ||
			scan->ops->row(self, &row, err) < 0)
			return err->code;
	return r;
}

static int pump_timers(const struct sp_scan *scan, void *self, struct sp_raw_timers *in,
	struct progress *progress, struct sp_error *err)
{
	struct sp_raw_timer timer;
	int r;

	while ((r = sp_raw_timers_next(in, &timer, err)) > 0)
		if (count_row(progress, timer.key_group, err) < 0 ||
			scan->ops->timer(self, &timer, err) < 0)
			return err->code;
	return r;
}

/* What a part is read from; a consumer may look at its header until the part has ended. */
struct opened {
	struct sp_stream *rows;
	struct sp_raw_timers *timers;
};

static void close_part(struct opened *opened)
{
	sp_stream_free(opened->rows);
	sp_raw_timers_free(opened->timers);
}

static int read_rows(const struct sp_scan *scan, const struct sp_scan_part *part, void *self,
	struct opened *opened, struct progress *progress, struct sp_error *err)
{
	const size_t workers = scan->jobs < 1 ? 1 : (size_t)scan->jobs;
	const struct sp_budget budget = { scan->memory / workers, scan->tmpdir };
	const struct sp_format *format;

	if (sp_check_key_groups(&part->place, err) < 0 ||
		sp_format_of(&part->place, &format, err) < 0 ||
		format->open(&part->place, &budget, &opened->rows, err) < 0)
		return err->code;
	return pump_rows(scan, self, opened->rows, progress, err);
}

static int read_timers(const struct sp_scan *scan, const struct sp_scan_part *part, void *self,
	struct opened *opened, struct progress *progress, struct sp_error *err)
{
	int r = sp_check_key_groups(&part->place, err);

	if (r == 0)
		r = sp_raw_timers_open(
			part->place.source, part->place.handle, &opened->timers, err);
	return r > 0 ? pump_timers(scan, self, opened->timers, progress, err) : r;
}

static int read_part(const struct sp_scan *scan, const struct sp_scan_part *part, void *self,
	struct opened *opened, struct sp_error *err)
{
	struct progress progress = {
		.counters = scan->counters,
		.handle = part->place.handle,
		.total = sp_keyed_handle_size(part->place.handle),
		.group = UINT32_MAX,
	};
	int r = part->raw ? read_timers(scan, part, self, opened, &progress, err)
			  : read_rows(scan, part, self, opened, &progress, err);

	atomic_fetch_add(&scan->counters->rows, progress.rows);
	count_bytes(&progress, progress.total);
	return r;
}

/* An interruption is nobody's finding. */
static int end_part(struct run *run, void *self, int r, struct sp_error *err)
{
	const bool stops = r == SP_EINTERRUPTED;
	int ended;

	pthread_mutex_lock(&run->lock);
	ended = run->scan->ops->end(self, r, err);
	pthread_mutex_unlock(&run->lock);
	return stops ? r : ended;
}

static int run_part(size_t index, void *arg, struct sp_error *err)
{
	struct run *run = arg;
	const struct sp_scan_part *part = &run->parts[index];
	struct opened opened = { 0 };
	void *self;
	char label[256];
	int r;

	if (sp_interrupt_check(err) < 0) /* parts may be too small to ask by themselves */
		return err->code;
	r = run->scan->ops->begin(part, run->scan->arg, &self, err);
	if (r == 0)
		r = end_part(run, self, read_part(run->scan, part, self, &opened, err), err);
	close_part(&opened);
	if (r < 0)
		return sp_within(err, "%s: subtask %" PRId32,
			sp_operator_label(part->place.op, label, sizeof(label)),
			part->place.subtask->index);
	return 0;
}

static void add_part(struct run *run, const struct sp_scan_part *part)
{
	if (part->place.handle->code == SP_KEYED_NONE)
		return;
	run->parts[run->n_parts++] = *part;
	atomic_fetch_add(
		&run->scan->counters->total_bytes, sp_keyed_handle_size(part->place.handle));
}

static void add_operator(struct run *run, size_t number, enum sp_kryo kryo)
{
	struct sp_source *source = run->scan->source;
	const struct sp_operator *op = &source->snapshot->operators[number];
	struct sp_scan_part part = { .op = number, .kryo = kryo };

	if (run->scan->only != NULL && run->scan->only != op)
		return;
	for (size_t i = 0; i < op->n_subtasks; i++) {
		const struct sp_subtask *subtask = &op->subtasks[i];

		part.raw = false;
		part.place = sp_place(source, op, subtask, &subtask->managed_keyed);
		add_part(run, &part);
		part.raw = true;
		part.place.handle = &subtask->raw_keyed;
		if (run->scan->ops->timer != NULL)
			add_part(run, &part);
	}
}

int sp_scan_run(const struct sp_scan *scan, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = scan->source->snapshot;
	const enum sp_kryo kryo = sp_kryo_of(snapshot);
	struct run run = { .scan = scan, .lock = PTHREAD_MUTEX_INITIALIZER };
	size_t most = 0;
	int r;

	for (size_t i = 0; i < snapshot->n_operators; i++)
		most += 2 * snapshot->operators[i].n_subtasks;
	run.parts = calloc(most + 1, sizeof(*run.parts));
	if (run.parts == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < snapshot->n_operators; i++)
		add_operator(&run, i, kryo);
	r = sp_pool_run(run.n_parts, scan->jobs, run_part, &run, err);
	free(run.parts);
	return r;
}
