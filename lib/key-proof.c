/*
 * The proof: samples make the rules, one scan of all keys tells which of them holds for each. Where
 * several do, they have to agree where keys go.
 */
#include "key-proof-internal.h"

#include <inttypes.h>
#include <stdlib.h>

#define DIVISORS_NAMED 3
#define TYPE_SHOWN 300 /* bytes of its text */

/* --- what would help ------------------------------------------------------------------------- */

/* Appends the largest proper divisors: ", 64, 32, 16". */
static void put_divisors(int32_t max, struct sp_buffer *out)
{
	int n = 0;

	for (int32_t i = max / 2; i >= 1 && n < DIVISORS_NAMED; i--)
		if (max % i == 0 && (i > 1 || n == 0)) {
			sp_buffer_printf(out, "%s%" PRId32, n > 0 ? ", " : "", i);
			n++;
		}
}

int sp_key_proof_advise(
	const struct sp_key_move_plan *plan, const struct sp_type *type, struct sp_error *err)
{
	const bool can_state = sp_key_hash_can_be_stated(type);
	const char *state = can_state ? "--key-hash OPERATOR=FUNCTION states a hash function" : "";
	const int32_t max = plan->op->max_parallelism;
	sp_auto_buffer divisors = { 0 };

	put_divisors(max, &divisors);
	if (divisors.n == 0)
		return can_state ? sp_hint(err, "%s", state) : err->code;
	return sp_hint(err, "%s%sa max parallelism that divides %" PRId32 " needs none: %.*s",
		state, can_state ? "; " : "", max, (int)divisors.n, divisors.p);
}

/* --- conclusions ----------------------------------------------------------------------------- */

/* "keys of Pojo my.Key: …"; some reasons name the type themselves. */
static int refuse(const struct sp_key_proof *proof, struct sp_error *err)
{
	sp_auto_buffer type = { 0 };
	int n;

	sp_type_text(proof->type, &type);
	n = type.n < TYPE_SHOWN ? (int)type.n : TYPE_SHOWN;
	if (strncmp(err->message, (char *)type.p, (size_t)n) == 0)
		sp_within(err, "keys");
	else
		sp_within(err, "keys of %.*s", n, (char *)type.p);
	return sp_key_proof_advise(proof->plan, proof->type, err);
}

static int refuse_all(const struct sp_key_proof *proof, struct sp_error *err)
{
	const char *reason = sp_key_hash_reason(proof->hash);

	sp_fail(err, SP_EUNSUPPORTED, "%s", reason != NULL ? reason : "no function is known");
	return refuse(proof, err);
}

static int refuse_few(const struct sp_key_proof *proof, size_t best, struct sp_error *err)
{
	const int32_t max = proof->all.max_parallelism;
	const char *rule = sp_key_hash_rule(proof->hash, best);

	if (max == 1)
		sp_fail(err, SP_EUNSUPPORTED,
			"with a max parallelism of 1 every function explains them, not only %s",
			rule);
	else
		sp_fail(err, SP_EUNSUPPORTED,
			"%s explains %" PRIu64 " of %" PRIu64
			", but %zu distinct ones are too few to prove it: %.0f bits, and %d are "
			"needed",
			rule, proof->all.keys - proof->all.misses[best], proof->all.keys,
			proof->distinct, sp_key_hash_margin(proof->hash, proof->distinct, max),
			SP_KEY_MARGIN_BITS);
	return refuse(proof, err);
}

static int refuse_best(const struct sp_key_proof *proof, size_t best, struct sp_error *err)
{
	const struct sp_key_tally *all = &proof->all;
	const char *rule = sp_key_hash_rule(proof->hash, best);

	if (proof->plan->stated != NULL)
		sp_fail(err, SP_EUNSUPPORTED,
			"the stated hash function %s explains only %" PRIu64 " of %" PRIu64, rule,
			all->keys - all->misses[best], all->keys);
	else
		sp_fail(err, SP_EUNSUPPORTED,
			"no usual hash function explains them: the best, %s, leaves %" PRIu64
			" of %" PRIu64 " over",
			rule, all->misses[best], all->keys);
	return refuse(proof, err);
}

