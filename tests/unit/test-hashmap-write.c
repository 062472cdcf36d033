#include "heap.h"
#include "scratch.h"

static const uint8_t few_bytes[] = { 0, 0, 0, 3, /* a key group without rows */
	0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, /* its states */
	0, 0, 0, 4,                                                    /* the next key group */
	0, 2, 0, 0, 0, 2,                                              /* 'm': two maps */
	0, 'k', 'e', 'y', 's', 0, 0, 0, 2,                             /* of two entries */
	2, 'a', 0, 2, 'x', 2, 'b', 1,                                  /* the second null */
	0, 'k', 'e', 'z', '.', 0, 0, 0, 1, 2, 'a', 0, 1,               /* of one */
	0, 1, 0, 0, 0, 1,                                              /* 'l': one list */
	0, 'k', 'e', 'y', 's', 0, 0, 0, 2, 2, 'a', 2, 'b',             /* of two elements */
	0, 0, 0, 0, 0, 1,                                              /* 'v': one value */
	0, 'k', 'e', 'y', 's', 'n', 'u', 'm', 'b', 'e', 'r', 's', '.', /* */
	0, 3, 0, 0, 0, 1,                                              /* 't': one timer */
	't', 'i', 'm', 'e', 's', 't', 'a', '.', 'k', 'e', 'y', 's', 0 };

static void assert_round_trip(bool compressed, size_t memory, const char *tmpdir)
{
	struct keyed_rows in = { .arena = sp_arena_new() };
	struct keyed_rows out = { .arena = sp_arena_new() };
	struct keyed_rows again = { .arena = sp_arena_new() };
	struct sp_writer_plan plan = heap_plan(heap_header(in.arena, compressed), memory);
	struct sp_keyed_handle handle, second;
	struct sp_error err;

	plan.budget.tmpdir = tmpdir;
	heap_make_rows(plan.header, &in, 30);
	ck_assert_uint_gt(in.n, 2000);
	ck_ok(heap_write(&sp_hashmap, &plan, &in, &handle, &err), err);
	for (int i = 0; i < HEAP_GROUPS; i++) /* those without rows, too */
		ck_assert_int_gt(handle.offsets[i], 0);
	ck_ok(heap_read(&handle, &out, &err), err);
	heap_assert_same(&in, &out);
	ck_ok(heap_write(&sp_hashmap, &plan, &out, &second, &err), err);
	ck_assert(sp_slice_equal(handle.data.data, second.data.data));
	keyed_free(&in);
	keyed_free(&out);
	keyed_free(&again);
}

START_TEST(gives_back_the_rows_it_was_given)
{
	char *scratch = scratch_make();

	assert_round_trip(false, 1 << 28, "/nowhere");
	assert_round_trip(true, 1 << 28, "/nowhere");
	assert_round_trip(false, 1000, scratch);
	assert_round_trip(true, 1000, scratch);
	ck_assert_int_eq(scratch_count(scratch), 0);
	scratch_remove(scratch);
}
END_TEST

/* What is written depends neither on the memory nor on the run. */
START_TEST(writes_the_same_bytes_in_any_memory)
{
	struct keyed_rows in = { .arena = sp_arena_new() };
	struct sp_writer_plan plan = heap_plan(heap_header(in.arena, true), 1 << 28);
	struct sp_keyed_handle a, b;
	char *scratch = scratch_make();
	struct sp_error err;

	heap_make_rows(plan.header, &in, 40);
	ck_ok(heap_write(&sp_hashmap, &plan, &in, &a, &err), err);
	plan.budget = (struct sp_budget){ 10, scratch };
	ck_ok(heap_write(&sp_hashmap, &plan, &in, &b, &err), err);
	ck_assert(sp_slice_equal(a.data.data, b.data.data));
	ck_assert_int_eq(memcmp(a.offsets, b.offsets, HEAP_GROUPS * sizeof(*a.offsets)), 0);
	ck_assert(sp_slice_equal(a.state_handle_id, b.state_handle_id));
	scratch_remove(scratch);
	keyed_free(&in);
}
END_TEST

