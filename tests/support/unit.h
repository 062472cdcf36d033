/*
 * What every unit test needs: Check, and a main() that runs one list of tests.
 *
 *	START_TEST(takes_big_endian) { … } END_TEST
 *	UNIT_MAIN("bytes", takes_big_endian, stops_at_the_end)
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER /* which takes memory of its own */
#endif

#define UNIT_MAIN(name, ...)                                                                       \
	int main(void)                                                                             \
	{                                                                                          \
		const TTest *const tests[] = { __VA_ARGS__ };                                      \
		Suite *suite = suite_create(name);                                                 \
		TCase *tcase = tcase_create(name);                                                 \
		SRunner *runner;                                                                   \
		int failed;                                                                        \
                                                                                                   \
		for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)                      \
			tcase_add_test(tcase, tests[i]);                                           \
		tcase_set_timeout(tcase, 120);                                                     \
		suite_add_tcase(suite, tcase);                                                     \
		runner = srunner_create(suite);                                                    \
		srunner_run_all(runner, CK_ENV);                                                   \
		failed = srunner_ntests_failed(runner);                                            \
		srunner_free(runner);                                                              \
		return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;                                  \
	}

/* The call succeeds; otherwise the test fails with the error's text. */
#define ck_ok(call, err) ck_assert_msg((call) >= 0, "%s", (err).message)

/* The call fails with this code and says these words. */
#define ck_fails(call, status, words, err)                                                         \
	do {                                                                                       \
		ck_assert_int_eq(call, status);                                                    \
		ck_assert_msg(strstr((err).message, words) != NULL, "%s", (err).message);          \
	} while (0)

#endif
