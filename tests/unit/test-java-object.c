#include "unit.h"

#include "java-object.h"
#include "test-data.h"
#include "type-logical.h"

#define MAGIC "\xac\xed\x00\x05"

/* A string constant as bytes, without its terminating zero. */
#define put(out, text) sp_buffer_bytes(out, sp_slice(text, sizeof(text) - 1))

/* A descriptor of class `name` whose fields are given as (code, name) pairs. */
static void put_class(struct sp_buffer *out, const char *name, uint8_t flags, const char *fields)
{
	size_t n = 0;

	for (const char *f = fields; *f != '\0'; f++)
		n += *f == ' ';
	sp_buffer_u8(out, 0x72);
	sp_buffer_utf(out, sp_slice_of(name));
	sp_buffer_u64(out, 1);
	sp_buffer_u8(out, flags);
	sp_buffer_u16(out, (uint16_t)n);
	while (n-- > 0) {
		size_t length = strcspn(fields, " ");

		sp_buffer_u8(out, (uint8_t)fields[0]);
		sp_buffer_utf(out, sp_slice(fields + 1, length - 1));
		if (fields[0] == 'L') /* the type's name */
			put(out, "\x74\x00\x04Lx;;");
		fields += length + 1;
	}
	put(out, "\x78\x70"); /* no annotation, no superclass */
}

static int parse(const struct sp_buffer *b, struct sp_arena *arena,
	const struct sp_java_value **ret, struct sp_error *err)
{
	struct sp_cursor in = sp_cursor(sp_buffer_slice(b), 0);
	int status = sp_java_object_read(&in, arena, ret, err);

	if (status == 0)
		ck_assert_uint_eq(sp_left(&in), 0);
	return status;
}

START_TEST(reads_an_object_and_its_exact_end)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_java_value *value;
	struct sp_cursor in;
	struct sp_error err;

	put(&b, MAGIC "\x73");
	put_class(&b, "my.Point", 2, "Ix Sy Lname ");
	put(&b, "\xff\xff\xff\xfe\x00\x07\x74\x00\x02hiREST");
	in = sp_cursor(sp_buffer_slice(&b), 0);
	ck_ok(sp_java_object_read(&in, arena, &value, &err), err);
	ck_assert_uint_eq(sp_left(&in), 4);
	ck_assert_int_eq(value->kind, SP_JAVA_KIND_OBJECT);
	ck_assert(sp_slice_is(value->class->name, "my.Point"));
	ck_assert_int_eq(sp_java_field(value, "x")->number, -2);
	ck_assert_int_eq(sp_java_field(value, "y")->number, 7);
	ck_assert(sp_slice_is(sp_java_field(value, "name")->value->text, "hi"));
	ck_assert(sp_java_field(value, "z") == NULL);
}
END_TEST

START_TEST(follows_handles)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_java_value *value;
	struct sp_error err;

	/* handles: 0 the class, 1 the type of its field, 2 the object: it holds itself */
	put(&b, MAGIC "\x73");
	put_class(&b, "my.Node", 2, "Lnext ");
	put(&b, "\x71\x00\x7e\x00\x02");
	ck_ok(parse(&b, arena, &value, &err), err);
	ck_assert(sp_java_field(value, "next")->value == value);
	b.p[b.n - 1] = 3;
	ck_assert_int_eq(parse(&b, arena, &value, &err), SP_EDAMAGED);
}
END_TEST

START_TEST(reads_what_write_object_wrote)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_java_value *value;
	struct sp_error err;

	put(&b, MAGIC "\x73");
	put_class(&b, "java.util.ArrayList", 3, "Isize ");
	put(&b, "\x00\x00\x00\x01\x77\x04\x00\x00\x00\x01\x74\x00\x01"
		"a\x78");
	ck_ok(parse(&b, arena, &value, &err), err);
	ck_assert_uint_eq(value->n_items, 2);
	ck_assert_int_eq(value->items[0]->kind, SP_JAVA_KIND_BLOCK);
	ck_assert(sp_slice_is(value->items[1]->text, "a"));
}
END_TEST

