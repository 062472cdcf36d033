#include "keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "key-hash.h"

#define MAX_PARALLELISM 32768

struct keys {
	struct sp_arena *arena;
	enum sp_kryo kryo;
	struct sp_key_sample samples[SP_KEY_SAMPLES];
	int32_t codes[SP_KEY_SAMPLES];
	size_t n;
	bool keyed; /* they have hash codes */
};

static bool complain(const char *what, const char *why)
{
	printf("# %s: %.300s\n", what, why);
	return false;
}

static const char *text_in(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	return text == NULL ? "" : text;
}

static struct sp_slice unhex(const char *hex, struct sp_arena *arena)
{
	uint8_t *p = sp_arena_alloc(arena, strlen(hex) / 2 + 1, 1);
	size_t n = 0;
	unsigned byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		p[n++] = (uint8_t)byte;
	return sp_slice(p, n);
}

static void add(struct keys *keys, const cJSON *vector)
{
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(vector, "hashCode");
	const cJSON *groups = cJSON_GetObjectItemCaseSensitive(vector, "keyGroup");
	const cJSON *group = cJSON_GetObjectItemCaseSensitive(groups, "32768");
	enum sp_kryo kryo = text_in(vector, "flink")[0] == '1' ? SP_KRYO_2 : SP_KRYO_5;

	if (kryo != keys->kryo || keys->n == SP_KEY_SAMPLES)
		return;
	keys->keyed |= cJSON_IsNumber(code);
	keys->codes[keys->n] = cJSON_IsNumber(code) ? (int32_t)code->valuedouble : 0;
	keys->samples[keys->n++] =
		(struct sp_key_sample){ unhex(text_in(vector, "hex"), keys->arena),
			cJSON_IsNumber(group) ? (uint32_t)group->valueint : 0 };
}

/* Does one of the rules give the hash code? A rule per release there is only of Row. */
static bool check_code(const struct keys *keys, const struct sp_key_hash *hash, size_t i)
{
	int32_t codes[SP_KEY_RULES_MAX];
	struct sp_error err;

	if (sp_key_hash_codes(hash, keys->samples[i].key,
		    sp_key_hash_is_fast(hash) ? NULL : keys->arena, codes, &err) < 0)
		return complain("hash code of a key", err.message);
	for (size_t rule = 0; rule < sp_key_hash_rules(hash); rule++)
		if (codes[rule] == keys->codes[i])
			return true;
	return complain("hash code of a key", "another");
}

static bool check(const struct keys *keys, const struct sp_type *type)
{
	sp_auto(sp_key_hash) *hash = NULL;
	struct sp_error err;

	if (sp_key_hash_new(
		    type, keys->kryo, MAX_PARALLELISM, keys->samples, keys->n, &hash, &err) < 0)
		return complain("samples", err.message);
	if (!keys->keyed)
		return (sp_key_hash_rules(hash) == 0 && sp_key_hash_reason(hash) != NULL) ||
		       complain("keys without hash codes", "have a rule");
	if (sp_key_hash_rules(hash) == 0)
		return complain("no rule", sp_key_hash_reason(hash));
	for (size_t i = 0; i < keys->n; i++)
		if (!check_code(keys, hash, i))
			return false;
	return true;
}

bool keys_check(const struct sp_type *type, const char *name, const cJSON *root)
{
	bool ok = true;

	for (int kryo = SP_KRYO_2; kryo <= SP_KRYO_5; kryo++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		struct keys *keys = sp_arena_new_array(arena, struct keys, 1);
		const cJSON *vector;

		keys->arena = arena;
		keys->kryo = (enum sp_kryo)kryo;
		cJSON_ArrayForEach(vector, cJSON_GetObjectItemCaseSensitive(root, "vectors"))
		{
			if (strcmp(text_in(vector, "type"), name) == 0)
				add(keys, vector);
		}
		ok = ok && (keys->n == 0 || check(keys, type));
	}
	return ok;
}
