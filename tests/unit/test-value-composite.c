#include "values.h"

#define T(k) TYPE(.kind = (k))
#define INT T(SP_INT)
#define STRING T(SP_STRING)
#define FLAGGED(k, outer, ...)                                                                     \
	TYPE(.kind = (k), .flag = true, .outer_version = (outer),                                  \
		.children = (const struct sp_type *[]){ __VA_ARGS__ },                             \
		.n_children = sizeof((const struct sp_type *[]){ __VA_ARGS__ }) / sizeof(void *))
#define ONE "0000000000000001"

START_TEST(collections)
{
	const struct values_case cases[] = {
		{ OF(SP_LIST, STRING), "00000002 0261 00", "['a',null]" },
		{ OF(SP_LIST, T(SP_LONG)), "00000002" ONE "0000000000000002", "[1,2]" },
		{ OF(SP_LIST, T(SP_NULL_VALUE)), "00000003", "[void,void,void]" },
		{ OF(SP_LIST, OF(SP_LIST, INT)), "00000002 00000000 00000001 00000007",
			"[[],[7]]" },
		{ OF(SP_OBJECT_ARRAY, INT), "00000002 00 01 00000007", "[null,7]" },
		{ OF(SP_TRAVERSABLE, INT), "00000001 01 00000007", "[7]" },
		{ OF(SP_SET, INT), "00000002 01 00 00000007", "[null,7]" },
		{ OF(SP_MAP, STRING, INT), "00000002 0261 00 00000001 0262 01",
			"<'a':1,'b':null>" },
		{ OF(SP_SORTED_MAP, INT, INT), "00000001 00000001 00 00000002", "<1:2>" },
		{ OF(SP_NULL_AWARE_MAP, INT, INT), "00000002 01 01 00 00000001 00 00000002",
			"<null:null,1:2>" },
		{ OF(SP_LINKED_LIST, INT), "00000001 00000007", "[7]" },
		{ FLAGGED(SP_LINKED_LIST, 3, INT),
			"00000009 a080 00000001 00000002 00000003"
			"00000004 00000005 00000006",
			"[null,1,null,2,3,4,5,6,null]" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(fields)
{
	const struct values_case cases[] = {
		{ OF(SP_TUPLE, INT, STRING), "00000007 0261", "(7,'a')" },
		{ OF(SP_CASE_CLASS, T(SP_BYTE)), "07", "(7)" },
		{ OF(SP_ROW, INT, STRING), "40 00000007", "(7,null)" },
		{ OF(SP_ROW, INT, STRING), "c0", "(null,null)" },
		{ FLAGGED(SP_ROW, 4, INT, STRING), "90 00000007", "1(7,null)" },
		{ FLAGGED(SP_ROW, 4, INT, STRING), "40 00000007 0261", "2(7,'a')" },
		{ FLAGGED(SP_ROW, 4, INT, STRING), "f0", "3(null,null)" },
		{ OF(SP_ROW, T(SP_BYTE), T(SP_BYTE), T(SP_BYTE), T(SP_BYTE), T(SP_BYTE), T(SP_BYTE),
			  T(SP_BYTE), T(SP_BYTE), T(SP_BYTE)),
			"ff00 09", "(null,null,null,null,null,null,null,null,9)" },
		{ OF(SP_TTL, T(SP_LONG), INT), ONE "00000007",
			"{lastAccessTimestamp=1,userValue=7}" },
		{ OF(SP_WINDOW_KEY, INT), ONE "00000007", "{window=1,key=7}" },
		{ OF(SP_META_SQN_INFO, T(SP_LONG), T(SP_LONG)), ONE ONE, "{highSqn=1,size=1}" },
		{ OF(SP_ROW_SQN_INFO, T(SP_LONG), T(SP_LONG)), ONE ONE, "{firstSqn=1,lastSqn=1}" },
		{ OF(SP_SQN_NODE, INT, T(SP_LONG), OF(SP_NULLABLE, T(SP_LONG)),
			  OF(SP_NULLABLE, T(SP_LONG)), OF(SP_NULLABLE, T(SP_LONG)), T(SP_LONG)),
			"00000007" ONE "01 00" ONE "01" ONE,
			"{row=7,sqn=1,prevSqn=null,nextSqn=1,nextSqnForRecord=null,timestamp=1}" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(choices_and_wrappers)
{
	const struct sp_type *padded = TYPE(.kind = SP_NULLABLE, .padding = 4,
		.children = (const struct sp_type *[]){ INT }, .n_children = 1);
	const struct values_case cases[] = {
		{ OF(SP_NULLABLE, INT), "01", "null" },
		{ OF(SP_NULLABLE, INT), "00 00000007", "7" },
		{ padded, "01 00000000", "null" },
		{ padded, "00 00000007", "7" },
		{ OF(SP_EITHER, INT, STRING), "01 00000007", "{left=7}" },
		{ OF(SP_EITHER, INT, STRING), "00 0261", "{right='a'}" },
		{ OF(SP_TRY, INT, STRING), "01 00000007", "{success=7}" },
		{ OF(SP_TRY, INT, STRING), "00 0261", "{failure='a'}" },
		{ OF(SP_OPTION, INT), "00", "{}" },
		{ OF(SP_OPTION, INT), "01 00000007", "{some=7}" },
		{ OF(SP_WRAPPER, INT), "00000007", "7" },
		{ OF(SP_EXTERNAL, INT), "00000007", "7" },
		{ OF(SP_SQN_ROW_KEY, INT), "00000007", "7" },
		{ OF(SP_RAW_VALUE, INT), "00000004 00000007", "7" },
		{ OF(SP_RAW_VALUE, T(SP_OPAQUE)), "00000002 abcd", "opaque #abcd" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

/* A flag that the snapshot only implies is tried on, then off. */
START_TEST(doubtful_flags)
{
	struct sp_error err;
	struct sp_value value;
	struct sp_value_reader reader;
	sp_auto(sp_arena) *arena = sp_arena_new();
	/* One Boolean and no row kind: with it, the mask would leave a true of 0x02 … */
	const struct sp_type *row = FLAGGED(SP_ROW, 3, T(SP_BYTE), T(SP_BOOLEAN));
	struct sp_slice bytes = values_unhex(arena, "40 09");

	ck_ok(sp_value_read_all(bytes, 0, SP_KRYO_2, row, arena, &value, &err), err);
	values_check_text(&value, "(9,null)");
	reader = sp_value_reader(values_unhex(arena, "40 09 02"), 0, SP_KRYO_2);
	ck_ok(sp_value_skip(&reader, row, &err), err);
	ck_assert_uint_eq(sp_left(&reader.in), 1);
	bytes = values_unhex(arena, "00 09 01");
	ck_ok(sp_value_read_all(bytes, 0, SP_KRYO_2, row, arena, &value, &err), err);
	values_check_text(&value, "(9,1)");
	/* From version 4 on there is no doubt. */
	row = FLAGGED(SP_ROW, 4, T(SP_BYTE), T(SP_BOOLEAN));
	ck_assert_int_lt(sp_value_read_all(values_unhex(arena, "40 09"), 0, SP_KRYO_2, row, arena,
				 &value, &err),
		0);
}
END_TEST

START_TEST(wrong_bytes)
{
	const struct values_failure failures[] = {
		{ OF(SP_LIST, INT), "ffffffff", "offset 0x100: -1 elements" },
		{ OF(SP_LIST, T(SP_NULL_VALUE)), "7fffffff", "2147483647 elements" },
		{ OF(SP_LIST, OF(SP_TUPLE, T(SP_NULL_VALUE))), "7fffffff", "elements cannot be" },
		{ OF(SP_SET, INT), "00000001 02", "offset 0x104" },
		{ FLAGGED(SP_LINKED_LIST, 3, INT), "80000000", "negative" },
		{ OF(SP_RAW_VALUE, INT), "00000005 00000007 00", "1 bytes early" },
		{ OF(SP_RAW_VALUE, INT), "00000003 000007", "cut short" },
	};

	for (size_t i = 0; i < sp_countof(failures); i++)
		values_check_damage(&failures[i]);
}
END_TEST

/* Every list inside claims as many elements as are allowed, and none takes a byte. */
START_TEST(empty_values_come_to_an_end)
{
	sp_auto_buffer bytes = { 0 };
	struct sp_value_reader reader;
	struct sp_error err;

	sp_buffer_u32(&bytes, 100000);
	for (int i = 0; i < 100000; i++)
		sp_buffer_u32(&bytes, 60000);
	reader = sp_value_reader(sp_buffer_slice(&bytes), 0, SP_KRYO_2);
	ck_assert_int_eq(sp_value_skip(&reader, OF(SP_LIST, OF(SP_LIST, T(SP_NULL_VALUE))), &err),
		SP_EDAMAGED);
	ck_assert_ptr_nonnull(strstr(err.message, "too many values of no bytes"));
	ck_assert_uint_eq(reader.missing, 0);
}
END_TEST

UNIT_MAIN("value-composite", collections, fields, choices_and_wrappers, doubtful_flags, wrong_bytes,
	empty_values_come_to_an_end)
