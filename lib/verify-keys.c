/*
 * Keys in their key groups: every key is hashed under each rule that comes into question; the rule
 * that explains all of them is proved, and where one explains nearly all, the others lie wrong.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "key-samples.h"
#include "verify-records.h"

#define MISFIT_PARTS 256 /* parts of an operator that keep examples of what does not fit */

struct sp_operator_keys {
	struct sp_sampled_keys *sampled;
	struct sp_key_hash *hash;
	struct sp_key_tally all;
	bool inferred;
};

/* What is damaged is found when all of it is read. */
static int pass_damage(int r)
{
	return r == SP_EDAMAGED || r == SP_EUNSUPPORTED ? 0 : r;
}

/* 1; 0: there are no keys. */
static int fill(
	struct sp_operator_keys *keys, const struct sp_key_origin *from, struct sp_error *err)
{
	int r = sp_sampled_keys_new(from, &keys->sampled, err);

	if (r <= 0)
		return r;
	if (sp_sampled_keys_hash(keys->sampled, from, false, &keys->hash, err) < 0)
		return err->code;
	keys->inferred = sp_key_hash_is_inferred(keys->sampled->type);
	sp_key_tally_init(&keys->all, keys->hash, from->op->max_parallelism, false);
	return 1;
}

void sp_operator_keys_free(struct sp_operator_keys *keys)
{
	if (keys == NULL)
		return;
	sp_key_tally_free(&keys->all);
	sp_key_hash_free(keys->hash);
	sp_sampled_keys_free(keys->sampled);
	free(keys);
}

int sp_operator_keys_new(const struct sp_verify *verify, const struct sp_operator *op,
	enum sp_kryo kryo, struct sp_operator_keys **ret, struct sp_error *err)
{
	const struct sp_key_origin from = { verify->source, op, kryo,
		{ verify->memory, verify->tmpdir } };
	struct sp_operator_keys *keys;
	int r;

	*ret = NULL;
	if (op->max_parallelism <= 1 || op->max_parallelism > SP_MAX_PARALLELISM)
		return 0;
	keys = calloc(1, sizeof(*keys));
	if (keys == NULL)
		sp_abort("out of memory");
	r = fill(keys, &from, err);
	if (r > 0)
		*ret = keys;
	else
		sp_operator_keys_free(keys);
	return r > 0 ? 0 : pass_damage(r);
}

/* --- counting -------------------------------------------------------------------------------- */

void sp_operator_keys_begin(const struct sp_operator_keys *keys, const struct sp_operator *op,
	size_t number, struct sp_key_tally *tally)
{
	sp_key_tally_init(tally, keys == NULL ? NULL : keys->hash, op->max_parallelism,
		number < MISFIT_PARTS);
}

void sp_operator_keys_merge(struct sp_operator_keys *keys, const struct sp_key_tally *tally)
{
	if (keys != NULL)
		sp_key_tally_merge(&keys->all, tally);
}

/* --- conclusions ----------------------------------------------------------------------------- */

static double bits_of(const struct sp_operator_keys *keys)
{
	return sp_key_hash_margin(keys->hash, keys->sampled->n, keys->all.max_parallelism);
}

static bool is_rule(const struct sp_operator_keys *keys, size_t rule)
{
	return !keys->inferred || (sp_key_tally_holds(&keys->all, rule) &&
					  sp_key_tally_proves(&keys->all, keys->sampled->n));
}