START_TEST(is_laid_out_as_flink_has_it)
{
	struct keyed_rows rows = { .arena = sp_arena_new() };
	struct keyed_rows out = { .arena = sp_arena_new() };
	struct sp_writer_plan plan;
	struct sp_keyed_handle handle;
	struct sp_error err;
	size_t header;

	heap_make_few(&rows, false, &plan, &handle);
	header = plan.header->bytes.n;
	ck_assert_int_eq(handle.offsets[0], (int64_t)header);
	ck_assert_int_eq(handle.offsets[1], (int64_t)header + 28);
	ck_assert_uint_eq(handle.data.data.n, header + sizeof(few_bytes));
	ck_assert_mem_eq(handle.data.data.p + header, few_bytes, sizeof(few_bytes));
	ck_ok(heap_read(&handle, &out, &err), err);
	rows.rows[1].value.n = 1; /* null is null */
	heap_assert_same(&rows, &out);
	keyed_free(&rows);
	keyed_free(&out);
}
END_TEST

/* A snappy stream per state, behind the key group's number. */
START_TEST(compresses_each_state_by_itself)
{
	struct keyed_rows rows = { .arena = sp_arena_new() };
	struct sp_writer_plan plan;
	struct sp_keyed_handle handle;
	int streams = 0;

	heap_make_few(&rows, true, &plan, &handle);
	ck_assert_mem_eq(handle.data.data.p + handle.offsets[1], "\0\0\0\4\xff\6\0\0sNaPpY", 14);
	for (size_t i = (size_t)handle.offsets[0]; i + 10 <= handle.data.data.n; i++)
		streams += memcmp(handle.data.data.p + i, "\xff\6\0\0sNaPpY", 10) == 0;
	ck_assert_int_eq(streams, 8);
	keyed_free(&rows);
}
END_TEST

START_TEST(gives_a_handle_that_the_release_reads)
{
	struct keyed_rows rows = { .arena = sp_arena_new() };
	struct sp_writer_plan plan;
	struct sp_keyed_handle handle;
	struct sp_error err;

	heap_make_few(&rows, false, &plan, &handle);
	ck_assert_int_eq(handle.code, SP_KEYED_KEY_GROUPS_V2);
	ck_assert_uint_eq(handle.state_handle_id.n, 36);
	plan.release = SP_RELEASE(1, 14);
	ck_ok(heap_write(&sp_hashmap, &plan, &rows, &handle, &err), err);
	ck_assert_int_eq(handle.code, SP_KEYED_KEY_GROUPS);
	ck_assert_uint_eq(handle.state_handle_id.n, 0);
	plan.release = SP_RELEASE(1, 15);
	ck_ok(heap_write(&sp_hashmap, &plan, &rows, &handle, &err), err);
	ck_assert_int_eq(handle.code, SP_KEYED_KEY_GROUPS_V2);
	keyed_free(&rows);
}
END_TEST

static int write_one(const char *state, uint32_t group, struct sp_slice key, struct sp_slice value)
{
	struct keyed_rows rows = { .arena = sp_arena_new() };
	struct sp_writer_plan plan = heap_plan(
		shapes_header(rows.arena, false, "I", heap_few, sp_countof(heap_few)), 4096);
	struct sp_keyed_handle handle;
	struct sp_error err;
	int r;

	heap_add_few(&rows, plan.header);
	keyed_add(&rows, &(struct sp_row){ .state = heap_state(plan.header, state),
				 .key_group = group,
				 .key = key,
				 .value = value });
	r = heap_write(&sp_hashmap, &plan, &rows, &handle, &err);
	keyed_free(&rows);
	return r;
}

