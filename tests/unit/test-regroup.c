#include "unit.h"

#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "arena.h"
#include "pool.h"
#include "regroup.h"
#include "scratch.h"
#include "test-data.h"

#define WORKERS 4
#define FILES 8 /* that may be open for the rows of a regroup, and one for those of an outtake */

/* --- rows ------------------------------------------------------------------------------------ */

struct shape {
	uint64_t seed;
	size_t rows, intakes;
	int32_t max_parallelism;
	uint32_t states;
	size_t key_bytes, value_bytes; /* at most */
	unsigned alphabet;             /* different bytes in keys */
};

struct made {
	struct sp_regroup_row row;
	size_t intake, number;
};

struct made_rows {
	const struct shape *shape;
	struct sp_arena *arena;
	struct made *rows; /* as they are put in */
	struct made *sorted;
	size_t n_sorted;
};

static struct sp_slice random_bytes(
	struct sp_arena *arena, size_t most, unsigned alphabet, uint64_t *seed)
{
	size_t n = test_random(seed) % (most + 1);
	uint8_t *p = sp_arena_new_array(arena, uint8_t, n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(test_random(seed) % alphabet);
	return sp_slice(p, n);
}

static int compare(const void *a, const void *b)
{
	const struct made *x = a, *y = b;
	int keys = sp_slice_compare(x->row.key, y->row.key);

	if (x->row.key_group != y->row.key_group)
		return x->row.key_group < y->row.key_group ? -1 : 1;
	if (x->row.state != y->row.state)
		return x->row.state < y->row.state ? -1 : 1;
	if (keys != 0)
		return keys;
	if (x->intake != y->intake)
		return x->intake < y->intake ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static bool same_place(const struct made *a, const struct made *b)
{
	return a->row.key_group == b->row.key_group && a->row.state == b->row.state &&
	       sp_slice_equal(a->row.key, b->row.key);
}

static void make_rows(const struct shape *shape, struct made_rows *ret)
{
	uint64_t seed = shape->seed;

	ret->shape = shape;
	ret->arena = sp_arena_new();
	ret->rows = sp_arena_new_array(ret->arena, struct made, shape->rows);
	ret->sorted = sp_arena_new_array(ret->arena, struct made, shape->rows);
	ret->n_sorted = 0;
	for (size_t i = 0; i < shape->rows; i++) {
		struct sp_regroup_row *row = &ret->rows[i].row;

		ret->rows[i].intake = test_random(&seed) % shape->intakes;
		ret->rows[i].number = i;
		row->key_group = (uint32_t)(test_random(&seed) % (uint64_t)shape->max_parallelism);
		row->state = (uint32_t)(test_random(&seed) % shape->states);
		row->key = random_bytes(ret->arena, shape->key_bytes, shape->alphabet, &seed);
		row->value = random_bytes(ret->arena, shape->value_bytes, 256, &seed);
	}
	memcpy(ret->sorted, ret->rows, shape->rows * sizeof(*ret->rows));
	qsort(ret->sorted, shape->rows, sizeof(*ret->sorted), compare);
	for (size_t i = 0; i < shape->rows; i++) {
		if (ret->n_sorted > 0 &&
			same_place(&ret->sorted[ret->n_sorted - 1], &ret->sorted[i]))
			ret->n_sorted--;
		ret->sorted[ret->n_sorted++] = ret->sorted[i];
	}
}

static void made_rows_free(struct made_rows *made)
{
	sp_arena_free(made->arena);
}

/* --- in and out: jobs of threads, which do not assert ----------------------------------------- */

struct run {
	const struct made_rows *made;
	struct sp_regroup *regroup;
	size_t memory;
	const char *tmpdir;
	int32_t ranges; /* of key groups, of which the last are taken out first */
	_Atomic size_t taken;
};

static int put_rows(size_t number, void *arg, struct sp_error *err)
{
	const struct run *run = arg;
	const struct made_rows *made = run->made;
	sp_auto(sp_intake) *intake = sp_intake_new(run->regroup, number, run->memory);

	for (size_t i = 0; i < made->shape->rows; i++)
		if (made->rows[i].intake == number &&
			sp_intake_put(intake, &made->rows[i].row, err) < 0)
			return err->code;
	return sp_intake_end(intake, err);
}

static bool same_row(const struct sp_regroup_row *a, const struct sp_regroup_row *b)
{
	return a->key_group == b->key_group && a->state == b->state &&
	       sp_slice_equal(a->key, b->key) && sp_slice_equal(a->value, b->value);
}

static int take_rows(size_t number, void *arg, struct sp_error *err)
{
	struct run *run = arg;
	const struct made_rows *made = run->made;
	const struct sp_key_groups groups = sp_key_groups_of_subtask(
		run->ranges - 1 - (int32_t)number, run->ranges, made->shape->max_parallelism);
	const struct sp_budget budget = { run->memory, run->tmpdir };
	sp_auto(sp_outtake) *outtake = NULL;
	struct sp_regroup_row row;
	size_t i = 0;
	int r;

	while (i < made->n_sorted && made->sorted[i].row.key_group < (uint32_t)groups.start)
		i++;
	if (sp_outtake_open(run->regroup, groups, &budget, &outtake, err) < 0)
		return err->code;
	for (; (r = sp_outtake_next(outtake, &row, err)) > 0; i++, run->taken++)
		if (i == made->n_sorted || !same_row(&row, &made->sorted[i].row))
			return sp_fail(err, SP_EDAMAGED, "row %zu is not the one expected", i);
	if (r == 0 && i < made->n_sorted &&
		made->sorted[i].row.key_group < (uint32_t)(groups.start + groups.count))
		return sp_fail(err, SP_EDAMAGED, "row %zu is missing", i);
	return r;
}

static int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void assert_regroups(const struct made_rows *made, size_t memory, int32_t ranges)
{
	const int files = open_files();
	char *scratch = scratch_make();
	struct run run = { .made = made, .memory = memory, .tmpdir = scratch, .ranges = ranges };
	struct sp_error err;

	run.regroup = sp_regroup_new(made->shape->intakes, made->shape->max_parallelism, scratch);
	ck_ok(sp_pool_run(made->shape->intakes, WORKERS, put_rows, &run, &err), err);
	ck_assert_int_le(open_files() - files, FILES);
	ck_assert_int_eq(scratch_count(scratch), 0); /* its files have no names */
	ck_ok(sp_pool_run((size_t)ranges, WORKERS, take_rows, &run, &err), err);
	ck_assert_uint_eq(run.taken, made->n_sorted);
	sp_regroup_free(run.regroup);
	ck_assert_int_eq(open_files(), files);
	scratch_remove(scratch);
}

/* From memory in which nothing spills down to that in which each row does, and to many passes. */
static void assert_regroups_in_any_memory(const struct shape *shape)
{
	static const size_t memory[] = { 64 << 20, 1 << 20, 100000, 10000, 1000, 1 };
	struct made_rows made;

	make_rows(shape, &made);
	ck_assert_uint_gt(made.n_sorted, 1);
	for (size_t i = 0; i < sp_countof(memory); i++) {
		assert_regroups(&made, memory[i], 1);
		if (shape->max_parallelism > 1)
			assert_regroups(&made, memory[i], shape->max_parallelism < 7 ? 2 : 7);
	}
	made_rows_free(&made);
}

/* --- tests ----------------------------------------------------------------------------------- */

START_TEST(sorts_rows_in_any_memory)
{
	assert_regroups_in_any_memory(&(struct shape){ .seed = 1,
		.rows = 5000,
		.intakes = 3,
		.max_parallelism = 128,
		.states = 3,
		.key_bytes = 30,
		.value_bytes = 100,
		.alphabet = 256 });
	assert_regroups_in_any_memory(&(struct shape){ .seed = 2,
		.rows = 3000,
		.intakes = 40,
		.max_parallelism = 300,
		.states = 1,
		.key_bytes = 300,
		.value_bytes = 1000,
		.alphabet = 2 });
}
END_TEST

START_TEST(knows_any_max_parallelism)
{
	static const int32_t max_parallelisms[] = { 1, 2, 720, 32768 };

	for (size_t i = 0; i < sp_countof(max_parallelisms); i++)
		assert_regroups_in_any_memory(&(struct shape){ .seed = 3 + i,
			.rows = 3000,
			.intakes = 2,
			.max_parallelism = max_parallelisms[i],
			.states = 65536,
			.key_bytes = 20,
			.value_bytes = 30,
			.alphabet = 256 });
}
END_TEST

START_TEST(keeps_the_last_of_equal_keys)
{
	assert_regroups_in_any_memory(&(struct shape){ .seed = 11, /* one zero more, or one less */
		.rows = 3000,
		.intakes = 5,
		.max_parallelism = 3,
		.states = 1,
		.key_bytes = 100,
		.value_bytes = 8,
		.alphabet = 1 });
	assert_regroups_in_any_memory(&(struct shape){ .seed = 12,
		.rows = 3000,
		.intakes = 3,
		.max_parallelism = 4,
		.states = 2,
		.key_bytes = 3,
		.value_bytes = 8,
		.alphabet = 3 });
	assert_regroups_in_any_memory(&(struct shape){ .seed = 13, /* one key in all */
		.rows = 1000,
		.intakes = 4,
		.max_parallelism = 2,
		.states = 1,
		.key_bytes = 0,
		.value_bytes = 8,
		.alphabet = 1 });
}
END_TEST

START_TEST(takes_rows_of_any_size)
{
	assert_regroups_in_any_memory(&(struct shape){ .seed = 21,
		.rows = 40,
		.intakes = 3,
		.max_parallelism = 4,
		.states = 2,
		.key_bytes = 200000,
		.value_bytes = 1000000,
		.alphabet = 2 });
}
END_TEST

START_TEST(counts_only_what_has_ended)
{
	const struct sp_regroup_row row = { .key_group = 5, .key = sp_slice("k", 1) };
	const struct sp_budget budget = { .memory = 1 << 20, .tmpdir = "/nonexistent" };
	struct sp_regroup *regroup = sp_regroup_new(3, 128, "/nonexistent");
	struct sp_intake *without_rows = sp_intake_new(regroup, 0, 1 << 20);
	struct sp_intake *without_end = sp_intake_new(regroup, 1, 1 << 20);
	struct sp_outtake *outtake;
	struct sp_regroup_row got;
	struct sp_error err;

	ck_ok(sp_intake_end(without_rows, &err), err);
	ck_ok(sp_intake_put(without_end, &row, &err), err);
	sp_intake_free(without_rows);
	sp_intake_free(without_end);
	ck_ok(sp_outtake_open(regroup, (struct sp_key_groups){ 0, 128 }, &budget, &outtake, &err),
		err);
	ck_assert_int_eq(sp_outtake_next(outtake, &got, &err), 0);
	ck_assert_int_eq(sp_outtake_next(outtake, &got, &err), 0);
	sp_outtake_free(outtake);
	sp_regroup_free(regroup);
}
END_TEST

/* --- without a disk --------------------------------------------------------------------------- */

static const struct shape small = { .seed = 31,
	.rows = 1000,
	.intakes = 2,
	.max_parallelism = 128,
	.states = 2,
	.key_bytes = 10,
	.value_bytes = 50,
	.alphabet = 256 };

START_TEST(needs_no_disk_for_few_rows)
{
	struct run run = { .memory = 1 << 20, .tmpdir = "/nonexistent", .ranges = 3 };
	struct made_rows made;
	struct sp_error err;

	make_rows(&small, &made);
	run.made = &made;
	run.regroup = sp_regroup_new(small.intakes, small.max_parallelism, run.tmpdir);
	ck_ok(sp_pool_run(small.intakes, 1, put_rows, &run, &err), err);
	ck_ok(sp_pool_run(3, 1, take_rows, &run, &err), err);
	ck_assert_uint_eq(run.taken, made.n_sorted);
	sp_regroup_free(run.regroup);
	made_rows_free(&made);
}
END_TEST

START_TEST(tells_where_scratch_files_cannot_be_made)
{
	struct run run = { .memory = 1000, .tmpdir = "/nonexistent/scratch", .ranges = 1 };
	char *scratch = scratch_make();
	struct made_rows made;
	struct sp_error err;

	make_rows(&small, &made);
	run.made = &made;
	run.regroup = sp_regroup_new(small.intakes, small.max_parallelism, run.tmpdir);
	ck_fails(put_rows(0, &run, &err), SP_EIO, "/nonexistent/scratch", err);
	sp_regroup_free(run.regroup);
	/* a file for another pass, when there was one for the first */
	run.regroup = sp_regroup_new(small.intakes, small.max_parallelism, scratch);
	ck_ok(sp_pool_run(small.intakes, 1, put_rows, &run, &err), err);
	ck_fails(take_rows(0, &run, &err), SP_EIO, "/nonexistent/scratch", err);
	sp_regroup_free(run.regroup);
	made_rows_free(&made);
	scratch_remove(scratch);
}
END_TEST

static int limited(int (*job)(size_t, void *, struct sp_error *), struct run *run, rlim_t most,
	struct sp_error *err)
{
	struct rlimit limit, less;
	int r;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	less = limit;
	less.rlim_cur = most;
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &less), 0);
	r = job(0, run, err);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	return r;
}

