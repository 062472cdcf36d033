#include "tally-sizes.h"

#include "unit.h"

static void ck_close(uint64_t got, double want)
{
	ck_assert_msg((double)got >= want * (1 - 1.0 / 64) - 1 &&
			      (double)got <= want * (1 + 1.0 / 64) + 1,
		"%llu is not near %f", (unsigned long long)got, want);
}

START_TEST(small_sizes_are_exact)
{
	struct sp_sizes sizes = { 0 };

	for (uint64_t i = 0; i < SP_SIZES_EXACT; i++)
		sp_sizes_add(&sizes, i);
	for (uint64_t i = 0; i < SP_SIZES_EXACT; i++)
		ck_assert_uint_eq(sp_sizes_quantile(&sizes, (double)(i + 1) / SP_SIZES_EXACT), i);
	sp_sizes_free(&sizes);
}
END_TEST

START_TEST(quantiles_are_near)
{
	struct sp_sizes sizes = { 0 };

	for (uint64_t i = 1; i <= 100000; i++)
		sp_sizes_add(&sizes, i);
	for (int i = 1; i <= 100; i++)
		ck_close(sp_sizes_quantile(&sizes, i / 100.0), 1000.0 * i);
	sp_sizes_free(&sizes);
}
END_TEST

START_TEST(each_size_is_near_itself)
{
	for (uint64_t size = 1; size < (uint64_t)1 << 44; size += size / 7 + 1) {
		struct sp_sizes sizes = { 0 };

		sp_sizes_add(&sizes, size);
		ck_close(sp_sizes_quantile(&sizes, 0.5), (double)size);
		sp_sizes_free(&sizes);
	}
}
END_TEST

START_TEST(the_largest_sizes_count_too)
{
	struct sp_sizes sizes = { 0 };

	sp_sizes_add(&sizes, UINT64_MAX);
	sp_sizes_add(&sizes, 1);
	ck_assert_uint_eq(sizes.n, 2);
	ck_assert_uint_eq(sp_sizes_quantile(&sizes, 0.5), 1);
	ck_assert_uint_gt(sp_sizes_quantile(&sizes, 1), (uint64_t)1 << 44);
	sp_sizes_free(&sizes);
}
END_TEST

START_TEST(merges)
{
	struct sp_sizes both = { 0 }, a = { 0 }, b = { 0 };

	for (uint64_t i = 1; i < 5000; i++) {
		sp_sizes_add(&both, i * i);
		sp_sizes_add(i % 3 == 0 ? &a : &b, i * i);
	}
	sp_sizes_merge(&a, &b);
	ck_assert_uint_eq(a.n, both.n);
	for (int i = 0; i <= 20; i++)
		ck_assert_uint_eq(
			sp_sizes_quantile(&a, i / 20.0), sp_sizes_quantile(&both, i / 20.0));
	sp_sizes_free(&both);
	sp_sizes_free(&a);
	sp_sizes_free(&b);
}
END_TEST

START_TEST(of_none_there_is_none)
{
	struct sp_sizes sizes = { 0 };

	ck_assert_uint_eq(sp_sizes_quantile(&sizes, 0.5), 0);
	sp_sizes_free(&sizes);
}
END_TEST

UNIT_MAIN("tally-sizes", small_sizes_are_exact, quantiles_are_near, each_size_is_near_itself,
	the_largest_sizes_count_too, merges, of_none_there_is_none)