START_TEST(refuses_rows_that_a_heap_would_misread)
{
	const struct sp_slice key = sp_slice("\5keys\0", 6), number = sp_slice_of("8 bytes.");

	ck_assert_int_eq(write_one("v", 5, key, number), 0);
	ck_assert_int_eq(write_one("v", 4, key, number), SP_EDAMAGED); /* it was written */
	ck_assert_int_eq(write_one("v", 3, key, number), SP_EDAMAGED);
	ck_assert_int_eq(write_one("v", HEAP_START + HEAP_GROUPS, key, number), SP_EDAMAGED);
	ck_assert_int_eq(write_one("v", 5, key, sp_slice_of("9 bytes..")), SP_EDAMAGED);
	ck_assert_int_eq(write_one("v", 5, key, sp_slice_of("7 bytes")), SP_EDAMAGED);
	ck_assert_int_eq(write_one("v", 5, sp_slice("\5key\0", 5), number), SP_EDAMAGED);
	ck_assert_int_eq(write_one("l", 5, key, sp_slice_of("\2a,")), SP_EDAMAGED);
	ck_assert_int_eq(write_one("l", 5, key, sp_slice_of("\3a")), SP_EDAMAGED);
	ck_assert_int_eq(
		write_one("m", 5, sp_slice("\5keys\0\2a", 8), sp_slice("", 0)), SP_EDAMAGED);
	ck_assert_int_eq(
		write_one("m", 5, sp_slice("\5keys\0\2a", 8), sp_slice_of("\2")), SP_EDAMAGED);
	ck_assert_int_eq(
		write_one("m", 5, sp_slice("\5keys\0\2a.", 9), sp_slice_of("\1")), SP_EDAMAGED);
	ck_assert_int_eq(
		write_one("m", 5, sp_slice("\5keys\0\2a", 8), sp_slice("\0\1.", 3)), SP_EDAMAGED);
	ck_assert_int_eq(
		write_one("t", 5, sp_slice("\5timesta.keys", 13), sp_slice("", 0)), SP_EDAMAGED);
	ck_assert_int_eq(write_one("t", 5, sp_slice("", 0), sp_slice("", 0)), SP_EDAMAGED);
}
END_TEST

/* The other layouts have a list's bytes as they are. */
START_TEST(says_who_holds_lists_that_cannot_be_counted)
{
	static const struct shape shape = { "list", "LIST", "V", "lU" };
	struct keyed_rows rows = { .arena = sp_arena_new() };
	struct sp_writer_plan plan =
		heap_plan(shapes_header(rows.arena, false, "I", &shape, 1), 4096);
	struct sp_keyed_handle handle;
	struct sp_error err;

	keyed_add(&rows, &(struct sp_row){ .state = heap_state(plan.header, "list"),
				 .key_group = 4,
				 .key = sp_slice("\4keys\0", 6),
				 .value = sp_slice_of("elements") });
	ck_assert_int_eq(heap_write(&sp_hashmap, &plan, &rows, &handle, &err), SP_EUNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.message, "nothing tells where a value of"));
	ck_assert_ptr_nonnull(strstr(err.hint, "--to canonical and --to rocksdb"));
	keyed_free(&rows);
}
END_TEST

START_TEST(keeps_the_limit_of_the_memory_backend)
{
	struct keyed_rows in = { .arena = sp_arena_new() };
	struct sp_writer_plan plan = heap_plan(heap_header(in.arena, false), 1 << 26);
	sp_auto_buffer value = { 0 };
	struct sp_keyed_handle handle;
	struct sp_row row = { .state = heap_state(plan.header, "value"),
		.key_group = 4,
		.key = sp_slice("\4\2k\0", 4) };
	struct sp_error err;
	uint64_t seed = 1;

	plan.inline_threshold = 0; /* of files; there are none */
	shapes_put_string(&value, 5000000, &seed);
	row.value = sp_buffer_slice(&value);
	keyed_add(&in, &row);
	ck_ok(heap_write(&sp_memory, &plan, &in, &handle, &err), err);
	ck_assert_int_eq(handle.data.code, SP_HANDLE_BYTES);
	ck_assert_uint_le(handle.data.data.n, sp_memory.inline_limit);
	row.key = sp_slice("\4\2l\0", 4);
	keyed_add(&in, &row);
	ck_assert_int_eq(heap_write(&sp_memory, &plan, &in, &handle, &err), SP_EUNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.message, "5242880"));
	ck_assert_ptr_nonnull(strstr(err.hint, "hashmap"));
	keyed_free(&in);
}
END_TEST

UNIT_MAIN("hashmap-write", gives_back_the_rows_it_was_given, writes_the_same_bytes_in_any_memory,
	is_laid_out_as_flink_has_it, compresses_each_state_by_itself,
	gives_a_handle_that_the_release_reads, refuses_rows_that_a_heap_would_misread,
	says_who_holds_lists_that_cannot_be_counted, keeps_the_limit_of_the_memory_backend)
