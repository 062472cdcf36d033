/* Keys hashed by formulas that the library has to find. */
#include "made-keys.h"

#define LINEAR(name, order, start, factor)                                                         \
	static uint32_t name(const struct key *key)                                                \
	{                                                                                          \
		return linear(key, order, start, factor);                                          \
	}
LINEAR(record_ba, "ba", 0, 31)
LINEAR(objects_cab, "cab", 1, 31)
LINEAR(from_17_bc, "bc", 17, 31)
LINEAR(from_7_ac, "ac", 7, 31)
LINEAR(builder_abc, "abc", 17, 37)
LINEAR(netbeans_ca, "ca", 7, 89)

static uint32_t field_b(const struct key *key)
{
	return key->hashes[1];
}

static uint32_t xor_ac(const struct key *key)
{
	return key->hashes[0] ^ key->hashes[2];
}

static uint32_t sum_abc(const struct key *key)
{
	return key->hashes[0] + key->hashes[1] + key->hashes[2];
}

/* Booleans as given, null 43; `no` and `yes` of 0 are those of Java. */
static uint32_t with_booleans(const struct key *key, uint32_t start, uint32_t factor, uint32_t null,
	const uint32_t booleans[2])
{
	uint32_t h = start;

	for (size_t i = 0; key->kinds[i] != '\0'; i++) {
		uint32_t e = key->hashes[i];

		if (key->kinds[i] == 'n')
			e = null;
		if (key->kinds[i] == 'z' && booleans != NULL)
			e = booleans[key->numbers[i] & 1];
		h = factor * h + e;
	}
	return h;
}

static uint32_t lombok(const struct key *key)
{
	return with_booleans(key, 1, 59, 43, (uint32_t[]){ 97, 79 });
}

static uint32_t lombok_boxed(const struct key *key)
{
	return with_booleans(key, 1, 59, 43, NULL);
}

static uint32_t intellij(const struct key *key)
{
	return with_booleans(key, 0, 31, 0, (uint32_t[]){ 0, 1 });
}

static uint32_t builder_primitive(const struct key *key)
{
	return with_booleans(key, 17, 37, 0, (uint32_t[]){ 1, 0 });
}

static uint32_t rotate(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

/* scala.util.hashing.MurmurHash3, written down again; of ints and strings ## is hashCode. */
static uint32_t product(const struct key *key, uint32_t h, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		h ^= rotate(key->hashes[i] * 0xcc9e2d51, 15) * 0x1b873593;
		h = rotate(h, 13) * 5 + 0xe6546b64;
	}
	h ^= (uint32_t)n;
	h = (h ^ h >> 16) * 0x85ebca6b;
	h = (h ^ h >> 13) * 0xc2b2ae35;
	return h ^ h >> 16;
}

static uint32_t product_abc(const struct key *key)
{
	return product(key, 0xcafebabe, 3);
}

static uint32_t named_product_abc(const struct key *key)
{
	uint32_t h = 0xcafebabe ^ rotate(hash_of_text("Key") * 0xcc9e2d51, 15) * 0x1b873593;

	return product(key, rotate(h, 13) * 5 + 0xe6546b64, 3);
}

