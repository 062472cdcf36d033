#include "key-tally.h"

#include <stdlib.h>

#include "key-group.h"
#include "row-json.h"

#define ARENA_BYTES ((size_t)64 * 1024) /* of keys that are decoded into one arena */
#define FEW 8 /* a rule that leaves more than one key in so many is none */

struct sp_arena *sp_key_scratch_for(struct sp_key_scratch *scratch, size_t n)
{
	if (scratch->arena == NULL || scratch->used >= ARENA_BYTES) {
		sp_arena_free(scratch->arena);
		scratch->arena = sp_arena_new();
		scratch->used = 0;
	}
	scratch->used += n;
	return scratch->arena;
}

void sp_key_scratch_free(struct sp_key_scratch *scratch)
{
	sp_arena_free(scratch->arena);
}

void sp_key_tally_init(struct sp_key_tally *tally, const struct sp_key_hash *hash,
	int32_t max_parallelism, bool keeps)
{
	*tally = (struct sp_key_tally){ .max_parallelism = max_parallelism };
	if (hash == NULL)
		return;
	tally->hash = hash;
	tally->rules = sp_key_hash_rules(hash);
	tally->fast = sp_key_hash_is_fast(hash);
	tally->keeps = keeps;
	tally->arena = sp_arena_new();
}

void sp_key_tally_free(struct sp_key_tally *tally)
{
	sp_arena_free(tally->arena);
	sp_key_scratch_free(&tally->scratch);
	free(tally->misfits);
}

/* --- misfits --------------------------------------------------------------------------------- */

const char *sp_key_met_json(const struct sp_key_met *met, struct sp_buffer *text)
{
	const struct sp_key_layout whole = { .key = met->type,
		.key_width = met->layout == NULL ? sp_type_width(met->type) : 0,
		.kryo = met->kryo };

	text->n = 0;
	if (met->key.n > SP_KEY_SHOWN)
		return NULL;
	if (met->layout != NULL)
		sp_row_key_json(met->layout, met->composite, text);
	else
		sp_row_key_json(&whole, met->key, text);
	if (text->n > SP_KEY_SHOWN)
		return NULL;
	sp_buffer_u8(text, '\0');
	return (const char *)text->p;
}

static const char *show(struct sp_key_tally *tally, const struct sp_key_met *met)
{
	sp_auto_buffer text = { 0 };
	const char *json = sp_key_met_json(met, &text);

	return json == NULL ? NULL : sp_arena_string(tally->arena, sp_slice_of(json));
}

static void keep_misfit(struct sp_key_tally *tally, const struct sp_key_met *met, uint32_t rules,
	const int32_t *groups)
{
	struct sp_misfit *misfit;

	tally->misfits =
		reallocarray(tally->misfits, tally->n_misfits + 1, sizeof(*tally->misfits));
	if (tally->misfits == NULL)
		sp_abort("out of memory");
	misfit = &tally->misfits[tally->n_misfits++];
	*misfit = (struct sp_misfit){
		.rules = rules,
		.timer = met->timer,
		.state = sp_arena_string(tally->arena, met->state),
		.key = show(tally, met),
		.key_group = met->key_group,
	};
	memcpy(misfit->expected, groups, tally->rules * sizeof(*groups));
}

/* Some rules do not explain the key. */
static void miss(struct sp_key_tally *tally, const struct sp_key_met *met, uint32_t rules,
	const int32_t *groups)
{
	bool news = false;

	for (size_t i = 0; i < tally->rules; i++)
		if ((rules >> i & 1) != 0)
			news |= ++tally->misses[i] <= SP_KEY_EXAMPLES;
	if (news && tally->keeps)
		keep_misfit(tally, met, rules, groups);
}

/* --- counting -------------------------------------------------------------------------------- */

/* Rules that have explained everything so far are compared under the other max parallelism. */
static void compare(struct sp_key_tally *tally, const int32_t *codes)
{
	int32_t groups[SP_KEY_RULES_MAX];
	size_t which[SP_KEY_RULES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < tally->rules; i++)
		if (tally->misses[i] == 0) {
			groups[n] = sp_key_group_of_hash(codes[i], tally->other_max);
			which[n++] = i;
		}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			tally->apart[which[i]] |= (uint32_t)(groups[i] != groups[j]) << which[j];
}

int sp_key_tally_add(struct sp_key_tally *tally, const struct sp_key_met *met, struct sp_error *err)
{
	struct sp_arena *arena =
		tally->fast ? NULL : sp_key_scratch_for(&tally->scratch, met->key.n);
	int32_t codes[SP_KEY_RULES_MAX], groups[SP_KEY_RULES_MAX];
	uint32_t rules = 0;

	tally->keys++;
	if (sp_key_hash_codes(tally->hash, met->key, arena, codes, err) < 0) {
		tally->unhashed++;
		return err->code;
	}
	for (size_t i = 0; i < tally->rules; i++) {
		groups[i] = sp_key_group_of_hash(codes[i], tally->max_parallelism);
		rules |= (uint32_t)((uint32_t)groups[i] != met->key_group) << i;
	}
	if (rules != 0)
		miss(tally, met, rules, groups);
	if (tally->other_max != 0 && tally->rules > 1)
		compare(tally, codes);
	return 0;
}

void sp_key_tally_merge(struct sp_key_tally *tally, const struct sp_key_tally *part)
{
	tally->keys += part->keys;
	tally->unhashed += part->unhashed;
	for (size_t i = 0; i < tally->rules; i++) {
		tally->misses[i] += part->misses[i];
		tally->apart[i] |= part->apart[i];
	}
}

/* --- conclusions ----------------------------------------------------------------------------- */

size_t sp_key_tally_best(const struct sp_key_tally *tally)
{
	size_t best = 0;

	for (size_t i = 1; i < tally->rules; i++)
		if (tally->misses[i] < tally->misses[best])
			best = i;
	return best;
}

bool sp_key_tally_holds(const struct sp_key_tally *tally, size_t rule)
{
	return tally->misses[rule] <= (tally->keys - tally->unhashed) / FEW;
}

bool sp_key_tally_proves(const struct sp_key_tally *tally, size_t distinct)
{
	return sp_key_hash_margin(tally->hash, distinct, tally->max_parallelism) >=
	       SP_KEY_MARGIN_BITS;
}
