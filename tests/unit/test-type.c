#include "unit.h"

#include "test-data.h"
#include "type.h"

#define BASE "org.apache.flink.api.common.typeutils.base."
#define RUNTIME "org.apache.flink.api.java.typeutils.runtime."
#define CAT "my.Cat$Snapshot"

static void put_utf(struct sp_buffer *out, const char *text)
{
	sp_buffer_utf(out, sp_slice_of(text));
}

static void put_head(struct sp_buffer *out, const char *class, uint32_t version)
{
	put_utf(out, class);
	sp_buffer_u32(out, version);
}

static void put_simple(struct sp_buffer *out, const char *name)
{
	char class[200];

	snprintf(class, sizeof(class), BASE "%sSerializer$%sSerializerSnapshot", name, name);
	put_head(out, class, 3);
}

static void put_nested(struct sp_buffer *out, uint32_t n)
{
	sp_buffer_u32(out, 1333245);
	sp_buffer_u32(out, 1);
	sp_buffer_u32(out, n);
}

static void put_composite(struct sp_buffer *out, const char *class, uint32_t outer)
{
	put_head(out, class, 3);
	sp_buffer_u32(out, 911108);
	sp_buffer_u32(out, outer);
}

static void put_map(struct sp_buffer *out, uint32_t n)
{
	sp_buffer_u64(out, 0x4f2c69a3d70);
	sp_buffer_u32(out, n);
}

static void put_frame(struct sp_buffer *out, const struct sp_buffer *bytes)
{
	sp_buffer_u8(out, 1);
	sp_buffer_blob(out, sp_buffer_slice(bytes));
}

/* A prior: a Java stream of one null. */
static void put_prior(struct sp_buffer *out)
{
	sp_buffer_u32(out, 1);
	sp_buffer_blob(out, sp_slice("\xac\xed\x00\x05\x70", 5));
}

static const struct sp_type *read_all(const struct sp_buffer *bytes, struct sp_arena *arena)
{
	struct sp_cursor in = sp_cursor(sp_buffer_slice(bytes), 0);
	const struct sp_type *type = NULL;
	struct sp_error err;

	ck_ok(sp_type_read(&in, arena, &type, &err), err);
	ck_assert_uint_eq(sp_left(&in), 0);
	ck_assert(sp_slice_equal(type->bytes, sp_buffer_slice(bytes)));
	return type;
}

static void text_is(const struct sp_type *type, const char *expected)
{
	sp_auto_buffer text = { 0 };

	sp_type_text(type, &text);
	test_text_is(&text, expected);
}

/* Parses one line of snapshots.txt, "text TAB hex"; the text is then terminated. */
static char *take_line(char **at, struct sp_buffer *bytes)
{
	char *text = *at;
	char *hex = strchr(text, '\t');
	unsigned byte;

	ck_assert(hex != NULL);
	*hex++ = '\0';
	bytes->n = 0;
	while (sscanf(hex, "%2x", &byte) == 1) {
		sp_buffer_u8(bytes, (uint8_t)byte);
		hex += 2;
		if (*hex == '\n')
			break;
	}
	*at = hex + 1;
	return text;
}

static void reads_exactly(const struct sp_buffer *bytes, const char *text)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_cursor in = sp_cursor(sp_buffer_slice(bytes), 0);
	const struct sp_type *type;
	struct sp_error err;

	ck_ok(sp_type_read_proxy(&in, arena, &type, &err), err);
	ck_assert_msg(sp_left(&in) == 0, "%s: %zu bytes left", text, sp_left(&in));
	text_is(type, text);
}

static void refuses_when_cut(const struct sp_buffer *bytes, const char *text)
{
	struct sp_error err;

	for (size_t n = 0; n < bytes->n; n++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		uint8_t *exact = malloc(n + 1);
		struct sp_cursor in = sp_cursor(sp_slice(exact, n), 0);
		const struct sp_type *type;

		memcpy(exact, bytes->p, n);
		ck_assert_msg(sp_type_read_proxy(&in, arena, &type, &err) < 0,
			"%s: accepted when cut at %zu", text, n);
		free(exact);
	}
}

static void survives_damage(const struct sp_buffer *bytes, uint64_t *seed)
{
	struct sp_error err;

	for (int i = 0; i < 40; i++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		sp_auto_buffer copy = { 0 };
		sp_auto_buffer text = { 0 };
		const struct sp_type *type;
		struct sp_cursor in;

		sp_buffer_bytes(&copy, sp_buffer_slice(bytes));
		test_damage(copy.p, copy.n, seed);
		in = sp_cursor(sp_buffer_slice(&copy), 0);
		if (sp_type_read_proxy(&in, arena, &type, &err) == 0)
			sp_type_text(type, &text);
	}
}

