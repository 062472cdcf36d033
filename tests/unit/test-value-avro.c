#include "avro-schema.h"
#include "values.h"

#define RECORD(name, fields) "{\"type\":\"record\",\"name\":\"" name "\",\"fields\":[" fields "]}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"
#define ARRAY(items) "{\"type\":\"array\",\"items\":" items "}"

static const struct sp_type *avro(struct sp_arena *arena, const char *schema)
{
	struct sp_type *type = sp_arena_new_array(arena, struct sp_type, 1);
	struct sp_error err;

	type->kind = SP_AVRO;
	type->schema = sp_slice_of(schema);
	ck_ok(sp_avro_parse(type->schema, arena, &type->avro, &err), err);
	return type;
}

START_TEST(decodes_by_schema)
{
	static const struct {
		const char *schema, *hex, *text;
	} cases[] = {
		{ "\"boolean\"", "01", "1" },
		{ "\"int\"", "fffffffe", "-2" },
		{ "{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}", "0000000000000007",
			"7" },
		{ "\"float\"", "ffc00000", "4290772992" },
		{ "\"double\"", "3ff0000000000000", "4607182418800017408" },
		{ "\"string\"", "00000002 6162", "'ab'" },
		{ "\"bytes\"", "00000001 ff", "#ff" },
		{ "{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}", "0102", "#0102" },
		{ "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}", "00000001",
			"B/1" },
		{ "[\"null\",\"int\"]", "00000000", "null" },
		{ "[\"null\",\"int\"]", "00000001 00000007", "7" },
		{ ARRAY("\"int\""), "00", "[]" },
		{ ARRAY("\"int\""), "01 00000001 02 00000002 00000003 00", "[1,2,3]" },
		{ ARRAY("\"null\""), "03 00", "[null,null,null]" },
		{ "{\"type\":\"map\",\"values\":\"int\"}", "01 00000001 61 00000005 00",
			"<'a':5>" },
		{ RECORD("R", FIELD("a", "\"int\"") "," FIELD("b", "[\"null\",\"R\"]")),
			"00000001 00000001 00000002 00000000", "{a=1,b={a=2,b=null}}" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		const struct values_case c = { avro(arena, cases[i].schema), cases[i].hex,
			cases[i].text };

		values_check(&c);
	}
}
END_TEST

START_TEST(long_blocks)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer bytes = { 0 };
	struct sp_value value;
	struct sp_error err;

	sp_buffer_u8(&bytes, 0xac); /* 300 */
	sp_buffer_u8(&bytes, 0x02);
	for (uint32_t i = 0; i < 300; i++)
		sp_buffer_u32(&bytes, i);
	sp_buffer_u8(&bytes, 0);
	ck_ok(sp_value_read_all(sp_buffer_slice(&bytes), 0, SP_KRYO_2,
		      avro(arena, ARRAY("\"int\"")), arena, &value, &err),
		err);
	ck_assert_uint_eq(value.n_items, 300);
	ck_assert_int_eq(value.items[299].number, 299);
}
END_TEST

START_TEST(records_have_names_and_order)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	const char *schema =
		"{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"my.space\",\"fields\":["
		"{\"name\":\"a\",\"type\":\"int\",\"order\":\"ignore\"},"
		"{\"name\":\"e\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"X\"]}},"
		"{\"name\":\"f\",\"type\":\"my.space.E\"},{\"name\":\"g\",\"type\":\"E\"},"
		"{\"name\":\"h\",\"type\":{\"type\":\"fixed\",\"name\":\"other.F\",\"size\":0}}]}";
	const struct sp_type *type = avro(arena, schema);
	struct sp_value value;
	struct sp_error err;
	int32_t hash;

	ck_ok(sp_value_read_all(values_unhex(arena, "00000007 00000000 00000000 00000000"), 0,
		      SP_KRYO_2, type, arena, &value, &err),
		err);
	ck_assert(sp_slice_is(value.class_name, "my.space.R"));
	ck_assert(sp_slice_is(value.items[1].class_name, "my.space.E"));
	ck_assert(sp_slice_is(value.items[4].class_name, "other.F"));
	ck_assert(value.items[0].is_ignored && !value.items[1].is_ignored);
	ck_assert_int_eq(sp_value_hash(&value, SP_ROW_RULE_1_13, &hash), 1);
	ck_assert_int_eq(hash, 31 * 31 * 31 * 31 + 1); /* three enums of index 0, an empty fixed */
}
END_TEST

