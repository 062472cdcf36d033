#include "values.h"

#define L(...) (&(const struct sp_logical_type){ __VA_ARGS__ })
#define R(r) L(.root = SP_LOGICAL_##r)
#define NESTED(r, ...)                                                                             \
	L(.root = SP_LOGICAL_##r, .children = (const struct sp_logical_type *[]){ __VA_ARGS__ },   \
		.n_children = sizeof((const struct sp_logical_type *[]){ __VA_ARGS__ }) /          \
			      sizeof(void *))
#define SQL(k, ...)                                                                                \
	TYPE(.kind = (k), .columns = (const struct sp_logical_type *[]){ __VA_ARGS__ },            \
		.n_columns = sizeof((const struct sp_logical_type *[]){ __VA_ARGS__ }) /           \
			     sizeof(void *))
#define ROW(...) SQL(SP_ROW_DATA, __VA_ARGS__)
#define T(k) TYPE(.kind = (k))
#define EMPTY "0000000000000000"

START_TEST(slots_of_rows)
{
	const struct values_case cases[] = {
		{ ROW(R(INTEGER)), "00000010" EMPTY "07000000 00000000", "(7)" },
		{ ROW(R(INTEGER)), "00000010 0301000000000000 ffffffffffffffff", "3(null)" },
		{ ROW(R(BOOLEAN), R(TINYINT), R(SMALLINT), R(BIGINT)),
			"00000028" EMPTY "0100000000000000 ff00000000000000 feff000000000000"
			"fdffffffffffffff",
			"(1,-1,-2,-3)" },
		{ ROW(R(FLOAT), R(DOUBLE)), "00000018" EMPTY "0000803f00000000 000000000000f03f",
			"(1065353216,4607182418800017408)" },
		{ ROW(R(DATE), R(TIME), R(INTERVAL_YEAR_MONTH), R(INTERVAL_DAY_TIME)),
			"00000028" EMPTY "0100000000000000 0200000000000000 0300000000000000"
			"0400000000000000",
			"(1,2,3,4)" },
		{ ROW(R(VARCHAR), R(VARBINARY)),
			"00000018" EMPTY "6162000000000082 ff00000000000081", "('ab',#ff)" },
		{ ROW(R(CHAR)), "00000020" EMPTY "0800000010000000 6162636465666768 " EMPTY,
			"('abcdefgh')" },
		{ ROW(L(.root = SP_LOGICAL_DECIMAL, .precision = 5, .scale = 2)),
			"00000010" EMPTY "85ffffffffffffff", "(#85e-2)" },
		{ ROW(L(.root = SP_LOGICAL_DECIMAL, .precision = 20, .scale = 1)),
			"00000020" EMPTY "0200000010000000 0102000000000000 " EMPTY, "(#0102e-1)" },
		{ ROW(L(.root = SP_LOGICAL_TIMESTAMP, .precision = 3)),
			"00000010" EMPTY "0500000000000000", "(5)" },
		{ ROW(L(.root = SP_LOGICAL_TIMESTAMP_LTZ, .precision = 9)),
			"00000018" EMPTY "0700000010000000 0500000000000000", "(5.7)" },
		{ ROW(NESTED(DISTINCT, R(INTEGER))), "00000010" EMPTY "07000000 00000000", "(7)" },
		{ ROW(R(UNRESOLVED)), "00000010" EMPTY "0700000000000000",
			"(opaque #0700000000000000)" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(bodies_in_bodies)
{
	struct sp_slice names[] = { SLICE("a") };
	const struct sp_logical_type *fields[] = { R(INTEGER) };
	const struct sp_logical_type *named =
		L(.root = SP_LOGICAL_ROW, .names = names, .children = fields, .n_children = 1);
	const struct values_case cases[] = {
		{ ROW(NESTED(ROW, R(INTEGER))),
			"00000020" EMPTY "1000000010000000" EMPTY "07000000 00000000", "((7))" },
		{ ROW(named), "00000020" EMPTY "1000000010000000" EMPTY "07000000 00000000",
			"({a=7})" },
		{ ROW(NESTED(ARRAY, R(SMALLINT))),
			"00000020" EMPTY "1000000010000000 02000000 02000000 0500 0000 00000000",
			"([5,null])" },
		{ ROW(NESTED(MULTISET, R(TINYINT))),
			"00000030" EMPTY "1c00000010000000"
			"0c000000 01000000 00000000 07000000 01000000 00000000 03000000 00000000",
			"(<7:3>)" },
		{ ROW(L(.root = SP_LOGICAL_RAW, .class_name = SLICE("my.Raw"))),
			"00000018" EMPTY "0200000010000000 abcd000000000000",
			"(opaque my.Raw#abcd)" },
		{ ROW(R(VARIANT)), "00000018" EMPTY "0700000010000000 00000001 aa bbcc 00",
			"((#aa,#bbcc))" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(standing_alone)
{
	const struct values_case cases[] = {
		{ SQL(SP_ARRAY_DATA, R(BIGINT)), "00000010 01000000 00000000 0700000000000000",
			"[7]" },
		{ SQL(SP_ARRAY_DATA, R(BIGINT)), "00000008 00000000 00000000", "[]" },
		{ SQL(SP_MAP_DATA, R(INTEGER), R(INTEGER)),
			"0000001c 0c000000 01000000 00000000 07000000 01000000 01000000 00000000",
			"<7:null>" },
		{ T(SP_STRING_DATA), "00000002 6162", "'ab'" },
		{ T(SP_BINARY_ROW_DATA), "00000008" EMPTY, "opaque #0000000000000000" },
		{ TYPE(.kind = SP_DECIMAL_DATA, .precision = 18, .scale = 3), "000000000000ff00",
			"#00ff00e-3" },
		{ TYPE(.kind = SP_DECIMAL_DATA, .precision = 19, .scale = 3), "00000001 ff",
			"#ffe-3" },
		{ TYPE(.kind = SP_TIMESTAMP_DATA, .precision = 3), "0000000000000001", "1" },
		{ TYPE(.kind = SP_TIMESTAMP_DATA, .precision = 6), "0000000000000001 00000002",
			"1.2" },
		{ T(SP_VARIANT), "00000001 00000002 aa bbcc", "(#bbcc,#aa)" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(wrong_bytes)
{
	const struct sp_type *array = SQL(SP_ARRAY_DATA, R(BIGINT));
	const struct sp_type *arrays = SQL(SP_ARRAY_DATA, NESTED(ARRAY, R(INTEGER)));
	const struct sp_type *map = SQL(SP_MAP_DATA, R(INTEGER), R(INTEGER));
	const struct sp_type *decimal =
		ROW(L(.root = SP_LOGICAL_DECIMAL, .precision = 20, .scale = 1));
	const struct sp_type *timestamp = ROW(L(.root = SP_LOGICAL_TIMESTAMP, .precision = 9));
	const struct values_failure failures[] = {
		{ ROW(R(INTEGER)), "ffffffff", "-1 bytes" },
		{ ROW(R(INTEGER)), "00000008" EMPTY, "offset 0x104: a row is shorter" },
		{ ROW(R(INTEGER)), "00000010 0400000000000000 0700000000000000", "known kind" },
		{ ROW(R(BOOLEAN)), "00000010" EMPTY "0200000000000000", "offset 0x10c: neither" },
		{ ROW(R(VARCHAR)), "00000010" EMPTY "0000000000000088", "more than 7" },
		{ ROW(R(VARCHAR)), "00000010" EMPTY "0100000010000000", "outside" },
		{ ROW(R(VARCHAR)), "00000010" EMPTY "0100000008000000", "outside" },
		{ ROW(R(VARCHAR)), "00000010" EMPTY "ffffffff0f000000", "outside" },
		{ ROW(R(VARCHAR), R(VARCHAR)),
			"00000020" EMPTY "0800000018000000 0800000018000000" EMPTY, "overlap" },
		{ decimal, "00000018" EMPTY "0000000010000000" EMPTY, "no bytes" },
		{ timestamp, "00000018" EMPTY "40420f0010000000" EMPTY, "too many nanoseconds" },
		{ timestamp, "00000010" EMPTY "0000000010000000", "outside" },
		{ array, "00000003 000000", "without a size" },
		{ array, "00000008 01000000 00000000", "shorter" },
		{ array, "00000008 ffffffff 00000000", "shorter" },
		/* An array of arrays whose element is itself. */
		{ arrays, "00000010 01000000 00000000 1000000000000000", "outside" },
		{ map, "00000003 000000", "the keys" },
		{ map, "00000004 01000000", "the keys" },
		{ map, "00000018 0c000000 01000000 00000000 07000000 00000000 00000000",
			"not as many values" },
		{ ROW(R(VARIANT)), "00000018" EMPTY "0400000010000000 0000000100000000",
			"metadata" },
		{ TYPE(.kind = SP_DECIMAL_DATA, .precision = 19), "00000000", "no bytes" },
		{ TYPE(.kind = SP_TIMESTAMP_DATA, .precision = 6), EMPTY "000f4240",
			"nanoseconds" },
		{ T(SP_VARIANT), "ffffffff 00000000", "negative" },
	};

	for (size_t i = 0; i < sp_countof(failures); i++)
		values_check_damage(&failures[i]);
}
END_TEST

UNIT_MAIN("value-sql", slots_of_rows, bodies_in_bodies, standing_alone, wrong_bytes)
