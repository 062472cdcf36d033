#include "values.h"

#define T(k) TYPE(.kind = (k))
#define INTS OF(SP_SET, T(SP_INT))
#define MAP OF(SP_MAP, T(SP_STRING), T(SP_INT))

START_TEST(equality)
{
	const struct {
		const struct sp_type *type;
		const char *a, *b;
		bool equal;
	} cases[] = {
		{ T(SP_INT), "00000001", "00000001", true },
		{ T(SP_INT), "00000001", "00000002", false },
		{ T(SP_BIG_INT), "00000002", "00000005 01", true },
		{ T(SP_BIG_DEC), "00000005 0a 00000001", "00000005 64 00000002", false },
		{ T(SP_STRING), "0261", "0262", false },
		{ T(SP_STRING), "01", "00", false },
		{ T(SP_LOCAL_DATE), "000007e8 02 1d", "000007e8 02 1c", false },
		{ T(SP_TIME_WINDOW), "0000000000000001 0000000000000002",
			"0000000000000001 0000000000000003", false },
		{ T(SP_DOUBLE), "8000000000000000", "0000000000000000", false },
		{ OF(SP_LIST, T(SP_BYTE)), "00000002 0102", "00000002 0201", false },
		{ OF(SP_LIST, T(SP_BYTE)), "00000002 0102", "00000001 01", false },
		{ INTS, "00000002 00 00000001 00 00000002", "00000002 00 00000002 00 00000001",
			true },
		{ INTS, "00000002 00 00000001 00 00000001", "00000002 00 00000002 00 00000001",
			false },
		{ MAP, "00000002 0261 00 00000001 0262 01", "00000002 0262 01 0261 00 00000001",
			true },
		{ MAP, "00000002 0261 00 00000001 0262 01", "00000002 0262 00 00000001 0261 01",
			false },
		{ OF(SP_EITHER, T(SP_INT), T(SP_INT)), "01 00000001", "00 00000001", false },
		{ TYPE(.kind = SP_ROW, .flag = true, .outer_version = 4), "00", "80", false },
		{ OF(SP_SET, INTS), "00000001 00 00000002 00 00000001 01",
			"00000001 00 00000002 01 00 00000001", true },
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		struct sp_value a, b;
		uint64_t digests[2];
		struct sp_error err;

		ck_ok(sp_value_read_all(values_unhex(arena, cases[i].a), 0, SP_KRYO_2,
			      cases[i].type, arena, &a, &err),
			err);
		ck_ok(sp_value_read_all(values_unhex(arena, cases[i].b), 0, SP_KRYO_2,
			      cases[i].type, arena, &b, &err),
			err);
		ck_assert(sp_value_equal(&a, &a));
		ck_assert_msg(sp_value_equal(&a, &b) == cases[i].equal, "case %zu", i);
		ck_assert_msg(sp_value_equal(&b, &a) == cases[i].equal, "case %zu", i);
		ck_assert_int_eq(sp_value_digest(&a, &digests[0]), 1);
		ck_assert_int_eq(sp_value_digest(&b, &digests[1]), 1);
		ck_assert_msg((digests[0] == digests[1]) == cases[i].equal, "case %zu", i);
	}
}
END_TEST

START_TEST(objects_and_what_is_opaque_have_no_digest)
{
	struct sp_value parts[2] = { { .kind = SP_VALUE_INT }, { .kind = SP_VALUE_JAVA } };
	const struct sp_value list = { .kind = SP_VALUE_LIST, .items = parts, .n_items = 2 };
	struct sp_value queue = { .kind = SP_VALUE_LIST, .items = parts, .n_items = 1 };
	uint64_t digest;

	ck_assert_int_eq(sp_value_digest(&list, &digest), 0);
	parts[1].kind = SP_VALUE_OPAQUE;
	ck_assert_int_eq(sp_value_digest(&list, &digest), 0);
	parts[1].kind = SP_VALUE_INT;
	ck_assert_int_eq(sp_value_digest(&list, &digest), 1);
	queue.class_name = sp_slice_of("java.util.ArrayList");
	ck_assert_int_eq(sp_value_digest(&queue, &digest), 1);
	queue.class_name = sp_slice_of("java.util.PriorityQueue");
	ck_assert_int_eq(sp_value_digest(&queue, &digest), 0);
}
END_TEST

/* 20,000 elements in opposite orders: not every pair is compared. */
START_TEST(large_sets)
{
	enum { N = 20000 };
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer up = { 0 };
	sp_auto_buffer down = { 0 };
	struct sp_value a, b;
	struct sp_error err;

	sp_buffer_u32(&up, N);
	sp_buffer_u32(&down, N);
	for (uint32_t i = 0; i < N; i++) {
		sp_buffer_u8(&up, 0);
		sp_buffer_u32(&up, i);
		sp_buffer_u8(&down, 0);
		sp_buffer_u32(&down, N - 1 - i);
	}
	ck_ok(sp_value_read_all(sp_buffer_slice(&up), 0, SP_KRYO_2, INTS, arena, &a, &err), err);
	ck_ok(sp_value_read_all(sp_buffer_slice(&down), 0, SP_KRYO_2, INTS, arena, &b, &err), err);
	ck_assert(sp_value_equal(&a, &b));
	b.items[7].number = -1;
	ck_assert(!sp_value_equal(&a, &b));
}
END_TEST

UNIT_MAIN("value-equal", equality, objects_and_what_is_opaque_have_no_digest, large_sets)
