#include "values.h"

#define T(k) TYPE(.kind = (k))
#define DEEP 200 /* more than SP_VALUE_DEPTH */
#define USER TYPE(.kind = SP_OPAQUE, .snapshot_class = SLICE("my.Snapshot"))

START_TEST(kryo_by_release)
{
	/* of a code that Flink 2.x reads, and does not write */
	struct sp_subtask subtask = { .raw_keyed = { .code = SP_KEYED_KEY_GROUPS } };
	struct sp_operator op = { .subtasks = &subtask, .n_subtasks = 1 };
	struct sp_snapshot snapshot = { .version = 4 };

	for (int32_t v = SP_METADATA_VERSION_MIN; v <= SP_METADATA_VERSION_MAX; v++) {
		struct sp_releases releases;

		sp_releases_of_version(v, &releases); /* one version, one Kryo */
		ck_assert_int_eq(releases.written_from >= SP_RELEASE(2, 0),
			releases.written_to >= SP_RELEASE(2, 0));
	}
	ck_assert_int_eq(sp_kryo_of(NULL), SP_KRYO_2);
	ck_assert_int_eq(sp_kryo_of(&snapshot), SP_KRYO_2);
	snapshot.version = 5;
	ck_assert_int_eq(sp_kryo_of(&snapshot), SP_KRYO_5);
	snapshot.operators = &op;
	snapshot.n_operators = 1;
	ck_assert_int_eq(sp_kryo_of(&snapshot), SP_KRYO_5);
}
END_TEST

START_TEST(one_after_the_other)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value_reader reader =
		sp_value_reader(values_unhex(arena, "00000001 0261"), 0, SP_KRYO_2);
	struct sp_value value;
	struct sp_error err;

	ck_ok(sp_value_skip(&reader, T(SP_INT), &err), err);
	ck_ok(sp_value_read(&reader, T(SP_STRING), arena, &value, &err), err);
	values_check_text(&value, "'a'");
	ck_assert_uint_eq(sp_left(&reader.in), 0);
}
END_TEST

START_TEST(unknown_types_are_named)
{
	const struct sp_type *types[] = {
		USER,
		OF(SP_TUPLE, T(SP_BYTE), USER),
		OF(SP_LIST, USER),
		TYPE(.kind = SP_COMPOSITE, .snapshot_class = SLICE("my.Snapshot")),
		TYPE(.kind = SP_VALUE, .class_name = SLICE("my.Snapshot"),
			.snapshot_class = SLICE("org.apache.flink.api.java.typeutils.runtime."
						"ValueSerializer$ValueSerializerSnapshot")),
	};

	for (size_t i = 0; i < sp_countof(types); i++) {
		struct sp_value_reader reader =
			sp_value_reader(sp_slice("\0\0\0\1\0\0\0\1", 8), 0, SP_KRYO_2);
		struct sp_error err;

		ck_assert_int_eq(sp_value_skip(&reader, types[i], &err), SP_EUNSUPPORTED);
		ck_assert_msg(strstr(err.message, "my.Snapshot") != NULL, "%s", err.message);
		ck_assert_ptr_eq(reader.in.at, reader.in.start);
	}
}
END_TEST

/* Where the end is known, what is unknown is all that is left. */
START_TEST(unknown_types_at_the_end)
{
	const struct values_case cases[] = {
		{ USER, "abcd", "opaque my.Snapshot#abcd" },
		{ OF(SP_TUPLE, T(SP_BYTE), USER), "07 abcd", "(7,opaque my.Snapshot#abcd)" },
		{ OF(SP_TTL, T(SP_LONG), USER), "0000000000000001 ab",
			"{lastAccessTimestamp=1,userValue=opaque my.Snapshot#ab}" },
		{ OF(SP_NULLABLE, USER), "00 ab", "opaque my.Snapshot#ab" },
		{ OF(SP_TUPLE, USER, T(SP_BYTE)), "abcd", "opaque #abcd" },
		{ OF(SP_TUPLE, T(SP_BYTE), OF(SP_TUPLE, USER, USER)), "07 ab", "(7,opaque #ab)" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		struct sp_slice bytes = values_unhex(arena, cases[i].hex);
		struct sp_value value;
		struct sp_error err;

		ck_ok(sp_value_read_all(bytes, 0, SP_KRYO_2, cases[i].type, arena, &value, &err),
			err);
		values_check_text(&value, cases[i].text);
	}
}
END_TEST

START_TEST(all_means_all)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_slice bytes = values_unhex(arena, "00000001 00");
	struct sp_value value;
	struct sp_error err;

	ck_assert_int_eq(sp_value_read_all(bytes, 0x20, SP_KRYO_2, T(SP_INT), arena, &value, &err),
		SP_EDAMAGED);
	ck_assert_str_eq(err.message, "offset 0x24: 1 bytes behind the value");
}
END_TEST

START_TEST(deep_values_are_damage)
{
	struct sp_type types[DEEP];
	const struct sp_type *children[DEEP];
	uint8_t zeros[4 * DEEP] = { 0 };
	struct sp_value_reader reader =
		sp_value_reader(sp_slice(zeros, sizeof(zeros)), 0, SP_KRYO_2);
	const struct sp_type *leaf = T(SP_INT);
	struct sp_error err;

	for (size_t i = 0; i < DEEP; i++) {
		children[i] = i + 1 < DEEP ? &types[i + 1] : leaf;
		types[i] = (struct sp_type){
			.kind = SP_TUPLE, .children = &children[i], .n_children = 1
		};
	}
	ck_assert_int_eq(sp_value_skip(&reader, &types[0], &err), SP_EDAMAGED);
	ck_assert_ptr_nonnull(strstr(err.message, "nested too deeply"));
	ck_assert_uint_eq(reader.missing, 0);
}
END_TEST

UNIT_MAIN("value", kryo_by_release, one_after_the_other, unknown_types_are_named,
	unknown_types_at_the_end, all_means_all, deep_values_are_damage)
