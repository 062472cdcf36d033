#include "values.h"

#define NEWEST SP_ROW_RULE_1_13
#define T(k) TYPE(.kind = (k))
#define NAMED(k, snapshot) TYPE(.kind = (k), .snapshot_class = SLICE(snapshot))
#define BASE "org.apache.flink.api.common.typeutils.base."
#define FLINK(k, name) NAMED(k, BASE name "ValueSerializer$" name "ValueSerializerSnapshot")
#define TUPLE(name, ...)                                                                           \
	TYPE(.kind = SP_TUPLE, .class_name = SLICE("org.apache.flink.api.java.tuple." name),       \
		.children = (const struct sp_type *[]){ __VA_ARGS__ },                             \
		.n_children = sizeof((const struct sp_type *[]){ __VA_ARGS__ }) / sizeof(void *))
#define ROW(...)                                                                                   \
	TYPE(.kind = SP_ROW, .flag = true, .outer_version = 4,                                     \
		.children = (const struct sp_type *[]){ __VA_ARGS__ },                             \
		.n_children = sizeof((const struct sp_type *[]){ __VA_ARGS__ }) / sizeof(void *))

struct hash_case {
	const struct sp_type *type;
	const char *hex;
	int32_t hash;
};

static int hash(const struct sp_type *type, const char *hex, enum sp_row_rule rule, int32_t *ret)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value value;
	struct sp_error err;

	ck_ok(sp_value_read_all(values_unhex(arena, hex), 0, SP_KRYO_2, type, arena, &value, &err),
		err);
	return sp_value_hash(&value, rule, ret);
}

static void check(const struct hash_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int32_t h = 0;

		ck_assert_int_eq(hash(cases[i].type, cases[i].hex, NEWEST, &h), 1);
		ck_assert_msg(h == cases[i].hash, "case %zu: %d", i, h);
	}
}

START_TEST(plain_values)
{
	const struct hash_case cases[] = {
		{ T(SP_BOOLEAN), "01", 1231 },
		{ T(SP_BOOLEAN), "00", 1237 },
		{ FLINK(SP_BOOLEAN, "Boolean"), "01", 1 },
		{ T(SP_BYTE), "ff", -1 },
		{ T(SP_CHAR), "ffff", 65535 },
		{ T(SP_LONG), "8000000000000000", INT32_MIN },
		{ T(SP_LONG), "ffffffffffffffff", 0 },
		{ FLINK(SP_LONG, "Long"), "ffffffffffffffff", 43 },
		{ TYPE(.kind = SP_VALUE, .class_name = SLICE("org.apache.flink.types.LongValue")),
			"0000000000000001", 44 },
		{ T(SP_FLOAT), "3f800000", 1065353216 },
		{ T(SP_FLOAT), "ffc00001", 0x7fc00000 },
		{ T(SP_DOUBLE), "3ff0000000000000", 1072693248 },
		{ FLINK(SP_DOUBLE, "Double"), "3ff0000000000000", 1072693248 + 31 },
		{ T(SP_STRING), "06 68656c6c6f", 99162322 },
		{ T(SP_STRING), "03 bdb003 80bc03", 0xd83d * 31 + 0xde00 },
		{ T(SP_STRING), "02 bdb003", 0xd83d },
		{ T(SP_STRING), "00", 0 },
		{ T(SP_NULL_VALUE), "", 53 },
		{ T(SP_VOID_NAMESPACE), "00", 99 },
		{ T(SP_TUPLE0), "2a", 0 },
		{ T(SP_BIG_INT), "00000003", 10 },
		{ T(SP_BIG_INT), "00000005 ff", -1 },
		{ T(SP_BIG_INT), "00000009 0100000000", 31 },
		{ T(SP_BIG_INT), "00000009 ff00000000", -31 },
		{ T(SP_BIG_INT), "0000000a 010000000002", 256 * 31 + 2 },
		{ T(SP_BIG_INT), "00000008 80000000", INT32_MIN },
		{ T(SP_BIG_DEC), "00000005 0a 00000001", 311 },
		{ T(SP_DATE), "0000000100000001", 0 },
		{ T(SP_INSTANT), "0000000000000001 00000002", 103 },
		{ T(SP_LOCAL_DATE), "000007e8 02 1d", 4145309 },
		{ T(SP_LOCAL_TIME), "00 00 01 00000001", 1000000001 },
		{ T(SP_TIME_WINDOW), "ffffffffcd36fa68ffffffffcd374697", -237866098 },
		{ T(SP_SQL_TIME_WINDOW), "ffffffffcd36fa68ffffffffcd374697", -612838345 },
		{ T(SP_SQL_COUNT_WINDOW), "eebcf5eb64b4871d", -1639734676 },
		{ T(SP_GLOBAL_WINDOW), "00", 0 },
		{ TYPE(.kind = SP_TIMESTAMP_DATA, .precision = 6), "0000000000000003 00000004",
			97 },
		{ TYPE(.kind = SP_DECIMAL_DATA, .precision = 5, .scale = 2), "000000000000000a",
			312 },
	};

	check(cases, sp_countof(cases));
}
END_TEST

