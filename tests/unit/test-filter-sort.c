#include "unit.h"

#include <sys/resource.h>

#include "filter.h"
#include "rows.h"
#include "scratch.h"

static const char *const states[] = { "one", "two", "three" };

/* Sorts the rows with so much memory and compares with what qsort() makes of them. */
static void assert_sorts(const struct rows *rows, size_t memory)
{
	char *scratch = scratch_make();
	struct sp_budget budget = { .memory = memory, .tmpdir = scratch };
	struct rows expected, sorted;
	struct sp_stream *stream;
	struct sp_error err;

	ck_ok(sp_sort(rows_open(rows), SP_ORDER_KEYS, &budget, &stream, &err), err);
	ck_assert_int_eq(stream->order, SP_ORDER_KEYS);
	rows_read(stream, &sorted);
	ck_assert_int_eq(scratch_count(scratch), 0); /* its files have no names */
	sp_stream_free(stream);
	rows_sorted(rows, &expected);
	rows_assert_equal(&sorted, &expected);
	rows_free(&sorted);
	rows_free(&expected);
	scratch_remove(scratch);
}

/* Budgets from one in which nothing spills down to one in which each row does. */
static void assert_sorts_in_any_memory(const struct rows_shape *shape)
{
	static const size_t memory[] = { 64 << 20, 100000, 10000, 1000, 1 };
	struct rows rows;

	rows_begin(&rows, states, 3);
	rows_make(&rows, shape, 3, 5);
	ck_assert_uint_gt(rows.n, 50);
	for (size_t i = 0; i < sp_countof(memory); i++)
		assert_sorts(&rows, memory[i]);
	rows_free(&rows);
}

START_TEST(sorts_rows_in_any_memory)
{
	assert_sorts_in_any_memory(&(struct rows_shape){
		.seed = 1, .per_run = 300, .key_bytes = 20, .value_bytes = 100, .alphabet = 256 });
	assert_sorts_in_any_memory(&(struct rows_shape){
		.seed = 2, .per_run = 100, .key_bytes = 300, .value_bytes = 3000, .alphabet = 2 });
}
END_TEST

START_TEST(keeps_the_last_of_equal_keys)
{
	struct rows rows;

	assert_sorts_in_any_memory(&(struct rows_shape){
		.seed = 3, .per_run = 500, .key_bytes = 3, .value_bytes = 8, .alphabet = 3 });
	assert_sorts_in_any_memory(&(struct rows_shape){
		.seed = 4, .per_run = 50, .key_bytes = 12, .value_bytes = 8, .alphabet = 1 });
	rows_begin(&rows, states, 1);
	for (int i = 0; i < 1000; i++) {
		uint8_t value[] = { (uint8_t)(i >> 8), (uint8_t)i };
		struct sp_row row = { .state = &rows.header->states[0],
			.key = sp_slice("\0k", 2),
			.value = sp_slice(value, 2) };

		rows_add(&rows, &row);
	}
	assert_sorts(&rows, 1 << 20);
	assert_sorts(&rows, 500);
	rows_free(&rows);
}
END_TEST

/* Ascending but for equal neighbours, and ascending throughout, however it spills. */
START_TEST(takes_what_is_in_order_already)
{
	struct rows made, sorted;

	rows_begin(&made, states, 2);
	rows_make(&made,
		&(struct rows_shape){ .seed = 5,
			.per_run = 400,
			.key_bytes = 10,
			.value_bytes = 50,
			.alphabet = 20 },
		0, 3);
	rows_sorted(&made, &sorted);
	assert_sorts(&sorted, 1 << 20);
	assert_sorts(&sorted, 2000);
	rows_add(&sorted, &sorted.rows[sorted.n - 1]);
	assert_sorts(&sorted, 1 << 20);
	assert_sorts(&sorted, 2000);
	rows_free(&sorted);
	rows_free(&made);
}
END_TEST

/* A row that is larger than all memory given is taken nevertheless. */
START_TEST(takes_rows_of_any_size)
{
	assert_sorts_in_any_memory(&(struct rows_shape){ .seed = 6,
		.per_run = 20,
		.key_bytes = 100000,
		.value_bytes = 100000,
		.alphabet = 5 });
}
END_TEST

