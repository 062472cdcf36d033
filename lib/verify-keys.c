/*
 * Keys in their key groups: every key is hashed under each rule that comes into question; the rule
 * that explains all of them is proved, and where one explains nearly all, the others lie wrong.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "key-group.h"
#include "verify-records.h"

#define SAMPLED_SUBTASKS 16
#define SAMPLED_ROWS 65536              /* of a subtask, at most */
#define ARENA_BYTES ((size_t)64 * 1024) /* of keys that are decoded into one arena */
#define MISFIT_PARTS 256 /* parts of an operator that keep examples of what does not fit */
#define MARGIN_BITS 20   /* that a rule has to outweigh the others by to be proved */
#define FEW 8            /* a rule that leaves more than one key in so many is none */

struct sp_operator_keys {
	struct sp_arena *arena;       /* of the header that `type` is of, and of the samples */
	struct sp_raw_timers *timers; /* or what it is of, where there are only timers */
	const struct sp_type *type;
	struct sp_key_hash *hash;
	struct sp_key_sample *samples;
	size_t n_samples;
	uint64_t keys, unhashed;
	uint64_t misses[SP_KEY_RULES_MAX];
	bool inferred;
	int32_t max_parallelism;
};

/* --- samples --------------------------------------------------------------------------------- */

/* Who looks for samples, in one subtask after the other. */
struct sampling {
	struct sp_operator_keys *keys;
	const struct sp_verify *verify;
	const struct sp_operator *op;
	enum sp_kryo kryo;
	size_t most; /* samples, after this subtask */
};

static void add_sample(struct sampling *self, struct sp_slice key, uint32_t key_group)
{
	struct sp_operator_keys *keys = self->keys;
	struct sp_error err;

	for (size_t i = keys->n_samples; i-- > 0;)
		if (sp_slice_equal(keys->samples[i].key, key))
			return;
	if (sp_value_cross_all(key, 0, self->kryo, keys->type, &err) < 0)
		return;
	keys->samples[keys->n_samples++] =
		(struct sp_key_sample){ sp_arena_copy(keys->arena, key), key_group };
}

/* What is damaged is found when all of it is read. */
static int pass_damage(int r)
{
	return r == SP_EDAMAGED || r == SP_EUNSUPPORTED ? 0 : r;
}

static int sample_rows(struct sampling *self, struct sp_stream *in, struct sp_error *err)
{
	const struct sp_state *state = NULL;
	struct sp_key_layout layout;
	struct sp_key_parts parts;
	struct sp_row row;
	bool known = false;
	int r = 0;

	for (size_t n = 0; n < SAMPLED_ROWS && self->keys->n_samples < self->most; n++) {
		r = sp_next(in, &row, err);
		if (r <= 0)
			return r;
		if (row.state != state)
			known = sp_key_layout(in->header, row.state, self->op->max_parallelism,
					self->kryo, &layout, err) == 0;
		state = row.state;
		if (known && sp_key_split(&layout, row.key, &parts, err) == 0)
			add_sample(self, parts.key, row.key_group);
	}
	return 0;
}

static int sample_managed(
	struct sampling *self, const struct sp_subtask *subtask, struct sp_error *err)
{
	const struct sp_keyed_place place =
		sp_place(self->verify->source, self->op, subtask, &subtask->managed_keyed);
	const struct sp_budget budget = { self->verify->memory, self->verify->tmpdir };
	const struct sp_format *format;
	sp_auto(sp_stream) *in = NULL;
	int r;

	if (place.handle->code == SP_KEYED_NONE)
		return 0;
	r = sp_check_key_groups(&place, err);
	if (r == 0)
		r = sp_format_of(&place, &format, err);
	if (r == 0)
		r = format->open(&place, &budget, &in, err);
	if (r == 0)
		r = sample_rows(self, in, err);
	return pass_damage(r);
}

static int sample_timers(
	struct sampling *self, const struct sp_subtask *subtask, struct sp_error *err)
{
	sp_auto(sp_raw_timers) *timers = NULL;
	struct sp_raw_timer timer;
	int r;

