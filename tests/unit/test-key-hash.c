#include "made-keys.h"

#define ENUM                                                                                       \
	TYPE(.kind = SP_ENUM, .class_name = SLICE("my.Color"),                                     \
		.constants = (struct sp_slice[]){ SLICE("RED"), SLICE("GREEN"), SLICE("BLUE") },   \
		.n_constants = 3)

START_TEST(hashes_from_bytes)
{
	static const struct {
		enum sp_type_kind kind;
		const char *hex;
		int32_t hash;
	} cases[] = {
		{ SP_BOOLEAN, "01", 1231 },
		{ SP_BYTE, "ff", -1 },
		{ SP_SHORT, "8000", -32768 },
		{ SP_CHAR, "ffff", 65535 },
		{ SP_INT, "fffffffe", -2 },
		{ SP_LONG, "8000000000000000", INT32_MIN },
		{ SP_FLOAT, "ffc00001", 0x7fc00000 },
		{ SP_DOUBLE, "3ff0000000000000", 1072693248 },
		{ SP_STRING, "00", 0 },
		{ SP_STRING, "01", 0 },
		{ SP_STRING, "06 68656c6c6f", 99162322 },
		{ SP_STRING, "03 bdb003 80bc03", 0xd83d * 31 + 0xde00 },
		{ SP_STRING_VALUE, "05 68656c6c6f", 99162322 },
		{ SP_BINARY_ROW_DATA, "00000008 0000000000000000", -1670924195 },
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		const struct sp_type type = { .kind = cases[i].kind };
		sp_auto(keys) *keys = keys_new(0, 128);
		sp_auto(sp_key_hash) *hash = make(keys, &type);
		int32_t codes[SP_KEY_RULES_MAX];
		struct sp_error err;

		ck_assert(sp_key_hash_is_fast(hash));
		ck_assert(!sp_key_hash_is_inferred(&type));
		ck_assert_uint_eq(sp_key_hash_rules(hash), 1);
		ck_ok(sp_key_hash_codes(
			      hash, values_unhex(keys->arena, cases[i].hex), NULL, codes, &err),
			err);
		ck_assert_msg(codes[0] == cases[i].hash, "case %zu: %d", i, codes[0]);
	}
}
END_TEST

START_TEST(refuses_bytes_that_are_no_key)
{
	static const struct {
		enum sp_type_kind kind;
		const char *hex;
	} cases[] = { { SP_BOOLEAN, "02" }, { SP_BYTE, "" }, { SP_SHORT, "80" },
		{ SP_CHAR, "ffffff" }, { SP_INT, "fffffe" }, { SP_LONG, "80000000000000" },
		{ SP_FLOAT, "ffc0000100" }, { SP_DOUBLE, "3ff00000000000" }, { SP_STRING, "" },
		{ SP_STRING, "0041" }, { SP_STRING, "0641" }, { SP_STRING, "ffffffffff41" },
		{ SP_STRING, "0280" }, { SP_STRING, "024141" }, { SP_STRING, "02ffff7f" },
		{ SP_BINARY_ROW_DATA, "00000007 0000000000000000" } };

	for (size_t i = 0; i < sp_countof(cases); i++) {
		const struct sp_type type = { .kind = cases[i].kind };
		sp_auto(keys) *keys = keys_new(0, 128);
		sp_auto(sp_key_hash) *hash = make(keys, &type);
		struct sp_slice key = values_unhex(keys->arena, cases[i].hex);
		uint8_t *exact =
			malloc(key.n + 1); /* so that a sanitizer sees what is read behind */
		int32_t codes[SP_KEY_RULES_MAX];
		struct sp_error err;

		memcpy(exact + 1, key.p, key.n);
		ck_assert_msg(sp_key_hash_codes(hash, sp_slice(exact + 1, key.n), NULL, codes,
				      &err) == SP_EDAMAGED,
			"case %zu", i);
		free(exact);
	}
}
END_TEST

START_TEST(tuples_from_bytes)
{
	const struct {
		const struct sp_type *type;
		const char *hex;
		int32_t hash;
	} cases[] = {
		{ TUPLE2(T(SP_STRING), T(SP_INT)), "03 6162 00000007", 31 * (31 * 'a' + 'b') + 7 },
		{ TUPLE2(T(SP_STRING), T(SP_STRING)), "02 e901 00", 31 * 0xe9 },
		{ TUPLE2(T(SP_BOOLEAN), T(SP_BYTE)), "00 ff", 31 * 1237 - 1 },
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		sp_auto(keys) *keys = keys_new(0, 128);
		sp_auto(sp_key_hash) *hash = make(keys, cases[i].type);
		struct sp_slice key = values_unhex(keys->arena, cases[i].hex);
		int32_t codes[SP_KEY_RULES_MAX];
		struct sp_error err;

		ck_assert(sp_key_hash_is_fast(hash));
		ck_ok(sp_key_hash_codes(hash, key, NULL, codes, &err), err);
		ck_assert_int_eq(codes[0], cases[i].hash);
		for (size_t n = 0; n < key.n; n++)
			ck_assert_int_eq(
				sp_key_hash_codes(hash, sp_slice(key.p, n), NULL, codes, &err),
				SP_EDAMAGED);
	}
}
END_TEST

START_TEST(strings_of_all_lengths)
{
	sp_auto(keys) *keys = keys_new(0, 128);
	sp_auto(sp_key_hash) *hash = make(keys, T(SP_STRING));
	char text[120] = "";
	int32_t codes[SP_KEY_RULES_MAX];
	struct sp_error err;

	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		sp_auto_buffer key = { 0 };

		put_text(&key, text);
		ck_ok(sp_key_hash_codes(hash, sp_buffer_slice(&key), NULL, codes, &err), err);
		ck_assert_int_eq(codes[0], (int32_t)hash_of_text(text));
		text[i] = (char)('0' + i % 70);
	}
}
END_TEST

