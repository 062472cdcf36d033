#include "tally-distinct.h"

#include "test-data.h"
#include "unit.h"

static uint64_t count(const struct sp_distinct *distinct, bool exact)
{
	bool got;
	const uint64_t n = sp_distinct_count(distinct, &got);

	ck_assert(got == exact);
	return n;
}

static void add_random(struct sp_distinct *to, uint64_t seed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sp_distinct_add(to, test_random(&seed));
}

START_TEST(few_are_counted)
{
	struct sp_distinct distinct = { 0 };

	ck_assert_uint_eq(count(&distinct, true), 0);
	for (int i = 0; i < 3; i++)
		add_random(&distinct, 1, SP_DISTINCT_EXACT);
	ck_assert_uint_eq(count(&distinct, true), SP_DISTINCT_EXACT);
	sp_distinct_free(&distinct);
}
END_TEST

START_TEST(any_hash_counts)
{
	struct sp_distinct distinct = { 0 };

	sp_distinct_add(&distinct, 0);
	sp_distinct_add(&distinct, UINT64_MAX);
	sp_distinct_add(&distinct, (uint64_t)1 << 63);
	ck_assert_uint_eq(count(&distinct, true), 3);
	sp_distinct_free(&distinct);
}
END_TEST

/* 4 standard errors */
START_TEST(many_are_estimated)
{
	const size_t sizes[] = { 5000, 20000, 50000, 80000, 300000, 3000000 };

	for (size_t i = 0; i < sp_countof(sizes); i++) {
		struct sp_distinct distinct = { 0 };
		uint64_t n;

		add_random(&distinct, i + 1, sizes[i]);
		add_random(&distinct, i + 1, sizes[i] / 2);
		n = count(&distinct, false);
		ck_assert_msg(n > sizes[i] - sizes[i] / 31 && n < sizes[i] + sizes[i] / 31,
			"%zu: %zu", sizes[i], (size_t)n);
		sp_distinct_free(&distinct);
	}
}
END_TEST

/* a few and many, in both orders */
START_TEST(merges_in_any_order)
{
	const size_t sizes[] = { 0, 10, 3000, 3000, 9000 };

	for (size_t i = 0; i < sp_countof(sizes); i++)
		for (size_t j = 0; j < sp_countof(sizes); j++) {
			struct sp_distinct a = { 0 }, b = { 0 }, all = { 0 }, other = { 0 };
			bool exact, other_exact;

			add_random(&a, i + 1, sizes[i]);
			add_random(&b, j + 7, sizes[j]);
			add_random(&all, j + 7, sizes[j]);
			add_random(&all, i + 1, sizes[i]);
			sp_distinct_merge(&other, &b);
			sp_distinct_merge(&other, &a);
			sp_distinct_merge(&a, &b);
			ck_assert_uint_eq(sp_distinct_count(&a, &exact),
				sp_distinct_count(&all, &other_exact));
			ck_assert(exact == other_exact);
			ck_assert_uint_eq(count(&other, exact), count(&all, exact));
			sp_distinct_free(&a);
			sp_distinct_free(&b);
			sp_distinct_free(&all);
			sp_distinct_free(&other);
		}
}
END_TEST

UNIT_MAIN(
	"tally-distinct", few_are_counted, any_hash_counts, many_are_estimated, merges_in_any_order)
