#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "expiry.h"

static void expect_time(const char *text, int64_t ms)
{
	struct sp_error err;
	int64_t got;

	ck_ok(sp_parse_time(text, "--expire", &got, &err), err);
	ck_assert_msg(got == ms, "%s is %lld", text, (long long)got);
}

START_TEST(takes_times)
{
	expect_time("0", 0);
	expect_time("1700000000000", 1700000000000);
	expect_time("1970-01-02", 86400000);
	expect_time("2023-11-14T22:13:20Z", 1700000000000);
	expect_time("2023-11-14T22:13:20", 1700000000000);
	expect_time("2023-11-14T22:13:20.0567Z", 1700000000056);
	expect_time("2023-11-15T00:13:20+02:00", 1700000000000);
	expect_time("2023-11-14T21:43:20.5-00:30", 1700000000500);
	expect_time("1969-12-31T23:59:59Z", -1000);
}
END_TEST

START_TEST(refuses_other_times)
{
	static const char *const bad[] = { "x", "-1", "1.5", "2023-11", "23-11-14", "2023-02-30",
		"2023-11-14 22:13:20", "2023-11-14T22:13", "2023-11-14T22:13:20X",
		"2023-11-14T22:13:20+2", "2023-11-14T22:13:20.", "99999999999999999999" };

	for (size_t i = 0; i < sp_countof(bad); i++) {
		struct sp_error err;
		int64_t ms;

		ck_assert_msg(
			sp_parse_time(bad[i], "--expire", &ms, &err) == SP_EUSAGE, "%s", bad[i]);
	}
}
END_TEST

START_TEST(now_is_the_time)
{
	struct sp_error err;
	int64_t first, second;

	ck_ok(sp_parse_time("", "--expire", &first, &err), err);
	ck_ok(sp_parse_time("", "--expire", &second, &err), err);
	ck_assert(first > 1700000000000 && second >= first && second < first + 60000);
}
END_TEST

START_TEST(takes_durations)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = { { "1500ms", 1500 }, { "45s", 45000 }, { "30m", 1800000 }, { "12h", 43200000 },
		{ "7d", 604800000 } };
	static const char *const bad[] = { "", "7", "d", "0s", "-1s", "1.5h", "1w", "1 s",
		"106751991168d" };
	struct sp_error err;
	int64_t ms;

	for (size_t i = 0; i < sp_countof(good); i++) {
		ck_ok(sp_parse_duration(good[i].text, "--ttl", &ms, &err), err);
		ck_assert_int_eq(ms, good[i].ms);
	}
	for (size_t i = 0; i < sp_countof(bad); i++)
		ck_assert_msg(
			sp_parse_duration(bad[i], "--ttl", &ms, &err) == SP_EUSAGE, "%s", bad[i]);
}
END_TEST

START_TEST(the_first_that_fits_names_the_state)
{
	char all[] = "7d", one[] = "a=b=1s", other[] = "c=2ms";
	char *const lives[] = { all, one, other, NULL };
	struct sp_expiry expiry = { 0 };
	struct sp_error err;

	ck_ok(sp_parse_expiry("42", lives, &expiry, &err), err);
	ck_assert_int_eq(expiry.now, 42);
	ck_assert_uint_eq(expiry.n_lives, 3);
	ck_assert_ptr_null(expiry.lives[2].state);
	ck_assert_int_eq(expiry.lives[2].ms, 604800000);
	for (size_t i = 0; i < 2; i++)
		ck_assert(strcmp(expiry.lives[i].state, "a=b") == 0
				  ? expiry.lives[i].ms == 1000
				  : strcmp(expiry.lives[i].state, "c") == 0 &&
					    expiry.lives[i].ms == 2);
	free((void *)(uintptr_t)expiry.lives);
}
END_TEST

START_TEST(there_must_be_lives)
{
	char *const none[] = { NULL };
	struct sp_expiry expiry = { 0 };
	struct sp_error err;

	ck_assert_int_eq(sp_parse_expiry("", none, &expiry, &err), SP_EUSAGE);
	ck_assert_int_eq(sp_parse_expiry("", NULL, &expiry, &err), SP_EUSAGE);
	ck_assert_str_eq(err.message, "--expire without --ttl");
}
END_TEST

START_TEST(one_life_for_a_state)
{
	static const char *const both[][2] = { { "a=1s", "a=2s" }, { "1s", "2s" } };
	struct sp_error err;

	for (size_t i = 0; i < sp_countof(both); i++) {
		char first[8], other[] = "b=1h", second[8];
		char *const lives[] = { first, other, second, NULL };
		struct sp_expiry expiry = { 0 };

		snprintf(first, sizeof(first), "%s", both[i][0]);
		snprintf(second, sizeof(second), "%s", both[i][1]);
		ck_assert_int_eq(sp_parse_expiry("", lives, &expiry, &err), SP_EUSAGE);
		ck_assert(strstr(err.message, i == 0 ? "'a'" : "all states") != NULL);
		free((void *)(uintptr_t)expiry.lives);
	}
}
END_TEST

UNIT_MAIN("expiry", takes_times, refuses_other_times, now_is_the_time, takes_durations,
	the_first_that_fits_names_the_state, there_must_be_lives, one_life_for_a_state)
