/* Made-up rows for tests of filters and writers: seeded, and a stream that gives them. */
#ifndef ROWS_H
#define ROWS_H

#include "keyed.h"
#include "test-data.h"

/* Rows, some in each of `states` states in each of `groups` key groups, as a heap backend has
 * them: states in any order, keys in any order. */
struct rows {
	struct sp_arena *arena;
	struct sp_arena *kept; /* of the rows that these were made from, or NULL */
	const struct sp_keyed_header *header;
	struct sp_row *rows;
	size_t n, capacity;
};

static inline void rows_add(struct rows *rows, const struct sp_row *row)
{
	struct sp_row *to;

	if (rows->n == rows->capacity) {
		rows->capacity = rows->capacity == 0 ? 64 : rows->capacity * 2;
		rows->rows = reallocarray(rows->rows, rows->capacity, sizeof(*rows->rows));
		if (rows->rows == NULL)
			sp_abort("out of memory");
	}
	to = &rows->rows[rows->n++];
	*to = *row;
	to->key = sp_arena_copy(rows->arena, row->key);
	to->value = sp_arena_copy(rows->arena, row->value);
}

static inline void rows_begin(struct rows *rows, const char *const *states, size_t n)
{
	sp_auto_buffer bytes = { 0 };
	struct sp_error err;

	*rows = (struct rows){ .arena = sp_arena_new() };
	keyed_put_header(&bytes, false, states, n);
	ck_ok(sp_keyed_header_read(sp_buffer_slice(&bytes), 0, rows->arena, &rows->header, &err),
		err);
}

/* The rows' header lives in that arena, which is theirs from now on. */
static inline void rows_keep(struct rows *rows, struct sp_arena *arena)
{
	rows->kept = arena;
}

static inline void rows_free(struct rows *rows)
{
	free(rows->rows);
	sp_arena_free(rows->arena);
	sp_arena_free(rows->kept);
}

/* What rows are made like. */
struct rows_shape {
	uint64_t seed;
	size_t per_run;     /* rows of a state in a key group, at most */
	size_t key_bytes;   /* behind the key group, at most */
	size_t value_bytes; /* at most */
	unsigned alphabet;  /* different bytes in keys: the fewer, the more equal ones */
};

static inline void rows_random_bytes(uint8_t *p, size_t n, unsigned alphabet, uint64_t *seed)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(test_random(seed) % alphabet);
}

/* Rows of every state in key groups [start, start + count), of which a third stay empty. */
static inline void rows_make(
	struct rows *rows, const struct rows_shape *shape, uint32_t start, uint32_t count)
{
	uint64_t seed = shape->seed;
	uint8_t *key = malloc(shape->key_bytes + 1), *value = malloc(shape->value_bytes + 1);

	ck_assert(key != NULL && value != NULL);
	for (uint32_t group = start; group < start + count; group++)
		for (size_t state = 0; state < rows->header->n_states; state++) {
			size_t n = test_random(&seed) % 3 == 0
					   ? 0
					   : test_random(&seed) % shape->per_run + 1;

			for (size_t i = 0; i < n; i++) {
				size_t k = test_random(&seed) % (shape->key_bytes + 1);
				size_t v = test_random(&seed) % (shape->value_bytes + 1);
				struct sp_row row = { .state = &rows->header->states[state],
					.key_group = group,
					.key = sp_slice(key, k + 1),
					.value = sp_slice(value, v) };

				key[0] = (uint8_t)group;
				rows_random_bytes(key + 1, k, shape->alphabet, &seed);
				rows_random_bytes(value, v, 256, &seed);
				rows_add(rows, &row);
			}
		}
	free(key);
	free(value);
}

/* --- as a stream ----------------------------------------------------------------------------- */

struct rows_stream {
	struct sp_stream stream;
	const struct rows *rows;
	size_t next;
	struct sp_buffer borrowed; /* the row's bytes, gone with the next call */
};

static inline int rows_stream_next(
	struct sp_stream *stream, struct sp_row *row, struct sp_error *err)
{
	struct rows_stream *self = (struct rows_stream *)stream;

	(void)err;
	if (self->borrowed.n > 0)
		memset(self->borrowed.p, 0xdd, self->borrowed.n);
	self->borrowed.n = 0;
	if (self->next == self->rows->n)
		return 0;
	*row = self->rows->rows[self->next++];
	sp_buffer_reserve(&self->borrowed, row->key.n + row->value.n);
	sp_buffer_bytes(&self->borrowed, row->key);
	sp_buffer_bytes(&self->borrowed, row->value);
	row->key.p = self->borrowed.p;
	row->value.p = self->borrowed.p + row->key.n;
	return 1;
}

static inline void rows_stream_free(struct sp_stream *stream)
{
	sp_buffer_free(&((struct rows_stream *)stream)->borrowed);
	free(stream);
}

static inline struct sp_stream *rows_open(const struct rows *rows)
{
	static const struct sp_stream_ops ops = { .next = rows_stream_next,
		.free = rows_stream_free };
	struct rows_stream *self = calloc(1, sizeof(*self));

	ck_assert(self != NULL);
	self->stream = (struct sp_stream){ .ops = &ops, .header = rows->header };
	self->rows = rows;
	return &self->stream;
}

/* --- sorted by the simplest means ------------------------------------------------------------ */

static inline int rows_compare(const void *a, const void *b)
{
	const struct sp_row *x = *(const struct sp_row *const *)a;
	const struct sp_row *y = *(const struct sp_row *const *)b;
	int r;

	if (x->key_group != y->key_group)
		return x->key_group < y->key_group ? -1 : 1;
	if (x->state->id != y->state->id)
		return x->state->id < y->state->id ? -1 : 1;
	r = sp_slice_compare(x->key, y->key);
	return r != 0 ? r : x < y ? -1 : 1;
}

/* The rows by key group, state and key; of equal ones the last. */
static inline void rows_sorted(const struct rows *from, struct rows *to)
{
	const struct sp_row **sorted = calloc(from->n + 1, sizeof(*sorted));

	ck_assert(sorted != NULL);
	*to = (struct rows){ .arena = sp_arena_new(), .header = from->header };
	for (size_t i = 0; i < from->n; i++)
		sorted[i] = &from->rows[i];
	qsort(sorted, from->n, sizeof(*sorted), rows_compare);
	for (size_t i = 0; i < from->n; i++)
		if (i + 1 == from->n || sorted[i]->key_group != sorted[i + 1]->key_group ||
			sorted[i]->state != sorted[i + 1]->state ||
			!sp_slice_equal(sorted[i]->key, sorted[i + 1]->key))
			rows_add(to, sorted[i]);
	free(sorted);
}

static inline void rows_read(struct sp_stream *stream, struct rows *to)
{
	struct sp_error err;
	struct sp_row row;
	int r;

	*to = (struct rows){ .arena = sp_arena_new(), .header = stream->header };
	while ((r = sp_next(stream, &row, &err)) > 0)
		rows_add(to, &row);
	ck_ok(r, err);
}

static inline void rows_assert_equal(const struct rows *a, const struct rows *b)
{
	ck_assert_uint_eq(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		ck_assert_uint_eq(a->rows[i].state->id, b->rows[i].state->id);
		ck_assert_uint_eq(a->rows[i].key_group, b->rows[i].key_group);
		ck_assert(sp_slice_equal(a->rows[i].key, b->rows[i].key));
		ck_assert(sp_slice_equal(a->rows[i].value, b->rows[i].value));
	}
}

#endif
