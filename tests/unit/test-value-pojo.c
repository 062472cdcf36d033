#include "values.h"

static const struct sp_type int_type = { .kind = SP_INT };
static const struct sp_type string_type = { .kind = SP_STRING };

/* Names of fields and classes are modified UTF-8. */
static struct sp_type_field base_fields[] = {
	{ .name = SLICE("id"), .type = &int_type },
	{ .name = SLICE("n\xc3\xa4me"), .type = &string_type },
};
static struct sp_type_field cat_fields[] = { { .name = SLICE("lives"), .type = &int_type } };
static const struct sp_type cat = {
	.kind = SP_POJO, .class_name = SLICE("my.Cat"), .fields = cat_fields, .n_fields = 1
};
static struct sp_type_field registered[] = { { .name = SLICE("my.Cat"), .type = &cat } };
static struct sp_type_field met[] = { { .name = SLICE("my.Dog"), .type = &int_type } };
static const struct sp_type animal = { .kind = SP_POJO,
	.class_name = SLICE("my.Animal"),
	.fields = base_fields,
	.n_fields = 2,
	.registered = registered,
	.n_registered = 1,
	.non_registered = met,
	.n_non_registered = 1 };

START_TEST(objects)
{
	const struct values_case cases[] = {
		{ &animal, "01", "null" },
		{ &animal, "02 00 00000007 00 0261", "{id=7,n\xc3\xa4me='a'}" },
		{ &animal, "02 01 01", "{id=null,n\xc3\xa4me=null}" },
		{ &animal, "08 00 02 00 00000009", "{lives=9}" },
		{ &animal, "04 0006 6d792e446f67 00000007", "7" },
		{ &animal, "04 0006 6d792e436174 01", "null" }, /* by name although registered */
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(class_is_that_of_the_object)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value value;
	struct sp_error err;

	ck_ok(sp_value_read_all(values_unhex(arena, "08 00 02 01"), 0, SP_KRYO_2, &animal, arena,
		      &value, &err),
		err);
	ck_assert(sp_slice_is(value.class_name, "my.Cat"));
}
END_TEST

START_TEST(wrong_bytes)
{
	const struct values_failure failures[] = {
		{ &animal, "00", "flags 0x00" },
		{ &animal, "03", "flags 0x03" },
		{ &animal, "08 01", "no registered subclass 1" },
		{ &animal, "02 02", "neither true nor false" },
		{ &animal, "04 0001 ff", "malformed" },
	};

	for (size_t i = 0; i < sp_countof(failures); i++)
		values_check_damage(&failures[i]);
}
END_TEST

START_TEST(subclass_without_schema)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value_reader reader =
		sp_value_reader(values_unhex(arena, "04 0006 6d792e466f78 02"), 0, SP_KRYO_2);
	struct sp_error err;

	ck_assert_int_eq(sp_value_skip(&reader, &animal, &err), SP_EUNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.message, "my.Fox"));
	ck_assert_ptr_nonnull(strstr(err.message, "my.Animal"));
	ck_assert_str_ne(err.hint, "");
}
END_TEST

START_TEST(field_without_serializer)
{
	const struct sp_type opaque = { .kind = SP_OPAQUE };
	struct sp_type_field field = { .name = SLICE("x"), .type = &opaque };
	const struct sp_type type = { .kind = SP_POJO, .fields = &field, .n_fields = 1 };
	struct sp_value_reader reader = sp_value_reader(sp_slice("\2\0\0", 3), 0, SP_KRYO_2);
	struct sp_error err;

	ck_assert_int_eq(sp_value_skip(&reader, &type, &err), SP_EUNSUPPORTED);
	ck_assert_ptr_eq(sp_type_opaque_part(&type), &opaque);
}
END_TEST

UNIT_MAIN("value-pojo", objects, class_is_that_of_the_object, wrong_bytes, subclass_without_schema,
	field_without_serializer)
