#include "unit.h"

#include <stdatomic.h>

#include "pool.h"

struct counts {
	_Atomic int sum;
	_Atomic int begun;
	size_t bad;
};

static int add(size_t index, void *arg, struct sp_error *err)
{
	struct counts *counts = arg;

	counts->begun++;
	if (index >= counts->bad)
		return sp_fail(err, SP_EIO, "job %zu", index);
	counts->sum += (int)index;
	return 0;
}

START_TEST(runs_every_job_once)
{
	struct sp_error err;

	for (int workers = 1; workers <= 8; workers++) {
		struct counts counts = { .bad = 1000 };

		ck_ok(sp_pool_run(100, workers, add, &counts, &err), err);
		ck_assert_int_eq(counts.sum, 4950);
	}
}
END_TEST

START_TEST(gives_the_first_error_of_the_plan)
{
	struct sp_error err;

	for (int round = 0; round < 50; round++) {
		struct counts counts = { .bad = 10 };

		ck_assert_int_eq(sp_pool_run(100, 4, add, &counts, &err), SP_EIO);
		ck_assert_str_eq(err.message, "job 10");
		ck_assert_int_lt(counts.begun, 100);
	}
}
END_TEST

START_TEST(no_jobs_is_done)
{
	struct sp_error err;

	ck_ok(sp_pool_run(0, 4, add, NULL, &err), err);
}
END_TEST

UNIT_MAIN("pool", runs_every_job_once, gives_the_first_error_of_the_plan, no_jobs_is_done)