/* A rule holds for the others: these keys lie wrong. */
static int tell_lost(const struct sp_key_proof *proof, size_t best, struct sp_error *err)
{
	const struct sp_key_tally *all = &proof->all;
	const struct sp_key_lost *lost = &proof->lost[best];

	sp_fail(err, SP_EDAMAGED, "key %s: it belongs in key group %" PRId32,
		lost->key != NULL ? lost->key : "not shown", lost->expected);
	sp_key_proof_within(sp_slice_of(lost->state), lost->key_group, err);
	sp_within(err, "subtask %" PRId32, proof->plan->op->subtasks[lost->part / 2].index);
	return sp_hint(err, "%s explains %" PRIu64 " of %" PRIu64 " keys",
		sp_key_hash_rule(proof->hash, best), all->keys - all->misses[best], all->keys);
}

/* One rule that explains nearly all explains all. */
static int check_best(const struct sp_key_proof *proof, size_t best, struct sp_error *err)
{
	const bool doubtful = proof->inferred || proof->plan->stated != NULL;

	if (doubtful && !sp_key_tally_holds(&proof->all, best))
		return refuse_best(proof, best, err);
	if (proof->inferred && !sp_key_tally_proves(&proof->all, proof->distinct))
		return refuse_few(proof, best, err);
	return proof->all.misses[best] > 0 ? tell_lost(proof, best, err) : 0;
}

static size_t first_of(uint32_t rules)
{
	size_t i = 0;

	while (i + 1 < SP_KEY_RULES_MAX && (rules >> i & 1) == 0)
		i++;
	return i;
}

/* Of these rules, those that put a key elsewhere than the first of them. */
static uint32_t rivals(const struct sp_key_proof *proof, uint32_t rules)
{
	return proof->all.apart[first_of(rules)] & rules;
}

/* Those that releases had that can have written the snapshot. */
static uint32_t of_releases(const struct sp_key_proof *proof, uint32_t rules)
{
	struct sp_releases releases;
	uint32_t ret = 0;

	sp_releases_of(proof->plan->source->snapshot, &releases);
	if (releases.written_to == 0)
		return 0;
	for (size_t i = 0; i < proof->all.rules; i++)
		ret |= (uint32_t)sp_key_hash_is_of(
			       proof->hash, i, releases.written_from, releases.written_to)
		       << i;
	return rules & ret;
}

static int refuse_several(const struct sp_key_proof *proof, uint32_t rules, struct sp_error *err)
{
	sp_fail(err, SP_EUNSUPPORTED,
		"%s explains all %" PRIu64
		", and so does %s, by which some belong in other key groups of %" PRId32,
		sp_key_hash_rule(proof->hash, first_of(rules)), proof->all.keys,
		sp_key_hash_rule(proof->hash, first_of(rivals(proof, rules))),
		proof->plan->max_parallelism);
	return refuse(proof, err);
}

/* Of the rules that explain all keys, of which there is one. */
static int choose(const struct sp_key_proof *proof, size_t *ret, struct sp_error *err)
{
	uint32_t rules = 0;
	uint32_t left;

	for (size_t i = 0; i < SP_KEY_RULES_MAX; i++)
		rules |= (uint32_t)(i < proof->all.rules && proof->all.misses[i] == 0) << i;
	if (rivals(proof, rules) != 0) {
		left = of_releases(proof, rules);
		rules = left != 0 ? left : rules;
	}
	if (rivals(proof, rules) != 0)
		return refuse_several(proof, rules, err);
	*ret = first_of(rules);
	return 0;
}

/* 1: *rule holds for all keys; 0: there are none. */
static int prove(struct sp_key_proof *proof, size_t *rule, struct sp_error *err)
{
	const bool any = sp_key_hash_rules(proof->hash) > 0;
	size_t best;

	if (!any && proof->distinct > 0)
		return refuse_all(proof, err);
	if (sp_key_proof_scan(proof, err) < 0)
		return err->code;
	if (proof->all.keys == 0)
		return 0;
	if (!any)
		return refuse_all(proof, err);
	best = sp_key_tally_best(&proof->all);
	if (check_best(proof, best, err) < 0 || choose(proof, rule, err) < 0)
		return err->code;
	return 1;
}

