#include "unit.h"

#include "filter.h"
#include "keyed-header-unite.h"
#include "rows.h"
#include "shapes.h"
#include "state-set.h"

static const struct shape one[] = {
	{ "value", "VALUE", "V", "S" },
	{ "list", "LIST", "W", "lS" },
	{ "timers", NULL, NULL, "tSV" },
};

static const struct shape two[] = {
	{ "map", "MAP", "V", "mSL" },
	{ "timers", NULL, NULL, "tSV" },
	{ "opaque", "VALUE", "V", "U" },
	{ "value", "VALUE", "V", "S" },
};

static struct sp_arena *arena;
static struct sp_error err;

static const struct sp_keyed_header *of(const struct shape *shapes, size_t n)
{
	return shapes_header(arena, false, "S", shapes, n);
}

static int unite(const struct sp_keyed_header *a, const struct sp_keyed_header *b,
	const struct sp_keyed_header **ret)
{
	const struct sp_keyed_header *headers[] = { a, b };

	return sp_keyed_headers_unite(headers, 2, arena, ret, &err);
}

static void begin(void)
{
	arena = sp_arena_new();
}

static void end(void)
{
	sp_arena_free(arena);
}

static void assert_names(const struct sp_keyed_header *header, const char *expected)
{
	sp_auto_buffer names = { 0 };

	for (size_t i = 0; i < header->n_states; i++) {
		ck_assert_uint_eq(header->states[i].id, i);
		sp_buffer_printf(
			&names, "%.*s ", (int)header->states[i].name.n, header->states[i].name.p);
	}
	test_text_is(&names, expected);
}

START_TEST(leaves_what_is_one)
{
	const struct sp_keyed_header *header, *a, *b, *c;

	begin();
	a = of(one, 3);
	b = of(one, 3);
	c = shapes_header(arena, true, "S", one, 3);
	ck_ok(sp_keyed_headers_unite(&a, 1, arena, &header, &err), err);
	ck_assert_ptr_eq(header, a);
	ck_ok(unite(a, b, &header), err);
	ck_assert_ptr_eq(header, a);
	ck_ok(unite(c, a, &header), err); /* whether it is compressed does not matter */
	ck_assert_ptr_eq(header, c);
	end();
}
END_TEST

START_TEST(has_every_state_once)
{
	const struct sp_keyed_header *header, *a, *b;

	begin();
	a = of(one, 3);
	b = of(two, 4);
	ck_ok(unite(a, b, &header), err);
	ck_assert_int_eq(header->version, 6);
	ck_assert(!header->compressed);
	assert_names(header, "value list timers map opaque ");
	ck_assert(sp_slice_equal(header->key->bytes, a->key->bytes));
	for (size_t i = 0; i < 3; i++)
		ck_assert(sp_slice_equal(header->states[i].bytes, a->states[i].bytes));
	ck_assert(sp_slice_equal(header->states[3].bytes, b->states[0].bytes));
	ck_assert(sp_slice_equal(header->states[4].bytes, b->states[2].bytes));
	ck_ok(unite(b, a, &header), err);
	assert_names(header, "map timers opaque value list ");
	ck_ok(unite(shapes_header(arena, true, "S", one, 0), b, &header), err);
	assert_names(header, "map timers opaque value ");
	ck_assert(header->compressed);
	end();
}
END_TEST

/* A state and a queue may have one name. */
START_TEST(keeps_queues_apart)
{
	static const struct shape queue[] = { { "value", NULL, NULL, "tSV" } };
	const struct sp_keyed_header *header;

	begin();
	ck_ok(unite(of(one, 1), of(queue, 1), &header), err);
	assert_names(header, "value value ");
	ck_assert_int_eq(header->states[1].kind, SP_KIND_PRIORITY_QUEUE);
	end();
}
END_TEST

START_TEST(names_what_differs)
{
	static const struct shape kind[] = { { "value", "LIST", "V", "lS" } };
	static const struct shape type[] = { { "value", "VALUE", "V", "L" } };
	static const struct shape ns[] = { { "value", "VALUE", "W", "S" } };
	static const struct shape twice[] = { { "x", "VALUE", "V", "L" },
		{ "x", "VALUE", "V", "L" } };
	const struct sp_keyed_header *header;

	begin();
	ck_fails(unite(of(one, 2), of(kind, 1), &header), SP_EUNSUPPORTED,
		"state 'value' is not the same in all of the snapshot: "
		"VALUE String in VoidNamespace, LIST List<String> in VoidNamespace",
		err);
	ck_assert_str_ne(err.hint, "");
	ck_fails(unite(of(one, 2), of(type, 1), &header), SP_EUNSUPPORTED, "VALUE Long", err);
	ck_fails(unite(of(one, 2), of(ns, 1), &header), SP_EUNSUPPORTED, "in TimeWindow", err);
	ck_fails(unite(of(one, 2), shapes_header(arena, false, "L", one, 2), &header),
		SP_EUNSUPPORTED,
		"type of the keys is not the same in all of the snapshot: String, Long", err);
	ck_fails(unite(of(one, 2), of(twice, 2), &header), SP_EDAMAGED, "'x' comes twice", err);
	end();
}
END_TEST

