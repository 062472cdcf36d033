#include "values.h"

#define T(k) TYPE(.kind = (k))
#define COLORS                                                                                     \
	.class_name = SLICE("Color"),                                                              \
	.constants = (struct sp_slice[]){ SLICE("RED"), SLICE("GR\xc3\x9cN") }, .n_constants = 2
#define VALUE(k, name) TYPE(.kind = (k), .class_name = SLICE("org.apache.flink.types." name))

START_TEST(numbers)
{
	const struct values_case cases[] = {
		{ T(SP_BOOLEAN), "01", "1" },
		{ T(SP_BYTE), "ff", "-1" },
		{ T(SP_SHORT), "8000", "-32768" },
		{ T(SP_INT), "00000100", "256" },
		{ T(SP_LONG), "ffffffffffffff00", "-256" },
		{ T(SP_CHAR), "ffff", "65535" },
		{ T(SP_FLOAT), "bf800000", "3212836864" },
		{ T(SP_DOUBLE), "bff0000000000000", "-4616189618054758400" },
		{ T(SP_BIG_INT), "00000000", "null" },
		{ T(SP_BIG_INT), "00000001", "#00" },
		{ T(SP_BIG_INT), "00000002", "#01" },
		{ T(SP_BIG_INT), "00000003", "#0a" },
		{ T(SP_BIG_INT), "00000006 ff00", "#ff00" },
		{ T(SP_BIG_DEC), "00000005 0f 00000002", "#0fe-2" },
		{ T(SP_BIG_DEC), "00000001 00000000", "#00e0" },
		{ T(SP_BIG_DEC), "00000000", "null" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(times)
{
	const struct values_case cases[] = {
		{ T(SP_DATE), "0000018bcfe56800", "1700000000000" },
		{ T(SP_SQL_DATE), "8000000000000000", "null" },
		{ T(SP_SQL_TIME), "ffffffffffffffff", "-1" },
		{ T(SP_SQL_TIMESTAMP), "0000000000000001 0000000f", "1.15" },
		{ T(SP_SQL_TIMESTAMP), "8000000000000000 00000000", "null" },
		{ T(SP_INSTANT), "0000000000000001 0000000f", "1.15" },
		{ T(SP_INSTANT), "8000000000000000 80000000", "null" },
		{ T(SP_LOCAL_DATE), "000007e8 02 1d", "2024-2-29 0:0:0.0" },
		{ T(SP_LOCAL_DATE), "80000000 8000", "null" },
		{ T(SP_LOCAL_TIME), "17 3b 3b 00000001", "0-0-0 23:59:59.1" },
		{ T(SP_LOCAL_TIME), "80 8000 80000000", "null" },
		{ T(SP_LOCAL_DATE_TIME), "000007e8 02 1d 01 02 03 00000004", "2024-2-29 1:2:3.4" },
		{ T(SP_LOCAL_DATE_TIME), "80000000 8000 80 8000 80000000", "null" },
		{ T(SP_TIME_WINDOW), "0000000000000001 0000000000000002", "1..2" },
		{ T(SP_SQL_TIME_WINDOW), "ffffffffffffffff 0000000000000002", "-1..2" },
		{ T(SP_SQL_COUNT_WINDOW), "0000000000000009", "9" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(constants)
{
	const struct values_case cases[] = {
		{ T(SP_VOID), "00", "void" },
		{ T(SP_VOID_NAMESPACE), "00", "void" },
		{ T(SP_UNIT), "00", "void" },
		{ T(SP_TUPLE0), "2a", "void" },
		{ T(SP_NULL_VALUE), "", "void" },
		{ T(SP_GLOBAL_WINDOW), "00", "global" },
		{ T(SP_SQL_GLOBAL_WINDOW), "00", "global" },
		{ TYPE(.kind = SP_ENUM, COLORS), "00000001", "GR\xc3\x9cN/1" },
		{ TYPE(.kind = SP_SCALA_ENUM, .constant_ids = (int32_t[]){ 10, -2 }, COLORS),
			"fffffffe", "GR\xc3\x9cN/-2" },
		{ VALUE(SP_VALUE, "LongValue"), "0000000000000007", "7" },
		{ VALUE(SP_COPYABLE_VALUE, "StringValue"), "02 6162", "'ab'" },
		{ VALUE(SP_VALUE, "NullValue"), "00", "void" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(arrays)
{
	const struct values_case cases[] = {
		{ T(SP_BOOLEAN_ARRAY), "00000002 0100", "[1,0]" },
		{ T(SP_BYTE_ARRAY), "00000002 ff00", "#ff00" },
		{ T(SP_BYTE_ARRAY), "00000000", "#" },
		{ T(SP_BYTE_ARRAY_WRAPPER), "00000001 ab", "#ab" },
		{ T(SP_SHORT_ARRAY), "00000002 ffff 0001", "[-1,1]" },
		{ T(SP_CHAR_ARRAY), "00000001 ffff", "[65535]" },
		{ T(SP_INT_ARRAY), "00000001 00000005", "[5]" },
		{ T(SP_LONG_ARRAY), "00000001 0000000000000005", "[5]" },
		{ T(SP_FLOAT_ARRAY), "00000001 3f800000", "[1065353216]" },
		{ T(SP_DOUBLE_ARRAY), "00000000", "[]" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(wrong_bytes)
{
	const struct values_failure failures[] = {
		{ T(SP_BOOLEAN), "02", "offset 0x100: neither true nor false" },
		{ T(SP_BOOLEAN_ARRAY), "00000001 02", "offset 0x104: neither" },
		{ T(SP_BIG_INT), "00000004", "code 4" },
		{ T(SP_BIG_INT), "ffffffff", "code -1" },
		{ T(SP_BYTE_ARRAY), "ffffffff", "-1 bytes" },
		{ T(SP_SQL_TIMESTAMP), "0000000000000000 3b9aca00", "nanoseconds" },
		{ T(SP_INSTANT), "0000000000000000 ffffffff", "nanoseconds" },
		{ T(SP_LOCAL_DATE), "000007e8 0d 01", "month 13" },
		{ T(SP_LOCAL_DATE), "000007e8 01 00", "day 0" },
		{ T(SP_LOCAL_TIME), "18 00 00 00000000", "24:0:0" },
		{ T(SP_LOCAL_TIME), "00 00 00 3b9aca00", "no time" },
		{ T(SP_LOCAL_DATE_TIME), "000007e8 02 1d 80 8000 80000000", "half" },
		{ T(SP_VOID), "01", "0x01 where 0x00" },
		{ T(SP_TUPLE0), "00", "0x00 where 0x2a" },
		{ TYPE(.kind = SP_ENUM, COLORS), "00000002", "no enum constant 2" },
		{ TYPE(.kind = SP_ENUM, COLORS), "ffffffff", "no enum constant -1" },
		{ TYPE(.kind = SP_SCALA_ENUM, .constant_ids = (int32_t[]){ 10, -2 }, COLORS),
			"00000000", "no enum constant 0" },
	};

	for (size_t i = 0; i < sp_countof(failures); i++)
		values_check_damage(&failures[i]);
}
END_TEST

UNIT_MAIN("value-basic", numbers, times, constants, arrays, wrong_bytes)
