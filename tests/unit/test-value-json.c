#include <cjson/cJSON.h>

#include "values.h"

#define BYTES(text)                                                                                \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}
#define ITEMS(...)                                                                                 \
	.items = (struct sp_value[]){ __VA_ARGS__ },                                               \
	.n_items = sizeof((struct sp_value[]){ __VA_ARGS__ }) / sizeof(struct sp_value)
#define INT(n)                                                                                     \
	{                                                                                          \
		.kind = SP_VALUE_INT, .number = (n)                                                \
	}
#define TEXT(text)                                                                                 \
	{                                                                                          \
		.kind = SP_VALUE_STRING, .bytes = BYTES(text)                                      \
	}

struct json_case {
	struct sp_value value;
	const char *json;
};

static void check(const struct json_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sp_auto_buffer out = { 0 };
		cJSON *parsed;

		sp_value_json(&cases[i].value, &out);
		parsed = cJSON_ParseWithLength((const char *)out.p, out.n);
		sp_buffer_u8(&out, 0);
		ck_assert_str_eq((const char *)out.p, cases[i].json);
		ck_assert_ptr_nonnull(parsed);
		cJSON_Delete(parsed);
	}
}

START_TEST(numbers)
{
	const struct json_case cases[] = {
		{ { .kind = SP_VALUE_NULL }, "null" },
		{ { .kind = SP_VALUE_BOOLEAN, .number = 1 }, "true" },
		{ { .kind = SP_VALUE_LONG, .number = INT64_MIN }, "-9223372036854775808" },
		{ { .kind = SP_VALUE_FLOAT, .number = 0x3dcccccd }, "0.1" },
		{ { .kind = SP_VALUE_FLOAT, .number = 0x3f800000 }, "1.0" },
		{ { .kind = SP_VALUE_FLOAT, .number = 0x80000000 }, "-0.0" },
		{ { .kind = SP_VALUE_FLOAT, .number = 0x7fc00000 }, "\"NaN\"" },
		{ { .kind = SP_VALUE_DOUBLE, .number = 0x3fb999999999999a }, "0.1" },
		{ { .kind = SP_VALUE_DOUBLE, .number = 0x3fd5555555555555 }, "0.3333333333333333" },
		{ { .kind = SP_VALUE_DOUBLE, .number = 1 }, "5e-324" },
		{ { .kind = SP_VALUE_DOUBLE, .number = 0x7ff0000000000000 }, "\"Infinity\"" },
		{ { .kind = SP_VALUE_DOUBLE, .number = (int64_t)0xfff0000000000000 },
			"\"-Infinity\"" },
		{ { .kind = SP_VALUE_CHAR, .number = 'x' }, "\"x\"" },
		{ { .kind = SP_VALUE_CHAR, .number = 0xe9 }, "\"\u00e9\"" },
		{ { .kind = SP_VALUE_CHAR, .number = 0xd800 }, "\"\ufffd\"" },
		{ { .kind = SP_VALUE_CHAR }, "\"\\u0000\"" },
	};

	check(cases, sp_countof(cases));
}
END_TEST

#define BIG(text) .kind = SP_VALUE_BIG_INTEGER, .bytes = BYTES(text)
#define DECIMAL(text, s) .kind = SP_VALUE_DECIMAL, .bytes = BYTES(text), .scale = (s)

START_TEST(big_numbers)
{
	const struct json_case cases[] = {
		{ { BIG("\x00") }, "\"0\"" },
		{ { BIG("\xff") }, "\"-1\"" },
		{ { BIG("\x80") }, "\"-128\"" },
		{ { BIG("\x01\x00\x00\x00\x00\x00\x00\x00\x00") }, "\"18446744073709551616\"" },
		{ { BIG("\xff\x00\x00\x00\x00\x00\x00\x00\x00") }, "\"-18446744073709551616\"" },
		{ { BIG("\x3b\x9a\xca\x00") }, "\"1000000000\"" },
		{ { DECIMAL("\x04\xce", 2) }, "\"12.30\"" },
		{ { DECIMAL("\xfb\x32", 2) }, "\"-12.30\"" },
		{ { DECIMAL("\x04\xce", 4) }, "\"0.1230\"" },
		{ { DECIMAL("\x07", 7) }, "\"7E-7\"" },
		{ { DECIMAL("\x07", 6) }, "\"0.000007\"" },
		{ { DECIMAL("\x7b", -2) }, "\"1.23E+4\"" },
		{ { DECIMAL("\x01", INT32_MIN) }, "\"1E+2147483648\"" },
		{ { DECIMAL("\x00", INT32_MAX) }, "\"0E-2147483647\"" },
	};
	static uint8_t huge[5000];
	const struct sp_value value = { .kind = SP_VALUE_BIG_INTEGER,
		.bytes = { huge, sizeof(huge) } };
	sp_auto_buffer out = { 0 };

	check(cases, sp_countof(cases));
	sp_value_json(&value, &out);
	ck_assert_int_eq(memcmp(out.p, "{\"bytes\": \"00", 12), 0);
}
END_TEST

