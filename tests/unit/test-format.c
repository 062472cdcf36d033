#include "unit.h"

#include "formats.h"
#include "keyed.h"
#include "parts.h"
#include "real.h"
#include "scratch.h"

static struct sp_error err;
static char *scratch;
static int n_read, n_cut;

static int read_place(
	const struct sp_format *format, const struct sp_keyed_place *place, struct keyed_rows *rows)
{
	struct sp_budget budget = { .memory = 1 << 20, .tmpdir = scratch };
	sp_auto(sp_stream) *stream = NULL;
	int r = format->open(place, &budget, &stream, &err);

	return r < 0 ? r : keyed_read(stream, rows, &err);
}

static void assert_same(const struct keyed_rows *a, const struct keyed_rows *b)
{
	ck_assert_uint_eq(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		ck_assert_str_eq(a->rows[i].state, b->rows[i].state);
		ck_assert_uint_eq(a->rows[i].key_group, b->rows[i].key_group);
		ck_assert(sp_slice_equal(a->rows[i].key, b->rows[i].key));
		ck_assert(sp_slice_equal(a->rows[i].value, b->rows[i].value));
	}
}

/* The place's rows, read by parts of its key groups; cut: out of new handles of these parts. */
static void assert_parts(const struct sp_format *format, const struct sp_keyed_place *place,
	bool cut, const struct keyed_rows *whole)
{
	struct sp_key_groups left = sp_place_groups(place);
	struct keyed_rows rows = { .arena = sp_arena_new() };
	struct sp_keyed_place part = *place;
	uint64_t seed = 53;

	while (parts_next(&left, &seed, &part.only)) {
		struct sp_keyed_place from = part;
		struct sp_keyed_handle handle;
		const struct sp_cut how = { .places = &part,
			.n_places = 1,
			.name = "cut",
			.start = part.only.start,
			.count = part.only.count,
			.inline_threshold = SIZE_MAX };

		if (cut) {
			ck_ok(format->cut(&how, rows.arena, &handle, &err), err);
			from = sp_place(place->source, place->op, place->subtask, &handle);
		}
		ck_ok(read_place(format, &from, &rows), err);
	}
	assert_same(whole, &rows);
	keyed_free(&rows);
}

static void look_at(const struct sp_keyed_place *place)
{
	struct keyed_rows rows = { .arena = sp_arena_new() };
	const struct sp_format *format;

	ck_ok(sp_format_of(place, &format, &err), err);
	if (read_place(format, place, &rows) == 0) {
		assert_parts(format, place, false, &rows);
		n_read++;
		if (format->cut != NULL) {
			assert_parts(format, place, true, &rows);
			n_cut++;
		}
	}
	keyed_free(&rows);
}

static void look_at_all(const char *name, const char *directory)
{
	sp_auto(sp_source) *source = NULL;

	(void)name;
	ck_ok(sp_source_open(directory, &source, &err), err);
	for (size_t i = 0; i < source->snapshot->n_operators; i++) {
		const struct sp_operator *op = &source->snapshot->operators[i];

		for (size_t j = 0; j < op->n_subtasks; j++) {
			const struct sp_keyed_handle *handle = &op->subtasks[j].managed_keyed;
			struct sp_keyed_place place =
				sp_place(source, op, &op->subtasks[j], handle);

			if (handle->code != SP_KEYED_NONE)
				look_at(&place);
		}
	}
}

/* Every layout, as every release has written it. */
START_TEST(real_state_is_the_sum_of_its_parts)
{
	scratch = scratch_make();
	real_for_each(look_at_all);
	ck_assert_int_gt(n_read, 40);
	ck_assert_int_gt(n_cut, 20);
	scratch_remove(scratch);
}
END_TEST

START_TEST(gives_the_key_groups_that_are_wanted)
{
	static const struct {
		struct sp_key_groups only;
		int32_t start, count;
	} cases[] = {
		{ { 0, 0 }, 4, 8 },
		{ { 4, 8 }, 4, 8 },
		{ { 5, 1 }, 5, 1 },
		{ { 0, 6 }, 4, 2 },
		{ { 11, 100 }, 11, 1 },
		{ { 12, 4 }, 12, 0 },
		{ { 0, 4 }, 4, 0 },
	};
	const struct sp_keyed_handle handle = { .start = 4, .count = 8 };

	for (size_t i = 0; i < sp_countof(cases); i++) {
		struct sp_keyed_place place = sp_place(NULL, NULL, NULL, &handle);
		struct sp_key_groups groups;

		place.only = cases[i].only;
		groups = sp_place_groups(&place);
		ck_assert_int_eq(groups.start, cases[i].start);
		ck_assert_int_eq(groups.count, cases[i].count);
	}
}
END_TEST

UNIT_MAIN("format", real_state_is_the_sum_of_its_parts, gives_the_key_groups_that_are_wanted)