static void conclude_inferred(const struct sp_operator_keys *keys, size_t best,
	const struct sp_operator *op, struct sp_findings *findings)
{
	const double bits = bits_of(keys);
	const char *rule = sp_key_hash_rule(keys->hash, best);
	const uint64_t misses = keys->all.misses[best];
	size_t all = 0;

	for (size_t i = 0; i < sp_key_hash_rules(keys->hash); i++)
		all += keys->all.misses[i] == misses;
	if (!sp_key_tally_proves(&keys->all, keys->sampled->n))
		sp_find(findings, SP_FIND_NO_KEY_HASH, op, NULL,
			"%" PRIu64 " keys: %s explains %" PRIu64
			", but %zu distinct ones are too few to prove it (%.0f bits)",
			keys->all.keys, rule, keys->all.keys - misses, keys->sampled->n, bits);
	else if (!is_rule(keys, best))
		sp_find(findings, SP_FIND_NO_KEY_HASH, op, NULL,
			"%" PRIu64 " keys: the best function, %s, leaves %" PRIu64 " unexplained",
			keys->all.keys, rule, misses);
	else
		sp_find(findings, SP_FIND_KEY_HASH, op, NULL,
			"%s%s explains %" PRIu64 " of %" PRIu64
			" keys; %zu distinct ones prove it by %.0f bits",
			rule, all > 1 ? " (and others that give the same)" : "",
			keys->all.keys - misses, keys->all.keys, keys->sampled->n, bits);
}

void sp_operator_keys_conclude(const struct sp_operator_keys *keys, const struct sp_operator *op,
	struct sp_findings *findings)
{
	size_t best;

	if (keys == NULL || keys->all.keys == 0)
		return;
	if (sp_key_hash_rules(keys->hash) == 0) {
		const char *reason = sp_key_hash_reason(keys->hash);

		sp_find(findings, SP_FIND_NO_KEY_HASH, op, NULL, "%" PRIu64 " keys: %s",
			keys->all.keys, reason != NULL ? reason : "no function is known");
		return;
	}
	if (keys->all.unhashed > 0)
		sp_find(findings, SP_FIND_NO_KEY_HASH, op, NULL,
			"%" PRIu64 " of %" PRIu64
			" keys are of classes whose hash code is not known",
			keys->all.unhashed, keys->all.keys);
	best = sp_key_tally_best(&keys->all);
	if (keys->inferred)
		conclude_inferred(keys, best, op, findings);
	else if (best > 0) /* the rules of releases, the newest first */
		sp_find(findings, SP_FIND_OLD_KEY_HASH, op, NULL,
			"%s explains %" PRIu64 " of %" PRIu64 " keys, %s %" PRIu64,
			sp_key_hash_rule(keys->hash, best), keys->all.keys - keys->all.misses[best],
			keys->all.keys, sp_key_hash_rule(keys->hash, 0),
			keys->all.keys - keys->all.misses[0]);
}

static void report(const struct sp_misfit *misfit, size_t rule, struct sp_finding_place *place,
	struct sp_findings *findings)
{
	sp_auto_buffer name = { 0 };

	place->state = sp_slice_of(misfit->state);
	place->key_group = (int32_t)misfit->key_group;
	place->key = misfit->key;
	sp_find_at(findings, misfit->timer ? SP_FIND_WRONG_TIMER : SP_FIND_WRONG_KEY_GROUP, place,
		"state '%s': key group %" PRIu32 ": key %s: it belongs in key group %" PRId32,
		sp_verify_name(sp_slice_of(misfit->state), &name), misfit->key_group,
		misfit->key != NULL ? misfit->key : "not shown", misfit->expected[rule]);
}

void sp_operator_keys_report(const struct sp_operator_keys *keys, const struct sp_key_tally *tally,
	const struct sp_operator *op, const struct sp_subtask *subtask,
	struct sp_findings *findings)
{
	struct sp_finding_place place = SP_FINDING_PLACE(op, subtask);
	size_t best, told = 0;

	if (keys == NULL || tally->rules == 0)
		return;
	best = sp_key_tally_best(&keys->all);
	if (!is_rule(keys, best))
		return;
	for (size_t i = 0; i < tally->n_misfits && told < SP_RECORDS_EXAMPLES; i++)
		if ((tally->misfits[i].rules >> best & 1) != 0) {
			report(&tally->misfits[i], best, &place, findings);
			told++;
		}
	if (tally->misses[best] > told)
		sp_find(findings, SP_FIND_WRONG_KEY_GROUP, op, subtask,
			"%" PRIu64 "%s of %" PRIu64 " keys", tally->misses[best] - told,
			told > 0 ? " more" : "", tally->keys);
}
