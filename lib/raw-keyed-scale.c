#include "raw-keyed-scale.h"

#include <inttypes.h>
#include <stdlib.h>

#include "interrupt.h"
#include "key-group-ranges.h"
#include "raw-keyed-scale-internal.h"

#define BLOCK_MIN ((size_t)4 * 1024) /* bytes copied at a time */
#define BLOCK_MAX ((size_t)1024 * 1024)

/* --- what is there ---------------------------------------------------------------------------- */

static struct sp_key_groups range_of(const struct sp_raw_keyed_scale *self, int32_t index)
{
	return sp_key_groups_of_subtask(index, self->plan.parallelism, self->plan.max_parallelism);
}

static int check_handle(const struct sp_raw_keyed_scale_plan *plan,
	const struct sp_subtask *subtask, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = &subtask->raw_keyed;
	const struct sp_keyed_place place = sp_place(plan->source, plan->op, subtask, handle);

	switch (handle->code) {
	case SP_KEYED_KEY_GROUPS:
	case SP_KEYED_SAVEPOINT:
	case SP_KEYED_KEY_GROUPS_V2: return sp_check_key_groups(&place, err);
	default:
		return sp_fail(err, SP_EUNSUPPORTED,
			"offset 0x%" PRIx64 ": state handle of type %d cannot be scaled",
			handle->at, (int)handle->code);
	}
}

static int add_group(struct sp_raw_keyed_scale *self, size_t subtask,
	const struct sp_key_group_range *range, struct sp_error *err)
{
	const struct sp_subtask *subtasks = self->plan.op->subtasks;
	struct sp_raw_keyed_group *group = &self->groups[range->key_group];

	if (group->is_there)
		return sp_fail(err, SP_EDAMAGED,
			"key group %" PRIu32 " lies in subtask %" PRId32 ", too", range->key_group,
			subtasks[group->subtask].index);
	*group = (struct sp_raw_keyed_group){ true, subtask, range->start, range->end };
	self->bytes += range->end - range->start;
	return 0;
}

/* 1: it has key groups; 0: none. */
static int add_subtask(struct sp_raw_keyed_scale *self, size_t i, struct sp_error *err)
{
	const struct sp_subtask *subtask = &self->plan.op->subtasks[i];
	struct sp_key_group_ranges ranges = { 0 };
	sp_auto(sp_file) *file = NULL;
	int r = 0;

	if (subtask->raw_keyed.code == SP_KEYED_NONE)
		return 0;
	if (check_handle(&self->plan, subtask, err) < 0 ||
		sp_source_open_handle(self->plan.source, &subtask->raw_keyed.data, &file, err) <
			0 ||
		sp_key_group_ranges(&subtask->raw_keyed, file, SP_RAW_KEYED_NONE, &ranges, err) < 0)
		return err->code;
	for (size_t k = 0; r == 0 && k < ranges.n; k++)
		r = add_group(self, i, &ranges.at[k], err);
	free(ranges.at);
	return r < 0 ? r : ranges.n > 0;
}

static void *allocate(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (p == NULL)
		sp_abort("out of memory");
	return p;
}

/* Counts into *n, and lists, the subtasks that have key groups. */
static int add_subtasks(
	struct sp_raw_keyed_scale *self, size_t *subtasks, size_t *n, struct sp_error *err)
{
	const struct sp_operator *op = self->plan.op;

	for (size_t i = 0; i < op->n_subtasks; i++) {
		int r = add_subtask(self, i, err);

		if (r < 0)
			return sp_within(
				err, "subtask %" PRId32 ": raw keyed state", op->subtasks[i].index);
		if (r > 0)
			subtasks[(*n)++] = i;
	}
	return 0;
}

static int begin(struct sp_raw_keyed_scale *self, size_t *subtasks, struct sp_error *err)
{
	const struct sp_operator *op = self->plan.op;
	size_t n = 0;

	if (op->max_parallelism < 1 || op->max_parallelism > SP_MAX_PARALLELISM)
		return sp_fail(err, SP_EDAMAGED, "max parallelism %" PRId32, op->max_parallelism);
	self->groups = allocate((size_t)op->max_parallelism, sizeof(*self->groups));
	if (add_subtasks(self, subtasks, &n, err) < 0)
		return err->code;
	if (n > 0 && self->plan.max_parallelism != op->max_parallelism &&
		sp_timer_scale_new(&self->plan, subtasks, n, &self->timers, err) < 0)
		return err->code;
	return n > 0;
}

int sp_raw_keyed_scale_new(const struct sp_raw_keyed_scale_plan *plan,
	struct sp_raw_keyed_scale **ret, struct sp_error *err)
{
	sp_auto(sp_raw_keyed_scale) *self = allocate(1, sizeof(*self));
	size_t *subtasks = allocate(plan->op->n_subtasks, sizeof(*subtasks));
	int r;

	self->plan = *plan;
	r = begin(self, subtasks, err);
	free(subtasks);
	if (r > 0)
		*ret = sp_steal(self);
	return r;
}

void sp_raw_keyed_scale_free(struct sp_raw_keyed_scale *self)
{
	if (self == NULL)
		return;
	sp_timer_scale_free(self->timers);
	free(self->groups);
	free(self);
}

int sp_raw_keyed_scale_read(
	struct sp_raw_keyed_scale *self, size_t i, size_t memory, struct sp_error *err)
{
	if (self->timers == NULL || sp_timer_scale_read(self->timers, i, memory, err) == 0)
		return 0;
	return sp_within(
		err, "subtask %" PRId32 ": raw keyed state", self->plan.op->subtasks[i].index);
}

