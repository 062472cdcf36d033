#include "unit.h"

#include <stdio.h>

#include "scaling.h"

enum { SOURCE, WINDOW, SINK, ODD, SINGLETON, N_OPERATORS };

static struct {
	struct sp_operator operators[N_OPERATORS];
	struct sp_snapshot snapshot;
	struct sp_scaling scaling;
	struct sp_error err;
} test;

static void make_operator(size_t index, const char *uid, int32_t parallelism, int32_t max)
{
	struct sp_operator *op = &test.operators[index];

	*op = (struct sp_operator){
		.uid = sp_slice_of(uid), .parallelism = parallelism, .max_parallelism = max
	};
	sp_operator_id_of_uid(uid, op->id);
}

/* Three that may be chained, one with '=' in its uid, one of those that cannot run in parallel. */
static int find(const struct sp_scaling_options *options)
{
	make_operator(SOURCE, "source", 2, 128);
	make_operator(WINDOW, "window", 2, 128);
	make_operator(SINK, "sink", 2, 128);
	make_operator(ODD, "odd=1", 5, 100);
	make_operator(SINGLETON, "singleton", 1, 1);
	test.snapshot = (struct sp_snapshot){
		.version = 6, .operators = test.operators, .n_operators = N_OPERATORS
	};
	sp_scaling_free(&test.scaling);
	memset(&test.err, 0, sizeof(test.err));
	return sp_scaling_find(&test.snapshot, options, &test.scaling, &test.err);
}

static void expect(size_t op, int32_t parallelism, int32_t max)
{
	ck_assert_int_eq(test.scaling.scales[op].parallelism, parallelism);
	ck_assert_int_eq(test.scaling.scales[op].max_parallelism, max);
}

/* Lists of options: texts are not changed. */
#define LIST(...) ((const char *[]){ __VA_ARGS__, NULL })

static void refuses(const struct sp_scaling_options *options, const char *message)
{
	ck_assert_int_eq(find(options), SP_EUSAGE);
	ck_assert_str_eq(test.err.message, message);
}

#define WINDOW_LABEL "operator 'window' (01203aa9a12dc1ec725e03853dd7c8f2)"

START_TEST(all_but_singletons)
{
	const struct sp_scaling_options parallelism = { .parallelism = LIST("7") };
	const struct sp_scaling_options both = { .parallelism = LIST("200"),
		.max_parallelism = LIST("720") };

	ck_ok(find(&parallelism), test.err);
	expect(SOURCE, 7, 128);
	expect(ODD, 7, 100);
	expect(SINGLETON, 1, 1);
	ck_ok(find(&both), test.err);
	expect(WINDOW, 200, 720);
	expect(ODD, 200, 720);
	expect(SINGLETON, 1, 1);
	ck_assert_uint_eq(test.scaling.n_warnings, 0);
}
END_TEST

/* The job's own max parallelism is 1: then that of all is meant. */
START_TEST(all_of_a_job_of_singles)
{
	const struct sp_scaling_options all = { .parallelism = LIST("2"),
		.max_parallelism = LIST("4") };
	const struct sp_snapshot only = {
		.version = 6, .operators = &test.operators[SINGLETON], .n_operators = 1
	};
	struct sp_scaling scaling;
	struct sp_error err;

	make_operator(SINGLETON, "singleton", 1, 1);
	ck_ok(sp_scaling_find(&only, &all, &scaling, &err), err);
	ck_assert_int_eq(scaling.scales[0].parallelism, 2);
	ck_assert_int_eq(scaling.scales[0].max_parallelism, 4);
	sp_scaling_free(&scaling);
}
END_TEST

START_TEST(one_comes_before_all)
{
	const struct sp_scaling_options options = { .parallelism = LIST("odd=1=3", "4"),
		.max_parallelism = LIST("singleton=300", "256") };

	ck_ok(find(&options), test.err);
	expect(SOURCE, 4, 256);
	expect(ODD, 3, 256);
	expect(SINGLETON, 1, 300);
	ck_assert_uint_eq(test.scaling.n_warnings, 0);
}
END_TEST

START_TEST(the_same_twice)
{
	char id[64];
	const struct sp_scaling_options options = { .parallelism = LIST("3", "3"),
		.operators = LIST("source=4", "window=4", "sink=4", id) };

	make_operator(WINDOW, "window", 2, 128);
	sp_operator_id_text(test.operators[WINDOW].id, id);
	strcpy(id + 8, "=4");
	ck_ok(find(&options), test.err);
	expect(WINDOW, 4, 128);
	expect(ODD, 3, 100);
}
END_TEST