/* Snapshots that real Flink wrote: 1.8 to 2.2, one of every kind at hand. */
static void each_snapshot(void (*check)(const struct sp_buffer *, const char *))
{
	sp_auto_buffer file = { 0 };
	sp_auto_buffer bytes = { 0 };
	size_t n = 0;
	char *at;

	test_data_read("types/snapshots.txt", &file);
	sp_buffer_u8(&file, '\0');
	for (at = (char *)file.p; *at != '\0'; n++) {
		const char *text = take_line(&at, &bytes);

		check(&bytes, text);
	}
	ck_assert_uint_ge(n, 90);
}

START_TEST(reads_snapshots_of_real_flink)
{
	each_snapshot(reads_exactly);
}
END_TEST

START_TEST(refuses_every_cut_snapshot)
{
	each_snapshot(refuses_when_cut);
}
END_TEST

static void damage_seeded(const struct sp_buffer *bytes, const char *text)
{
	uint64_t seed = 0x5eed0000 + strlen(text);

	survives_damage(bytes, &seed);
}

START_TEST(survives_damaged_snapshots)
{
	each_snapshot(damage_seeded);
}
END_TEST

START_TEST(knows_the_fields_of_a_pojo)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	sp_auto_buffer key = { 0 };
	sp_auto_buffer age = { 0 };
	sp_auto_buffer cat = { 0 };
	const struct sp_type *type;

	put_utf(&key, "my.Animal");
	put_utf(&key, "age");
	put_simple(&age, "Int");
	put_head(&cat, CAT, 7);
	put_utf(&cat, "a body of no known length");
	put_head(&b, RUNTIME "PojoSerializerSnapshot", 2);
	put_utf(&b, "my.Dog");
	put_map(&b, 2);
	put_utf(&b, "age");
	put_frame(&b, &key);
	put_frame(&b, &age);
	put_utf(&b, "missing-field-at-1");
	sp_buffer_u8(&b, 0);
	put_frame(&b, &cat);
	put_map(&b, 1);
	put_utf(&b, "my.Puppy");
	put_frame(&b, &(struct sp_buffer){ 0 });
	put_frame(&b, &age);
	put_map(&b, 0);
	type = read_all(&b, arena);
	text_is(type, "Pojo my.Dog");
	ck_assert_uint_eq(type->n_fields, 2);
	ck_assert(sp_slice_is(type->fields[0].name, "age"));
	ck_assert(sp_slice_is(type->fields[0].declaring, "my.Animal"));
	ck_assert_int_eq(type->fields[0].type->kind, SP_INT);
	ck_assert_uint_eq(type->fields[1].declaring.n, 0);
	text_is(type->fields[1].type, "Opaque " CAT);
	ck_assert_uint_eq(type->fields[1].type->bytes.n, cat.n);
	ck_assert_uint_eq(type->n_registered, 1);
	ck_assert(sp_slice_is(type->registered[0].name, "my.Puppy"));
	ck_assert_uint_eq(type->n_non_registered, 0);
}
END_TEST

START_TEST(knows_registrations_of_kryo)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	sp_auto_buffer name = { 0 };
	sp_auto_buffer how = { 0 };
	const struct sp_type *type;

	put_utf(&name, "my.Dog");
	put_utf(&how, "my.Dog");
	sp_buffer_u32(&how, 0);
	put_head(&b, RUNTIME "kryo.KryoSerializerSnapshot", 2);
	put_utf(&b, "my.Dog");
	put_map(&b, 1);
	put_utf(&b, "my.Dog");
	put_frame(&b, &name);
	put_frame(&b, &how);
	put_map(&b, 0);
	put_map(&b, 0);
	type = read_all(&b, arena);
	text_is(type, "Kryo my.Dog");
	ck_assert_uint_eq(type->n_registrations, 1);
	ck_assert(sp_slice_is(type->registrations[0], "my.Dog"));
}
END_TEST

START_TEST(knows_constants_of_enums)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_type *type;

	put_head(&b, BASE "EnumSerializer$EnumSerializerSnapshot", 3);
	put_utf(&b, "my.Color");
	sp_buffer_u32(&b, 2);
	put_utf(&b, "RED");
	put_utf(&b, "BLUE");
	type = read_all(&b, arena);
	text_is(type, "Enum my.Color");
	ck_assert_uint_eq(type->n_constants, 2);
	ck_assert(sp_slice_is(type->constants[1], "BLUE"));
	b.n = 0;
	put_head(&b, "org.apache.flink.api.scala.typeutils.ScalaEnumSerializerSnapshot", 3);
	put_utf(&b, "my.Color$");
	sp_buffer_u32(&b, 1);
	put_utf(&b, "RED");
	sp_buffer_u32(&b, 17);
	type = read_all(&b, arena);
	text_is(type, "ScalaEnum my.Color$");
	ck_assert_int_eq(type->constant_ids[0], 17);
}
END_TEST