/* --- cut ---------------------------------------------------------------------------------------
 */

/* Bytes of one subtask that follow each other there and are to follow each other. */
struct run {
	size_t subtask;
	uint64_t start, end;
};

struct cut {
	const struct sp_raw_keyed_scale *scale;
	struct sp_outlet *outlet;
	size_t block;
	struct run run;
	struct sp_file *file; /* that which was opened last */
	size_t file_of;       /* the subtask that it belongs to */
	struct sp_buffer window;
};

/* Gives the bytes of the range, and *n the key groups that are there. */
static uint64_t measure(
	const struct sp_raw_keyed_scale *self, struct sp_key_groups range, int32_t *n)
{
	uint64_t bytes = 0;

	*n = 0;
	for (int32_t i = 0; i < range.count; i++) {
		const struct sp_raw_keyed_group *group = &self->groups[range.start + i];

		*n += group->is_there;
		bytes += group->end - group->start;
	}
	return bytes;
}

static int open_file(struct cut *self, struct sp_error *err)
{
	const struct sp_raw_keyed_scale_plan *plan = &self->scale->plan;
	const struct sp_subtask *subtask = &plan->op->subtasks[self->run.subtask];

	if (self->file != NULL && self->file_of == self->run.subtask)
		return 0;
	sp_file_free(sp_steal(self->file));
	self->file_of = self->run.subtask;
	return sp_source_open_handle(plan->source, &subtask->raw_keyed.data, &self->file, err);
}

static int copy_run(struct cut *self, struct sp_error *err)
{
	if (self->run.start == self->run.end)
		return 0;
	if (open_file(self, err) < 0)
		return err->code;
	while (self->run.start < self->run.end) {
		uint64_t left = self->run.end - self->run.start;
		size_t n = left < self->block ? (size_t)left : self->block;

		self->window.n = 0;
		if (sp_interrupt_check(err) < 0 ||
			sp_file_append(self->file, self->run.start, n, &self->window, err) < 0 ||
			sp_outlet_write(self->outlet, sp_buffer_slice(&self->window), err) < 0)
			return err->code;
		self->run.start += n;
	}
	return 0;
}

static int copy_groups(struct cut *self, struct sp_key_groups range, struct sp_error *err)
{
	for (int32_t i = 0; i < range.count; i++) {
		const struct sp_raw_keyed_group *group = &self->scale->groups[range.start + i];

		if (!group->is_there)
			continue;
		if (group->subtask != self->run.subtask || group->start != self->run.end) {
			if (copy_run(self, err) < 0)
				return err->code;
			self->run = (struct run){ group->subtask, group->start, group->start };
		}
		self->run.end = group->end;
	}
	return copy_run(self, err);
}

/*
 * Nothing says where a key group ends but the next one and the end of the stream. So those of no
 * bytes go to the end, where Flink finds none.
 */
static void put_offsets(const struct sp_raw_keyed_scale *self, struct sp_key_groups range,
	uint64_t bytes, int64_t *ret)
{
	uint64_t at = 0;

	for (int32_t i = 0; i < range.count; i++) {
		const struct sp_raw_keyed_group *group = &self->groups[range.start + i];
		uint64_t n = group->end - group->start;

		ret[i] = !group->is_there ? SP_RAW_KEYED_NONE : (int64_t)(n == 0 ? bytes : at);
		at += n;
	}
}

static size_t block_of(const struct sp_budget *budget)
{
	return budget->memory < BLOCK_MIN   ? BLOCK_MIN
	       : budget->memory > BLOCK_MAX ? BLOCK_MAX
					    : budget->memory;
}

static int cut(const struct sp_raw_keyed_scale *self, struct sp_key_groups range,
	struct sp_outlet *outlet, const struct sp_budget *budget, struct sp_error *err)
{
	struct cut cut = { .scale = self, .outlet = outlet, .block = block_of(budget) };
	int r = copy_groups(&cut, range, err);

	sp_file_free(cut.file);
	sp_buffer_free(&cut.window);
	return r;
}

/* --- to new subtasks ---------------------------------------------------------------------------
 */

bool sp_raw_keyed_scale_has(const struct sp_raw_keyed_scale *self, int32_t index, uint64_t *bytes)
{
	int32_t n;

	*bytes = self->bytes / (uint64_t)self->plan.parallelism;
	if (self->timers != NULL)
		return true;
	*bytes = measure(self, range_of(self, index), &n);
	return n > 0;
}

int sp_raw_keyed_scale_write(const struct sp_raw_keyed_scale *self, int32_t index,
	struct sp_outlet *outlet, const struct sp_budget *budget, struct sp_arena *arena,
	struct sp_keyed_handle *ret, struct sp_error *err)
{
	const struct sp_key_groups range = range_of(self, index);
	struct sp_keyed_handle handle = {
		.code = SP_KEYED_KEY_GROUPS, .start = range.start, .count = range.count
	};
	uint64_t bytes;
	int r;

	*ret = (struct sp_keyed_handle){ .code = SP_KEYED_NONE };
	if (!sp_raw_keyed_scale_has(self, index, &bytes))
		return 0;
	handle.offsets = sp_arena_new_array(arena, int64_t, (size_t)range.count);
	if (self->timers == NULL) {
		put_offsets(self, range, bytes, handle.offsets);
		r = cut(self, range, outlet, budget, err);
	} else {
		r = sp_timer_scale_write(self->timers, range, outlet, budget, handle.offsets, err);
	}
	if (r < 0 || sp_outlet_finish(outlet, arena, &handle.data, err) < 0)
		return sp_within(err, "raw keyed state");
	*ret = handle;
	return 0;
}