START_TEST(rows_have_a_rule_per_release)
{
	static const struct {
		const char *rule;
		int32_t hash;
	} expected[] = {
		{ "Row.hashCode() of Flink 1.13 and later", 31 + 31 + 7 },
		{ "Row.hashCode() of Flink 1.12", 31 + 7 },
		{ "Row.hashCode() of Flink 1.11", 31 + 7 },
		{ "Row.hashCode() of Flink 1.8 to 1.10", 31 + 7 },
	};
	const struct sp_type *row = TYPE(.kind = SP_ROW, .flag = true, .outer_version = 4,
		.n_children = 1, .children = (const struct sp_type *[]){ T(SP_INT) });
	sp_auto(keys) *keys = keys_new(0, 128);
	sp_auto(sp_key_hash) *hash = make(keys, row);
	sp_auto(sp_key_hash) *tuple = make(keys, TUPLE2(row, T(SP_INT)));
	int32_t codes[SP_KEY_RULES_MAX];
	struct sp_error err;

	ck_assert_uint_eq(sp_key_hash_rules(hash), sp_countof(expected));
	ck_ok(sp_key_hash_codes(
		      hash, values_unhex(keys->arena, "00 00000007"), keys->arena, codes, &err),
		err);
	for (size_t i = 0; i < sp_countof(expected); i++) {
		ck_assert_str_eq(sp_key_hash_rule(hash, i), expected[i].rule);
		ck_assert_int_eq(codes[i], expected[i].hash);
	}
	ck_assert_uint_eq(sp_key_hash_rules(tuple), sp_countof(expected));
	ck_ok(sp_key_hash_codes(tuple, values_unhex(keys->arena, "00 00000007 00000002"),
		      keys->arena, codes, &err),
		err);
	ck_assert_int_eq(codes[0], 31 * expected[0].hash + 2);
	ck_assert_int_eq(codes[3], 31 * expected[3].hash + 2);
}
END_TEST

START_TEST(identity_has_no_rule)
{
	const struct {
		const struct sp_type *type;
		const char *reason;
	} cases[] = {
		{ ENUM, "enums hash by identity" },
		{ T(SP_BYTE_ARRAY), "arrays hash by identity" },
		{ OF(SP_LIST, ENUM), "enums hash by identity" },
		{ TUPLE2(T(SP_INT), T(SP_INT_ARRAY)), "arrays hash by identity" },
		{ OF(SP_EITHER, T(SP_INT), ENUM), "enums hash by identity" },
		{ T(SP_OPAQUE), "does not describe it" },
		{ TYPE(.kind = SP_KRYO, .class_name = SLICE("my.Thing")),
			"Kryo wrote the class my.Thing" },
		{ TYPE(.kind = SP_KRYO, .class_name = SLICE("java.net.URI")), "java.net.URI" },
	};
	sp_auto(keys) *keys = keys_new(0, 128);

	for (size_t i = 0; i < sp_countof(cases); i++) {
		ck_assert(!sp_key_hash_is_inferred(cases[i].type));
		check_none(keys, cases[i].type, cases[i].reason);
	}
	ck_assert(!sp_key_hash_is_inferred(TUPLE2(pojo(keys->arena, "Key", "i"), ENUM)));
	ck_assert(sp_key_hash_is_inferred(TUPLE2(pojo(keys->arena, "Key", "e"), T(SP_INT))));
}
END_TEST

/* --- hostile bytes --------------------------------------------------------------------------- */

START_TEST(damaged_keys_are_refused)
{
	struct sp_type *type;
	sp_auto(keys) *keys = nested_keys(&type, 1);
	sp_auto(sp_key_hash) *hash = make(keys, type);
	size_t refused = 0;

	for (size_t i = 0; i < 20000; i++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		struct sp_slice key = sp_arena_copy(arena, keys->samples[i % keys->n].key);
		int32_t codes[SP_KEY_RULES_MAX];
		struct sp_error err;
		int r;

		test_damage((uint8_t *)key.p, key.n, &keys->random);
		r = sp_key_hash_codes(hash, key, arena, codes, &err);
		ck_assert(r == 0 || r == SP_EDAMAGED || r == SP_EUNSUPPORTED);
		refused += r < 0;
	}
	ck_assert_uint_gt(refused, 1000);
}
END_TEST

START_TEST(damaged_samples_are_refused)
{
	struct sp_type *type;
	sp_auto(keys) *keys = nested_keys(&type, 1);
	struct sp_key_hash *hash;
	struct sp_error err;

	for (size_t i = 0; i < 50; i++) {
		struct sp_slice key = keys->samples[i].key;
		struct sp_slice damaged = sp_arena_copy(keys->arena, key);
		int r;

		test_damage((uint8_t *)damaged.p, damaged.n, &keys->random);
		keys->samples[i].key = damaged;
		r = sp_key_hash_new(
			type, SP_KRYO_2, keys->max, keys->samples, keys->n, &hash, &err);
		ck_assert(r == 0 || r == SP_EDAMAGED);
		if (r == 0)
			sp_key_hash_free(hash);
		keys->samples[i].key = key;
	}
}
END_TEST

UNIT_MAIN("key-hash", hashes_from_bytes, refuses_bytes_that_are_no_key, strings_of_all_lengths,
	tuples_from_bytes, rows_have_a_rule_per_release, identity_has_no_rule,
	damaged_keys_are_refused, damaged_samples_are_refused)
