#include "unit.h"

#include "mutf8.h"

static void assert_both_ways(const char *utf8, size_t n, const char *mutf8, size_t m)
{
	sp_auto_buffer there = { 0 };
	sp_auto_buffer back = { 0 };

	ck_assert_int_eq(sp_utf8_to_mutf8(sp_slice(utf8, n), &there), 0);
	ck_assert(sp_slice_equal(sp_buffer_slice(&there), sp_slice(mutf8, m)));
	ck_assert(sp_mutf8_valid(sp_buffer_slice(&there)));
	sp_mutf8_to_utf8(sp_buffer_slice(&there), &back);
	ck_assert(sp_slice_equal(sp_buffer_slice(&back), sp_slice(utf8, n)));
}

START_TEST(recodes_both_ways)
{
	assert_both_ways("abc", 3, "abc", 3);
	assert_both_ways("a\0b", 3,
		"a\xc0\x80"
		"b",
		4);
	assert_both_ways("\xc3\xa9\xe2\x82\xac", 5, "\xc3\xa9\xe2\x82\xac", 5);
	assert_both_ways("\xf0\x9f\x98\x80", 4, "\xed\xa0\xbd\xed\xb8\x80", 6);
}
END_TEST

START_TEST(lone_surrogates_become_question_marks)
{
	sp_auto_buffer out = { 0 };

	sp_mutf8_to_utf8(sp_slice_of("\xed\xa0\xbd"
				     "x\xed\xb8\x80"),
		&out);
	ck_assert(sp_slice_is(sp_buffer_slice(&out), "?x?"));
}
END_TEST

START_TEST(tells_malformed)
{
	sp_auto_buffer out = { 0 };

	ck_assert(!sp_mutf8_valid(sp_slice_of("\xc3")));
	ck_assert(!sp_mutf8_valid(sp_slice_of("\xff")));
	ck_assert(!sp_mutf8_valid(sp_slice_of("\xe2\x82")));
	ck_assert(sp_utf8_to_mutf8(sp_slice_of("\xed\xa0\xbd"), &out) < 0);
	ck_assert(sp_utf8_to_mutf8(sp_slice_of("\xc0\x80"), &out) < 0);
}
END_TEST

UNIT_MAIN("mutf8", recodes_both_ways, lone_surrogates_become_question_marks, tells_malformed)
