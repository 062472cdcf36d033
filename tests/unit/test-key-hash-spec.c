/* Stated rules; that what is printed can be stated again, test-key-hash-infer.c sees. */
#include "made-keys.h"

static const struct sp_type *two_classes(struct sp_arena *arena)
{
	struct sp_type *type = pojo(arena, "my.Outer$Key", "is");

	type->fields[0].type = pojo(arena, "my.Part", "is");
	return type;
}

START_TEST(understands_rules)
{
	static const struct {
		const char *rule, *text;
	} cases[] = {
		{ "record(a,b)", "Key: record(a, b)" },
		{ " OBJECTS.HASH ( b , a ) ", "Key: Objects.hash(b, a)" },
		{ "field(b)", "Key: field(b)" },
		{ "1000003-from-5(b, b)", "Key: 1000003-from-5(b, b)" },
		{ "Part: xor(a, b), Key: sum(a, b)", "Key: sum(a, b), Part: xor(a, b)" },
		{ "my.Part:lombok(a),record(a)", "Key: field(a), Part: Lombok(a)" },
		{ "record(a, b), enums by ordinal", "Key: record(a, b), enums by ordinal" },
	};
	sp_auto(sp_arena) *arena = sp_arena_new();

	for (size_t i = 0; i < sp_countof(cases); i++) {
		sp_auto(sp_key_hash) *hash = NULL;
		struct sp_error err;

		ck_ok(sp_key_hash_parse(two_classes(arena), SP_KRYO_2, cases[i].rule, &hash, &err),
			err);
		ck_assert_uint_eq(sp_key_hash_rules(hash), 1);
		ck_assert_str_eq(sp_key_hash_rule(hash, 0), cases[i].text);
		ck_assert_ptr_null(sp_key_hash_reason(hash));
	}
}
END_TEST

START_TEST(refuses_what_is_no_rule)
{
	static const struct {
		const char *rule, *message;
	} cases[] = {
		{ "", "no such hash function: ''" },
		{ "recor(a)", "no such hash function: 'recor'" },
		{ "31-from-1x(a)", "no such hash function: '31-from-1x'" },
		{ "record", "'(' is missing behind 'record'" },
		{ "record(", "the class has no field ''" },
		{ "record()", "the class has no field ''" },
		{ "record(a", "')' is missing at ''" },
		{ "record(a,c)", "the class has no field 'c'" },
		{ "record(a) b", "',' is missing before 'b'" },
		{ "Nobody: record(a)", "the key has no class 'Nobody'" },
		{ "record(a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,b)",
			"too many fields: 'b'" },
	};
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_key_hash *hash;
	struct sp_error err;

	for (size_t i = 0; i < sp_countof(cases); i++) {
		ck_assert_int_eq(sp_key_hash_parse(
					 two_classes(arena), SP_KRYO_2, cases[i].rule, &hash, &err),
			SP_EUSAGE);
		ck_assert_msg(strstr(err.message, cases[i].message) != NULL, "%s", err.message);
	}
	ck_assert_int_eq(sp_key_hash_parse(TYPE(.kind = SP_KRYO, .class_name = SLICE("my.Key")),
				 SP_KRYO_2, "field(a)", &hash, &err),
		SP_EUNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.message, "Kryo wrote the class my.Key"));
	ck_assert_int_eq(
		sp_key_hash_parse(T(SP_STRING), SP_KRYO_2, "field(a)", &hash, &err), SP_EUSAGE);
	ck_assert_int_eq(sp_key_hash_parse(T(SP_INT_ARRAY), SP_KRYO_2, "field(a)", &hash, &err),
		SP_EUNSUPPORTED);
}
END_TEST

/* A class whose rule was not stated has no hash code. */
START_TEST(what_is_not_stated_is_not_known)
{
	struct sp_type *type;
	sp_auto(keys) *keys = nested_keys(&type, 1);
	sp_auto(sp_key_hash) *outer = NULL;
	sp_auto(sp_key_hash) *both = NULL;
	int32_t codes[SP_KEY_RULES_MAX];
	struct sp_error err;

	ck_ok(sp_key_hash_parse(type, SP_KRYO_2, "Objects.hash(b, a)", &outer, &err), err);
	ck_assert_int_eq(sp_key_hash_codes(outer, keys->samples[0].key, keys->arena, codes, &err),
		SP_EUNSUPPORTED);
	ck_ok(sp_key_hash_parse(
		      type, SP_KRYO_2, "Objects.hash(b, a), Part: Objects.hash(b, a)", &both, &err),
		err);
	ck_assert_uint_eq(count_right(keys, both, 0), keys->n);
}
END_TEST

START_TEST(row_may_be_stated_too)
{
	sp_auto(keys) *keys = keys_new(0, 128);
	const struct sp_type *parts[] = { pojo(keys->arena, "my.Key", "is") };
	const struct sp_type row = {
		.kind = SP_ROW, .outer_version = 4, .n_children = 1, .children = parts
	};
	sp_auto(sp_key_hash) *any = NULL;
	sp_auto(sp_key_hash) *one = NULL;
	struct sp_error err;

	ck_ok(sp_key_hash_parse(&row, SP_KRYO_2, "record(a, b)", &any, &err), err);
	ck_assert_uint_eq(sp_key_hash_rules(any), 4);
	ck_ok(sp_key_hash_parse(&row, SP_KRYO_2, sp_key_hash_rule(any, 1), &one, &err), err);
	ck_assert_uint_eq(sp_key_hash_rules(one), 1);
	ck_assert_str_eq(sp_key_hash_rule(one, 0), "record(a, b), Row.hashCode() of Flink 1.12");
}
END_TEST

/* Where it is all there is to be stated. */
START_TEST(row_may_be_stated_alone)
{
	const struct sp_type *parts[] = { T(SP_STRING) };
	const struct sp_type row = { .kind = SP_ROW, .n_children = 1, .children = parts };
	static const uint8_t key[] = { 0, 2, 'a' };
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto(sp_key_hash) *hash = NULL;
	int32_t codes[SP_KEY_RULES_MAX];
	struct sp_error err;

	ck_ok(sp_key_hash_parse(&row, SP_KRYO_2, "row.hashCode() of flink 1.12", &hash, &err), err);
	ck_assert_uint_eq(sp_key_hash_rules(hash), 1);
	ck_assert_str_eq(sp_key_hash_rule(hash, 0), "Row.hashCode() of Flink 1.12");
	ck_ok(sp_key_hash_codes(hash, sp_slice(key, sizeof(key)), arena, codes, &err), err);
	ck_assert_int_eq(codes[0], 31 + 'a');
	ck_assert(sp_key_hash_is_of(hash, 0, SP_RELEASE(1, 11), SP_RELEASE(1, 12)));
	ck_assert(!sp_key_hash_is_of(hash, 0, SP_RELEASE(1, 13), SP_RELEASE(1, 20)));
	ck_assert_int_eq(sp_key_hash_parse(&row, SP_KRYO_2, "field(f0)", &hash, &err), SP_EUSAGE);
}
END_TEST

UNIT_MAIN("key-hash-spec", understands_rules, refuses_what_is_no_rule,
	what_is_not_stated_is_not_known, row_may_be_stated_too, row_may_be_stated_alone)