START_TEST(finds_every_family)
{
	static const struct {
		const char *kinds;
		formula *f;
		const char *rule;
	} cases[] = {
		{ "is", record_ba, "record(b, a)" },
		{ "isl", objects_cab, "Objects.hash(c, a, b)" },
		{ "isl", from_17_bc, "31-from-17(b, c)" },
		{ "iyl", from_7_ac, "31-from-7(a, c)" },
		{ "iyl", objects_cab, "Objects.hash(c, a, b)" },
		{ "isl", builder_abc, "HashCodeBuilder(a, b, c)" },
		{ "isl", netbeans_ca, "89-from-7(c, a)" },
		{ "isl", field_b, "field(b)" },
		{ "isl", xor_ac, "xor(a, c)" },
		{ "isl", sum_abc, "sum(a, b, c)" },
		{ "iznz", lombok, "Lombok(a, b, c, d)" },
		{ "iznz", lombok_boxed, "Lombok-boxed(a, b, c, d)" },
		{ "izs", intellij, "record-boolean-1-0(a, b, c)" },
		{ "izsz", builder_primitive, "HashCodeBuilder-primitive(a, b, c, d)" },
		{ "isi", product_abc, "case-class(a, b, c)" },
		{ "isi", named_product_abc, "case-class-2.13(a, b, c)" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++) {
		sp_auto(keys) *keys = pojo_keys(cases[i].kinds, 64, 128, cases[i].f);

		check_found(
			keys, pojo(keys->arena, "my.package.Key", cases[i].kinds), cases[i].rule);
	}
}
END_TEST

/* Where fields that are always null make no difference, formulas with and without them are left. */
START_TEST(keeps_what_cannot_be_told_apart)
{
	sp_auto(keys) *keys = pojo_keys("isn", 40, 128, record_ba);
	sp_auto(sp_key_hash) *hash = make(keys, pojo(keys->arena, "Key", "isn"));
	bool found = false;

	ck_assert_uint_ge(sp_key_hash_rules(hash), 2);
	ck_assert_uint_le(sp_key_hash_rules(hash), SP_KEY_RULES_MAX);
	ck_assert_str_eq(sp_key_hash_rule(hash, 0), "record(b, a)");
	for (size_t i = 0; i < sp_key_hash_rules(hash); i++) {
		found |= strcmp(sp_key_hash_rule(hash, i), "record(c, b, a)") == 0;
		ck_assert_uint_eq(count_right(keys, hash, i), keys->n);
	}
	ck_assert(found);
}
END_TEST

/* One key in twenty was moved. */
START_TEST(forgives_some_wrong_key_groups)
{
	sp_auto(keys) *keys = pojo_keys("isl", 200, 128, objects_cab);
	sp_auto(sp_key_hash) *hash = NULL;

	for (size_t i = 0; i < keys->n; i += 20)
		keys->samples[i].key_group = (keys->samples[i].key_group + 1) % 128;
	hash = make(keys, pojo(keys->arena, "Key", "isl"));
	ck_assert_uint_eq(sp_key_hash_rules(hash), 1);
	ck_assert_str_eq(sp_key_hash_rule(hash, 0), "Objects.hash(c, a, b)");
	ck_assert_uint_eq(count_right(keys, hash, 0), 190);
}
END_TEST

START_TEST(accepts_nothing_unproved)
{
	static const int32_t max[] = { 1, 2, 128 };

	for (size_t i = 0; i < sp_countof(max); i++) {
		sp_auto(keys) *keys = pojo_keys("islii", 2, max[i], record_ba);

		check_none(keys, pojo(keys->arena, "Key", "islii"),
			max[i] == 1 ? "max parallelism of 1" : "bits");
	}
}
END_TEST

static uint32_t constant(const struct key *key)
{
	(void)key;
	return 5;
}

START_TEST(explains_why_nothing_is_found)
{
	sp_auto(keys) *keys = pojo_keys("is", 50, 128, constant);
	sp_auto(keys) *wild = pojo_keys("ise", 50, 128, constant);
	sp_auto(keys) *none = pojo_keys("is", 0, 128, constant);

	check_none(keys, pojo(keys->arena, "Key", "is"), "formulas over the fields of");
	for (size_t i = 0; i < wild->n; i++)
		wild->samples[i].key_group = (uint32_t)test_random(&wild->random) % 128;
	check_none(wild, pojo(wild->arena, "Key", "ise"), "explains the 50 keys; enums hash by");
	check_none(none, pojo(none->arena, "Key", "is"), "no keys");
}
END_TEST

LINEAR(enum_by_name, "ca", 1, 31)

static uint32_t enum_by_ordinal(const struct key *key)
{
	return 31 * (uint32_t)(key->numbers[2] % 3) + key->hashes[0];
}

START_TEST(enums_count_by_name_or_ordinal_or_not)
{
	sp_auto(keys) *neither = pojo_keys("ise", 60, 128, record_ba);
	sp_auto(keys) *name = pojo_keys("ise", 60, 128, enum_by_name);
	sp_auto(keys) *ordinal = pojo_keys("ise", 60, 128, enum_by_ordinal);

	check_found(neither, pojo(neither->arena, "Key", "ise"), "record(b, a)");
	check_found(name, pojo(name->arena, "Key", "ise"), "Objects.hash(c, a), enums by name");
	check_found(ordinal, pojo(ordinal->arena, "Key", "ise"), "record(c, a), enums by ordinal");
}
END_TEST

/* --- large classes --------------------------------------------------------------------------- */

LINEAR(objects_of_eight, "hbdfaceg", 1, 31)

LINEAR(objects_of_twelve, "abcdefghijkl", 1, 31)

LINEAR(objects_of_twelve_mixed, "albkcjdiehfg", 1, 31)

LINEAR(record_of_four_of_twelve, "kalc", 0, 31)

START_TEST(searches_large_classes_within_bounds)
{
	static const char twelve[] = "iiiiiissllii";
	sp_auto(keys) *a = pojo_keys("iilliiss", 50, 128, objects_of_eight);
	sp_auto(keys) *b = pojo_keys(twelve, 50, 128, objects_of_twelve);
	sp_auto(keys) *c = pojo_keys(twelve, 50, 128, record_of_four_of_twelve);
	sp_auto(keys) *d = pojo_keys(twelve, 50, 128, objects_of_twelve_mixed);

	check_found(a, pojo(a->arena, "Key", "iilliiss"), "Objects.hash(h, b, d, f, a, c, e, g)");
	check_found(b, pojo(b->arena, "Key", twelve),
		"Objects.hash(a, b, c, d, e, f, g, h, i, j, k, l)");
	check_found(c, pojo(c->arena, "Key", twelve), "record(k, a, l, c)");
	check_none(d, pojo(d->arena, "Key", twelve), "not all orders of the fields were tried");
}
END_TEST

/* --- classes in other types ------------------------------------------------------------------ */

START_TEST(finds_functions_of_nested_classes)
{
	struct sp_type *type;
	sp_auto(keys) *same = nested_keys(&type, 1);
	sp_auto(keys) *mixed = NULL;

	check_found(same, type, "Key: Objects.hash(b, a), Part: Objects.hash(b, a)");
	mixed = nested_keys(&type, 0);
	check_found(mixed, type, "Key: Objects.hash(b, a), Part: record(b, a)");
}
END_TEST

START_TEST(finds_functions_inside_of_known_types)
{
	sp_auto(keys) *tuple = keys_new(60, 128);
	sp_auto(keys) *list = keys_new(60, 128);
	const struct sp_type *type = pojo(tuple->arena, "my.Key", "isl");

	for (size_t i = 0; i < tuple->n; i++) {
		struct key *key = &tuple->all[i];

		put_pojo(tuple, key, &key->bytes, "isl");
		put_text(&key->bytes, "x");
		place(tuple, i, 31 * from_17_bc(key) + 'x');
	}
	check_found(tuple, TUPLE2(type, T(SP_STRING)), "31-from-17(b, c)");
	for (size_t i = 0; i < list->n; i++) {
		struct key *key = &list->all[i];
		uint32_t h;

		sp_buffer_u32(&key->bytes, 2);
		put_pojo(list, key, &key->bytes, "isl");
		h = 31 + xor_ac(key);
		put_pojo(list, key, &key->bytes, "isl");
		place(list, i, 31 * h + xor_ac(key));
	}
	check_found(list, OF(SP_LIST, type), "xor(a, c)");
}
END_TEST

/* Every other key is of a subclass with a field more. */
START_TEST(subclasses_inherit)
{
	sp_auto(keys) *keys = keys_new(60, 128);
	struct sp_type *type = pojo(keys->arena, "my.Key", "is");
	struct sp_type_field sub = { .name = sp_slice_of("my.Sub"),
		.type = pojo(keys->arena, "my.Sub", "isl") };

	type->registered = &sub;
	type->n_registered = 1;
	for (size_t i = 0; i < keys->n; i++) {
		struct key *key = &keys->all[i];

		if (i % 2 == 0)
			sp_buffer_u16(&key->bytes, 0x0800);
		put_pojo(keys, key, &key->bytes, i % 2 == 0 ? "isl" : "is");
		place(keys, i, record_ba(key));
	}
	check_found(keys, type, "record(b, a)");
}
END_TEST

/* Three keys are of a class of which the snapshot knows nothing. */
START_TEST(keys_that_nobody_understands_do_no_harm)
{
	sp_auto(keys) *keys = pojo_keys("is", 60, 128, record_ba);
	const struct sp_type *type = pojo(keys->arena, "Key", "is");
	struct sp_slice unknown = values_unhex(keys->arena, "04 0003 4f6464 02");
	sp_auto(sp_key_hash) *hash = NULL;
	int32_t codes[SP_KEY_RULES_MAX];
	struct sp_error err;

	for (size_t i = 0; i < keys->n; i += 20)
		keys->samples[i].key = unknown;
	hash = make(keys, type);
	ck_assert_uint_eq(sp_key_hash_rules(hash), 1);
	ck_assert_str_eq(sp_key_hash_rule(hash, 0), "record(b, a)");
	ck_assert_int_eq(
		sp_key_hash_codes(hash, unknown, keys->arena, codes, &err), SP_EUNSUPPORTED);
	for (size_t i = 0; i < keys->n; i++)
		keys->samples[i].key = unknown;
	check_none(keys, type, "nothing describes what is in class Key");
}
END_TEST

static struct keys *case_class_keys(formula *f)
{
	struct keys *keys = keys_new(60, 128);

	for (size_t i = 0; i < keys->n; i++) {
		struct key *key = &keys->all[i];

		for (size_t j = 0; j < 3; j++) {
			key->hashes[j] = (uint32_t)test_random(&keys->random);
			sp_buffer_u32(&key->bytes, key->hashes[j]);
		}
		place(keys, i, f(key));
	}
	return keys;
}

START_TEST(case_classes_may_have_their_own)
{
	sp_auto(keys) *plain = case_class_keys(product_abc);
	sp_auto(keys) *own = case_class_keys(objects_cab);
	const struct sp_type *type = TYPE(.kind = SP_CASE_CLASS, .class_name = SLICE("my.Key"),
		.children = (const struct sp_type *[]){ T(SP_INT), T(SP_INT), T(SP_INT) },
		.n_children = 3);
	sp_auto(sp_key_hash) *hash = NULL;

	ck_assert(sp_key_hash_is_inferred(type));
	hash = make(plain, type);
	ck_assert_uint_eq(sp_key_hash_rules(hash), 1);
	ck_assert_str_eq(sp_key_hash_rule(hash, 0), "hashCode() of Type my.Key<Type, Type, Type>");
	ck_assert_uint_eq(count_right(plain, hash, 0), plain->n);
	check_found(own, type, "Objects.hash(_3, _1, _2)");
}
END_TEST

UNIT_MAIN("key-hash-infer", finds_every_family, keeps_what_cannot_be_told_apart,
	forgives_some_wrong_key_groups, accepts_nothing_unproved, explains_why_nothing_is_found,
	enums_count_by_name_or_ordinal_or_not, searches_large_classes_within_bounds,
	finds_functions_of_nested_classes, finds_functions_inside_of_known_types,
	subclasses_inherit, keys_that_nobody_understands_do_no_harm,
	case_classes_may_have_their_own)