	if (subtask->raw_keyed.code == SP_KEYED_NONE)
		return 0;
	r = sp_raw_timers_open(self->verify->source, &subtask->raw_keyed, &timers, err);
	for (size_t n = 0; r > 0 && n < SAMPLED_ROWS && self->keys->n_samples < self->most; n++) {
		r = sp_raw_timers_next(timers, &timer, err);
		if (r > 0)
			add_sample(self, timer.key, timer.key_group);
	}
	return r < 0 ? pass_damage(r) : 0;
}

/* From several subtasks, so that no key group is all there is of them. */
static int take_samples(struct sampling *self, struct sp_error *err)
{
	const size_t n = self->op->n_subtasks;
	const size_t subtasks = n < SAMPLED_SUBTASKS ? n : SAMPLED_SUBTASKS;
	int r = 0;

	self->keys->samples =
		sp_arena_new_array(self->keys->arena, struct sp_key_sample, SP_KEY_SAMPLES);
	for (size_t i = 0; r == 0 && i < subtasks; i++) {
		const struct sp_subtask *subtask = &self->op->subtasks[i * n / subtasks];

		self->most = SP_KEY_SAMPLES * (i + 1) / subtasks;
		r = sample_managed(self, subtask, err);
		if (r == 0)
			r = sample_timers(self, subtask, err);
	}
	return r;
}

/* --- the rules of an operator ---------------------------------------------------------------- */

/* The type of the keys, from the first header that can be read. 1; 0: there is none. */
static int find_managed_type(struct sampling *self, struct sp_error *err)
{
	for (size_t i = 0; i < self->op->n_subtasks; i++) {
		const struct sp_subtask *subtask = &self->op->subtasks[i];
		const struct sp_keyed_place place =
			sp_place(self->verify->source, self->op, subtask, &subtask->managed_keyed);
		const struct sp_keyed_header *header;
		const struct sp_format *format;
		int r;

		if (place.handle->code == SP_KEYED_NONE)
			continue;
		r = sp_format_of(&place, &format, err);
		if (r == 0)
			r = sp_format_header(format, &place, self->keys->arena, &header, err);
		if (pass_damage(r) < 0)
			return r;
		if (r > 0 && header->key != NULL) {
			self->keys->type = header->key;
			return 1;
		}
	}
	return 0;
}

static int find_timer_type(struct sampling *self, struct sp_error *err)
{
	struct sp_raw_timer timer;

	for (size_t i = 0; i < self->op->n_subtasks; i++) {
		sp_auto(sp_raw_timers) *timers = NULL;
		const struct sp_keyed_handle *handle = &self->op->subtasks[i].raw_keyed;
		int r;

		if (handle->code == SP_KEYED_NONE)
			continue;
		r = sp_raw_timers_open(self->verify->source, handle, &timers, err);
		if (r > 0)
			r = sp_raw_timers_next_service(timers, &timer, err);
		if (pass_damage(r) < 0)
			return r;
		if (r > 0 && timer.key_type != NULL) {
			self->keys->type = timer.key_type;
			self->keys->timers = sp_steal(timers);
			return 1;
		}
	}
	return 0;
}

static int make_hash(struct sampling *self, struct sp_error *err)
{
	struct sp_operator_keys *keys = self->keys;
	int r;

	keys->inferred = sp_key_hash_is_inferred(keys->type);
	r = sp_key_hash_new(
		keys->type, self->kryo, keys->max_parallelism, NULL, 0, &keys->hash, err);
	if (r < 0 || sp_key_hash_is_fast(keys->hash))
		return r;
	sp_key_hash_free(sp_steal(keys->hash));
	r = take_samples(self, err);
	if (r < 0)
		return r;
	return sp_key_hash_new(keys->type, self->kryo, keys->max_parallelism, keys->samples,
		keys->n_samples, &keys->hash, err);
}

void sp_operator_keys_free(struct sp_operator_keys *keys)
{
	if (keys == NULL)
		return;
	sp_key_hash_free(keys->hash);
	sp_raw_timers_free(keys->timers);
	sp_arena_free(keys->arena);
	free(keys);
}