/* Snapshots of one serializer may know more or less. */
START_TEST(keeps_the_longer_description)
{
	const struct sp_type less = { .kind = SP_STRING, .bytes = sp_slice_of("s") };
	const struct sp_type more = { .kind = SP_STRING, .bytes = sp_slice_of("s and t") };
	struct sp_state states[] = {
		{ .name = sp_slice_of("x"), .value = &less, .bytes = sp_slice_of("x s") },
		{ .name = sp_slice_of("x"), .value = &more, .bytes = sp_slice_of("x s and t") },
	};
	struct sp_state_set set = { 0 };
	uint16_t id;

	for (size_t i = 0; i < 4; i++) {
		ck_ok(sp_state_set_add(&set, &states[i == 1], &id, &err), err);
		ck_assert_uint_eq(id, 0);
		ck_assert_ptr_eq(set.at[0].value, i == 0 ? &less : &more);
	}
	ck_assert_uint_eq(set.n, 1);
	sp_state_set_free(&set);
}
END_TEST

/* A header of version 5, as Flink 1.6 wrote it, is not put together with others. */
START_TEST(refuses_old_versions)
{
	struct sp_keyed_header old;
	const struct sp_keyed_header *header;

	begin();
	old = *of(one, 2);
	old.version = 5;
	ck_ok(unite(&old, &old, &header), err);
	ck_assert_ptr_eq(header, &old);
	ck_fails(unite(&old, of(two, 3), &header), SP_EUNSUPPORTED, "of version 5", err);
	ck_fails(unite(of(two, 3), &old, &header), SP_EUNSUPPORTED, "of version 5", err);
	end();
}
END_TEST

/* --- its filter --------------------------------------------------------------------------------
 */

START_TEST(gives_rows_under_it)
{
	static const struct shape half[] = { { "c", "VALUE", "V", "S" },
		{ "a", "VALUE", "V", "S" } };
	static const char *const names[] = { "a", "b" };
	const struct rows_shape shape = {
		.seed = 3, .per_run = 5, .key_bytes = 9, .value_bytes = 9, .alphabet = 3
	};
	const struct sp_keyed_header *header;
	struct sp_stream *stream;
	struct rows rows, out;

	begin();
	rows_begin(&rows, names, 2);
	rows_make(&rows, &shape, 0, 16);
	ck_ok(unite(of(half, 2), rows.header, &header), err);
	assert_names(header, "c a b ");
	ck_ok(sp_under_header(rows_open(&rows), header, &stream, &err), err);
	ck_assert_ptr_eq(stream->header, header);
	rows_read(stream, &out);
	sp_stream_free(stream);
	ck_assert_uint_eq(out.n, rows.n);
	ck_assert_uint_gt(out.n, 20);
	for (size_t i = 0; i < rows.n; i++) {
		ck_assert_ptr_eq(out.rows[i].state, &header->states[rows.rows[i].state->id + 1]);
		ck_assert(sp_slice_equal(out.rows[i].key, rows.rows[i].key));
		ck_assert(sp_slice_equal(out.rows[i].value, rows.rows[i].value));
	}
	rows_free(&out);
	rows_free(&rows);
	end();
}
END_TEST

START_TEST(is_not_there_where_it_is_the_same)
{
	static const char *const names[] = { "a", "b" };
	const struct sp_keyed_header *other;
	struct sp_stream *in, *stream;
	struct rows rows;

	begin();
	rows_begin(&rows, names, 2);
	in = rows_open(&rows);
	ck_ok(sp_under_header(in, rows.header, &stream, &err), err);
	ck_assert_ptr_eq(stream, in);
	ck_ok(sp_keyed_header_read(rows.header->bytes, 0, arena, &other, &err), err);
	ck_ok(sp_under_header(stream, other, &stream, &err), err);
	ck_assert_ptr_eq(stream->header, other);
	ck_fails(sp_under_header(stream, of(one, 3), &stream, &err), SP_EUNSUPPORTED, "state 'a'",
		err);
	rows_free(&rows);
	end();
}
END_TEST

UNIT_MAIN("keyed-header-unite", leaves_what_is_one, has_every_state_once, keeps_queues_apart,
	names_what_differs, keeps_the_longer_description, refuses_old_versions, gives_rows_under_it,
	is_not_there_where_it_is_the_same)
