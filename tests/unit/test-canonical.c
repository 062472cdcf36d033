#include "unit.h"

#include "formats.h"
#include "keyed.h"
#include "parts.h"

static const char *const states[] = { "a", "b", "c" };

static struct sp_operator op = { .parallelism = 1, .max_parallelism = 128 };
static struct sp_subtask subtask;

/* Deterministic rows: some key groups empty, some states empty, values of many lengths. */
static bool make_row(const struct sp_keyed_header *header, uint32_t group, size_t state, int i,
	struct sp_row *row, uint8_t *bytes)
{
	size_t length = (size_t)(i * 37 + (int)group * 101) % 3000;

	if (group % 5 == 2 || (group + state) % 3 == 0 || i >= (int)(group % 7))
		return false;
	bytes[0] = (uint8_t)group;
	bytes[1] = (uint8_t)i;
	for (size_t j = 2; j < 2 + length; j++)
		bytes[j] = (uint8_t)(j * (size_t)i);
	*row = (struct sp_row){ .state = &header->states[state],
		.key_group = group,
		.key = sp_slice(bytes, 2 + length % 17),
		.value = sp_slice(bytes + 2, length) };
	return true;
}

static void write_rows(const struct sp_keyed_header *header, struct keyed_rows *rows,
	struct sp_arena *arena, struct sp_keyed_handle *ret)
{
	struct sp_writer_plan plan = { .name = "x",
		.header = header,
		.start = 0,
		.count = 128,
		.max_parallelism = 128,
		.inline_threshold = SIZE_MAX };
	sp_auto(sp_writer) *writer = NULL;
	uint8_t bytes[4096];
	struct sp_error err;
	struct sp_row row;

	ck_ok(sp_canonical.create(&plan, &writer, &err), err);
	for (uint32_t group = 0; group < 128; group++)
		for (size_t state = 0; state < 3; state++)
			for (int i = 0; make_row(header, group, state, i, &row, bytes); i++) {
				keyed_add(rows, &row);
				ck_ok(sp_put(writer, &row, &err), err);
			}
	ck_ok(writer->ops->finish(writer, arena, ret, &err), err);
}

static const struct sp_keyed_header *make_header(struct sp_arena *arena, bool compressed)
{
	const struct sp_keyed_header *header;
	sp_auto_buffer bytes = { 0 };
	struct sp_error err;

	keyed_put_header(&bytes, compressed, states, 3);
	ck_ok(sp_keyed_header_read(sp_buffer_slice(&bytes), 0, arena, &header, &err), err);
	return header;
}

static int read_groups(const struct sp_keyed_handle *handle, struct sp_key_groups only,
	struct keyed_rows *rows, struct sp_error *err)
{
	struct sp_source source = { .metadata_path = (char *)(uintptr_t) "test" };
	struct sp_keyed_place place = sp_place(&source, &op, &subtask, handle);
	struct sp_budget budget = { .memory = 1 << 20 };
	sp_auto(sp_stream) *stream = NULL;

	place.only = only;
	if (sp_canonical.open(&place, &budget, &stream, err) < 0)
		return err->code;
	return keyed_read(stream, rows, err);
}

static int read_back(
	const struct sp_keyed_handle *handle, struct keyed_rows *rows, struct sp_error *err)
{
	return read_groups(handle, (struct sp_key_groups){ 0, 0 }, rows, err);
}

static void assert_same(const struct keyed_rows *a, const struct keyed_rows *b)
{
	ck_assert_uint_eq(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		ck_assert_str_eq(a->rows[i].state, b->rows[i].state);
		ck_assert_uint_eq(a->rows[i].key_group, b->rows[i].key_group);
		ck_assert(sp_slice_equal(a->rows[i].key, b->rows[i].key));
		ck_assert(sp_slice_equal(a->rows[i].value, b->rows[i].value));
	}
}

static void assert_round_trip(bool compressed)
{
	struct keyed_rows in = { .arena = sp_arena_new() };
	struct keyed_rows out = { .arena = sp_arena_new() };
	const struct sp_keyed_header *header = make_header(in.arena, compressed);
	struct sp_keyed_handle handle;
	struct sp_error err;

	write_rows(header, &in, in.arena, &handle);
	ck_assert_uint_gt(in.n, 200);
	ck_assert_int_eq(handle.code, SP_KEYED_SAVEPOINT);
	ck_assert_int_eq(handle.offsets[2], 0); /* a key group without rows */
	ck_ok(read_back(&handle, &out, &err), err);
	assert_same(&in, &out);
	keyed_free(&in);
	keyed_free(&out);
}

START_TEST(gives_back_the_rows_it_was_given)
{
	assert_round_trip(false);
	assert_round_trip(true);
}
END_TEST

