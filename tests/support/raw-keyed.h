/* Operators with raw keyed state: made of bytes, scaled, and their timers as lines of text. */
#ifndef RAW_KEYED_H
#define RAW_KEYED_H

#include <stdio.h>

#include "raw-keyed-scale.h"
#include "shapes.h"
#include "test-data.h"
#include "unit.h"

/* An operator alone in its snapshot. */
struct raw {
	struct sp_arena *arena;
	struct sp_source source;
	struct sp_snapshot snapshot;
	struct sp_operator op;
};

static inline void raw_begin(struct raw *raw, int32_t parallelism, int32_t max)
{
	static char place[] = "metadata";

	*raw = (struct raw){ .arena = sp_arena_new() };
	raw->op.parallelism = parallelism;
	raw->op.max_parallelism = max;
	raw->op.n_subtasks = (size_t)parallelism;
	raw->op.subtasks = sp_arena_new_array(raw->arena, struct sp_subtask, (size_t)parallelism);
	for (int32_t i = 0; i < parallelism; i++)
		raw->op.subtasks[i].index = i;
	raw->source.metadata_path = raw->source.directory = raw->source.tree = place;
}

/* Where it lies now, which is not where it began. */
static inline struct sp_source *raw_source(struct raw *raw)
{
	raw->snapshot.operators = &raw->op;
	raw->snapshot.n_operators = 1;
	raw->snapshot.version = 4;
	raw->source.snapshot = &raw->snapshot;
	return &raw->source;
}

static inline void raw_end(struct raw *raw)
{
	sp_arena_free(raw->arena);
}

/* A handle of all key groups of the subtask, none of which is there yet. */
static inline struct sp_keyed_handle *raw_handle(
	struct raw *raw, int32_t subtask, enum sp_keyed_code code)
{
	const struct sp_key_groups range =
		sp_key_groups_of_subtask(subtask, raw->op.parallelism, raw->op.max_parallelism);
	struct sp_keyed_handle *handle = &raw->op.subtasks[subtask].raw_keyed;

	*handle = (struct sp_keyed_handle){
		.code = code, .start = range.start, .count = range.count
	};
	handle->offsets = sp_arena_new_array(raw->arena, int64_t, (size_t)range.count);
	for (int32_t i = 0; i < range.count; i++)
		handle->offsets[i] = -1;
	return handle;
}

static inline void raw_set_bytes(
	struct raw *raw, struct sp_keyed_handle *handle, struct sp_slice bytes)
{
	handle->data = (struct sp_handle){ .code = SP_HANDLE_BYTES,
		.name = sp_slice_of(sp_arena_printf(raw->arena, "%p", (void *)handle)),
		.data = sp_arena_copy(raw->arena, bytes) };
}

static inline const char *raw_tmpdir(void)
{
	const char *tmpdir = getenv("TMPDIR");

	return tmpdir == NULL ? "/tmp" : tmpdir;
}

/* --- scaling --------------------------------------------------------------------------------- */

struct raw_scaling {
	struct sp_source *source;
	const struct sp_operator *op;
	int32_t parallelism, max_parallelism;
	size_t memory;
	bool backwards; /* the subtasks are read and written */
};

static inline int raw_read_all(
	const struct raw_scaling *s, struct sp_raw_keyed_scale *scale, struct sp_error *err)
{
	for (size_t i = 0; i < s->op->n_subtasks; i++)
		if (sp_raw_keyed_scale_read(scale, s->backwards ? s->op->n_subtasks - 1 - i : i,
			    s->memory, err) < 0)
			return err->code;
	return 0;
}

/* What it has is what is written; of timers that is not known before. */
static inline int raw_write_one(const struct raw_scaling *s, struct sp_raw_keyed_scale *scale,
	int32_t index, struct raw *to, struct sp_error *err)
{
	const struct sp_budget budget = { s->memory, raw_tmpdir() };
	struct sp_keyed_handle *handle = &to->op.subtasks[index].raw_keyed;
	const char *name = sp_arena_printf(to->arena, "raw-%d", (int)index);
	struct sp_outlet *outlet = sp_outlet_new(NULL, name, SIZE_MAX);
	uint64_t bytes;
	bool has = sp_raw_keyed_scale_has(scale, index, &bytes);
	int r = sp_raw_keyed_scale_write(scale, index, outlet, &budget, to->arena, handle, err);

	if (r == 0) {
		ck_assert_int_eq(handle->code, has ? SP_KEYED_KEY_GROUPS : SP_KEYED_NONE);
		if (has && s->max_parallelism == s->op->max_parallelism)
			ck_assert_uint_eq(handle->data.data.n, bytes);
	}
	sp_outlet_free(outlet);
	return r;
}

static inline int raw_write_all(const struct raw_scaling *s, struct sp_raw_keyed_scale *scale,
	struct raw *to, struct sp_error *err)
{
	for (int32_t i = 0; i < s->parallelism; i++)
		if (raw_write_one(s, scale, s->backwards ? s->parallelism - 1 - i : i, to, err) < 0)
			return err->code;
	return 0;
}

