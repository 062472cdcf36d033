/* Keys made of random fields of known hash codes, for tests of hash functions. */
#ifndef MADE_KEYS_H
#define MADE_KEYS_H

#include "buffer.h"
#include "key-group.h"
#include "key-hash.h"
#include "test-data.h"
#include "values.h"

#define T(k) TYPE(.kind = (k))
#define FIELDS_MAX 16
#define KEYS_MAX SP_KEY_SAMPLES
#define TUPLE2(...)                                                                                \
	TYPE(.kind = SP_TUPLE, .class_name = SLICE("org.apache.flink.api.java.tuple.Tuple2"),      \
		.children = (const struct sp_type *[]){ __VA_ARGS__ }, .n_children = 2)
struct key {
	uint32_t hashes[FIELDS_MAX]; /* of the fields */
	char kinds[FIELDS_MAX + 1];
	uint64_t numbers[FIELDS_MAX];
	struct sp_buffer bytes;
};

struct keys {
	struct sp_arena *arena;
	struct key all[KEYS_MAX];
	struct sp_key_sample samples[KEYS_MAX];
	size_t n;
	int32_t max;
	uint64_t random;
};

static inline struct keys *keys_new(size_t n, int32_t max)
{
	struct keys *keys = calloc(1, sizeof(*keys));

	keys->arena = sp_arena_new();
	keys->n = n;
	keys->max = max;
	keys->random = 88172645463325252;
	return keys;
}

static inline void keys_free(struct keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		sp_buffer_free(&keys->all[i].bytes);
	sp_arena_free(keys->arena);
	free(keys);
}
SP_DEFINE_CLEANUP(keys, keys_free)

/* A POJO of the class with a field per letter: a, b, c, …; i int, l long, s String, z boolean, e
 * enum, y byte[], n an int that is always null. */
static inline struct sp_type *pojo(struct sp_arena *arena, const char *class, const char *kinds)
{
	struct sp_type *type = sp_arena_new_array(arena, struct sp_type, 1);
	const struct sp_type *of[128] = { ['i'] = T(SP_INT),
		['l'] = T(SP_LONG),
		['s'] = T(SP_STRING),
		['z'] = T(SP_BOOLEAN),
		['n'] = T(SP_INT),
		['y'] = T(SP_BYTE_ARRAY) };
	static const char names[] = "abcdefghijklmnop";

	type->kind = SP_POJO;
	type->class_name = sp_slice_of(class);
	type->n_fields = strlen(kinds);
	type->fields = sp_arena_new_array(arena, struct sp_type_field, type->n_fields);
	for (size_t i = 0; i < type->n_fields; i++) {
		struct sp_type *field = sp_arena_new_array(arena, struct sp_type, 1);

		if (kinds[i] == 'e') {
			*field = (struct sp_type){ .kind = SP_ENUM, .n_constants = 3 };
			field->class_name = sp_slice_of("my.Color");
			field->constants = sp_arena_new_array(arena, struct sp_slice, 3);
			for (size_t c = 0; c < 3; c++)
				field->constants[c] =
					sp_slice_of((const char *[]){ "RED", "GREEN", "BLUE" }[c]);
		} else {
			*field = *of[(int)kinds[i]];
		}
		type->fields[i] =
			(struct sp_type_field){ .name = sp_slice(&names[i], 1), .type = field };
	}
	return type;
}

static inline uint32_t hash_of_text(const char *text)
{
	uint32_t h = 0;

	for (; *text != '\0'; text++)
		h = 31 * h + (uint32_t)*text;
	return h;
}

static inline void put_text(struct sp_buffer *out, const char *text)
{
	sp_buffer_u8(out, (uint8_t)(strlen(text) + 1));
	sp_buffer_bytes(out, sp_slice_of(text));
}

/* A field as the POJO's serializer writes it, and its hash code. */
static inline uint32_t put_field(struct sp_buffer *out, char kind, uint64_t number)
{
	char text[32];

	sp_buffer_u8(out, kind == 'n');
	switch (kind) {
	case 'i': sp_buffer_u32(out, (uint32_t)number); return (uint32_t)number;
	case 'l': sp_buffer_u64(out, number); return (uint32_t)(number ^ number >> 32);
	case 'z': sp_buffer_u8(out, number & 1); return number & 1 ? 1231 : 1237;
	case 's':
		snprintf(text, sizeof(text), "user-%" PRIu64, number % 100000);
		put_text(out, text);
		return hash_of_text(text);
	case 'e':
		sp_buffer_u32(out, (uint32_t)(number % 3));
		return hash_of_text((const char *[]){ "RED", "GREEN", "BLUE" }[number % 3]);
	case 'y':
		sp_buffer_u32(out, 2);
		sp_buffer_u16(out, (uint16_t)number);
		return 31 * (31 + (uint32_t)(int8_t)(number >> 8)) + (uint32_t)(int8_t)number;
	default: return 0;
	}
}

static inline void put_pojo(
	struct keys *keys, struct key *key, struct sp_buffer *out, const char *kinds)
{
	sp_buffer_u8(out, 2);
	for (size_t i = 0; kinds[i] != '\0'; i++) {
		key->kinds[i] = kinds[i];
		key->numbers[i] = test_random(&keys->random);
		key->hashes[i] = put_field(out, kinds[i], key->numbers[i]);
	}
}

