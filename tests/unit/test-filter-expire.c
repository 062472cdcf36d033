#include "unit.h"

#include "filter.h"
#include "rows.h"

#define NOW 1000000

static const struct sp_type long_type = { .kind = SP_LONG };
static const struct sp_type string_type = { .kind = SP_STRING };
static const struct sp_type *ttl_children[] = { &long_type, &string_type };
static const struct sp_type ttl_type = {
	.kind = SP_TTL, .children = ttl_children, .n_children = 2
};
static const struct sp_type *list_children[] = { &ttl_type };
static const struct sp_type list_type = {
	.kind = SP_LIST, .children = list_children, .n_children = 1
};
static const struct sp_type *map_children[] = { &string_type, &ttl_type };
static const struct sp_type map_type = {
	.kind = SP_MAP, .children = map_children, .n_children = 2
};

static struct sp_state states[] = {
	{ .name = { (const uint8_t *)"value", 5 }, .type = SP_STATE_VALUE, .value = &ttl_type },
	{ .name = { (const uint8_t *)"list", 4 }, .type = SP_STATE_LIST, .value = &list_type },
	{ .name = { (const uint8_t *)"map", 3 }, .type = SP_STATE_MAP, .value = &map_type },
	{ .name = { (const uint8_t *)"plain", 5 }, .type = SP_STATE_VALUE, .value = &string_type },
	{ .name = { (const uint8_t *)"sum", 3 }, .type = SP_STATE_REDUCING, .value = &ttl_type },
};
static const struct sp_keyed_header header = { .states = states, .n_states = 5 };

static void rows_of_states(struct rows *rows)
{
	for (uint32_t i = 0; i < sp_countof(states); i++)
		states[i].id = i;
	*rows = (struct rows){ .arena = sp_arena_new(), .header = &header };
}

static void add(struct rows *rows, size_t state, const struct sp_buffer *value)
{
	struct sp_row row = {
		.state = &states[state], .key = sp_slice("\0k", 2), .value = sp_buffer_slice(value)
	};

	rows_add(rows, &row);
}

/* A string of one letter, last accessed at that time. */
static void put_ttl(struct sp_buffer *out, int64_t last_access, char letter)
{
	sp_buffer_u64(out, (uint64_t)last_access);
	sp_buffer_u8(out, 2); /* StringValue: length + 1 */
	sp_buffer_u8(out, (uint8_t)letter);
}

static int run(const struct rows *rows, const struct sp_time_to_live *lives, size_t n,
	struct rows *out, uint64_t *dropped, struct sp_error *err)
{
	atomic_uint_fast64_t count = 0;
	struct sp_expiry expiry = { .now = NOW, .lives = lives, .n_lives = n, .dropped = &count };
	struct sp_stream *stream;
	struct sp_row row;
	int r;

	*out = (struct rows){ .arena = sp_arena_new(), .header = rows->header };
	ck_ok(sp_expire(rows_open(rows), &expiry, SP_KRYO_5, &stream, err), *err);
	while ((r = sp_next(stream, &row, err)) > 0)
		rows_add(out, &row);
	sp_stream_free(stream);
	*dropped = count;
	return r;
}

static bool has_value(const struct sp_row *row, const struct sp_buffer *value)
{
	return sp_slice_equal(row->value, sp_buffer_slice(value));
}

/* As TtlUtils.expired(): what lives until now is gone. */
START_TEST(drops_what_has_expired)
{
	static const struct sp_time_to_live lives[] = { { .ms = 100 } };
	static const struct {
		int64_t last_access;
		bool kept;
	} cases[] = { { NOW - 99, true }, { NOW - 100, false }, { NOW - 101, false }, { NOW, true },
		{ INT64_MAX, true }, { INT64_MAX - 50, true }, { 0, false }, { INT64_MIN, false } };
	static const size_t with_ttl[] = { 0, 4 };

	for (size_t i = 0; i < sp_countof(cases); i++)
		for (size_t s = 0; s < sp_countof(with_ttl); s++) {
			sp_auto_buffer value = { 0 };
			struct rows rows, out;
			struct sp_error err;
			uint64_t dropped;

			rows_of_states(&rows);
			put_ttl(&value, cases[i].last_access, 'a');
			add(&rows, with_ttl[s], &value);
			ck_ok(run(&rows, lives, 1, &out, &dropped, &err), err);
			ck_assert_uint_eq(out.n, cases[i].kept ? 1 : 0);
			ck_assert_uint_eq(dropped, cases[i].kept ? 0 : 1);
			ck_assert(!cases[i].kept || has_value(&out.rows[0], &value));
			rows_free(&out);
			rows_free(&rows);
		}
}
END_TEST