static inline int raw_find_move(
	const struct raw_scaling *s, struct sp_key_move **ret, struct sp_error *err)
{
	const struct sp_key_move_plan plan = { .source = s->source,
		.op = s->op,
		.max_parallelism = s->max_parallelism,
		.jobs = 1,
		.memory = 1 << 20,
		.tmpdir = raw_tmpdir() };

	return s->max_parallelism == s->op->max_parallelism ? 0 : sp_key_move_find(&plan, ret, err);
}

/* 1: `to`, to be ended also after an error; 0: there is nothing. */
static inline int raw_scale(const struct raw_scaling *s, struct raw *to, struct sp_error *err)
{
	sp_auto(sp_key_move) *move = NULL;
	sp_auto(sp_raw_keyed_scale) *scale = NULL;
	struct sp_raw_keyed_scale_plan plan = { .source = s->source,
		.op = s->op,
		.parallelism = s->parallelism,
		.max_parallelism = s->max_parallelism,
		.tmpdir = raw_tmpdir(),
		.kryo = SP_KRYO_2 };
	int r;

	raw_begin(to, s->parallelism, s->max_parallelism);
	if (raw_find_move(s, &move, err) < 0)
		return err->code;
	plan.move = move;
	r = sp_raw_keyed_scale_new(&plan, &scale, err);
	if (r <= 0)
		return r;
	if (raw_read_all(s, scale, err) < 0 || raw_write_all(s, scale, to, err) < 0)
		return err->code;
	return 1;
}

/* The same of an operator that was made. */
static inline int raw_scale_to(
	struct raw *from, int32_t parallelism, int32_t max, struct raw *to, struct sp_error *err)
{
	const struct raw_scaling s = { .source = raw_source(from),
		.op = &from->op,
		.parallelism = parallelism,
		.max_parallelism = max,
		.memory = 1 << 16 };

	return raw_scale(&s, to, err);
}

/* Scaling fails, and says both words. */
static inline void raw_fails(
	struct raw *raw, int32_t max, enum sp_code code, const char *first, const char *second)
{
	struct sp_error err;
	struct raw next;

	ck_fails(raw_scale_to(raw, 3, max, &next, &err), (int)code, first, err);
	ck_assert_msg(strstr(err.message, second) != NULL, "%s", err.message);
	raw_end(&next);
}

/* --- timers ---------------------------------------------------------------------------------- */

struct raw_lines {
	struct sp_arena *arena;
	char **at;
	size_t n, capacity;
	size_t services; /* of all key groups together */
};

static inline void raw_add_line(struct raw_lines *lines, const struct sp_raw_timer *timer)
{
	sp_auto_buffer text = { 0 };

	if (lines->n == lines->capacity) {
		lines->capacity = lines->capacity == 0 ? 256 : 2 * lines->capacity;
		lines->at = reallocarray(lines->at, lines->capacity, sizeof(*lines->at));
	}
	sp_buffer_printf(&text, "%.*s %s %lld ", (int)timer->service.n, timer->service.p,
		timer->event ? "event" : "processing", (long long)timer->timestamp);
	for (size_t i = 0; i < timer->key.n + timer->ns.n; i++)
		sp_buffer_printf(&text, "%02x", timer->key.p[i]);
	lines->at[lines->n++] = sp_arena_string(lines->arena, sp_buffer_slice(&text));
}

/* Where its key belongs, by its hash code. */
static inline int32_t raw_group_of(const struct sp_raw_timer *timer, int32_t max)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value value;
	struct sp_error err;
	int32_t hash;

	ck_ok(sp_value_read_all(timer->key, 0, SP_KRYO_2, timer->key_type, arena, &value, &err),
		err);
	ck_assert_int_eq(sp_value_hash(&value, SP_ROW_RULE_1_13, &hash), 1);
	return sp_key_group_of_hash(hash, max);
}

static inline int raw_by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All timers of the operator, sorted; each lies in the key group of its key. */
static inline void raw_read_lines(
	struct sp_source *source, const struct sp_operator *op, struct raw_lines *ret)
{
	struct sp_error err;

	*ret = (struct raw_lines){ .arena = sp_arena_new() };
	for (size_t i = 0; i < op->n_subtasks; i++) {
		sp_auto(sp_raw_timers) *timers = NULL;
		struct sp_raw_timer timer;
		int r = sp_raw_timers_open(source, &op->subtasks[i].raw_keyed, &timers, &err);

		while (r > 0 && (r = sp_raw_timers_next(timers, &timer, &err)) > 0) {
			ck_assert_int_eq(
				timer.key_group, raw_group_of(&timer, op->max_parallelism));
			raw_add_line(ret, &timer);
		}
		ck_ok(r, err);
		sp_raw_timers_free(sp_steal(timers));
		r = sp_raw_timers_open(source, &op->subtasks[i].raw_keyed, &timers, &err);
		while (r > 0 && (r = sp_raw_timers_next_service(timers, &timer, &err)) > 0)
			ret->services++;
		ck_ok(r, err);
	}
	if (ret->n > 0)
		qsort(ret->at, ret->n, sizeof(*ret->at), raw_by_text);
}

static inline void raw_free_lines(struct raw_lines *lines)
{
	sp_arena_free(lines->arena);
	free(lines->at);
}

static inline void raw_same_lines(const struct raw_lines *a, const struct raw_lines *b)
{
	ck_assert_uint_eq(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		ck_assert_str_eq(a->at[i], b->at[i]);
}

#endif