typedef uint32_t formula(const struct key *key);

static inline void place(struct keys *keys, size_t i, uint32_t hash)
{
	keys->samples[i].key = sp_buffer_slice(&keys->all[i].bytes);
	keys->samples[i].key_group = (uint32_t)sp_key_group_of_hash((int32_t)hash, keys->max);
}

static inline struct keys *pojo_keys(const char *kinds, size_t n, int32_t max, formula *f)
{
	struct keys *keys = keys_new(n, max);

	for (size_t i = 0; i < n; i++) {
		put_pojo(keys, &keys->all[i], &keys->all[i].bytes, kinds);
		place(keys, i, f(&keys->all[i]));
	}
	return keys;
}

static inline uint32_t linear(
	const struct key *key, const char *order, uint32_t start, uint32_t factor)
{
	uint32_t h = start;

	for (; *order != '\0'; order++)
		h = factor * h + key->hashes[*order - 'a'];
	return h;
}

/* A POJO "sl" in field a, an int in b; hashes[2] is the inner one's. */
static inline struct keys *nested_keys(struct sp_type **ret, uint32_t inner_start)
{
	struct keys *keys = keys_new(80, 128);
	struct sp_type *inner = pojo(keys->arena, "my.Part", "sl");

	*ret = pojo(keys->arena, "my.Key", "ii");
	(*ret)->fields[0].type = inner;
	for (size_t i = 0; i < keys->n; i++) {
		struct key *key = &keys->all[i];
		uint64_t number = test_random(&keys->random);
		uint32_t h;

		sp_buffer_u8(&key->bytes, 2);
		sp_buffer_u8(&key->bytes, 0);
		put_pojo(keys, key, &key->bytes, "sl");
		h = linear(key, "ba", inner_start, 31);
		h = 31 * (31 + put_field(&key->bytes, 'i', number)) + h;
		place(keys, i, h);
	}
	return keys;
}

static inline struct sp_key_hash *make(const struct keys *keys, const struct sp_type *type)
{
	struct sp_key_hash *hash;
	struct sp_error err;

	ck_ok(sp_key_hash_new(type, SP_KRYO_2, keys->max, keys->samples, keys->n, &hash, &err),
		err);
	return hash;
}

/* Keys that the rule puts where they lie. */
static inline size_t count_right(
	const struct keys *keys, const struct sp_key_hash *hash, size_t rule)
{
	size_t right = 0;

	for (size_t i = 0; i < keys->n; i++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		int32_t codes[SP_KEY_RULES_MAX];
		struct sp_error err;

		ck_ok(sp_key_hash_codes(hash, keys->samples[i].key, arena, codes, &err), err);
		right += sp_key_group_of_hash(codes[rule], keys->max) ==
			 (int32_t)keys->samples[i].key_group;
	}
	return right;
}

/* Stated in the words in which it was found, it is the same. */
static inline void check_stated(
	const struct keys *keys, const struct sp_type *type, const struct sp_key_hash *found)
{
	sp_auto(sp_key_hash) *stated = NULL;
	struct sp_error err;

	ck_ok(sp_key_hash_parse(type, SP_KRYO_2, sp_key_hash_rule(found, 0), &stated, &err), err);
	ck_assert_str_eq(sp_key_hash_rule(stated, 0), sp_key_hash_rule(found, 0));
	for (size_t i = 0; i < keys->n; i++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		int32_t a[SP_KEY_RULES_MAX], b[SP_KEY_RULES_MAX];

		ck_ok(sp_key_hash_codes(found, keys->samples[i].key, arena, a, &err), err);
		ck_ok(sp_key_hash_codes(stated, keys->samples[i].key, arena, b, &err), err);
		ck_assert_int_eq(a[0], b[0]);
	}
}

static inline void check_found(
	const struct keys *keys, const struct sp_type *type, const char *rule)
{
	sp_auto(sp_key_hash) *hash = make(keys, type);

	ck_assert_msg(sp_key_hash_rules(hash) > 0, "%s: %s", rule, sp_key_hash_reason(hash));
	ck_assert_str_eq(sp_key_hash_rule(hash, 0), rule);
	ck_assert_ptr_null(sp_key_hash_reason(hash));
	ck_assert_uint_eq(count_right(keys, hash, 0), keys->n);
	ck_assert(!sp_key_hash_is_fast(hash));
	ck_assert(sp_key_hash_tried(hash) > 1);
	ck_assert(sp_key_hash_margin(hash, keys->n, keys->max) > 20);
	check_stated(keys, type, hash);
}

static inline void check_none(
	const struct keys *keys, const struct sp_type *type, const char *reason)
{
	sp_auto(sp_key_hash) *hash = make(keys, type);

	ck_assert_uint_eq(sp_key_hash_rules(hash), 0);
	ck_assert_msg(
		strstr(sp_key_hash_reason(hash), reason) != NULL, "%s", sp_key_hash_reason(hash));
}

#endif
