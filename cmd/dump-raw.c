#include <inttypes.h>
#include <stdlib.h>

#include "dump.h"
#include "interrupt.h"
#include "raw-timers.h"

/* Raw state: a stream of bytes with places to start at. */
struct raw {
	struct sp_dump *dump;
	const struct sp_operator *op;
	const struct sp_subtask *subtask;
	struct sp_file *file;
	int64_t *starts; /* ascending */
	size_t n_starts;
	struct sp_buffer bytes;
};

static int by_number(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void add_starts(struct raw *self, const int64_t *offsets, size_t n)
{
	if (n == 0)
		return;
	self->starts = reallocarray(self->starts, self->n_starts + n, sizeof(*self->starts));
	if (self->starts == NULL)
		sp_abort("out of memory");
	memcpy(self->starts + self->n_starts, offsets, n * sizeof(*offsets));
	self->n_starts += n;
}

/* A part ends where the next one starts. */
static uint64_t end_of(const struct raw *self, int64_t start)
{
	size_t low = 0, high = self->n_starts;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (self->starts[middle] > start)
			high = middle;
		else
			low = middle + 1;
	}
	return low < self->n_starts && (uint64_t)self->starts[low] < self->file->size
		       ? (uint64_t)self->starts[low]
		       : self->file->size;
}

/* The bytes [start, end) of the file. */
static int read_bytes(struct raw *self, uint64_t start, uint64_t end, struct sp_error *err)
{
	if (start > end)
		return sp_fail(err, SP_EDAMAGED, "%s: offset 0x%" PRIx64 " in %" PRIu64 " bytes",
			self->file->place, start, end);
	if (end - start > self->dump->memory) {
		sp_fail(err, SP_EUNSUPPORTED,
			"%s: offset 0x%" PRIx64 ": %" PRIu64 " bytes in one piece",
			self->file->place, start, end - start);
		return sp_hint(err, "--memory allows for more");
	}
	self->bytes.n = 0;
	if (sp_interrupt_check(err) < 0)
		return err->code;
	return sp_file_append(self->file, start, (size_t)(end - start), &self->bytes, err);
}

static int read_part(struct raw *self, int64_t start, struct sp_error *err)
{
	if (start < 0)
		return sp_fail(err, SP_EDAMAGED, "%s: offset %" PRId64, self->file->place, start);
	return read_bytes(self, (uint64_t)start, end_of(self, start), err);
}

static int open_handle(struct raw *self, const struct sp_handle *handle, struct sp_error *err)
{
	qsort(self->starts, self->n_starts, sizeof(*self->starts), by_number);
	return sp_source_open_handle(self->dump->source, handle, &self->file, err);
}

static void close_raw(struct raw *self)
{
	sp_file_free(self->file);
	free(self->starts);
	sp_buffer_free(&self->bytes);
	self->file = NULL;
	self->starts = NULL;
	self->n_starts = 0;
}

/* --- raw operator state ---------------------------------------------------------------------- */

static int put_partitions(
	struct raw *self, const struct sp_operator_state *state, struct sp_error *err)
{
	int r = 0;

	if (!sp_dump_wants_state(self->dump, state->name))
		return 0;
	for (size_t i = 0; r == 0 && i < state->n_offsets; i++) {
		if (read_part(self, state->offsets[i], err) < 0)
			return sp_within(err, "raw operator state: partition %zu", i);
		sp_dump_begin(&self->dump->out, self->op, "RAW_OPERATOR", state->name);
		sp_dump_number(&self->dump->out, SP_DUMP_SUBTASK, self->subtask->index);
		sp_dump_bytes(&self->dump->out, sp_buffer_slice(&self->bytes));
		r = sp_dump_end(&self->dump->out, err);
	}
	return r;
}

static int put_raw_operator(
	struct raw *self, const struct sp_operator_handle *handle, struct sp_error *err)
{
	int r;

	if (handle->code == SP_OPERATOR_NONE || handle->n_states == 0)
		return 0;
	for (size_t i = 0; i < handle->n_states; i++)
		add_starts(self, handle->states[i].offsets, handle->states[i].n_offsets);
	r = open_handle(self, &handle->data, err);
	for (size_t i = 0; r == 0 && i < handle->n_states; i++)
		r = put_partitions(self, &handle->states[i], err);
	return r;
}

int sp_dump_raw_operator_state(struct sp_dump *dump, const struct sp_operator *op,
	const struct sp_subtask *subtask, struct sp_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < subtask->n_raw_operator; i++) {
		struct raw self = { .dump = dump, .op = op, .subtask = subtask };

		r = put_raw_operator(&self, &subtask->raw_operator[i], err);
		close_raw(&self);
	}
	return r;
}

/* --- raw keyed state ------------------------------------------------------------------------- */

static int put_group(struct raw *self, uint32_t group, int64_t offset, struct sp_error *err)
{
	const struct sp_slice no_name = { 0 };

	if (read_part(self, offset, err) < 0)
		return sp_within(err, "key group %" PRIu32, group);
	sp_dump_begin(&self->dump->out, self->op, "RAW_KEYED", no_name);
	sp_dump_number(&self->dump->out, SP_DUMP_KEY_GROUP, group);
	sp_dump_bytes(&self->dump->out, sp_buffer_slice(&self->bytes));
	return sp_dump_end(&self->dump->out, err);
}

/* The bytes of the key groups from `first` on, which have neither keys nor the name of a state. */
static int put_groups(struct raw *self, const struct sp_keyed_handle *handle, uint32_t first,
	struct sp_error *err)
{
	int r;