START_TEST(collections_and_tuples)
{
	const struct hash_case cases[] = {
		{ OF(SP_LIST, T(SP_BYTE)), "00000003 010203", 30817 },
		{ OF(SP_SET, T(SP_BYTE)), "00000003 0001 0002 01", 3 },
		{ OF(SP_MAP, T(SP_BYTE), T(SP_BYTE)), "00000002 01 00 03 02 01", (1 ^ 3) + 2 },
		{ TUPLE("Tuple2", T(SP_BYTE), T(SP_BYTE)), "0102", 33 },
		{ NAMED(SP_TUPLE0, ""), "2a", 0 },
		{ OF(SP_EITHER, T(SP_INT), T(SP_INT)), "01 00000007", 7 },
		{ OF(SP_WINDOW_KEY, T(SP_BYTE)), "0000000000000005 07", 31 * 36 + 7 },
	};

	check(cases, sp_countof(cases));
}
END_TEST

START_TEST(sql_bodies)
{
	const struct hash_case cases[] = {
		{ T(SP_BINARY_ROW_DATA), "00000008 0000000000000000", -1670924195 },
		{ T(SP_BINARY_ROW_DATA), "00000010 0001000000000000 0000000000000000",
			-1748325344 },
	};

	check(cases, sp_countof(cases));
}
END_TEST

START_TEST(scala_products)
{
	const struct hash_case cases[] = {
		{ OF(SP_OPTION, T(SP_LONG)), "00", 2433880 },
		{ OF(SP_OPTION, T(SP_LONG)), "01 16d48111949d0526", 1518590440 },
		{ OF(SP_CASE_CLASS, T(SP_DOUBLE), T(SP_FLOAT), T(SP_BOOLEAN), T(SP_CHAR)),
			"a7e578d7c8d3f944 46c4577c 00 0080", 907341027 },
		{ OF(SP_CASE_CLASS, T(SP_INT), T(SP_STRING), T(SP_LONG)),
			"835c44af 09e70a9605d101e50eff0c8c07d7079f08 7fffffffffffffff",
			1906769970 },
	};
	int32_t as_long, as_double, as_int;

	check(cases, sp_countof(cases));
	/* ## of equal numbers is equal. */
	hash(OF(SP_CASE_CLASS, T(SP_LONG)), "fffffffffffffff9", NEWEST, &as_long);
	hash(OF(SP_CASE_CLASS, T(SP_INT)), "fffffff9", NEWEST, &as_int);
	hash(OF(SP_CASE_CLASS, T(SP_DOUBLE)), "c01c000000000000", NEWEST, &as_double);
	ck_assert_int_eq(as_long, as_int);
	ck_assert_int_eq(as_double, as_int);
	/* Infinity and NaN are no integers, and no undefined behaviour. */
	ck_assert_int_eq(
		hash(OF(SP_CASE_CLASS, T(SP_DOUBLE)), "7ff0000000000000", NEWEST, &as_int), 1);
	ck_assert_int_eq(hash(OF(SP_CASE_CLASS, T(SP_FLOAT)), "7fc00000", NEWEST, &as_int), 1);
}
END_TEST