int sp_operator_keys_new(const struct sp_verify *verify, const struct sp_operator *op,
	enum sp_kryo kryo, struct sp_operator_keys **ret, struct sp_error *err)
{
	struct sp_operator_keys *keys;
	struct sampling sampling = { .verify = verify, .op = op, .kryo = kryo };
	int r;

	*ret = NULL;
	if (op->max_parallelism <= 1 || op->max_parallelism > SP_MAX_PARALLELISM)
		return 0;
	keys = calloc(1, sizeof(*keys));
	if (keys == NULL)
		sp_abort("out of memory");
	keys->arena = sp_arena_new();
	keys->max_parallelism = op->max_parallelism;
	sampling.keys = keys;
	r = find_managed_type(&sampling, err);
	if (r == 0)
		r = find_timer_type(&sampling, err);
	if (r > 0)
		r = make_hash(&sampling, err);
	if (r == 0 && keys->hash != NULL)
		*ret = keys;
	else
		sp_operator_keys_free(keys);
	return pass_damage(r);
}

/* --- counting -------------------------------------------------------------------------------- */

void sp_key_tally_init(struct sp_key_tally *tally, const struct sp_operator_keys *keys,
	const struct sp_operator *op, size_t number)
{
	*tally = (struct sp_key_tally){ .max_parallelism = op->max_parallelism };
	if (keys == NULL)
		return;
	tally->hash = keys->hash;
	tally->rules = sp_key_hash_rules(keys->hash);
	tally->fast = sp_key_hash_is_fast(keys->hash);
	tally->keeps = number < MISFIT_PARTS;
	tally->arena = sp_arena_new();
	if (!tally->fast)
		tally->scratch = sp_arena_new();
}

void sp_key_tally_free(struct sp_key_tally *tally)
{
	sp_arena_free(tally->arena);
	sp_arena_free(tally->scratch);
	free(tally->misfits);
}

/* The key as JSON, or NULL if it is too long to be shown. */
static const char *show(struct sp_key_tally *tally, const struct sp_key_met *met)
{
	sp_auto_buffer text = { 0 };

	if (met->key.n > SP_RECORDS_KEY_MOST)
		return NULL;
	if (met->layout != NULL) {
		sp_row_key_json(met->layout, met->composite, &text);
	} else {
		const struct sp_key_layout layout = { .key = met->type, .kryo = met->kryo };
		const int32_t width = sp_type_width(met->type);
		struct sp_key_layout whole = layout;

		whole.key_width = width;
		sp_row_key_json(&whole, met->key, &text);
	}
	return text.n > SP_RECORDS_KEY_MOST ? NULL
					    : sp_arena_string(tally->arena, sp_buffer_slice(&text));
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
			news |= ++tally->misses[i] <= SP_RECORDS_EXAMPLES;
	if (news && tally->keeps)
		keep_misfit(tally, met, rules, groups);
}

/* Keys share an arena, which costs more to make than a key. */
static void make_room(struct sp_key_tally *tally, size_t n)
{
	if (tally->scratched >= ARENA_BYTES) {
		sp_arena_free(tally->scratch);
		tally->scratch = sp_arena_new();
		tally->scratched = 0;
	}
	tally->scratched += n;
}

void sp_key_tally_add(struct sp_key_tally *tally, const struct sp_key_met *met)
{
	int32_t codes[SP_KEY_RULES_MAX];
	uint32_t rules = 0;
	struct sp_error err;

	tally->keys++;
	if (!tally->fast)
		make_room(tally, met->key.n);
	if (sp_key_hash_codes(tally->hash, met->key, tally->scratch, codes, &err) < 0) {
		tally->unhashed++;
		return;
	}
	for (size_t i = 0; i < tally->rules; i++) {
		codes[i] = sp_key_group_of_hash(codes[i], tally->max_parallelism);
		rules |= (uint32_t)((uint32_t)codes[i] != met->key_group) << i;
	}
	if (rules != 0)
		miss(tally, met, rules, codes);
}

