#include "key-hash-internal.h"

#include <math.h>
#include <stdlib.h>

#include "key-group.h"

/* Of large keys, fewer will do. */
#define SAMPLES_BYTES (1 << 20)

/* The newest first: most snapshots are of that. */
static const enum sp_row_rule row_rules[] = { SP_ROW_RULE_1_13, SP_ROW_RULE_1_12, SP_ROW_RULE_1_11,
	SP_ROW_RULE_1_8 };

const char *sp_key_row_rule_text(enum sp_row_rule row)
{
	switch (row) {
	case SP_ROW_RULE_1_8: return "Row.hashCode() of Flink 1.8 to 1.10";
	case SP_ROW_RULE_1_11: return "Row.hashCode() of Flink 1.11";
	case SP_ROW_RULE_1_12: return "Row.hashCode() of Flink 1.12";
	default: return "Row.hashCode() of Flink 1.13 and later";
	}
}

bool sp_key_hash_is_inferred(const struct sp_type *type)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_key_survey parts = sp_key_survey(type, arena);

	return parts.reason == NULL && (parts.has_pojo || parts.has_product);
}

bool sp_key_hash_can_be_stated(const struct sp_type *type)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_key_survey parts = sp_key_survey(type, arena);

	return parts.reason == NULL && (parts.has_pojo || parts.has_product || parts.has_row);
}

static void set_known(struct sp_key_hash *hash, bool has_row)
{
	sp_auto_buffer text = { 0 };

	sp_type_text(hash->type, &text);
	hash->n_rules = has_row ? sp_countof(row_rules) : 1;
	for (size_t i = 0; i < hash->n_rules; i++)
		hash->rules[i] = (struct sp_key_rule){ .row = row_rules[i],
			.text = has_row ? sp_key_row_rule_text(row_rules[i])
					: sp_arena_printf(hash->arena, "hashCode() of %.*s",
						  (int)(text.n < 300 ? text.n : 300), text.p) };
}

/* Decodes the key: 1: *ret; 0: nobody understands it, why is in `err`. */
static int read_key(const struct sp_key_hash *hash, struct sp_slice key, struct sp_arena *arena,
	struct sp_value *ret, struct sp_error *err)
{
	int r = sp_value_read_all(key, 0, hash->kryo, hash->type, arena, ret, err);

	if (r == 0 && ret->kind == SP_VALUE_OPAQUE)
		r = sp_fail(err, SP_EUNSUPPORTED, "nothing describes what is in class %.*s",
			(int)(ret->class_name.n < 200 ? ret->class_name.n : 200),
			ret->class_name.p);
	if (r == SP_EUNSUPPORTED)
		return 0;
	return r < 0 ? sp_within(err, "key of %zu bytes", key.n) : 1;
}

/* The samples that are understood; *why: what is wrong with the first that is not; NULL. */
static int decode(struct sp_key_hash *hash, const struct sp_key_samples *from,
	struct sp_arena *arena, struct sp_key_samples *ret, const char **why, struct sp_error *err)
{
	size_t left = SAMPLES_BYTES;

	*ret = *from;
	*why = NULL;
	ret->n = 0;
	ret->all = sp_arena_new_array(arena, struct sp_key_sample_value, from->n);
	for (size_t i = 0; i < from->n && left > 0; i++) {
		struct sp_key_sample_value *to = &ret->all[ret->n];
		int r = read_key(hash, from->keys[i].key, arena, &to->value, err);

		if (r < 0)
			return r;
		if (r == 0 && *why == NULL)
			*why = sp_arena_printf(hash->arena, "%s", err->message);
		left -= from->keys[i].key.n < left ? from->keys[i].key.n : left;
		to->key_group = from->keys[i].key_group;
		ret->n += (size_t)r;
	}
	return 0;
}

/* Samples that can be hashed as known, and those of them that lie where that puts them. */
static void count(
	const struct sp_key_samples *samples, enum sp_row_rule row, size_t *hashed, size_t *right)
{
	int32_t code;

	*hashed = 0;
	*right = 0;
	for (size_t i = 0; i < samples->n; i++) {
		if (sp_value_hash(&samples->all[i].value, row, &code) == 0)
			continue;
		++*hashed;
		*right += sp_key_group_of_hash(code, samples->max_parallelism) ==
			  (int32_t)samples->all[i].key_group;
	}
}

/* Do case classes hash as the compiler made them? Where nothing tells, they do. */
static bool is_plain(const struct sp_key_samples *samples, const struct sp_key_survey *parts)
{
	size_t hashed, right;

	for (size_t i = 0; i < (parts->has_row ? sp_countof(row_rules) : 1); i++) {
		count(samples, row_rules[i], &hashed, &right);
		if ((samples->n - right) * SP_KEY_WRONG_IN <= samples->n)
			return true;
	}
	return false;
}

static void set_rules(struct sp_key_hash *hash, const struct sp_key_survey *parts,
	const struct sp_key_samples *samples, const char *why)
{
	bool own = parts->has_pojo || parts->has_product;
	size_t hashed, right;

	if (parts->has_product && !parts->has_pojo && is_plain(samples, parts))
		own = false;
	count(samples, SP_ROW_RULE_1_13, &hashed, &right);
	if (samples->n == 0 && why != NULL)
		hash->reason = why;
	else if (!own && hashed == 0 && parts->doubt != NULL)
		hash->reason = parts->doubt;
	else if (!own && hashed == 0 && samples->n > 0)
		hash->reason = "the class of the keys has a hash code of its own";
	else if (!own)
		set_known(hash, parts->has_row);
	else if (samples->n == 0)
		hash->reason = "there are no keys to infer it from";
	else if (samples->max_parallelism == 1)
		hash->reason = "with a max parallelism of 1 every formula explains the keys";
	else
		sp_key_infer(hash, parts, samples);
}