/* For maps to stand together, other states need no order and keep theirs. */
START_TEST(leaves_other_states_alone_for_maps)
{
	struct sp_budget budget = { .memory = 1000, .tmpdir = "/nonexistent" };
	struct sp_stream *stream;
	struct rows rows, out;
	struct sp_error err;

	rows_begin(&rows, states, 3); /* VALUE, all of them */
	rows_make(&rows,
		&(struct rows_shape){ .seed = 7,
			.per_run = 100,
			.key_bytes = 10,
			.value_bytes = 50,
			.alphabet = 20 },
		0, 5);
	ck_ok(sp_sort(rows_open(&rows), SP_ORDER_MAPS, &budget, &stream, &err), err);
	rows_read(stream, &out);
	rows_assert_equal(&rows, &out);
	rows_free(&out);
	sp_stream_free(stream);
	((struct sp_state *)(uintptr_t)&rows.header->states[1])->type = SP_STATE_MAP;
	budget.memory = 1 << 20;
	ck_ok(sp_sort(rows_open(&rows), SP_ORDER_MAPS, &budget, &stream, &err), err);
	rows_read(stream, &out);
	for (size_t i = 1; i < out.n; i++) /* a row of the map, or the same as before */
		ck_assert(
			out.rows[i].state->id == 1
				? out.rows[i - 1].state->id != 1 ||
					  out.rows[i - 1].key_group != out.rows[i].key_group ||
					  sp_slice_compare(out.rows[i - 1].key, out.rows[i].key) < 0
				: true);
	ck_assert_uint_le(out.n, rows.n);
	rows_free(&out);
	sp_stream_free(stream);
	rows_free(&rows);
}
END_TEST

START_TEST(tells_where_scratch_files_cannot_be_made)
{
	struct sp_budget budget = { .memory = 100, .tmpdir = "/nonexistent/scratch" };
	struct sp_stream *stream;
	struct sp_error err;
	struct sp_row row;
	struct rows rows;
	int r;

	rows_begin(&rows, states, 1);
	rows_make(&rows,
		&(struct rows_shape){ .seed = 9,
			.per_run = 100,
			.key_bytes = 10,
			.value_bytes = 50,
			.alphabet = 20 },
		0, 9);
	ck_ok(sp_sort(rows_open(&rows), SP_ORDER_KEYS, &budget, &stream, &err), err);
	do
		r = sp_next(stream, &row, &err);
	while (r > 0);
	ck_assert_int_eq(r, SP_EIO);
	ck_assert(strstr(err.message, "/nonexistent/scratch") != NULL);
	sp_stream_free(stream);
	rows_free(&rows);
}
END_TEST

/* --- memory ---------------------------------------------------------------------------------- */

/* Endless rows in no order: one run of `left` rows. */
struct flood {
	struct sp_stream stream;
	uint64_t seed, left;
	uint8_t key[16], value[100];
};

static int flood_next(struct sp_stream *stream, struct sp_row *row, struct sp_error *err)
{
	struct flood *self = (struct flood *)stream;

	(void)err;
	if (self->left-- == 0)
		return 0;
	sp_set_be64(self->key + 1, test_random(&self->seed));
	*row = (struct sp_row){ .state = &stream->header->states[0],
		.key = sp_slice(self->key, sizeof(self->key)),
		.value = sp_slice(self->value, sizeof(self->value)) };
	return 1;
}

static void flood_free(struct sp_stream *stream)
{
	free(stream);
}

static size_t peak_bytes(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (size_t)use.ru_maxrss * 1024;
}

/* Sorts 64 MiB of rows in 4 MiB of memory: what is added to the peak stays within that. */
START_TEST(stays_within_its_memory)
{
	static const struct sp_stream_ops ops = { .next = flood_next, .free = flood_free };
	char *scratch = scratch_make();
	struct sp_budget budget = { .memory = 4 << 20, .tmpdir = scratch };
	struct flood *flood = calloc(1, sizeof(*flood));
	uint64_t n = (64 << 20) / 116, rows = 0;
	struct sp_stream *stream;
	uint8_t last[16] = { 0 };
	struct sp_error err;
	struct sp_row row;
	struct rows none;
	size_t before;
	int r;

	rows_begin(&none, states, 1);
	ck_assert(flood != NULL);
	*flood = (struct flood){
		.stream = { .ops = &ops, .header = none.header }, .seed = 8, .left = n
	};
	before = peak_bytes();
	ck_ok(sp_sort(&flood->stream, SP_ORDER_KEYS, &budget, &stream, &err), err);
	while ((r = sp_next(stream, &row, &err)) > 0) {
		ck_assert(rows == 0 || memcmp(last, row.key.p, sizeof(last)) < 0);
		memcpy(last, row.key.p, sizeof(last));
		rows++;
	}
	ck_ok(r, err);
	ck_assert_uint_eq(rows, n);
#ifndef UNDER_SANITIZER
	ck_assert_uint_le(peak_bytes() - before, budget.memory + (512 << 10));
#else
	(void)before;
#endif
	sp_stream_free(stream);
	rows_free(&none);
	scratch_remove(scratch);
}
END_TEST

UNIT_MAIN("filter-sort", stays_within_its_memory, sorts_rows_in_any_memory,
	keeps_the_last_of_equal_keys, takes_what_is_in_order_already, takes_rows_of_any_size,
	leaves_other_states_alone_for_maps, tells_where_scratch_files_cannot_be_made)