void sp_operator_keys_merge(struct sp_operator_keys *keys, const struct sp_key_tally *tally)
{
	if (keys == NULL)
		return;
	keys->keys += tally->keys;
	keys->unhashed += tally->unhashed;
	for (size_t i = 0; i < tally->rules; i++)
		keys->misses[i] += tally->misses[i];
}

/* --- conclusions ----------------------------------------------------------------------------- */

/* The rule that leaves the fewest keys over; of several the first. */
static size_t best_rule(const struct sp_operator_keys *keys)
{
	size_t best = 0;

	for (size_t i = 1; i < sp_key_hash_rules(keys->hash); i++)
		if (keys->misses[i] < keys->misses[best])
			best = i;
	return best;
}

static bool is_rule(const struct sp_operator_keys *keys, size_t rule)
{
	const uint64_t hashed = keys->keys - keys->unhashed;

	if (!keys->inferred)
		return true;
	return keys->misses[rule] <= hashed / FEW && sp_key_hash_margin(keys->hash, keys->n_samples,
							     keys->max_parallelism) >= MARGIN_BITS;
}

static void conclude_inferred(const struct sp_operator_keys *keys, size_t best,
	const struct sp_operator *op, struct sp_findings *findings)
{
	const double bits = sp_key_hash_margin(keys->hash, keys->n_samples, keys->max_parallelism);
	const char *rule = sp_key_hash_rule(keys->hash, best);
	const uint64_t misses = keys->misses[best];
	size_t all = 0;

	for (size_t i = 0; i < sp_key_hash_rules(keys->hash); i++)
		all += keys->misses[i] == misses;
	if (bits < MARGIN_BITS)
		sp_find(findings, SP_FIND_NO_KEY_HASH, op, NULL,
			"%" PRIu64 " keys: %s explains %" PRIu64
			", but %zu distinct ones are too few to prove it (%.0f bits)",
			keys->keys, rule, keys->keys - misses, keys->n_samples, bits);
	else if (!is_rule(keys, best))
		sp_find(findings, SP_FIND_NO_KEY_HASH, op, NULL,
			"%" PRIu64 " keys: the best function, %s, leaves %" PRIu64 " unexplained",
			keys->keys, rule, misses);
	else
		sp_find(findings, SP_FIND_KEY_HASH, op, NULL,
			"%s%s explains %" PRIu64 " of %" PRIu64
			" keys; %zu distinct ones prove it by %.0f bits",
			rule, all > 1 ? " (and others that give the same)" : "",
			keys->keys - misses, keys->keys, keys->n_samples, bits);
}

void sp_operator_keys_conclude(const struct sp_operator_keys *keys, const struct sp_operator *op,
	struct sp_findings *findings)
{
	size_t best;

	if (keys == NULL || keys->keys == 0)
		return;
	if (sp_key_hash_rules(keys->hash) == 0) {
		const char *reason = sp_key_hash_reason(keys->hash);

		sp_find(findings, SP_FIND_NO_KEY_HASH, op, NULL, "%" PRIu64 " keys: %s", keys->keys,
			reason != NULL ? reason : "no function is known");
		return;
	}
	if (keys->unhashed > 0)
		sp_find(findings, SP_FIND_NO_KEY_HASH, op, NULL,
			"%" PRIu64 " of %" PRIu64
			" keys are of classes whose hash code is not known",
			keys->unhashed, keys->keys);
	best = best_rule(keys);
	if (keys->inferred)
		conclude_inferred(keys, best, op, findings);
	else if (best > 0) /* the rules of releases, the newest first */
		sp_find(findings, SP_FIND_OLD_KEY_HASH, op, NULL,
			"%s explains %" PRIu64 " of %" PRIu64 " keys, %s %" PRIu64,
			sp_key_hash_rule(keys->hash, best), keys->keys - keys->misses[best],
			keys->keys, sp_key_hash_rule(keys->hash, 0), keys->keys - keys->misses[0]);
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
	best = best_rule(keys);
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
