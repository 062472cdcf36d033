/*
 * Makes operators of subtasks with a few elements of several operator states, managed or raw, and
 * gives what is written of them for another parallelism as text.
 */
#ifndef SCALE_H
#define SCALE_H

#include "unit.h"

#include "operator-scale.h"
#include "operator.h"

#define SCALE_MOST 9 /* subtasks, old and new */
#define SCALE_STATES 6

static const struct {
	const char *name;
	enum sp_mode mode;
} scale_states[SCALE_STATES] = {
	{ "list", SP_MODE_SPLIT_DISTRIBUTE },
	{ "union", SP_MODE_UNION },
	{ "other", SP_MODE_SPLIT_DISTRIBUTE },
	{ "third", SP_MODE_SPLIT_DISTRIBUTE },
	{ "rules", SP_MODE_BROADCAST },
	{ "facts", SP_MODE_BROADCAST },
};

/* An operator and how many elements each subtask has of each state; -1: not even declared. */
struct scale_made {
	int32_t parallelism;
	int counts[SCALE_MOST][SCALE_STATES];
	struct operator_stream streams[SCALE_MOST];
	struct sp_subtask subtasks[SCALE_MOST];
	struct sp_operator op;
	struct sp_source source;
	bool managed;
};

static inline void scale_put_text(struct sp_buffer *out, int32_t subtask, int state, int i)
{
	sp_buffer_printf(out, "%s.%d.%d", scale_states[state].name, (int)subtask, i);
}

static inline bool scale_is_broadcast(int state)
{
	return scale_states[state].mode == SP_MODE_BROADCAST;
}

static inline void scale_declare(struct scale_made *made, int32_t subtask, bool broadcast)
{
	struct operator_stream *s = &made->streams[subtask];
	size_t at = s->bytes.n;
	uint16_t n = 0;

	sp_buffer_u16(&s->bytes, 0);
	for (int i = 0; i < SCALE_STATES; i++)
		if (made->counts[subtask][i] >= 0 && scale_is_broadcast(i) == broadcast) {
			operator_declare(s, scale_states[i].name, scale_states[i].mode);
			n++;
		}
	sp_set_be16(s->bytes.p + at, n);
}

static inline void scale_put_elements(struct scale_made *made, int32_t subtask)
{
	struct operator_stream *s = &made->streams[subtask];
	size_t state = 0;

	for (int i = 0; i < SCALE_STATES; i++) {
		for (int j = 0; j < made->counts[subtask][i]; j++) {
			sp_auto_buffer text = { 0 };

			scale_put_text(&text, subtask, i, j);
			operator_put(s, state, sp_buffer_slice(&text));
		}
		state += made->counts[subtask][i] >= 0;
	}
}

static inline bool scale_has_any(const struct scale_made *made, int32_t subtask)
{
	for (int i = 0; i < SCALE_STATES; i++)
		if (made->counts[subtask][i] >= 0)
			return true;
	return false;
}

/* Makes what the counts say; the last subtask comes first in the file. */
static inline void scale_make(struct scale_made *made, int32_t version, bool compressed)
{
	made->managed = version != 0;
	made->source = (struct sp_source){ .metadata_path = (char *)(uintptr_t) "test" };
	made->op = (struct sp_operator){ .parallelism = made->parallelism,
		.max_parallelism = 128,
		.subtasks = made->subtasks,
		.n_subtasks = (size_t)made->parallelism };
	for (int32_t i = 0; i < made->parallelism; i++) {
		struct sp_subtask *to = &made->subtasks[made->parallelism - 1 - i];
		struct operator_stream *s = &made->streams[i];

		*to = (struct sp_subtask){ .index = i };
		operator_begin(s, version == 0 ? 5 : version, compressed);
		scale_declare(made, i, false);
		scale_declare(made, i, true);
		if (version == 0)
			s->bytes.n = 0;
		else
			operator_begin_elements(s);
		scale_put_elements(made, i);
		operator_end(s);
		if (!scale_has_any(made, i))
			continue;
		*(made->managed ? &to->managed_operator : &to->raw_operator) = &s->handle;
		*(made->managed ? &to->n_managed_operator : &to->n_raw_operator) = 1;
	}
}

static inline void scale_free(struct scale_made *made)
{
	for (int32_t i = 0; i < made->parallelism; i++)
		operator_free(&made->streams[i]);
}

static inline int scale_open(struct scale_made *made, int32_t parallelism,
	struct sp_operator_scale **ret, struct sp_error *err)
{
	struct sp_operator_scale_plan plan = { .source = &made->source,
		.op = &made->op,
		.managed = made->managed,
		.parallelism = parallelism };

	return sp_operator_scale_new(&plan, ret, err);
}

static inline int scale_write_one(const struct sp_operator_scale *scale, int32_t index,
	sp_release release, struct sp_arena *arena, struct sp_operator_handle *ret,
	struct sp_error *err)
{
	sp_auto(sp_outlet) *outlet = sp_outlet_new(NULL, "made", SIZE_MAX);

	return sp_operator_scale_write(scale, index, outlet, release, arena, ret, err);
}

/* "name=element,element,;" of each state that the handle lists. */
static inline void scale_put_handle(struct sp_source *source,
	const struct sp_operator_handle *handle, bool managed, struct sp_buffer *out)
{
	sp_auto(sp_operator_reader) *reader = NULL;
	struct sp_slice piece;
	struct sp_error err;
	int r;

	ck_assert_int_eq(handle->code, SP_OPERATOR_STREAM);
	ck_ok(managed ? sp_operator_reader_open(source, handle, &reader, &err)
		      : sp_operator_reader_reopen(source, handle, NULL, &reader, &err),
		err);
	ck_ok(sp_operator_reader_check(reader, &err), err);
	for (size_t i = 0; i < handle->n_states; i++) {
		sp_operator_reader_select(reader, handle->states[i].name);
		sp_buffer_bytes(out, handle->states[i].name);
		sp_buffer_u8(out, '=');
		while (sp_operator_reader_next(reader) > 0) {
			while ((r = sp_operator_reader_piece(reader, &piece, &err)) > 0)
				sp_buffer_bytes(out, piece);
			ck_ok(r, err);
			sp_buffer_u8(out, ',');
		}
		sp_buffer_u8(out, ';');
	}
}

/* One state in some subtasks. */
static inline void scale_make_lists(struct scale_made *made, const int *counts, int32_t n)
{
	*made = (struct scale_made){ .parallelism = n };
	for (int32_t i = 0; i < n; i++)
		for (int j = 0; j < SCALE_STATES; j++)
			made->counts[i][j] = j == 0 ? counts[i] : -1;
}

#endif