/* In a piece of an intake, in its index, in a piece of an outtake. */
START_TEST(reports_files_that_cannot_grow)
{
	char *scratch = scratch_make();
	struct run run = { .memory = 10000, .tmpdir = scratch, .ranges = 1 };
	struct made_rows made;
	struct sp_error err;

	make_rows(&small, &made);
	run.made = &made;
	for (rlim_t most = 0; most < 16000; most += 100) {
		run.regroup = sp_regroup_new(small.intakes, small.max_parallelism, scratch);
		ck_fails(limited(put_rows, &run, most, &err), SP_EIO, scratch, err);
		sp_regroup_free(run.regroup);
		ck_assert_int_eq(scratch_count(scratch), 0);
	}
	run.memory = 1000;
	run.regroup = sp_regroup_new(small.intakes, small.max_parallelism, scratch);
	ck_ok(sp_pool_run(small.intakes, 1, put_rows, &run, &err), err);
	ck_fails(limited(take_rows, &run, 5000, &err), SP_EIO, scratch, err);
	sp_regroup_free(run.regroup);
	made_rows_free(&made);
	scratch_remove(scratch);
}
END_TEST

/* --- memory ---------------------------------------------------------------------------------- */

static size_t peak_bytes(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (size_t)use.ru_maxrss * 1024;
}