START_TEST(text)
{
	const struct json_case cases[] = {
		{ TEXT(""), "\"\"" },
		{ TEXT("a\"b\\c\n\x01\x7f"), "\"a\\\"b\\\\c\\n\\u0001\x7f\"" },
		{ TEXT("\u00e9\u4e2d\U0001f600"), "\"\u00e9\u4e2d\U0001f600\"" },
		{ TEXT("\xed\xa0\x80x"), "\"\ufffdx\"" },
		{ TEXT("\xff\xc0\x80\xe2\x82"), "\"\ufffd\ufffd\ufffd\ufffd\ufffd\"" },
		{ { .kind = SP_VALUE_ENUM, .bytes = BYTES("GOLD") }, "\"GOLD\"" },
		{ { .kind = SP_VALUE_BYTES, .bytes = BYTES("\x00\xfe") }, "{\"bytes\": \"00fe\"}" },
		{ { .kind = SP_VALUE_UUID,
			  .bytes = BYTES(
				  "\x01\x23\x45\x67\x89\xab\xcd\xef\x00\x01\x02\x03\x04\x05\x06"
				  "\x07") },
			"\"01234567-89ab-cdef-0001-020304050607\"" },
		{ { .kind = SP_VALUE_OPAQUE,
			  .class_name = BYTES("a\xc0\x80"),
			  .bytes = BYTES("\x07") },
			"{\"class\": \"a\\u0000\", \"opaque\": \"07\"}" },
		{ { .kind = SP_VALUE_OPAQUE, .bytes = BYTES("\x07") }, "{\"opaque\": \"07\"}" },
		{ { .kind = SP_VALUE_JAVA, .class_name = BYTES("E"), .bytes = BYTES("\x07") },
			"{\"class\": \"E\", \"java\": \"07\"}" },
	};

	check(cases, sp_countof(cases));
}
END_TEST

START_TEST(times)
{
	const struct sp_logical_type ltz = { .root = SP_LOGICAL_TIMESTAMP_LTZ };
	const struct json_case cases[] = {
		{ { .kind = SP_VALUE_DATE, .number = 1700000000000 },
			"\"2023-11-14T22:13:20.000Z\"" },
		{ { .kind = SP_VALUE_DATE, .number = -1 }, "\"1969-12-31T23:59:59.999Z\"" },
		{ { .kind = SP_VALUE_DATE, .number = INT64_MAX },
			"\"+292278994-08-17T07:12:55.807Z\"" },
		{ { .kind = SP_VALUE_DATE, .number = INT64_MIN },
			"\"-292275055-05-16T16:47:04.192Z\"" },
		{ { .kind = SP_VALUE_SQL_TIMESTAMP, .number = 1700000000123, .nanos = 123456789 },
			"\"2023-11-14T22:13:20.123456789Z\"" },
		{ { .kind = SP_VALUE_INSTANT, .number = -62135596801, .nanos = 5 },
			"\"0000-12-31T23:59:59.000000005Z\"" },
		{ { .kind = SP_VALUE_INSTANT, .number = INT64_MIN },
			"\"-292277022657-01-27T08:29:52.000000000Z\"" },
		{ { .kind = SP_VALUE_TIMESTAMP_DATA, .number = 1, .nanos = 2 },
			"\"1970-01-01T00:00:00.001000002\"" },
		{ { .kind = SP_VALUE_TIMESTAMP_DATA, .logical = &ltz },
			"\"1970-01-01T00:00:00.000000000Z\"" },
		{ { .kind = SP_VALUE_DAYS, .number = 19675 }, "\"2023-11-14\"" },
		{ { .kind = SP_VALUE_DAYS, .number = 11016 }, "\"2000-02-29\"" },
		{ { .kind = SP_VALUE_TIME_OF_DAY, .number = 80000007 }, "\"22:13:20.007\"" },
		{ { .kind = SP_VALUE_LOCAL_DATE, .year = -44, .month = 3, .day = 15 },
			"\"-0044-03-15\"" },
		{ { .kind = SP_VALUE_LOCAL_TIME, .hour = 1, .minute = 2, .second = 3, .nanos = 4 },
			"\"01:02:03.000000004\"" },
		{ { .kind = SP_VALUE_LOCAL_DATE_TIME, .year = 12023, .month = 1, .day = 1 },
			"\"+12023-01-01T00:00:00.000000000\"" },
		{ { .kind = SP_VALUE_TIME_WINDOW, .number = -1, .end = 2 },
			"{\"start\": -1, \"end\": 2}" },
		{ { .kind = SP_VALUE_COUNT_WINDOW, .number = 3 }, "{\"id\": 3}" },
		{ { .kind = SP_VALUE_GLOBAL_WINDOW }, "\"global\"" },
	};

	check(cases, sp_countof(cases));
}
END_TEST

