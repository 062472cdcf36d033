/* Keys on their way to other key groups, by the rule that key-proof.c has found. */
#include <stdlib.h>

#include "key-group.h"
#include "key-proof-internal.h"

struct sp_key_mover {
	const struct sp_key_move *move;
	enum sp_kryo kryo;
	bool fast;
	struct sp_key_scratch scratch;
	/* The key before: entries of a map follow each other. */
	bool met;
	struct sp_buffer key;
	uint32_t key_group, moved_to;
};

struct sp_key_mover *sp_key_mover_new(const struct sp_key_move *move, enum sp_kryo kryo)
{
	struct sp_key_mover *mover = calloc(1, sizeof(*mover));

	if (mover == NULL)
		sp_abort("out of memory");
	mover->move = move;
	mover->kryo = kryo;
	mover->fast = move->hash != NULL && sp_key_hash_is_fast(move->hash);
	return mover;
}

void sp_key_mover_free(struct sp_key_mover *mover)
{
	if (mover == NULL)
		return;
	sp_key_scratch_free(&mover->scratch);
	sp_buffer_free(&mover->key);
	free(mover);
}

static int refuse(
	const struct sp_key_mover *mover, struct sp_slice key, int32_t group, struct sp_error *err)
{
	const struct sp_key_met met = {
		.key = key, .type = mover->move->keys->type, .kryo = mover->kryo
	};
	sp_auto_buffer text = { 0 };
	const char *json = sp_key_met_json(&met, &text);

	return sp_fail(err, SP_EDAMAGED, "key %s: it belongs in key group %d",
		json != NULL ? json : "not shown", group);
}

/* Hashes the key, which lies in the right key group. */
static inline int hash(struct sp_key_mover *mover, struct sp_slice key, struct sp_arena *arena,
	uint32_t key_group, uint32_t *ret, struct sp_error *err)
{
	const struct sp_key_move *move = mover->move;
	int32_t codes[SP_KEY_RULES_MAX];
	int32_t murmur;

	if (sp_key_hash_codes(move->hash, key, arena, codes, err) < 0)
		return err->code;
	murmur = sp_murmur_hash(codes[move->rule]);
	if ((uint32_t)(murmur % move->from) != key_group)
		return refuse(mover, key, murmur % move->from, err);
	*ret = (uint32_t)(murmur % move->to);
	return 0;
}

static int hash_decoded(
	struct sp_key_mover *mover, struct sp_slice key, uint32_t key_group, struct sp_error *err)
{
	struct sp_arena *arena = sp_key_scratch_for(&mover->scratch, key.n);

	mover->met = false;
	if (hash(mover, key, arena, key_group, &mover->moved_to, err) < 0)
		return err->code;
	mover->met = true;
	mover->key.n = 0;
	sp_buffer_bytes(&mover->key, key);
	mover->key_group = key_group;
	return 0;
}

int sp_key_mover_group(struct sp_key_mover *mover, struct sp_slice key, uint32_t key_group,
	uint32_t *ret, struct sp_error *err)
{
	if (mover->move->hash == NULL) {
		*ret = key_group % (uint32_t)mover->move->to;
		return 0;
	}
	if (mover->fast)
		return hash(mover, key, NULL, key_group, ret, err);
	if (!mover->met || mover->key_group != key_group ||
		!sp_slice_equal(sp_buffer_slice(&mover->key), key))
		if (hash_decoded(mover, key, key_group, err) < 0)
			return err->code;
	*ret = mover->moved_to;
	return 0;
}