START_TEST(reads_all_versions_of_avro)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	const char class[] = "org.apache.flink.formats.avro.typeutils.AvroSerializerSnapshot";
	sp_auto_buffer b = { 0 };
	const struct sp_type *type;

	put_head(&b, class, 1);
	put_utf(&b, "{}");
	type = read_all(&b, arena);
	text_is(type, "Avro");
	ck_assert(sp_slice_is(type->schema, "{}"));
	ck_assert_ptr_null(type->avro);
	ck_assert_str_eq(type->avro_fault, "Avro schema: no type");
	b.n = 0;
	put_head(&b, class, 2);
	put_utf(&b, "my.Rec");
	put_utf(&b, "{}");
	text_is(read_all(&b, arena), "Avro my.Rec");
	b.n = 0;
	put_head(&b, class, 3);
	sp_buffer_bytes(&b, sp_slice("\x02R\x04\"\xe9\x01\"", 7)); /* R, "é" */
	type = read_all(&b, arena);
	text_is(type, "Avro R");
	ck_assert(sp_slice_is(type->schema, "\"\xc3\xa9\""));
}
END_TEST

START_TEST(knows_what_outer_versions_say)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	static const struct {
		uint32_t outer;
		int flag; /* in the bytes; -1: none */
		bool expected;
	} rows[] = { { 2, -1, false }, { 3, -1, true }, { 4, 0, false }, { 4, 1, true } };
	sp_auto_buffer b = { 0 };
	const struct sp_type *type;

	for (size_t i = 0; i < sp_countof(rows); i++) {
		b.n = 0;
		put_composite(&b, RUNTIME "RowSerializer$RowSerializerSnapshot", rows[i].outer);
		if (rows[i].flag >= 0)
			sp_buffer_u8(&b, (uint8_t)rows[i].flag);
		put_nested(&b, 1);
		put_simple(&b, "Long");
		type = read_all(&b, arena);
		ck_assert_int_eq(type->flag, rows[i].expected);
		ck_assert_int_eq(type->outer_version, (int)rows[i].outer);
	}
	b.n = 0;
	put_composite(&b, RUNTIME "NullableSerializer$NullableSerializerSnapshot", 2);
	sp_buffer_u32(&b, 8);
	put_nested(&b, 1);
	put_simple(&b, "Long");
	ck_assert_int_eq(read_all(&b, arena)->padding, 8);
}
END_TEST

START_TEST(reads_composites_of_flink_1_7)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };

	put_head(&b, BASE "MapSerializerSnapshot", 1);
	put_nested(&b, 2);
	put_head(&b, BASE "StringSerializer$StringSerializerSnapshot", 2);
	put_utf(&b, BASE "StringSerializer");
	put_simple(&b, "Long");
	text_is(read_all(&b, arena), "Map<String, Long>");
	b.n = 0;
	put_head(&b, BASE "GenericArraySerializerConfigSnapshot", 2);
	put_utf(&b, "java.lang.Long");
	put_nested(&b, 1);
	put_simple(&b, "Long");
	text_is(read_all(&b, arena), "Array<Long>");
}
END_TEST

START_TEST(sees_ttl)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_type *type;

	put_composite(&b, BASE "ListSerializerSnapshot", 1);
	put_nested(&b, 1);
	put_composite(
		&b, "org.apache.flink.runtime.state.ttl.TtlStateFactory$TtlSerializerSnapshot", 2);
	put_nested(&b, 2);
	put_simple(&b, "Long");
	put_simple(&b, "String");
	type = read_all(&b, arena);
	text_is(type, "List<Ttl<String>>");
	ck_assert(sp_type_has_ttl(type));
	ck_assert(!sp_type_has_ttl(type->children[0]->children[1]));
}
END_TEST

START_TEST(knows_the_children_of_unknown_composites)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_type *type;

	put_composite(&b, CAT, 5);
	put_utf(&b, "some outer data");
	put_nested(&b, 2);
	put_simple(&b, "Long");
	put_simple(&b, "String");
	type = read_all(&b, arena);
	ck_assert_int_eq(type->kind, SP_COMPOSITE);
	ck_assert_int_eq(type->outer_version, 5);
	text_is(type, "Composite " CAT "<Long, String>");
}
END_TEST

/* A map of some later Flink. */
START_TEST(treats_later_versions_as_unknown)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };

	put_composite(&b, BASE "MapSerializerSnapshot", 2);
	sp_buffer_u8(&b, 1);
	put_nested(&b, 1);
	put_simple(&b, "Long");
	text_is(read_all(&b, arena), "Composite " BASE "MapSerializerSnapshot<Long>");
}
END_TEST