	if (self->dump->state != NULL || self->dump->key != NULL)
		return 0;
	add_starts(self, handle->offsets, (size_t)handle->count);
	r = open_handle(self, &handle->data, err);
	for (int32_t i = 0; r == 0 && i < handle->count; i++) {
		const uint32_t group = (uint32_t)(handle->start + i);

		if (group >= first && handle->offsets[i] >= 0 &&
			sp_dump_wants_group(self->dump, group))
			r = put_group(self, group, handle->offsets[i], err);
	}
	return r;
}

/* Begins a line, if the timer is wanted. Named as the states in which backends keep timers. */
static bool begin_timer(struct raw *self, const struct sp_raw_timer *timer)
{
	sp_auto_buffer name = { 0 };

	sp_buffer_printf(&name, "_timer_state/%s_", timer->event ? "event" : "processing");
	sp_buffer_bytes(&name, timer->service);
	if (!sp_dump_wants_state(self->dump, sp_buffer_slice(&name)) ||
		!sp_dump_wants_group(self->dump, timer->key_group))
		return false;
	sp_dump_begin(&self->dump->out, self->op, "TIMER", sp_buffer_slice(&name));
	sp_dump_number(&self->dump->out, SP_DUMP_KEY_GROUP, timer->key_group);
	return true;
}

static int put_timer(struct raw *self, const struct sp_raw_timer *timer, struct sp_error *err)
{
	struct sp_dump_output *out = &self->dump->out;
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value key, ns;

	if (sp_value_read_all(timer->key, 0, self->dump->kryo, timer->key_type, arena, &key, err) <
			0 ||
		sp_value_read_all(timer->ns, 0, self->dump->kryo, timer->ns_type, arena, &ns, err) <
			0)
		return sp_within(err, "%s: offset 0x%" PRIx64 ": key group %" PRIu32 ": timer",
			self->dump->source->metadata_path, self->subtask->raw_keyed.at,
			timer->key_group);
	sp_dump_value(out, SP_DUMP_KEY, &key);
	if (!sp_dump_wants_key(self->dump, &key))
		return 0;
	sp_dump_value(out, SP_DUMP_NAMESPACE, &ns);
	sp_dump_number(out, SP_DUMP_VALUE, timer->timestamp);
	sp_dump_time(out, SP_DUMP_TIME, timer->timestamp);
	return sp_dump_end(out, err);
}

/* Timers up to those whose keys have no known end; *group is that of the last. */
static int put_timers(
	struct raw *self, struct sp_raw_timers *timers, uint32_t *group, struct sp_error *err)
{
	struct sp_raw_timer timer;
	int r;

	while ((r = sp_raw_timers_next(timers, &timer, err)) > 0) {
		*group = timer.key_group;
		if (sp_interrupt_check(err) < 0)
			return err->code;
		if (!begin_timer(self, &timer))
			continue;
		r = put_timer(self, &timer, err);
		if (r != 0)
			return r;
	}
	return r;
}

static int put_raw_keyed(
	struct raw *self, const struct sp_keyed_handle *handle, struct sp_error *err)
{
	sp_auto(sp_raw_timers) *timers = NULL;
	uint32_t group = (uint32_t)handle->start;
	int r = sp_raw_timers_open(self->dump->source, handle, &timers, err);

	if (r < 0 && r != SP_EUNSUPPORTED)
		return r;
	if (r > 0) {
		r = put_timers(self, timers, &group, err);
		if (r != SP_EUNSUPPORTED)
			return r;
	}
	return put_groups(self, handle, group, err);
}

int sp_dump_raw_keyed(struct sp_dump *dump, const struct sp_operator *op,
	const struct sp_subtask *subtask, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = &subtask->raw_keyed;
	struct raw self = { .dump = dump, .op = op, .subtask = subtask };
	int r;

	if (handle->code == SP_KEYED_NONE || !sp_dump_wants_groups(dump, handle))
		return 0;
	if (handle->offsets == NULL)
		return sp_fail(err, SP_EUNSUPPORTED,
			"raw keyed state: offset 0x%" PRIx64
			": state handle of type %d cannot be read",
			handle->at, (int)handle->code);
	r = put_raw_keyed(&self, handle, err);
	close_raw(&self);
	return r < 0 ? sp_within(err, "raw keyed state") : r;
}

/* --- Flink 1.1 ------------------------------------------------------------------------------- */

/* The state of a subtask in Flink 1.1, all in one stream. */
static int put_legacy(struct raw *self, const struct sp_handle *handle, struct sp_error *err)
{
	const struct sp_slice no_name = { 0 };

	if (handle->code == SP_HANDLE_NONE)
		return 0;
	if (open_handle(self, handle, err) < 0 || read_bytes(self, 0, self->file->size, err) < 0)
		return sp_within(err, "state of Flink 1.1");
	sp_dump_begin(&self->dump->out, self->op, "LEGACY", no_name);
	sp_dump_number(&self->dump->out, SP_DUMP_SUBTASK, self->subtask->index);
	sp_dump_bytes(&self->dump->out, sp_buffer_slice(&self->bytes));
	return sp_dump_end(&self->dump->out, err);
}

int sp_dump_legacy(struct sp_dump *dump, const struct sp_operator *op,
	const struct sp_subtask *subtask, struct sp_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < subtask->n_legacy; i++) {
		struct raw self = { .dump = dump, .op = op, .subtask = subtask };

		r = put_legacy(&self, &subtask->legacy[i], err);
		close_raw(&self);
	}
	return r;
}