START_TEST(numbers_out_of_range)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{ "0", "--parallelism: 0 is not from 1 to 32768" },
		{ "-3", "--parallelism: -3 is not from 1 to 32768" },
		{ "32769", "--parallelism: 32769 is not from 1 to 32768" },
		{ "99999999999999999999",
			"--parallelism: 99999999999999999999 is not from 1 to 32768" },
		{ "", "--parallelism: '' is not a number" },
		{ "4x", "--parallelism: '4x' is not a number" },
		{ " 4", "--parallelism: ' 4' is not a number" },
		{ "+4", "--parallelism: '+4' is not a number" },
		{ "0x10", "--parallelism: '0x10' is not a number" },
		{ "window=0", WINDOW_LABEL ": --parallelism: 0 is not from 1 to 32768" },
		{ "window=", WINDOW_LABEL ": --parallelism: '' is not a number" },
		{ "nobody=1", "--parallelism: no operator 'nobody' in this snapshot" },
		{ "=1", "--parallelism: no operator '' in this snapshot" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		const struct sp_scaling_options options = { .parallelism = LIST(cases[i].text) };

		refuses(&options, cases[i].message);
	}
}
END_TEST

START_TEST(max_out_of_range)
{
	const struct sp_scaling_options large = { .max_parallelism = LIST("window=32769") };
	const struct sp_scaling_options none = { .max_parallelism = LIST("0") };

	refuses(&large, WINDOW_LABEL ": --max-parallelism: 32769 is not from 1 to 32768");
	refuses(&none, "--max-parallelism: 0 is not from 1 to 32768");
}
END_TEST

START_TEST(operator_needs_an_operator)
{
	const struct sp_scaling_options options = { .operators = LIST("4") };

	refuses(&options, "--operator: '4' is not OPERATOR=N");
}
END_TEST

START_TEST(contradictions)
{
	char id[64];
	const struct sp_scaling_options all = { .parallelism = LIST("2", "3") };
	const struct sp_scaling_options one = { .parallelism = LIST("window=2"),
		.operators = LIST("window=3") };
	const struct sp_scaling_options other_selector = { .max_parallelism =
								   LIST("window=256", id) };

	make_operator(WINDOW, "window", 2, 128);
	sp_operator_id_text(test.operators[WINDOW].id, id);
	strcpy(id + 32, "=257");
	refuses(&all, "all operators: parallelism 2 and 3 contradict each other");
	refuses(&one, WINDOW_LABEL ": parallelism 2 and 3 contradict each other");
	refuses(&other_selector,
		WINDOW_LABEL ": max parallelism 256 and 257 contradict each other");
}
END_TEST

START_TEST(more_than_max)
{
	const struct sp_scaling_options raised = { .operators = LIST("window=129") };
	const struct sp_scaling_options lowered = { .max_parallelism = LIST("window=1") };
	const struct sp_scaling_options all = { .parallelism = LIST("128") };
	const struct sp_scaling_options singleton = { .operators = LIST("singleton=2") };

	refuses(&raised, WINDOW_LABEL ": parallelism 129 is more than its max parallelism 128");
	ck_assert_str_eq(test.err.hint, "--max-parallelism raises the latter");
	refuses(&lowered, WINDOW_LABEL ": parallelism 2 is more than its max parallelism 1");
	ck_assert_str_eq(test.err.hint, "--parallelism lowers it");
	ck_fails(find(&all), SP_EUSAGE, "parallelism 128 is more than its max parallelism 100",
		test.err);
	ck_fails(find(&singleton), SP_EUSAGE, "parallelism 2 is more than its max parallelism 1",
		test.err);
}
END_TEST