START_TEST(is_laid_out_as_flink_has_it)
{
	static const uint8_t expected[] = { 0, 1,                           /* state 'b' */
		0, 0, 0, 2, 5, 'k', 0, 0, 0, 1, 'v',                        /* a row */
		0, 0, 0, 2, 0x85, 'l', 0, 0, 0, 0,                          /* its last row */
		0, 2, 0, 0, 0, 2, 0x85, 'k', 0, 0, 0, 1, 'w', 0xff, 0xff }; /* 'c', the end */
	struct sp_arena *arena = sp_arena_new();
	const struct sp_keyed_header *header = make_header(arena, false);
	struct sp_writer_plan plan = { .name = "x",
		.header = header,
		.start = 4,
		.count = 3,
		.max_parallelism = 128,
		.inline_threshold = SIZE_MAX };
	struct sp_row rows[] = {
		{ &header->states[1], 5, sp_slice("\5k", 2), sp_slice_of("v") },
		{ &header->states[1], 5, sp_slice("\5l", 2), sp_slice_of("") },
		{ &header->states[2], 5, sp_slice("\5k", 2), sp_slice_of("w") },
	};
	sp_auto(sp_writer) *writer = NULL;
	struct sp_keyed_handle handle;
	struct sp_error err;

	ck_ok(sp_canonical.create(&plan, &writer, &err), err);
	for (size_t i = 0; i < sp_countof(rows); i++)
		ck_ok(sp_put(writer, &rows[i], &err), err);
	ck_ok(writer->ops->finish(writer, arena, &handle, &err), err);
	ck_assert_int_eq(handle.offsets[0], 0);
	ck_assert_int_eq(handle.offsets[1], (int64_t)header->bytes.n);
	ck_assert_int_eq(handle.offsets[2], 0);
	ck_assert_uint_eq(handle.data.data.n, header->bytes.n + sizeof(expected));
	ck_assert_mem_eq(handle.data.data.p + header->bytes.n, expected, sizeof(expected));
	sp_arena_free(arena);
}
END_TEST

START_TEST(refuses_rows_that_cannot_be_right)
{
	struct keyed_rows in = { .arena = sp_arena_new() };
	struct keyed_rows out = { .arena = sp_arena_new() };
	struct sp_keyed_handle handle;
	struct sp_error err;
	uint8_t *bytes;
	size_t first;

	write_rows(make_header(in.arena, false), &in, in.arena, &handle);
	bytes = (uint8_t *)(uintptr_t)handle.data.data.p;
	first = 0;
	while (handle.offsets[first] == 0)
		first++;
	first = (size_t)handle.offsets[first];
	bytes[first] ^= 0x40; /* state id */
	ck_assert_int_eq(read_back(&handle, &out, &err), SP_EDAMAGED);
	ck_assert(strstr(err.message, "offset 0x") != NULL);
	bytes[first] ^= 0x40;
	bytes[first + 2] ^= 0x7f; /* length of the key */
	ck_assert_int_eq(read_back(&handle, &out, &err), SP_EDAMAGED);
	bytes[first + 2] ^= 0x7f;
	bytes[first + 6] ^= 0x01; /* key group */
	ck_assert_int_eq(read_back(&handle, &out, &err), SP_EDAMAGED);
	bytes[first + 6] ^= 0x01;
	handle.data.data.n -= 1; /* end mark */
	ck_assert_int_eq(read_back(&handle, &out, &err), SP_EDAMAGED);
	keyed_free(&in);
	keyed_free(&out);
}
END_TEST

static void assert_parts(bool compressed)
{
	struct keyed_rows in = { .arena = sp_arena_new() };
	struct sp_keyed_handle handle;
	struct sp_error err;
	uint64_t seed = 17;

	write_rows(make_header(in.arena, compressed), &in, in.arena, &handle);
	for (int i = 0; i < 50; i++) {
		struct keyed_rows out = { .arena = sp_arena_new() };
		struct sp_key_groups left = { 0, 128 }, part;

		while (parts_next(&left, &seed, &part)) {
			size_t before = out.n;

			ck_ok(read_groups(&handle, part, &out, &err), err);
			for (; before < out.n; before++)
				ck_assert(sp_key_groups_have(part, out.rows[before].key_group));
		}
		assert_same(&in, &out);
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

/* A key group that nobody wants is not looked at. */
START_TEST(reads_only_what_is_wanted)
{
	struct keyed_rows in = { .arena = sp_arena_new() };
	struct keyed_rows out = { .arena = sp_arena_new() };
	struct sp_keyed_handle handle;
	struct sp_error err;

	write_rows(make_header(in.arena, false), &in, in.arena, &handle);
	((uint8_t *)(uintptr_t)handle.data.data.p)[handle.offsets[64]] ^= 0x40;
	ck_ok(read_groups(&handle, (struct sp_key_groups){ 0, 64 }, &out, &err), err);
	ck_ok(read_groups(&handle, (struct sp_key_groups){ 65, 63 }, &out, &err), err);
	ck_fails(read_groups(&handle, (struct sp_key_groups){ 64, 1 }, &out, &err), SP_EDAMAGED,
		"key group 64", err);
	keyed_free(&in);
	keyed_free(&out);
}
END_TEST

UNIT_MAIN("canonical", gives_back_the_rows_it_was_given, is_laid_out_as_flink_has_it,
	refuses_rows_that_cannot_be_right, gives_only_what_is_wanted, reads_only_what_is_wanted)