START_TEST(reads_arrays_enums_and_classes)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_java_value *value;
	struct sp_error err;

	put(&b, MAGIC "\x75");
	put_class(&b, "[S", 2, "");
	put(&b, "\x00\x00\x00\x02\x00\x01\x00\x02");
	ck_ok(parse(&b, arena, &value, &err), err);
	ck_assert_uint_eq(value->text.n, 4);
	b.n = 0;
	put(&b, MAGIC "\x75");
	put_class(&b, "[Lx;", 2, "");
	put(&b, "\x00\x00\x00\x02\x70\x70");
	ck_ok(parse(&b, arena, &value, &err), err);
	ck_assert_uint_eq(value->n_items, 2);
	b.n = 0;
	put(&b, MAGIC "\x7e");
	put_class(&b, "my.Color", 0x12, "");
	put(&b, "\x74\x00\x03RED");
	ck_ok(parse(&b, arena, &value, &err), err);
	ck_assert(sp_slice_is(value->text, "RED"));
	b.n = 0;
	put(&b, MAGIC "\x76");
	put_class(&b, "java.lang.Integer", 2, "");
	ck_ok(parse(&b, arena, &value, &err), err);
	ck_assert(sp_slice_is(value->class->name, "java.lang.Integer"));
}
END_TEST

START_TEST(refuses_what_it_cannot_cross)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_java_value *value;
	struct sp_error err;

	put(&b, MAGIC "\x73");
	put_class(&b, "my.Strange", 4, "");
	ck_assert_int_eq(parse(&b, arena, &value, &err), SP_EUNSUPPORTED);
	b.n = 0;
	put(&b, "\xac\xed\x00\x04\x70");
	ck_assert_int_eq(parse(&b, arena, &value, &err), SP_EDAMAGED);
	b.n = 0;
	put(&b, MAGIC "\x60");
	ck_assert_int_eq(parse(&b, arena, &value, &err), SP_EDAMAGED);
}
END_TEST

START_TEST(limits_depth)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_java_value *value;
	struct sp_error err;

	put(&b, MAGIC);
	for (int i = 0; i < 100000; i++)
		put(&b, "\x73");
	ck_assert_int_eq(parse(&b, arena, &value, &err), SP_EDAMAGED);
}
END_TEST

/* A row type that has itself as a field, many times: no text, no hang. */
START_TEST(logical_types_without_an_end_are_refused)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_java_value *value;
	const struct sp_logical_type *type;
	struct sp_error err;

	put(&b, MAGIC "\x73");
	put_class(&b, "my.MapType", 2, "LtypeRoot LkeyType LvalueType ");
	put(&b, "\x7e");
	put_class(&b, "my.LogicalTypeRoot", 0x12, "");
	put(&b, "\x74\x00\x03MAP\x71\x00\x7e\x00\x04\x71\x00\x7e\x00\x04");
	ck_ok(parse(&b, arena, &value, &err), err);
	ck_assert(sp_java_field(value, "keyType")->value == value);
	ck_assert_int_eq(sp_logical_type_from(value, arena, &type, &err), SP_EDAMAGED);
}
END_TEST

START_TEST(logical_types_have_a_text)
{
	static const struct sp_logical_type leaf = { .root = SP_LOGICAL_VARCHAR,
		.length = INT32_MAX };
	static const struct sp_logical_type decimal = {
		.root = SP_LOGICAL_DECIMAL, .precision = 10, .scale = 2, .nullable = true
	};
	const struct sp_logical_type *children[] = { &decimal, &leaf };
	struct sp_slice names[] = { sp_slice_of("a"), sp_slice_of("b") };
	const struct sp_logical_type row = { .root = SP_LOGICAL_ROW,
		.nullable = true,
		.children = children,
		.names = names,
		.n_children = 2 };
	sp_auto_buffer text = { 0 };

	sp_logical_type_text(&row, &text);
	test_text_is(&text, "ROW<a DECIMAL(10, 2), b STRING NOT NULL>");
}
END_TEST

START_TEST(an_object_that_is_no_logical_type_is_unknown)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_java_value *value;
	const struct sp_logical_type *type;
	struct sp_error err;

	put(&b, MAGIC "\x74\x00\x01x");
	ck_ok(parse(&b, arena, &value, &err), err);
	ck_ok(sp_logical_type_from(value, arena, &type, &err), err);
	ck_assert_int_eq(type->root, SP_LOGICAL_UNKNOWN);
}
END_TEST

UNIT_MAIN("java-object", reads_an_object_and_its_exact_end, follows_handles,
	reads_what_write_object_wrote, reads_arrays_enums_and_classes, refuses_what_it_cannot_cross,
	limits_depth, logical_types_without_an_end_are_refused, logical_types_have_a_text,
	an_object_that_is_no_logical_type_is_unknown)
