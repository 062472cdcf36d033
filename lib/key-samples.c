#include "key-samples.h"

#include <stdlib.h>

#include "interrupt.h"
#include "row-key.h"

#define SAMPLED_SUBTASKS 16
#define SAMPLED_ROWS 65536 /* of a subtask, at most */
#define CHECK_EVERY 4096   /* rows */

/* Who looks for samples, in one subtask after the other. */
struct sampling {
	struct sp_sampled_keys *keys;
	const struct sp_key_origin *from;
	size_t most;   /* samples, after this subtask */
	uint64_t rows; /* that are looked at */
};

/* What is damaged is found when all of it is read. */
static int pass_damage(int r)
{
	return r == SP_EDAMAGED || r == SP_EUNSUPPORTED ? 0 : r;
}

/* --- the type -------------------------------------------------------------------------------- */

/* 1: the header of one subtask tells it; 0: it does not, or there is none. */
static int read_managed_type(const struct sp_key_origin *from, const struct sp_subtask *subtask,
	struct sp_sampled_keys *keys, struct sp_error *err)
{
	const struct sp_keyed_place place =
		sp_place(from->source, from->op, subtask, &subtask->managed_keyed);
	const struct sp_keyed_header *header;
	const struct sp_format *format;

	if (place.handle->code == SP_KEYED_NONE)
		return 0;
	if (sp_format_of(&place, &format, err) < 0)
		return err->code;
	switch (sp_format_header(format, &place, keys->arena, &header, err)) {
	case 1: keys->type = header->key; return keys->type != NULL;
	case 0: return 0;
	default: return err->code;
	}
}

static int read_timer_type(const struct sp_key_origin *from, const struct sp_subtask *subtask,
	struct sp_sampled_keys *keys, struct sp_error *err)
{
	sp_auto(sp_raw_timers) *timers = NULL;
	struct sp_raw_timer timer;
	int r;

	if (subtask->raw_keyed.code == SP_KEYED_NONE)
		return 0;
	r = sp_raw_timers_open(from->source, &subtask->raw_keyed, &timers, err);
	if (r > 0)
		r = sp_raw_timers_next_service(timers, &timer, err);
	if (r <= 0 || timer.key_type == NULL)
		return r < 0 ? r : 0;
	keys->type = timer.key_type;
	keys->timers = sp_steal(timers);
	return 1;
}

typedef int read_type(const struct sp_key_origin *from, const struct sp_subtask *subtask,
	struct sp_sampled_keys *keys, struct sp_error *err);

/*
 * From the first subtask that tells it. *fault is the first reason why one does not, and stays what
 * it is where there is one already.
 */
static int find_type(const struct sp_key_origin *from, read_type *read,
	struct sp_sampled_keys *keys, struct sp_error *fault, struct sp_error *err)
{
	for (size_t i = 0; i < from->op->n_subtasks; i++) {
		int r = read(from, &from->op->subtasks[i], keys, err);

		if (r > 0 || pass_damage(r) < 0)
			return r;
		if (r < 0 && fault->code == 0)
			*fault = *err;
	}
	return 0;
}

int sp_sampled_keys_new(
	const struct sp_key_origin *from, struct sp_sampled_keys **ret, struct sp_error *err)
{
	sp_auto(sp_sampled_keys) *keys = calloc(1, sizeof(*keys));
	struct sp_error fault = { 0 };
	int r;

	if (keys == NULL)
		sp_abort("out of memory");
	keys->arena = sp_arena_new();
	r = find_type(from, read_managed_type, keys, &fault, err);
	if (r == 0)
		r = find_type(from, read_timer_type, keys, &fault, err);
	if (r > 0)
		*ret = sp_steal(keys);
	if (r != 0 || fault.code == 0)
		return r;
	*err = fault;
	return fault.code;
}

void sp_sampled_keys_free(struct sp_sampled_keys *keys)
{
	if (keys == NULL)
		return;
	sp_raw_timers_free(keys->timers);
	sp_arena_free(keys->arena);
	free(keys);
}

/* --- samples --------------------------------------------------------------------------------- */

static void add_sample(struct sampling *self, struct sp_slice key, uint32_t key_group)
{
	struct sp_sampled_keys *keys = self->keys;
	struct sp_error err;

	for (size_t i = keys->n; i-- > 0;)
		if (sp_slice_equal(keys->list[i].key, key))
			return;
	if (sp_value_cross_all(key, 0, self->from->kryo, keys->type, &err) < 0)
		return;
	keys->list[keys->n++] =
		(struct sp_key_sample){ sp_arena_copy(keys->arena, key), key_group };
}

/* Goes on with row number `row` of the subtask? */
static bool goes_on(const struct sampling *self, uint64_t row)
{
	return row < self->rows && self->keys->n < self->most;
}

static int check(uint64_t row, struct sp_error *err)
{
	return row % CHECK_EVERY == 0 ? sp_interrupt_check(err) : 0;
}