START_TEST(containers)
{
	const struct sp_type pojo = { .kind = SP_POJO };
	const struct sp_type option = { .kind = SP_OPTION };
	const struct json_case cases[] = {
		{ { .kind = SP_VALUE_LIST }, "[]" },
		{ { .kind = SP_VALUE_LIST, ITEMS(INT(1), TEXT("a")) }, "[1, \"a\"]" },
		{ { .kind = SP_VALUE_MAP }, "{}" },
		{ { .kind = SP_VALUE_MAP, ITEMS(TEXT("a"), INT(1), TEXT("b"), INT(2)) },
			"{\"a\": 1, \"b\": 2}" },
		{ { .kind = SP_VALUE_MAP, ITEMS(INT(1), INT(2), TEXT("b"), INT(3)) },
			"[[1, 2], [\"b\", 3]]" },
		{ { .kind = SP_VALUE_TUPLE, ITEMS(INT(1)) }, "[1]" },
		{ { .kind = SP_VALUE_TUPLE, .row_kind = 1, ITEMS(INT(1)) },
			"{\"row_kind\": \"-U\", \"fields\": [1]}" },
		{ { .kind = SP_VALUE_STRUCT,
			  ITEMS({ .kind = SP_VALUE_INT, .name = BYTES("a\"") },
				  { .kind = SP_VALUE_NULL, .name = BYTES("b") }) },
			"{\"a\\\"\": 0, \"b\": null}" },
		{ { .kind = SP_VALUE_STRUCT,
			  .type = &pojo,
			  .class_name = BYTES("my.P"),
			  .raw = BYTES("\x02"),
			  ITEMS({ .kind = SP_VALUE_INT, .name = BYTES("a") }) },
			"{\"a\": 0}" },
		{ { .kind = SP_VALUE_STRUCT,
			  .type = &pojo,
			  .class_name = BYTES("my.Q"),
			  .raw = BYTES("\x08\x00"),
			  ITEMS({ .kind = SP_VALUE_INT, .name = BYTES("a") }) },
			"{\"@class\": \"my.Q\", \"a\": 0}" },
		{ { .kind = SP_VALUE_STRUCT, .type = &option }, "null" },
		{ { .kind = SP_VALUE_STRUCT, .type = &option, ITEMS(INT(5)) }, "5" },
		{ { .kind = SP_VALUE_VARIANT,
			  ITEMS({ .kind = SP_VALUE_BYTES, .bytes = BYTES("\x01") },
				  { .kind = SP_VALUE_BYTES, .bytes = BYTES("\x02") }) },
			"{\"metadata\": \"01\", \"value\": \"02\"}" },
	};

	check(cases, sp_countof(cases));
}
END_TEST

UNIT_MAIN("value-json", numbers, big_numbers, text, times, containers)
