#include <signal.h>
#include <sys/resource.h>

#include "scratch.h"
#include "spool.h"
#include "test-data.h"
#include "unit.h"

/* Writes n bytes in pieces of many sizes. */
static void fill(struct sp_spool *spool, const uint8_t *bytes, size_t n)
{
	struct sp_error err;
	uint64_t seed = n + 1;

	for (size_t at = 0; at < n;) {
		size_t piece = (size_t)(test_random(&seed) % 5000);

		piece = piece < n - at ? piece : n - at;
		ck_ok(sp_spool_write(spool, sp_slice(bytes + at, piece), &err), err);
		at += piece;
		ck_assert_uint_eq(sp_spool_size(spool), at);
	}
}

static void assert_holds(struct sp_spool *spool, const uint8_t *bytes, size_t n, size_t most)
{
	struct sp_slice piece;
	struct sp_error err;
	size_t at = 0;
	int r;

	while ((r = sp_spool_read(spool, most, &piece, &err)) > 0) {
		ck_assert_uint_gt(piece.n, 0);
		ck_assert_uint_le(piece.n, most);
		ck_assert_uint_le(piece.n, n - at);
		ck_assert_mem_eq(piece.p, bytes + at, piece.n);
		ck_assert_uint_eq(sp_spool_size(spool), n);
		at += piece.n;
	}
	ck_ok(r, err);
	ck_assert_uint_eq(at, n);
}

START_TEST(gives_back_what_was_written)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 100000, 3000000, 10, 600000 };
	static const size_t memories[] = { 0, 1, 4096, 1 << 20, SIZE_MAX };
	static uint8_t bytes[3000000];
	uint64_t seed = 7;
	struct sp_error err;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)test_random(&seed);
	for (size_t m = 0; m < sp_countof(memories); m++) {
		char *scratch = scratch_make();
		struct sp_spool *spool = sp_spool_new(memories[m], scratch);

		for (size_t i = 0; i < sp_countof(sizes); i++) {
			fill(spool, bytes + i, sizes[i] - i % (sizes[i] + 1));
			assert_holds(spool, bytes + i, sizes[i] - i % (sizes[i] + 1),
				i % 2 == 0 ? 777 : SIZE_MAX);
			ck_ok(sp_spool_clear(spool, &err), err);
			ck_assert_uint_eq(sp_spool_size(spool), 0);
		}
		ck_assert_int_eq(scratch_count(scratch), 0); /* its file has no name */
		sp_spool_free(spool);
		scratch_remove(scratch);
	}
}
END_TEST

START_TEST(stays_in_memory_while_it_may)
{
	struct sp_spool *spool = sp_spool_new(1000, "/nowhere");
	uint8_t bytes[1000] = { 0 };
	struct sp_error err;

	fill(spool, bytes, 1000);
	assert_holds(spool, bytes, 1000, 10);
	sp_spool_free(spool);
	spool = sp_spool_new(1000, "/nowhere");
	fill(spool, bytes, 1000);
	ck_assert_int_eq(sp_spool_write(spool, sp_slice(bytes, 1), &err), SP_EIO);
	ck_assert_ptr_nonnull(strstr(err.message, "/nowhere"));
	sp_spool_free(spool);
}
END_TEST

START_TEST(reports_a_file_that_cannot_grow)
{
	char *scratch = scratch_make();
	struct sp_spool *spool = sp_spool_new(10, scratch);
	struct rlimit limit, small;
	uint8_t bytes[8192] = { 0 };
	struct sp_error err;
	int r;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = 4096;
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = sp_spool_write(spool, sp_slice(bytes, sizeof(bytes)), &err);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_lt(r, 0);
	ck_assert_ptr_nonnull(strstr(err.message, scratch));
	sp_spool_free(spool);
	scratch_remove(scratch);
}
END_TEST

UNIT_MAIN("spool", gives_back_what_was_written, stays_in_memory_while_it_may,
	reports_a_file_that_cannot_grow)
