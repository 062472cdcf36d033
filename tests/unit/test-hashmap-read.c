#include "heap.h"
#include "parts.h"

START_TEST(empty_lists_and_maps_have_no_rows)
{
	static const uint8_t data[] = { 0, 0, 0, 3,                  /* */
		0, 2, 0, 0, 0, 2, 0, 'k', 'e', 'y', 's', 0, 0, 0, 0, /* an empty map */
		0, 'k', 'e', 'z', '.', 0, 0, 0, 1, 2, 'a', 1,        /* */
		0, 1, 0, 0, 0, 1, 0, 'k', 'e', 'y', 's', 0, 0, 0, 0, /* an empty list */
		0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0 };
	struct keyed_rows rows = { .arena = sp_arena_new() };
	const struct sp_keyed_header *header =
		shapes_header(rows.arena, false, "I", heap_few, sp_countof(heap_few));
	sp_auto_buffer bytes = { 0 };
	int64_t offset = (int64_t)header->bytes.n;
	struct sp_keyed_handle handle = {
		.code = SP_KEYED_KEY_GROUPS, .start = 3, .count = 1, .offsets = &offset
	};
	struct sp_error err;

	sp_buffer_bytes(&bytes, header->bytes);
	sp_buffer_bytes(&bytes, sp_slice(data, sizeof(data)));
	handle.data =
		(struct sp_handle){ .code = SP_HANDLE_BYTES, .data = sp_buffer_slice(&bytes) };
	ck_ok(heap_read(&handle, &rows, &err), err);
	ck_assert_uint_eq(rows.n, 1);
	ck_assert_str_eq(rows.rows[0].state, "m");
	keyed_free(&rows);
}
END_TEST

START_TEST(refuses_what_it_cannot_cross)
{
	struct keyed_rows in = { .arena = sp_arena_new() };
	struct keyed_rows out = { .arena = sp_arena_new() };
	struct sp_writer_plan plan = heap_plan(heap_header(in.arena, false), 1 << 20);
	struct sp_keyed_handle handle;
	struct sp_error err;

	/* none of its entries: it does not matter */
	ck_ok(heap_write(&sp_hashmap, &plan, &in, &handle, &err), err);
	ck_ok(heap_read(&handle, &out, &err), err);
	ck_assert_uint_eq(out.n, 0);
	/* one can be written, since its row says where it ends, but not read */
	keyed_add(&in, &(struct sp_row){ .state = heap_state(plan.header, "opaque"),
			       .key_group = 5,
			       .key = sp_slice("\5\2k\0", 4),
			       .value = sp_slice_of("anything") });
	ck_ok(heap_write(&sp_hashmap, &plan, &in, &handle, &err), err);
	ck_assert_int_eq(heap_read(&handle, &out, &err), SP_EUNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.message, "key group 5"));
	ck_assert_ptr_nonnull(strstr(err.message, "state 'opaque'"));
	ck_assert_ptr_nonnull(strstr(err.message, "com.example.User"));
	ck_assert_ptr_nonnull(strstr(err.hint, "canonical"));
	keyed_free(&in);
	keyed_free(&out);
}
END_TEST

/* The error of the key group of few_bytes with these bytes changed. */
static int read_changed(size_t at, uint8_t to, struct sp_error *err)
{
	struct keyed_rows rows = { .arena = sp_arena_new() };
	struct keyed_rows out = { .arena = sp_arena_new() };
	struct sp_writer_plan plan;
	struct sp_keyed_handle handle;
	int r;

	heap_make_few(&rows, false, &plan, &handle);
	((uint8_t *)(uintptr_t)handle.data.data.p)[plan.header->bytes.n + at] = to;
	r = heap_read(&handle, &out, err);
	keyed_free(&rows);
	keyed_free(&out);
	return r;
}

START_TEST(reports_damage_with_its_place)
{
	struct sp_error err;

	ck_assert_int_eq(read_changed(3, 9, &err), SP_EDAMAGED); /* number of the key group */
	ck_assert_ptr_nonnull(strstr(err.message, "key group 9"));
	ck_assert_int_eq(read_changed(29 + 4, 1, &err), SP_EDAMAGED); /* state id */
	ck_assert_int_eq(read_changed(11, 0, &err), SP_EDAMAGED);     /* a state twice */
	ck_assert_ptr_nonnull(strstr(err.message, "twice"));
	ck_assert_int_eq(read_changed(30 + 4, 0x80, &err), SP_EDAMAGED); /* count */
	ck_assert_int_eq(read_changed(30 + 4, 0x7f, &err), SP_EDAMAGED);
	ck_assert_int_eq(read_changed(27, 1, &err), SP_EDAMAGED); /* an entry that is not there */
	ck_assert_int_eq(read_changed(43, 0x7f, &err), SP_EDAMAGED); /* map entries */
	ck_assert_int_eq(read_changed(49, 2, &err), SP_EDAMAGED);    /* null flag */
	ck_assert_ptr_nonnull(strstr(err.message, "state 'm'"));
	ck_assert_ptr_nonnull(strstr(err.message, "offset 0x"));
}
END_TEST

static struct sp_slice cut(struct sp_slice data, size_t n, struct sp_buffer *to)
{
	to->n = 0;
	sp_buffer_reserve(to, 1);
	sp_buffer_bytes(to, sp_slice(data.p, n));
	return sp_slice(to->p, n);
}