static void assert_peak(size_t before, size_t most)
{
#ifndef UNDER_SANITIZER
	ck_assert_uint_le(peak_bytes() - before, most);
#else
	(void)before;
	(void)most;
#endif
}

/* 64 MiB of rows in 4 MiB: what is added to the peak stays within that. */
START_TEST(stays_within_its_memory)
{
	const size_t memory = 4 << 20, rows = (64 << 20) / 116;
	const size_t before = peak_bytes();
	char *scratch = scratch_make();
	const struct sp_budget budget = { memory, scratch };
	struct sp_regroup *regroup = sp_regroup_new(1, 32768, scratch);
	struct sp_intake *intake = sp_intake_new(regroup, 0, memory);
	struct sp_outtake *outtake;
	struct sp_regroup_row row;
	uint8_t key[16], value[100] = { 0 };
	uint64_t seed = 41;
	struct sp_error err;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < rows; i++) {
		sp_set_be64(key, test_random(&seed));
		sp_set_be64(key + 8, i);
		row = (struct sp_regroup_row){ .key_group = test_random(&seed) % 32768,
			.key = sp_slice(key, sizeof(key)),
			.value = sp_slice(value, sizeof(value)) };
		ck_ok(sp_intake_put(intake, &row, &err), err);
	}
	ck_ok(sp_intake_end(intake, &err), err);
	sp_intake_free(intake);
	assert_peak(before, memory + (512 << 10));
	ck_ok(sp_outtake_open(regroup, (struct sp_key_groups){ 0, 32768 }, &budget, &outtake, &err),
		err);
	while ((r = sp_outtake_next(outtake, &row, &err)) > 0)
		n++;
	ck_ok(r, err);
	ck_assert_uint_eq(n, rows);
	assert_peak(before, memory + (512 << 10));
	sp_outtake_free(outtake);
	sp_regroup_free(regroup);
	scratch_remove(scratch);
}
END_TEST

UNIT_MAIN("regroup", stays_within_its_memory, sorts_rows_in_any_memory, knows_any_max_parallelism,
	keeps_the_last_of_equal_keys, takes_rows_of_any_size, counts_only_what_has_ended,
	needs_no_disk_for_few_rows, tells_where_scratch_files_cannot_be_made,
	reports_files_that_cannot_grow)
