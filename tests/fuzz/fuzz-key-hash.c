/*
 * Hash functions of keys, from hostile types, keys and words:
 *
 *	u8    bit 0: which Kryo; the others: the max parallelism
 *	u8    length of the rule that follows, in the words that somebody states
 *	proxy the serializer snapshot of the key
 *	key * u8 key group, u8 length, bytes
 */
#include "fuzz.h"
#include "key-hash.h"

#define KEYS_MAX 32

struct input {
	enum sp_kryo kryo;
	int32_t max_parallelism;
	struct sp_slice rule;
	const struct sp_type *type;
	struct sp_key_sample keys[KEYS_MAX];
	size_t n;
};

static void check(bool holds, const char *what)
{
	if (!holds)
		sp_abort(what);
}

static void take_keys(struct sp_cursor *in, struct input *ret)
{
	struct sp_error err;
	uint8_t head[2];

	while (ret->n < KEYS_MAX && sp_take_u8(in, &head[0], &err) == 0 &&
		sp_take_u8(in, &head[1], &err) == 0) {
		struct sp_key_sample *key = &ret->keys[ret->n];

		if (sp_take_bytes(in, head[1], &key->key, &err) < 0)
			return;
		key->key_group = head[0] % (uint32_t)ret->max_parallelism;
		ret->n++;
	}
}

static int take_input(struct sp_cursor *in, struct sp_arena *arena, struct input *ret)
{
	struct sp_error err;
	uint8_t flags, n;

	*ret = (struct input){ 0 };
	if (sp_take_u8(in, &flags, &err) < 0 || sp_take_u8(in, &n, &err) < 0 ||
		sp_take_bytes(in, n, &ret->rule, &err) < 0 ||
		sp_type_read_proxy(in, arena, &ret->type, &err) < 0)
		return -1;
	ret->kryo = (flags & 1) != 0 ? SP_KRYO_5 : SP_KRYO_2;
	ret->max_parallelism = 1 + (flags >> 1);
	take_keys(in, ret);
	return 0;
}

/* All that can be asked of a hash. */
static void use(const struct sp_key_hash *hash, const struct input *input)
{
	const size_t rules = sp_key_hash_rules(hash);
	sp_auto(sp_arena) *arena = sp_arena_new();
	int32_t codes[SP_KEY_RULES_MAX];
	struct sp_error err;

	check(rules <= SP_KEY_RULES_MAX, "too many rules");
	check((rules > 0) == (sp_key_hash_reason(hash) == NULL), "neither rule nor reason");
	for (size_t i = 0; i < rules; i++)
		check(sp_key_hash_rule(hash, i) != NULL, "a rule without words");
	check(sp_key_hash_tried(hash) >= 1 || rules == 0, "nothing was tried");
	sp_key_hash_margin(hash, input->n, input->max_parallelism);
	for (size_t i = 0; i < input->n && rules > 0; i++) {
		int r = sp_key_hash_codes(hash, input->keys[i].key,
			sp_key_hash_is_fast(hash) ? NULL : arena, codes, &err);

		check(r == 0 || r == SP_EDAMAGED || r == SP_EUNSUPPORTED, "another error");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sp_cursor in = sp_cursor(sp_slice(data, n), 0);
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto(sp_key_hash) *inferred = NULL;
	sp_auto(sp_key_hash) *stated = NULL;
	struct input input;
	struct sp_error err;
	char rule[UINT8_MAX + 1] = "";

	if (take_input(&in, arena, &input) < 0)
		return 0;
	sp_key_hash_is_inferred(input.type);
	if (sp_key_hash_new(input.type, input.kryo, input.max_parallelism, input.keys, input.n,
		    &inferred, &err) == 0)
		use(inferred, &input);
	memcpy(rule, input.rule.p, input.rule.n);
	if (sp_key_hash_parse(input.type, input.kryo, rule, &stated, &err) == 0)
		use(stated, &input);
	return 0;
}