static void assert_cuts_are_seen(bool compressed)
{
	struct keyed_rows rows = { .arena = sp_arena_new() };
	struct sp_writer_plan plan;
	struct sp_keyed_handle handle;
	sp_auto_buffer less = { 0 };
	struct sp_error err;
	struct sp_slice all;

	heap_make_few(&rows, compressed, &plan, &handle);
	all = handle.data.data;
	for (size_t n = 0; n < all.n; n++) {
		struct keyed_rows out = { .arena = sp_arena_new() };

		handle.data.data = cut(all, n, &less);
		ck_assert_msg(heap_read(&handle, &out, &err) == SP_EDAMAGED,
			"cut to %zu of %zu bytes", n, all.n);
		keyed_free(&out);
	}
	keyed_free(&rows);
}

START_TEST(sees_every_cut)
{
	assert_cuts_are_seen(false);
	assert_cuts_are_seen(true);
}
END_TEST

/* Changed bytes give an error or other rows, and nothing else. */
START_TEST(survives_damage)
{
	struct keyed_rows rows = { .arena = sp_arena_new() };
	struct sp_writer_plan plan = heap_plan(heap_header(rows.arena, false), 1 << 20);
	struct sp_keyed_handle handle;
	sp_auto_buffer bytes = { 0 };
	struct sp_error err;
	uint64_t seed = 3;
	struct sp_slice all;
	int damaged = 0;

	heap_make_rows(plan.header, &rows, 3);
	ck_ok(heap_write(&sp_hashmap, &plan, &rows, &handle, &err), err);
	all = handle.data.data;
	for (int i = 0; i < 600; i++) {
		struct keyed_rows out = { .arena = sp_arena_new() };

		handle.data.data = cut(all, all.n, &bytes);
		test_damage(bytes.p + plan.header->bytes.n, all.n - plan.header->bytes.n, &seed);
		damaged += heap_read(&handle, &out, &err) < 0;
		keyed_free(&out);
	}
	ck_assert_int_gt(damaged, 200);
	keyed_free(&rows);
}
END_TEST

START_TEST(needs_all_key_groups)
{
	struct keyed_rows rows = { .arena = sp_arena_new() };
	struct sp_writer_plan plan;
	struct sp_keyed_handle handle;
	struct sp_error err;

	heap_make_few(&rows, false, &plan, &handle);
	handle.offsets[0] = 0;
	ck_assert_int_eq(heap_read(&handle, &rows, &err), SP_EDAMAGED);
	keyed_free(&rows);
	rows = (struct keyed_rows){ .arena = sp_arena_new() };
	heap_make_few(&rows, false, &plan, &handle);
	handle.offsets[1] = 0;
	ck_fails(
		heap_read(&handle, &rows, &err), SP_EDAMAGED, "1 of 2 key groups are missing", err);
	ck_fails(
		heap_read_groups(&handle, (struct sp_key_groups){ HEAP_START + 1, 1 }, &rows, &err),
		SP_EDAMAGED, "1 of 1 key groups are missing", err);
	keyed_free(&rows);
}
END_TEST

static void assert_parts(bool compressed)
{
	struct keyed_rows in = { .arena = sp_arena_new() };
	struct sp_writer_plan plan = heap_plan(heap_header(in.arena, compressed), 1 << 20);
	struct sp_keyed_handle handle;
	struct sp_error err;
	uint64_t seed = 23;

	heap_make_rows(plan.header, &in, 7);
	ck_ok(heap_write(&sp_hashmap, &plan, &in, &handle, &err), err);
	for (int i = 0; i < 20; i++) {
		struct keyed_rows out = { .arena = sp_arena_new() };
		struct sp_key_groups left = { HEAP_START, HEAP_GROUPS }, part;

		while (parts_next(&left, &seed, &part)) {
			size_t before = out.n;

			ck_ok(heap_read_groups(&handle, part, &out, &err), err);
			for (; before < out.n; before++)
				ck_assert(sp_key_groups_have(part, out.rows[before].key_group));
		}
		heap_assert_same(&in, &out);
		keyed_free(&out);
	}
	keyed_free(&in);
}

START_TEST(gives_only_what_is_wanted)
{
	assert_parts(false);
	assert_parts(true);
}
END_TEST

static void assert_large(bool compressed)
{
	static const size_t sizes[] = { 65000, 65536, 200000, 3000000, 10 };
	struct keyed_rows in = { .arena = sp_arena_new() };
	struct keyed_rows out = { .arena = sp_arena_new() };
	struct sp_writer_plan plan = heap_plan(heap_header(in.arena, compressed), 1 << 24);
	sp_auto_buffer value = { 0 };
	struct sp_keyed_handle handle;
	struct sp_error err;
	uint64_t seed = 5;

	for (size_t i = 0; i < sp_countof(sizes); i++) {
		uint8_t key[] = { 4, 2, (uint8_t)('a' + i), 0 };

		value.n = 0;
		shapes_put_string(&value, sizes[i], &seed);
		keyed_add(&in, &(struct sp_row){ .state = heap_state(plan.header, "value"),
				       .key_group = 4,
				       .key = sp_slice(key, sizeof(key)),
				       .value = sp_buffer_slice(&value) });
	}
	ck_ok(heap_write(&sp_hashmap, &plan, &in, &handle, &err), err);
	ck_ok(heap_read(&handle, &out, &err), err);
	heap_assert_same(&in, &out);
	keyed_free(&in);
	keyed_free(&out);
}

START_TEST(takes_values_larger_than_its_window)
{
	assert_large(false);
	assert_large(true);
}
END_TEST

UNIT_MAIN("hashmap-read", empty_lists_and_maps_have_no_rows, refuses_what_it_cannot_cross,
	reports_damage_with_its_place, sees_every_cut, survives_damage, needs_all_key_groups,
	gives_only_what_is_wanted, takes_values_larger_than_its_window)