/* --- the whole ------------------------------------------------------------------------------- */

static int make_hash(
	const struct sp_key_move_plan *plan, struct sp_key_move *move, struct sp_error *err)
{
	const size_t jobs = plan->jobs < 1 ? 1 : (size_t)plan->jobs;
	const struct sp_key_origin from = { plan->source, plan->op,
		sp_kryo_of(plan->source->snapshot), { plan->memory / jobs, plan->tmpdir } };
	int r = sp_sampled_keys_new(&from, &move->keys, err);

	if (r <= 0)
		return r;
	if (plan->stated != NULL)
		r = sp_key_hash_parse(move->keys->type, from.kryo, plan->stated, &move->hash, err);
	else
		r = sp_sampled_keys_hash(move->keys, &from, true, &move->hash, err);
	if (r == SP_EUNSUPPORTED)
		return sp_key_proof_advise(plan, move->keys->type, err);
	return r < 0 ? r : 1;
}

static int prove_move(
	const struct sp_key_move_plan *plan, struct sp_key_move *move, struct sp_error *err)
{
	struct sp_key_proof proof = { .plan = plan,
		.type = move->keys->type,
		.hash = move->hash,
		.distinct = move->keys->n,
		.inferred = plan->stated == NULL && sp_key_hash_is_inferred(move->keys->type) };
	int r;

	sp_key_tally_init(&proof.all, move->hash, move->from, false);
	proof.all.other_max = move->to;
	for (size_t i = 0; i < SP_KEY_RULES_MAX; i++)
		proof.lost[i].part = SIZE_MAX;
	r = prove(&proof, &move->rule, err);
	move->proved = proof.all.keys;
	if (proof.inferred)
		move->margin = sp_key_hash_margin(move->hash, proof.distinct, move->from);
	for (size_t i = 0; i < SP_KEY_RULES_MAX; i++)
		sp_key_lost_free(&proof.lost[i]);
	sp_key_tally_free(&proof.all);
	return r;
}

static bool has_keyed_state(const struct sp_operator *op)
{
	for (size_t i = 0; i < op->n_subtasks; i++)
		if (op->subtasks[i].managed_keyed.code != SP_KEYED_NONE ||
			op->subtasks[i].raw_keyed.code != SP_KEYED_NONE)
			return true;
	return false;
}

int sp_key_move_find(
	const struct sp_key_move_plan *plan, struct sp_key_move **ret, struct sp_error *err)
{
	sp_auto(sp_key_move) *move = calloc(1, sizeof(*move));
	int r = has_keyed_state(plan->op);

	if (move == NULL)
		sp_abort("out of memory");
	*ret = NULL;
	move->from = plan->op->max_parallelism;
	move->to = plan->max_parallelism;
	if (move->from < 1 || move->from > SP_MAX_PARALLELISM)
		return sp_fail(err, SP_EDAMAGED, "max parallelism %" PRId32, move->from);
	if (r > 0 && move->from % move->to != 0) {
		r = make_hash(plan, move, err);
		if (r > 0 && !sp_key_hash_is_fast(move->hash))
			r = prove_move(plan, move, err);
	}
	if (r > 0)
		*ret = sp_steal(move);
	return r < 0 ? r : 0;
}

void sp_key_move_free(struct sp_key_move *move)
{
	if (move == NULL)
		return;
	sp_key_hash_free(move->hash);
	sp_sampled_keys_free(move->keys);
	free(move);
}

const char *sp_key_move_rule(const struct sp_key_move *move)
{
	return move->hash == NULL ? NULL : sp_key_hash_rule(move->hash, move->rule);
}

uint64_t sp_key_move_keys(const struct sp_key_move *move)
{
	return move->proved;
}

double sp_key_move_margin(const struct sp_key_move *move)
{
	return move->margin;
}