START_TEST(rewrites_lists_without_expired_elements)
{
	static const struct sp_time_to_live lives[] = { { .ms = 100 } };

	for (unsigned kept = 0; kept < 8; kept++) { /* a bit per element */
		sp_auto_buffer value = { 0 }, expected = { 0 };
		struct rows rows, out;
		struct sp_error err;
		uint64_t dropped;

		rows_of_states(&rows);
		for (unsigned i = 0; i < 3; i++) {
			bool keep = kept >> i & 1;
			int64_t at = keep ? NOW : NOW - 1000;

			if (i > 0)
				sp_buffer_u8(&value, ',');
			put_ttl(&value, at, (char)(',' + (int)i)); /* a ',' in the data, too */
			if (keep && expected.n > 0)
				sp_buffer_u8(&expected, ',');
			if (keep)
				put_ttl(&expected, at, (char)(',' + (int)i));
		}
		add(&rows, 1, &value);
		ck_ok(run(&rows, lives, 1, &out, &dropped, &err), err);
		ck_assert_uint_eq(out.n, kept == 0 ? 0 : 1);
		ck_assert_uint_eq(dropped, 3 - (uint64_t)__builtin_popcount(kept));
		ck_assert(kept == 0 || has_value(&out.rows[0], &expected));
		rows_free(&out);
		rows_free(&rows);
	}
}
END_TEST

/* Behind the null flag; a null value, which has no time, stays. */
START_TEST(drops_expired_entries_of_maps)
{
	static const struct sp_time_to_live lives[] = { { .ms = 100 } };
	sp_auto_buffer live = { 0 }, expired = { 0 }, null = { 0 };
	struct rows rows, out;
	struct sp_error err;
	uint64_t dropped;

	rows_of_states(&rows);
	sp_buffer_u8(&live, 0);
	put_ttl(&live, NOW, 'a');
	sp_buffer_u8(&expired, 0);
	put_ttl(&expired, 0, 'b');
	sp_buffer_u8(&null, 1);
	add(&rows, 2, &expired);
	add(&rows, 2, &live);
	add(&rows, 2, &null);
	add(&rows, 2, &expired);
	ck_ok(run(&rows, lives, 1, &out, &dropped, &err), err);
	ck_assert_uint_eq(out.n, 2);
	ck_assert_uint_eq(dropped, 2);
	ck_assert(has_value(&out.rows[0], &live) && has_value(&out.rows[1], &null));
	rows_free(&out);
	rows_free(&rows);
}
END_TEST

/* States that no life names, and states without TTL, are left alone; the first life that fits
 * holds. */
START_TEST(leaves_other_states_alone)
{
	static const struct sp_time_to_live lives[] = { { .state = "value", .ms = 100 },
		{ .state = "list", .ms = 5000 }, { .state = "list", .ms = 1 } };
	static const struct sp_time_to_live all[] = { { .ms = 1 } };
	sp_auto_buffer old = { 0 };
	struct rows rows, out;
	struct sp_error err;
	uint64_t dropped;

	rows_of_states(&rows);
	put_ttl(&old, NOW - 1000, 'a');
	add(&rows, 0, &old);
	add(&rows, 1, &old);
	add(&rows, 3, &old); /* the same bytes, but no TTL */
	add(&rows, 4, &old);
	ck_ok(run(&rows, lives, 3, &out, &dropped, &err), err);
	ck_assert_uint_eq(dropped, 1);
	ck_assert_uint_eq(out.n, 3);
	rows_free(&out);
	ck_ok(run(&rows, all, 1, &out, &dropped, &err), err);
	ck_assert_uint_eq(dropped, 3);
	ck_assert_uint_eq(out.n, 1);
	ck_assert_uint_eq(out.rows[0].state->id, 3);
	rows_free(&out);
	ck_ok(run(&rows, NULL, 0, &out, &dropped, &err), err);
	ck_assert_uint_eq(out.n, 4);
	rows_free(&out);
	rows_free(&rows);
}
END_TEST

START_TEST(tells_damage)
{
	static const struct sp_time_to_live lives[] = { { .ms = 1 } };
	static const struct {
		size_t state, n;
		uint8_t bytes[12];
	} cases[] = {
		{ 0, 7, { 0 } }, { 0, 0, { 0 } },
		{ 1, 8, { 0 } },                    /* an element without its value */
		{ 1, 11, { [8] = 2, [10] = '.' } }, /* no ',' behind the element */
		{ 2, 0, { 0 } }, { 2, 8, { 0 } }, { 2, 10, { 2 } }, /* neither null nor not */
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		sp_auto_buffer value = { 0 };
		struct rows rows, out;
		struct sp_error err;
		uint64_t dropped;

		rows_of_states(&rows);
		sp_buffer_bytes(&value, sp_slice(cases[i].bytes, cases[i].n));
		add(&rows, cases[i].state, &value);
		ck_assert_int_eq(run(&rows, lives, 1, &out, &dropped, &err), SP_EDAMAGED);
		ck_assert(strstr(err.message, "key group 0") != NULL);
		rows_free(&out);
		rows_free(&rows);
	}
}
END_TEST

UNIT_MAIN("filter-expire", drops_what_has_expired, rewrites_lists_without_expired_elements,
	drops_expired_entries_of_maps, leaves_other_states_alone, tells_damage)
