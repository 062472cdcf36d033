#include "values.h"

#define T(k) TYPE(.kind = (k))

START_TEST(strings)
{
	const struct values_case cases[] = {
		{ T(SP_STRING), "00", "null" },
		{ T(SP_STRING), "01", "''" },
		{ T(SP_STRING), "04 616263", "'abc'" },
		{ T(SP_STRING), "03 e901 41",
			"'\xc3\xa9"
			"A'" },
		{ T(SP_STRING), "02 ac41", "'\xe2\x82\xac'" },
		/* U+1F600 is d83d de00 */
		{ T(SP_STRING), "03 bdb003 80bc03", "'\xf0\x9f\x98\x80'" },
		{ T(SP_STRING), "03 bdb003 41",
			"'\xed\xa0\xbd"
			"A'" }, /* a lone surrogate */
		{ T(SP_STRING), "15 6162636465666768696a 6b e901 6c6d6e6f707172 73",
			"'abcdefghijk\xc3\xa9lmnopqrs'" },
		{ T(SP_STRING_VALUE), "00", "''" },
		{ T(SP_STRING_VALUE), "03 616263", "'abc'" },
		{ T(SP_STRING_ARRAY), "00000002 00 0261", "[null,'a']" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(long_strings)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer bytes = { 0 };
	struct sp_value_reader reader;
	struct sp_value value;
	struct sp_error err;

	sp_buffer_bytes(&bytes, sp_slice("\xa1\x8d\x06", 3)); /* 100,001 */
	for (int i = 0; i < 100000; i++)
		sp_buffer_u8(&bytes, (uint8_t)('a' + i % 26));
	reader = sp_value_reader(sp_buffer_slice(&bytes), 0, SP_KRYO_2);
	ck_ok(sp_value_read(&reader, T(SP_STRING), arena, &value, &err), err);
	ck_assert_uint_eq(value.bytes.n, 100000);
	ck_assert_ptr_eq(value.bytes.p, bytes.p + 3); /* ASCII is borrowed */
	reader = sp_value_reader(sp_slice(bytes.p, bytes.n - 7), 0, SP_KRYO_2);
	ck_assert_int_eq(sp_value_skip(&reader, T(SP_STRING), &err), SP_EDAMAGED);
	ck_assert_uint_eq(reader.missing, 7);
}
END_TEST

START_TEST(wrong_bytes)
{
	const struct values_failure failures[] = {
		{ T(SP_STRING), "ffffffffff 00", "length" },
		{ T(SP_STRING), "ffffffff0f", "length" },
		{ T(SP_STRING), "02 ffff04", "16 bits" },
		{ T(SP_STRING), "02 ffffff00", "16 bits" },
	};

	for (size_t i = 0; i < sp_countof(failures); i++)
		values_check_damage(&failures[i]);
}
END_TEST

UNIT_MAIN("value-string", strings, long_strings, wrong_bytes)