static int fill(struct sp_key_hash *hash, const struct sp_key_samples *from, struct sp_error *err)
{
	struct sp_key_survey parts = sp_key_survey(hash->type, hash->arena);
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_key_samples samples;
	const char *why;

	hash->reason = parts.reason;
	if (hash->reason != NULL)
		return 0;
	hash->fast = sp_key_fast(hash->type);
	if (hash->fast.n > 0) {
		set_known(hash, false);
		return 0;
	}
	if (decode(hash, from, arena, &samples, &why, err) < 0)
		return err->code;
	set_rules(hash, &parts, &samples, why);
	return 0;
}

static struct sp_key_hash *hash_new(const struct sp_type *type, enum sp_kryo kryo)
{
	struct sp_key_hash *hash = calloc(1, sizeof(*hash));

	if (hash == NULL)
		sp_abort("out of memory");
	hash->arena = sp_arena_new();
	hash->type = sp_key_type(type);
	hash->kryo = kryo;
	hash->tried = 1;
	return hash;
}

int sp_key_hash_new(const struct sp_type *type, enum sp_kryo kryo, int32_t max_parallelism,
	const struct sp_key_sample *samples, size_t n_samples, struct sp_key_hash **ret,
	struct sp_error *err)
{
	sp_auto(sp_key_hash) *hash = hash_new(type, kryo);
	struct sp_key_samples from = { .keys = samples,
		.n = n_samples < SP_KEY_SAMPLES ? n_samples : SP_KEY_SAMPLES,
		.max_parallelism = max_parallelism };

	if (fill(hash, &from, err) < 0)
		return err->code;
	*ret = sp_steal(hash);
	return 0;
}

int sp_key_hash_parse(const struct sp_type *type, enum sp_kryo kryo, const char *rule,
	struct sp_key_hash **ret, struct sp_error *err)
{
	sp_auto(sp_key_hash) *hash = hash_new(type, kryo);
	struct sp_key_survey parts = sp_key_survey(hash->type, hash->arena);

	if (parts.reason != NULL)
		return sp_fail(err, SP_EUNSUPPORTED, "%s", parts.reason);
	hash->classes = sp_key_classes(hash->type, parts.has_product, hash->arena);
	if (hash->classes.n == 0 && !parts.has_row && parts.doubt != NULL)
		return sp_fail(err, SP_EUNSUPPORTED, "%s", parts.doubt);
	if (sp_key_parse_rule(hash, rule, parts.has_row, err) < 0)
		return err->code;
	*ret = sp_steal(hash);
	return 0;
}

void sp_key_hash_free(struct sp_key_hash *hash)
{
	if (hash == NULL)
		return;
	sp_arena_free(hash->arena);
	free(hash);
}

size_t sp_key_hash_rules(const struct sp_key_hash *hash)
{
	return hash->n_rules;
}

const char *sp_key_hash_rule(const struct sp_key_hash *hash, size_t rule)
{
	return hash->rules[rule].text;
}

bool sp_key_hash_is_of(const struct sp_key_hash *hash, size_t rule, sp_release from, sp_release to)
{
	switch (hash->rules[rule].row) {
	case SP_ROW_RULE_1_8: return from < SP_RELEASE(1, 11);
	case SP_ROW_RULE_1_11: return from <= SP_RELEASE(1, 11) && to >= SP_RELEASE(1, 11);
	case SP_ROW_RULE_1_12: return from <= SP_RELEASE(1, 12) && to >= SP_RELEASE(1, 12);
	case SP_ROW_RULE_1_13: break;
	}
	return to >= SP_RELEASE(1, 13);
}

const char *sp_key_hash_reason(const struct sp_key_hash *hash)
{
	return hash->reason;
}

double sp_key_hash_tried(const struct sp_key_hash *hash)
{
	return hash->tried;
}

double sp_key_hash_margin(const struct sp_key_hash *hash, uint64_t keys, int32_t max_parallelism)
{
	return (double)keys * log2(max_parallelism) - log2(hash->tried);
}

bool sp_key_hash_is_fast(const struct sp_key_hash *hash)
{
	return hash->fast.n > 0;
}

/* What is wrong with a key of which the bytes do not make sense. */
static int refuse_bytes(const struct sp_key_hash *hash, struct sp_slice key, struct sp_error *err)
{
	struct sp_value_reader reader = sp_value_reader(key, 0, hash->kryo);

	if (sp_value_skip(&reader, hash->type, err) == 0)
		sp_fail(err, SP_EDAMAGED, "%zu bytes behind the value", sp_left(&reader.in));
	return sp_within(err, "key of %zu bytes", key.n);
}

int sp_key_hash_codes(const struct sp_key_hash *hash, struct sp_slice key, struct sp_arena *arena,
	int32_t codes[SP_KEY_RULES_MAX], struct sp_error *err)
{
	struct sp_value value;
	int r;

	if (hash->fast.n > 0)
		return sp_key_fast_hash(&hash->fast, key, codes) == 1
			       ? 0
			       : refuse_bytes(hash, key, err);
	if (hash->n_rules == 0)
		return 0;
	r = read_key(hash, key, arena, &value, err);
	if (r <= 0)
		return r < 0 ? r : err->code;
	for (size_t i = 0; i < hash->n_rules; i++)
		if (sp_key_rule_hash(&hash->rules[i], &hash->classes, &value, &codes[i]) == 0)
			return sp_fail(
				err, SP_EUNSUPPORTED, "its class has a hash code of its own");
	return 0;
}
