/* What the vectors of real Flink do not have: classes of the job, references, wrong bytes. */
#include "test-data.h"
#include "value-internal.h"
#include "values.h"

#define ARRAY_LIST "6a6176612e7574696c2e41727261794c6973f4" /* java.util.ArrayList */
#define LIST "0100" ARRAY_LIST "01"                         /* by name, and new */
#define USER "6d792e557365f2"                               /* my.User */
#define ID_USER "57"                                        /* the first id of the job */
#define ID_MAP "58"

static const struct sp_type_kryo_class by_id[] = {
	{ .name = SLICE("my.User") },
	{ .name = SLICE("java.util.HashMap") },
	{ .name = SLICE("java.util.TreeMap"), .has_serializer = true },
};

static const struct sp_slice defaults[] = { SLICE("java.util.LinkedList") };

static const struct sp_type kryo = { .kind = SP_KRYO,
	.class_name = SLICE("java.lang.Object"),
	.by_id = (struct sp_type_kryo_class *)by_id,
	.n_by_id = sp_countof(by_id),
	.defaults = (struct sp_slice *)defaults,
	.n_defaults = 1 };

START_TEST(decodes)
{
	const struct values_case cases[] = {
		{ &kryo, "00", "null" },
		{ &kryo, "020a", "5" },
		{ &kryo, "030161e2", "'ab'" },
		{ &kryo, "030180", "null" },
		{ &kryo, "030181", "''" },
		{ &kryo, "0300", "null" },
		{ &kryo, LIST "02 020a 030161e2", "[5,'ab']" },
		{ &kryo, LIST "02 010001 00 00", "[[],null]" },
		{ &kryo, ID_MAP "01 01 030161e2 00", "<'ab':null>" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(references_share_what_they_name)
{
	const struct values_case cases[] = {
		{ &kryo, LIST "02 030161e2 0303", "['ab','ab']" },
		{ &kryo, LIST "02 01000101020a 010003", "[[5],[5]]" },
	};
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value value;
	struct sp_error err;

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
	ck_ok(sp_value_read_all(
		      values_unhex(arena, cases[1].hex), 0, SP_KRYO_2, &kryo, arena, &value, &err),
		err);
	ck_assert_ptr_eq(value.items[0].items, value.items[1].items);
}
END_TEST

struct unsupported {
	const char *hex;
	enum sp_kryo kryo;
	const char *message;
	int skipped;
};

/* Nobody can decode them; with a length around them they are what they are. */
static void check_unsupported(const struct unsupported *u)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_slice bytes = values_unhex(arena, u->hex);
	struct sp_value_reader reader = sp_value_reader(bytes, 0, u->kryo);
	struct sp_value value;
	struct sp_error err;

	ck_assert_int_eq(sp_value_read(&reader, &kryo, arena, &value, &err), SP_EUNSUPPORTED);
	ck_assert_msg(strstr(err.message, u->message) != NULL, "%s: %s", u->hex, err.message);
	ck_assert_ptr_eq(reader.in.at, bytes.p);
	ck_assert_int_eq(sp_value_skip(&reader, &kryo, &err), u->skipped);
	ck_ok(sp_value_read_all(bytes, 0, u->kryo, &kryo, arena, &value, &err), err);
	ck_assert_int_eq(value.kind, SP_VALUE_OPAQUE);
	ck_assert(sp_slice_equal(value.bytes, bytes));
}

START_TEST(names_the_class_without_an_end)
{
	const struct unsupported cases[] = {
		{ ID_USER "0105ffffff", SP_KRYO_2, "Kryo value of class 'my.User' has no known end",
			SP_EUNSUPPORTED },
		{ "0100" USER "0105", SP_KRYO_5, "class 'my.User'", SP_EUNSUPPORTED },
		{ LIST "01 0101" USER "0105", SP_KRYO_2, "class 'my.User'", SP_EUNSUPPORTED },
		/* a constant of an enum, which looks like a reference */
		{ "0100" USER "02", SP_KRYO_5, "class 'my.User'", SP_EUNSUPPORTED },
		/* serializers of the job's own */
		{ "590100", SP_KRYO_2, "class 'java.util.TreeMap'", SP_EUNSUPPORTED },
		{ "0100 6a6176612e7574696c2e4c696e6b65644c6973f4 0100", SP_KRYO_2,
			"class 'java.util.LinkedList'", SP_EUNSUPPORTED },
		{ "0100 5b4c6d792e557365723bbb 0102 00", SP_KRYO_2, "class '", SP_EUNSUPPORTED },
		{ "0c01", SP_KRYO_2, "class id 10, of the Scala API", SP_EUNSUPPORTED },
		{ LIST "01 010002", SP_KRYO_2, "contains itself", 0 },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		check_unsupported(&cases[i]);
}
END_TEST

/* Lists of two that are the same list, 40 levels of them: 2^40 strings in 600 bytes. */
START_TEST(repetition_does_not_explode)
{
	sp_auto_buffer hex = { 0 };
	struct unsupported u = { .kryo = SP_KRYO_2, .message = "repeats parts of itself" };

	for (int level = 0; level < 40; level++)
		sp_buffer_printf(&hex, "%s02", level == 0 ? LIST : "010001");
	sp_buffer_printf(&hex, "030161e2 032a");
	for (int level = 39; level > 0; level--)
		sp_buffer_printf(&hex, "0100%02x", level + 2);
	sp_buffer_u8(&hex, 0);
	u.hex = (const char *)hex.p;
	check_unsupported(&u);
}
END_TEST

START_TEST(throwables_are_known_by_their_stream)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_slice bytes = values_unhex(arena, "0100" USER "01 aced0005 740001 61");
	struct sp_value_reader reader = sp_value_reader(bytes, 0, SP_KRYO_2);
	struct sp_value value;
	struct sp_error err;

	ck_ok(sp_value_read(&reader, &kryo, arena, &value, &err), err);
	ck_assert_int_eq(value.kind, SP_VALUE_JAVA);
	ck_assert_uint_eq(value.bytes.n, 8);
	ck_assert(sp_slice_is(value.class_name, "my.User"));
	for (size_t n = 0; n < bytes.n; n++) {
		reader = sp_value_reader(sp_slice(bytes.p, n), 0, SP_KRYO_2);
		ck_assert_int_lt(sp_value_skip(&reader, &kryo, &err), 0);
		ck_assert_uint_gt(reader.missing, 0);
		ck_assert_uint_le(reader.missing, bytes.n - n);
	}
}
END_TEST

START_TEST(refuses_wrong_bytes)
{
	const struct values_failure cases[] = {
		{ &kryo, "0101" ARRAY_LIST, "class number 1" },
		{ &kryo, "010080", "class without a name" },
		{ &kryo, "5a01", "class id 88, but there are 88" },
		{ &kryo, "0302", "reference to object 0 of 0" },
		{ &kryo, "ffffffffff01", "more than five bytes" },
		{ &kryo, "0502", "neither true nor false" },
		{ &kryo, "030183 80 61", "malformed string" },
		{ &kryo, "030182 c080", "malformed string" },
		{ &kryo, "5101 00 ffffffff0f", "nanoseconds" },
		{ &kryo, LIST "ffffffff0f", "elements" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check_damage(&cases[i]);
}
END_TEST

/* The number of nulls has nothing behind it. */
START_TEST(nulls_are_limited)
{
	const struct unsupported u = { LIST "c1ffffff0700", SP_KRYO_5, "nulls", SP_EUNSUPPORTED };

	check_unsupported(&u);
}
END_TEST

START_TEST(classes_tell_how_they_compare)
{
	static const struct {
		const char *name;
		enum sp_kryo_equality equality;
	} cases[] = {
		{ "", SP_KRYO_BY_KIND },
		{ "java.util.ArrayList", SP_KRYO_BY_KIND },
		{ "java.util.TreeSet", SP_KRYO_AS_SET },
		{ "java.util.ArrayDeque", SP_KRYO_BY_ITSELF },
		{ "[I", SP_KRYO_BY_ITSELF },
		{ "[Lmy.User;", SP_KRYO_BY_ITSELF },
		{ "my.User", SP_KRYO_BY_ITSELF },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		ck_assert_msg(sp_kryo_equality(sp_slice_of(cases[i].name)) == cases[i].equality,
			"%s", cases[i].name);
}
END_TEST

/* Whatever the bytes are, the walk ends, and the walk that crosses agrees. */
START_TEST(survives_damage)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_slice bytes = values_unhex(
		arena, LIST "04 02010002 030161e2 " ID_MAP "0101030161e20303 5401 0201 020a");
	uint64_t state = 42;

	for (int i = 0; i < 20000; i++) {
		sp_auto(sp_arena) *scratch = sp_arena_new();
		struct sp_slice damaged = sp_arena_copy(scratch, bytes);
		enum sp_kryo generation = i % 2 == 0 ? SP_KRYO_2 : SP_KRYO_5;
		struct sp_value_reader skip = sp_value_reader(damaged, 0, generation);
		struct sp_value_reader read = skip;
		struct sp_value value;
		struct sp_error err;

		test_damage((uint8_t *)damaged.p, damaged.n, &state);
		if (sp_value_read(&read, &kryo, scratch, &value, &err) < 0)
			continue;
		ck_assert_int_eq(sp_value_skip(&skip, &kryo, &err), 0);
		ck_assert_ptr_eq(skip.in.at, read.in.at);
	}
}
END_TEST

UNIT_MAIN("value-kryo", decodes, references_share_what_they_name, names_the_class_without_an_end,
	repetition_does_not_explode, throwables_are_known_by_their_stream, refuses_wrong_bytes,
	nulls_are_limited, classes_tell_how_they_compare, survives_damage)