static int sample_rows(struct sampling *self, struct sp_stream *in, struct sp_error *err)
{
	const struct sp_state *state = NULL;
	struct sp_key_layout layout;
	struct sp_key_parts parts;
	struct sp_row row;
	bool known = false;
	int r = 0;

	for (uint64_t n = 0; r == 0 && goes_on(self, n); n++) {
		r = sp_next(in, &row, err);
		if (r <= 0)
			return r;
		if (row.state != state)
			known = sp_key_layout(in->header, row.state,
					self->from->op->max_parallelism, self->from->kryo, &layout,
					err) == 0;
		state = row.state;
		if (known && sp_key_split(&layout, row.key, &parts, err) == 0)
			add_sample(self, parts.key, row.key_group);
		r = check(n, err);
	}
	return r;
}

static int sample_managed(
	struct sampling *self, const struct sp_subtask *subtask, struct sp_error *err)
{
	const struct sp_keyed_place place =
		sp_place(self->from->source, self->from->op, subtask, &subtask->managed_keyed);
	const struct sp_format *format;
	sp_auto(sp_stream) *in = NULL;
	int r;

	if (place.handle->code == SP_KEYED_NONE)
		return 0;
	r = sp_check_key_groups(&place, err);
	if (r == 0)
		r = sp_format_of(&place, &format, err);
	if (r == 0)
		r = format->open(&place, &self->from->budget, &in, err);
	if (r == 0)
		r = sample_rows(self, in, err);
	return pass_damage(r);
}

static int sample_timers(
	struct sampling *self, const struct sp_subtask *subtask, struct sp_error *err)
{
	sp_auto(sp_raw_timers) *timers = NULL;
	struct sp_raw_timer timer;
	int r;

	if (subtask->raw_keyed.code == SP_KEYED_NONE)
		return 0;
	r = sp_raw_timers_open(self->from->source, &subtask->raw_keyed, &timers, err);
	for (uint64_t n = 0; r > 0 && goes_on(self, n); n++) {
		r = sp_raw_timers_next(timers, &timer, err);
		if (r > 0)
			add_sample(self, timer.key, timer.key_group);
		if (r > 0 && check(n, err) < 0)
			return err->code;
	}
	return r < 0 ? pass_damage(r) : 0;
}

static int sample_subtask(
	struct sampling *self, const struct sp_subtask *subtask, struct sp_error *err)
{
	int r = sample_managed(self, subtask, err);

	return r == 0 ? sample_timers(self, subtask, err) : r;
}

/* From several subtasks, so that no key group is all there is of them. */
static int sample_some(struct sampling *self, struct sp_error *err)
{
	const size_t n = self->from->op->n_subtasks;
	const size_t subtasks = n < SAMPLED_SUBTASKS ? n : SAMPLED_SUBTASKS;
	int r = 0;

	self->rows = SAMPLED_ROWS;
	for (size_t i = 0; r == 0 && i < subtasks; i++) {
		self->most = SP_KEY_SAMPLES * (i + 1) / subtasks;
		r = sample_subtask(self, &self->from->op->subtasks[i * n / subtasks], err);
	}
	return r;
}

/* Rules that are known need a key at most, which tells what Kryo wrote. */
static int sample_all(struct sampling *self, struct sp_error *err)
{
	const size_t n = self->from->op->n_subtasks;
	int r = 0;

	self->rows = UINT64_MAX;
	self->most = sp_key_hash_is_inferred(self->keys->type) ? SP_KEY_SAMPLES : 1;
	for (size_t i = 0; r == 0 && self->keys->n < self->most && i < n; i++)
		r = sample_subtask(self, &self->from->op->subtasks[i], err);
	return r;
}

static int take_samples(struct sp_sampled_keys *keys, const struct sp_key_origin *from,
	bool thorough, struct sp_error *err)
{
	struct sampling self = { .keys = keys, .from = from };
	int r;

	keys->list = sp_arena_new_array(keys->arena, struct sp_key_sample, SP_KEY_SAMPLES);
	r = sample_some(&self, err);
	return r == 0 && thorough ? sample_all(&self, err) : r;
}

int sp_sampled_keys_hash(struct sp_sampled_keys *keys, const struct sp_key_origin *from,
	bool thorough, struct sp_key_hash **ret, struct sp_error *err)
{
	const int32_t max = from->op->max_parallelism;
	sp_auto(sp_key_hash) *hash = NULL;

	if (sp_key_hash_new(keys->type, from->kryo, max, NULL, 0, &hash, err) < 0)
		return err->code;
	if (sp_key_hash_is_fast(hash)) {
		*ret = sp_steal(hash);
		return 0;
	}
	if (take_samples(keys, from, thorough, err) < 0)
		return err->code;
	return sp_key_hash_new(keys->type, from->kryo, max, keys->list, keys->n, ret, err);
}