START_TEST(says_which_class_has_no_end)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_type *type;
	struct sp_cursor in;
	struct sp_error err;

	put_head(&b, CAT, 7);
	in = sp_cursor(sp_buffer_slice(&b), 16);
	ck_assert_int_eq(sp_type_read(&in, arena, &type, &err), SP_EUNSUPPORTED);
	ck_assert_str_eq(err.message,
		"offset 0x25: the end of a snapshot of " CAT ", version 7, is not known");
}
END_TEST

/* A list of Flink 1.6: prior serializers beside old snapshots. */
START_TEST(keeps_legacy_snapshots_in_their_frames)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	sp_auto_buffer pair = { 0 };
	const struct sp_type *type;
	struct sp_cursor in;
	struct sp_error err;
	uint32_t snapshot_at;

	put_prior(&pair);
	snapshot_at = (uint32_t)pair.n;
	sp_buffer_u32(&pair, 1);
	put_head(&pair, "org.apache.flink.api.common.typeutils.ParameterlessTypeSerializerConfig",
		1);
	put_utf(&pair, BASE "IntSerializer");
	sp_buffer_u32(&b, 1);
	put_head(&b, BASE "CollectionSerializerConfigSnapshot", 1);
	sp_buffer_u32(&b, 1);
	sp_buffer_u32(&b, 0);
	sp_buffer_u32(&b, snapshot_at);
	sp_buffer_blob(&b, sp_buffer_slice(&pair));
	in = sp_cursor(sp_buffer_slice(&b), 0);
	ck_ok(sp_type_read_proxy(&in, arena, &type, &err), err);
	ck_assert_uint_eq(sp_left(&in), 0);
	ck_assert_int_eq(type->kind, SP_LEGACY);
	text_is(type, "Legacy CollectionSerializerConfigSnapshot<Legacy IntSerializer>");
}
END_TEST

START_TEST(finds_the_fields_of_legacy_pojos)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	sp_auto_buffer all = { 0 };
	const struct sp_type *type;
	uint32_t at[2];

	put_utf(&all, "a");
	at[0] = (uint32_t)all.n;
	sp_buffer_u32(&all, 2);
	put_simple(&all, "Int");
	put_utf(&all, "bee");
	at[1] = (uint32_t)all.n;
	sp_buffer_u32(&all, 1);
	put_head(&all, CAT, 1);
	put_head(&b, RUNTIME "PojoSerializer$PojoSerializerConfigSnapshot", 0x7a53c4f0);
	put_prior(&b);
	sp_buffer_u32(&b, 1);
	put_utf(&b, "my.Dog");
	sp_buffer_u32(&b, 2);
	for (int i = 0; i < 2; i++) {
		sp_buffer_u32(&b, at[i]);
		sp_buffer_u32(&b, at[i]);
	}
	sp_buffer_blob(&b, sp_buffer_slice(&all));
	sp_buffer_u64(&b, 0);
	sp_buffer_u64(&b, 0);
	type = read_all(&b, arena);
	text_is(type, "Legacy Dog");
	ck_assert_uint_eq(type->n_fields, 2);
	ck_assert(sp_slice_is(type->fields[0].name, "a"));
	ck_assert(sp_slice_is(type->fields[1].name, "bee"));
	text_is(type->fields[0].type, "Integer");
	text_is(type->fields[1].type, "Legacy Cat$Snapshot");
}
END_TEST

START_TEST(limits_depth)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_type *type;
	struct sp_cursor in;
	struct sp_error err;

	for (int i = 0; i < 1000; i++) {
		put_composite(&b, BASE "ListSerializerSnapshot", 1);
		put_nested(&b, 1);
	}
	in = sp_cursor(sp_buffer_slice(&b), 0);
	ck_assert_int_eq(sp_type_read(&in, arena, &type, &err), SP_EDAMAGED);
	ck_assert(strstr(err.message, "nested too deeply") != NULL);
}
END_TEST

UNIT_MAIN("type", reads_snapshots_of_real_flink, refuses_every_cut_snapshot,
	survives_damaged_snapshots, knows_the_fields_of_a_pojo, knows_registrations_of_kryo,
	knows_constants_of_enums, reads_all_versions_of_avro, knows_what_outer_versions_say,
	reads_composites_of_flink_1_7, sees_ttl, knows_the_children_of_unknown_composites,
	treats_later_versions_as_unknown, says_which_class_has_no_end,
	keeps_legacy_snapshots_in_their_frames, finds_the_fields_of_legacy_pojos, limits_depth)