START_TEST(nearest_multiples)
{
	static const int32_t cases[][3] = {
		{ 2, 128, 128 },
		{ 7, 128, 126 },
		{ 7, 130, 133 },
		{ 3, 128, 129 },
		{ 12, 18, 24 },    /* of two, the larger */
		{ 200, 128, 200 }, /* at least the parallelism */
		{ 30000, 32768, 30000 },
		{ 32768, 1, 32768 },
		{ 3, 32768, 32766 }, /* Flink takes no more */
		{ 1, 1, 1 },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		ck_assert_int_eq(
			sp_balanced_max_parallelism(cases[i][0], cases[i][1]), cases[i][2]);
}
END_TEST

START_TEST(balances)
{
	const struct sp_scaling_options options = { .parallelism = LIST("6"), .balance = 1 };

	ck_ok(find(&options), test.err);
	expect(WINDOW, 6, 126);
	expect(ODD, 6, 102);
	expect(SINGLETON, 1, 1);
}
END_TEST

START_TEST(balance_is_no_max)
{
	const struct sp_scaling_options one = { .max_parallelism = LIST("window=6"), .balance = 1 };
	const struct sp_scaling_options singleton = { .max_parallelism = LIST("singleton=6"),
		.balance = 1 };

	refuses(&one, WINDOW_LABEL ": --max-parallelism 6 and --balance contradict each other");
	ck_assert_int_eq(find(&singleton), SP_EUSAGE);
}
END_TEST

START_TEST(warns_of_siblings)
{
	const struct sp_scaling_options one = { .max_parallelism = LIST("window=720") };
	const struct sp_scaling_options two = { .parallelism = LIST("window=3", "sink=4") };

	ck_ok(find(&one), test.err);
	expect(SOURCE, 2, 128);
	expect(WINDOW, 2, 720);
	ck_assert_uint_eq(test.scaling.n_warnings, 1);
	ck_assert_str_eq(test.scaling.warnings[0], WINDOW_LABEL
		" gets another max parallelism than operator 'source' "
		"(e5a72f353fc1e6bbf3bd96a41384998c), operator 'sink' "
		"(2e588ce1c86a9d46e2e85186773ce4fd): if chained with it, they need the same");
	ck_ok(find(&two), test.err);
	ck_assert_uint_eq(test.scaling.n_warnings, 2);
	ck_assert(strstr(test.scaling.warnings[0], "'sink'") != NULL);
	ck_assert(strstr(test.scaling.warnings[1], "'window'") == NULL);
	ck_assert(strstr(test.scaling.warnings[1], "another parallelism than") != NULL);
}
END_TEST

START_TEST(hash_functions)
{
	const struct sp_scaling_options options = { .max_parallelism = LIST("256"),
		.key_hashes = LIST("window=record(id)", "odd=1=record(a, b)") };
	const struct sp_scaling_options useless = { .parallelism = LIST("3"),
		.key_hashes = LIST("window=record(id)", "window=record(id)") };

	ck_ok(find(&options), test.err);
	ck_assert_str_eq(test.scaling.scales[WINDOW].key_hash, "record(id)");
	ck_assert_str_eq(test.scaling.scales[ODD].key_hash, "record(a, b)");
	ck_assert_ptr_null(test.scaling.scales[SINK].key_hash);
	ck_assert_uint_eq(test.scaling.n_warnings, 0);
	ck_ok(find(&useless), test.err);
	ck_assert_uint_eq(test.scaling.n_warnings, 2);
	ck_assert_str_eq(test.scaling.warnings[0],
		"--key-hash: " WINDOW_LABEL " keeps its max parallelism: none of its keys moves");
}
END_TEST

START_TEST(bad_hash_functions)
{
	const struct sp_scaling_options bare = { .key_hashes = LIST("record(id)") };
	const struct sp_scaling_options nobody = { .key_hashes = LIST("a=b=c") };
	const struct sp_scaling_options two = { .key_hashes = LIST("window=x(a)", "window=x(b)") };

	refuses(&bare, "--key-hash: 'record(id)' is not OPERATOR=FUNCTION");
	refuses(&nobody, "--key-hash: no operator 'a' in this snapshot");
	refuses(&two, WINDOW_LABEL ": --key-hash x(a) and x(b) contradict each other");
}
END_TEST

START_TEST(something_must_be_given)
{
	ck_assert(!sp_scaling_is_given(&(struct sp_scaling_options){ 0 }));
	ck_assert(!sp_scaling_is_given(
		&(struct sp_scaling_options){ .key_hashes = LIST("a=b"), .drop_in_flight = 1 }));
	ck_assert(sp_scaling_is_given(&(struct sp_scaling_options){ .parallelism = LIST("1") }));
	ck_assert(sp_scaling_is_given(&(struct sp_scaling_options){ .operators = LIST("a=1") }));
	ck_assert(
		sp_scaling_is_given(&(struct sp_scaling_options){ .max_parallelism = LIST("1") }));
	ck_assert(sp_scaling_is_given(&(struct sp_scaling_options){ .balance = 1 }));
}
END_TEST

UNIT_MAIN("scaling", all_but_singletons, all_of_a_job_of_singles, one_comes_before_all,
	the_same_twice, numbers_out_of_range, max_out_of_range, operator_needs_an_operator,
	contradictions, more_than_max, nearest_multiples, balances, balance_is_no_max,
	warns_of_siblings, hash_functions, bad_hash_functions, something_must_be_given)
