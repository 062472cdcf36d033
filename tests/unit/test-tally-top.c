#include "tally-top.h"

#include "test-data.h"
#include "unit.h"

static struct sp_top_place place(size_t op, const char *state, uint32_t group, const char *key)
{
	return (struct sp_top_place){ .op = op,
		.kind = "VALUE",
		.state = sp_slice_of(state),
		.key_group = group,
		.key = sp_slice_of(key) };
}

static struct sp_top_entry *take(
	struct sp_top *top, const struct sp_top_place *at, uint64_t bytes, const char *json)
{
	struct sp_top_entry *entry = NULL;

	ck_assert(!sp_top_takes(top, at, bytes, 1) || sp_top_may_take(top, bytes));
	if (sp_top_takes(top, at, bytes, 1))
		entry = sp_top_take(top, at, bytes, 1);
	else
		ck_assert_ptr_null(sp_top_take(top, at, bytes, 1));
	if (entry != NULL)
		sp_buffer_bytes(&entry->json, sp_slice_of(json));
	return entry;
}

START_TEST(keeps_the_largest)
{
	struct sp_top top = { .max = 2 };
	const struct sp_top_place a = place(0, "a", 1, "x");

	take(&top, &a, 5, "five");
	take(&top, &a, 7, "seven");
	ck_assert_ptr_null(take(&top, &a, 4, "four"));
	ck_assert_ptr_nonnull(take(&top, &a, 9, "nine"));
	ck_assert_uint_eq(top.n, 2);
	ck_assert(sp_slice_is(sp_buffer_slice(&top.list[0].json), "nine"));
	ck_assert(sp_slice_is(sp_buffer_slice(&top.list[1].json), "seven"));
	ck_assert(!sp_top_may_take(&top, 6));
	sp_top_free(&top);
}
END_TEST

START_TEST(of_none_it_keeps_none)
{
	struct sp_top top = { 0 };
	const struct sp_top_place a = place(0, "a", 1, "x");

	ck_assert(!sp_top_may_take(&top, 5));
	ck_assert_ptr_null(sp_top_take(&top, &a, 5, 1));
	sp_top_free(&top);
}
END_TEST

START_TEST(equal_ones_stand_by_their_place)
{
	const struct sp_top_place places[] = { place(0, "a", 1, "x"), place(0, "a", 1, "y"),
		place(0, "a", 2, "a"), place(0, "b", 0, "a"), place(1, "a", 0, "a") };
	uint64_t seed = 5;

	for (int round = 0; round < 200; round++) {
		struct sp_top top = { .max = 3 };

		for (int i = 0; i < 100; i++) {
			const struct sp_top_place *one =
				&places[test_random(&seed) % sp_countof(places)];
			bool there = false;

			for (size_t j = 0; j < top.n; j++)
				there |= top.list[j].place.op == one->op &&
					 sp_slice_equal(top.list[j].place.state, one->state) &&
					 sp_slice_equal(top.list[j].place.key, one->key) &&
					 top.list[j].place.key_group == one->key_group;
			if (!there)
				take(&top, one, 8, "");
		}
		ck_assert_uint_eq(top.n, 3);
		for (size_t j = 0; j < 3; j++) {
			ck_assert_uint_eq(top.list[j].place.key_group, places[j].key_group);
			ck_assert(sp_slice_equal(top.list[j].place.key, places[j].key));
		}
		sp_top_free(&top);
	}
}
END_TEST

UNIT_MAIN("tally-top", keeps_the_largest, of_none_it_keeps_none, equal_ones_stand_by_their_place)