START_TEST(rows_by_rule)
{
	const struct sp_type *row = ROW(T(SP_STRING), T(SP_LONG));
	const char *key = "00 0b757365722d3334383239a0 0993771dbb7558";
	const struct sp_type *bytes = ROW(T(SP_BYTE_ARRAY));
	const struct sp_type *nested = ROW(ROW(T(SP_BYTE)), OF(SP_LIST, T(SP_BYTE)));
	const struct {
		const struct sp_type *type;
		const char *hex;
		enum sp_row_rule rule;
		int32_t hash;
	} cases[] = {
		{ row, key, SP_ROW_RULE_1_11, -286080140 },
		{ row, key, SP_ROW_RULE_1_12, -286080109 },
		{ row, key, SP_ROW_RULE_1_13, -286079148 },
		/* By content: Arrays.hashCode of { 1 } is 32. */
		{ bytes, "00 00000001 01", SP_ROW_RULE_1_8, 31 + 32 },
		{ bytes, "00 00000001 01", SP_ROW_RULE_1_12, 31 + 32 },
		{ bytes, "00 00000001 01", SP_ROW_RULE_1_13, 31 + 31 + 32 },
		/* Kind 3. */
		{ bytes, "c0 00000001 01", SP_ROW_RULE_1_8, 31 + 32 },
		{ bytes, "c0 00000001 01", SP_ROW_RULE_1_11, 31 * 3 + 31 + 32 },
		{ bytes, "c0 00000001 01", SP_ROW_RULE_1_12, 31 * 3 + 31 + 32 },
		{ bytes, "c0 00000001 01", SP_ROW_RULE_1_13, 31 * 3 + 31 + 31 + 32 },
		/* (Row(5), List(5)): 31 * (31 * from + row) + list */
		{ nested, "00 00 05 00000001 05", SP_ROW_RULE_1_8, 31 * (31 + 36) + 36 },
		{ nested, "00 00 05 00000001 05", SP_ROW_RULE_1_12, 31 * 36 + 31 + 36 },
		{ nested, "00 00 05 00000001 05", SP_ROW_RULE_1_13,
			31 * (31 + 31 + 31 + 36) + 31 + 36 },
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		int32_t h;

		ck_assert_int_eq(hash(cases[i].type, cases[i].hex, cases[i].rule, &h), 1);
		ck_assert_msg(h == cases[i].hash, "case %zu: %d", i, h);
	}
}
END_TEST

START_TEST(avro_records)
{
	const struct sp_type avro = { .kind = SP_AVRO };
	struct sp_value items[] = {
		{ .kind = SP_VALUE_STRING, .bytes = SLICE("\xc3\xa9") },
		{ .kind = SP_VALUE_BYTES, .bytes = SLICE("\1\2") },
		{ .kind = SP_VALUE_BYTES, .bytes = SLICE("\1\2"), .class_name = SLICE("Fixed") },
		{ .kind = SP_VALUE_ENUM, .number = 3 },
		{ .kind = SP_VALUE_INT, .number = 9, .is_ignored = true },
	};
	struct sp_value record = {
		.kind = SP_VALUE_STRUCT, .type = &avro, .items = items, .n_items = 5
	};
	const int32_t parts[] = { 31 * -61 - 87, 31 * (31 + 2) + 1, 31 * (31 + 1) + 2, 3 };
	uint32_t expected = 1;
	int32_t h;

	for (size_t i = 0; i < sp_countof(parts); i++)
		expected = 31 * expected + (uint32_t)parts[i];
	ck_assert_int_eq(sp_value_hash(&record, NEWEST, &h), 1);
	ck_assert_int_eq(h, (int32_t)expected);
	items[0].kind = SP_VALUE_MAP;
	ck_assert_int_eq(sp_value_hash(&record, NEWEST, &h), 0);
}
END_TEST

START_TEST(hash_codes_of_their_own)
{
	const struct hash_case cases[] = {
		{ T(SP_POJO), "02", 0 },
		{ TYPE(.kind = SP_ENUM, .constants = (struct sp_slice[]){ SLICE("A") },
			  .n_constants = 1),
			"00000000", 0 },
		{ T(SP_BYTE_ARRAY), "00000000", 0 },
		{ T(SP_INT_ARRAY), "00000000", 0 },
		{ OF(SP_OBJECT_ARRAY, T(SP_INT)), "00000000", 0 },
		{ T(SP_OPAQUE), "00", 0 },
		{ TUPLE("Tuple1", T(SP_POJO)), "02", 0 },
		{ OF(SP_EXTERNAL, T(SP_INT)), "00000000", 0 },
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		int32_t h = 12345;

		ck_assert_msg(hash(cases[i].type, cases[i].hex, NEWEST, &h) == 0, "case %zu", i);
		ck_assert_int_eq(h, 12345);
	}
}
END_TEST

UNIT_MAIN("value-hash", plain_values, collections_and_tuples, sql_bodies, scala_products,
	rows_by_rule, avro_records, hash_codes_of_their_own)