START_TEST(refuses_schemas)
{
	static const struct {
		const char *schema, *message;
		int code;
	} cases[] = {
		{ "{", "not JSON", SP_EDAMAGED },
		{ "7", "not a type", SP_EDAMAGED },
		{ "{}", "no type", SP_EDAMAGED },
		{ "\"Nobody\"", "'Nobody'", SP_EDAMAGED },
		{ "[[\"int\"]]", "union in a union", SP_EDAMAGED },
		{ RECORD("R", FIELD("a", RECORD("R", ""))), "'R' twice", SP_EDAMAGED },
		{ "{\"type\":\"record\",\"fields\":[]}", "without a name", SP_EDAMAGED },
		{ "{\"type\":\"record\",\"name\":\"R\"}", "without fields", SP_EDAMAGED },
		{ RECORD("R", "{\"name\":\"a\"}"), "not a type", SP_EDAMAGED },
		{ RECORD("R", FIELD("a", "\"int\"") ",{\"type\":\"int\"}"), "field without a name",
			SP_EDAMAGED },
		{ "{\"type\":\"enum\",\"name\":\"E\"}", "without symbols", SP_EDAMAGED },
		{ "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[1]}", "no name", SP_EDAMAGED },
		{ "{\"type\":\"fixed\",\"name\":\"F\",\"size\":-1}", "without a size",
			SP_EDAMAGED },
		{ "{\"type\":\"fixed\",\"name\":\"F\",\"size\":0.5}", "without a size",
			SP_EDAMAGED },
		{ "{\"type\":\"array\"}", "not a type", SP_EDAMAGED },
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		const struct sp_avro *schema;
		struct sp_error err;

		ck_assert_int_eq(sp_avro_parse(sp_slice_of(cases[i].schema), arena, &schema, &err),
			cases[i].code);
		ck_assert_msg(strstr(err.message, cases[i].message) != NULL, "%s: %s",
			cases[i].schema, err.message);
	}
}
END_TEST

/* Appends `text` n times. */
static void repeat(struct sp_buffer *out, const char *text, int n)
{
	while (n-- > 0)
		sp_buffer_bytes(out, sp_slice_of(text));
}

START_TEST(refuses_deep_schemas)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer json = { 0 };
	const struct sp_avro *schema;
	struct sp_error err;

	repeat(&json, "{\"type\":\"array\",\"items\":", 100);
	repeat(&json, "\"int\"", 1);
	repeat(&json, "}", 100);
	ck_assert_int_eq(
		sp_avro_parse(sp_buffer_slice(&json), arena, &schema, &err), SP_EUNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.message, "too deeply: more than 64"));
}
END_TEST

START_TEST(refuses_large_schemas)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer json = { 0 };
	const struct sp_avro *schema;
	struct sp_error err;

	repeat(&json, " ", (1 << 20) - 5);
	repeat(&json, "\"int\"", 1);
	ck_ok(sp_avro_parse(sp_buffer_slice(&json), arena, &schema, &err), err);
	repeat(&json, " ", 1);
	ck_assert_int_eq(
		sp_avro_parse(sp_buffer_slice(&json), arena, &schema, &err), SP_EUNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.message, "of 1048577 bytes, more than 1048576"));
}
END_TEST

/* Records of two records, 20 levels deep, and of nothing in the end: a million nulls. */
START_TEST(nothing_does_not_explode)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer json = { 0 };
	struct values_failure f = { .hex = "", .message = "take no bytes" };

	for (int i = 0; i < 20; i++)
		sp_buffer_printf(&json,
			"{\"type\":\"record\",\"name\":\"R%d\",\"fields\":[{\"name\":\"a\","
			"\"type\":",
			i);
	repeat(&json, "\"null\"}]}", 1);
	for (int i = 19; i > 0; i--)
		sp_buffer_printf(&json, "},{\"name\":\"b\",\"type\":\"R%d\"}]}", i);
	sp_buffer_u8(&json, 0);
	f.type = avro(arena, (const char *)json.p);
	values_check_damage(&f);
}
END_TEST

START_TEST(refuses_wrong_bytes)
{
	static const struct {
		const char *schema, *hex, *message;
	} cases[] = {
		{ "\"boolean\"", "02", "neither true nor false" },
		{ "\"string\"", "ffffffff", "negative length" },
		{ "[\"null\",\"int\"]", "00000002", "index 2 of 2" },
		{ "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}", "ffffffff",
			"index -1 of 1" },
		{ ARRAY("\"int\""), "ffffffffffffffffff7f", "more than nine bytes" },
		{ ARRAY("\"null\""), "ffffffffffffffff7f", "take no bytes" },
		{ RECORD("R", FIELD("a", "\"R\"")), "", "nested too deeply" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		const struct values_failure f = { avro(arena, cases[i].schema), cases[i].hex,
			cases[i].message };

		values_check_damage(&f);
	}
}
END_TEST

START_TEST(without_a_schema_it_is_opaque)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_type type = { .kind = SP_AVRO, .class_name = SLICE("my.Record") };
	struct sp_value_reader reader = sp_value_reader(values_unhex(arena, "01"), 0, SP_KRYO_2);
	struct sp_error err;

	ck_assert_int_eq(sp_value_skip(&reader, &type, &err), SP_EUNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.message, "'my.Record' cannot be read: no schema"));
	type.avro_fault = "Avro schema is nested too deeply";
	ck_assert_int_eq(sp_value_skip(&reader, &type, &err), SP_EUNSUPPORTED);
	ck_assert_ptr_nonnull(
		strstr(err.message, "cannot be read: Avro schema is nested too deeply"));
}
END_TEST

UNIT_MAIN("value-avro", decodes_by_schema, long_blocks, records_have_names_and_order,
	refuses_schemas, refuses_deep_schemas, refuses_large_schemas, nothing_does_not_explode,
	refuses_wrong_bytes, without_a_schema_it_is_opaque)
