#include "diff-internal.h"

#define BUCKETS ((size_t)1024)

/* --- operators ------------------------------------------------------------------------------- */

struct sp_diff_pair *sp_diff_pair_of(
	const struct sp_differ *self, enum sp_diff_side side, const struct sp_operator *op)
{
	struct sp_diff_pair *pair;

	HASH_FIND(hh, self->by_id, op->id, SP_OPERATOR_ID_BYTES, pair);
	return pair != NULL && pair->op->sides[side] == op ? pair : NULL;
}

static bool is_wanted(const struct sp_differ *self, const struct sp_operator *op)
{
	const uint8_t *only = self->request->only;

	return only == NULL || memcmp(op->id, only, SP_OPERATOR_ID_BYTES) == 0;
}

/* Of operators with the same id, which verify finds, Flink takes the last. */
static void pair_operators(struct sp_differ *self, enum sp_diff_side side)
{
	const struct sp_snapshot *snapshot = self->request->sources[side]->snapshot;
	struct sp_diff *diff = self->diff;

	for (size_t i = 0; i < snapshot->n_operators; i++) {
		const struct sp_operator *op = &snapshot->operators[i];
		struct sp_diff_pair *pair;

		if (!is_wanted(self, op))
			continue;
		HASH_FIND(hh, self->by_id, op->id, SP_OPERATOR_ID_BYTES, pair);
		if (pair == NULL) {
			pair = &self->pairs[diff->n_operators];
			pair->op = &diff->operators[diff->n_operators++];
			HASH_ADD_KEYPTR(hh, self->by_id, op->id, SP_OPERATOR_ID_BYTES, pair);
		}
		pair->op->sides[side] = op;
	}
}

static void find_pairs(struct sp_differ *self)
{
	size_t most = 0;

	for (int side = 0; side < SP_DIFF_SIDES; side++)
		most += self->request->sources[side]->snapshot->n_operators;
	self->diff->operators =
		sp_arena_new_array(self->diff->arena, struct sp_diff_operator, most);
	self->pairs = sp_arena_new_array(self->diff->arena, struct sp_diff_pair, most);
	pair_operators(self, SP_DIFF_A);
	pair_operators(self, SP_DIFF_B);
}

/* --- states ---------------------------------------------------------------------------------- */

static int within(const struct sp_differ *self, int side, struct sp_error *err)
{
	return sp_within(err, "%s", self->request->sources[side]->location);
}

static int find_states(struct sp_differ *self, struct sp_error *err)
{
	for (int side = 0; side < SP_DIFF_SIDES; side++)
		for (size_t i = 0; i < self->diff->n_operators; i++)
			if (self->pairs[i].op->sides[side] != NULL &&
				sp_diff_find_states(
					self, &self->pairs[i], (enum sp_diff_side)side, err) < 0)
				return within(self, side, err);
	return 0;
}

static bool known_to_differ(const struct sp_type *a, const struct sp_type *b)
{
	return a != NULL && b != NULL && !sp_diff_same_type(a, b);
}

/* Have keys of the two sides nothing in common, whatever is in them? */
static bool is_apart(const struct sp_diff_entry *entry)
{
	const struct sp_diff_declared *a = &entry->state.sides[SP_DIFF_A];
	const struct sp_diff_declared *b = &entry->state.sides[SP_DIFF_B];
	const struct sp_operator *const *ops = entry->state.op->sides;

	if (entry->state.part == SP_DIFF_RAW_KEYED)
		return ops[SP_DIFF_A]->max_parallelism != ops[SP_DIFF_B]->max_parallelism;
	return !sp_diff_same_encoding(a->key, a->kryo, b->key, b->kryo) ||
	       !sp_diff_same_encoding(a->ns, a->kryo, b->ns, b->kryo) ||
	       !sp_diff_same_encoding(entry->layouts[SP_DIFF_A].user_key, a->kryo,
		       entry->layouts[SP_DIFF_B].user_key, b->kryo);
}

static void compare_types(struct sp_diff_entry *entry)
{
	struct sp_diff_state *state = &entry->state;
	const struct sp_diff_declared *a = &state->sides[SP_DIFF_A], *b = &state->sides[SP_DIFF_B];

	if (!a->present || !b->present)
		return;
	state->kind_differs = strcmp(a->kind, b->kind) != 0;
	state->types_differ = known_to_differ(a->key, b->key) || known_to_differ(a->ns, b->ns) ||
			      known_to_differ(a->user_key, b->user_key) ||
			      known_to_differ(a->value, b->value) || a->mixed != b->mixed;
	state->elements_differ = a->counted && b->counted && a->elements != b->elements;
	state->apart |= is_apart(entry);
	entry->recode = !sp_diff_same_encoding(a->value, a->kryo, b->value, b->kryo);
}

static void compare_coordinator(struct sp_differ *self, struct sp_diff_entry *entry)
{
	const struct sp_slice none = { 0 };
	struct sp_slice bytes[SP_DIFF_SIDES];
	const struct sp_slice *values[SP_DIFF_SIDES] = { NULL, NULL };

	for (int side = 0; side < SP_DIFF_SIDES; side++) {
		const struct sp_operator *op = entry->state.op->sides[side];

		if (!entry->state.sides[side].present)
			continue;
		bytes[side] = op->coordinator.data;
		values[side] = &bytes[side];
	}
	if (values[0] == NULL || values[1] == NULL || !sp_slice_equal(bytes[0], bytes[1]))
		sp_diff_add_sample(self, entry, none, values);
}

static void list_states(struct sp_differ *self)
{
	struct sp_diff *diff = self->diff;

	diff->states =
		sp_arena_new_array(diff->arena, struct sp_diff_state *, HASH_COUNT(self->by_name));
	for (size_t i = 0; i < diff->n_operators; i++)
		for (size_t j = 0; j < self->pairs[i].n; j++)
			diff->states[diff->n_states++] = &self->pairs[i].entries[j]->state;
}

/* Is there anything in it? What is registered and has no rows is nothing. */
static bool has_content(const struct sp_differ *self, const struct sp_diff_declared *side)
{
	if (self->request->rows)
		return side->rows > 0;
	return side->present && !(side->counted && side->elements == 0);
}

static void judge_state(const struct sp_differ *self, struct sp_diff_state *state)
{
	const struct sp_diff_declared *a = &state->sides[SP_DIFF_A], *b = &state->sides[SP_DIFF_B];

	if (!a->present || !b->present)
		state->differs = has_content(self, a->present ? a : b);
	else
		state->differs = state->kind_differs || state->types_differ ||
				 state->elements_differ ||
				 (state->apart && has_content(self, a) && has_content(self, b)) ||
				 state->rows[SP_DIFF_ADDED] + state->rows[SP_DIFF_REMOVED] +
						 state->rows[SP_DIFF_CHANGED] >
					 0;
}

/* One that is on one side only matters where it has state that differs then. */
static void judge_operator(struct sp_diff_pair *pair)
{
	const struct sp_operator *a = pair->op->sides[SP_DIFF_A], *b = pair->op->sides[SP_DIFF_B];

	if (a != NULL && b != NULL)
		pair->op->differs = a->fully_finished != b->fully_finished;
	for (size_t i = 0; i < pair->n && (a == NULL || b == NULL); i++)
		pair->op->differs |= pair->entries[i]->state.differs;
}

static void judge(struct sp_differ *self)
{
	struct sp_diff *diff = self->diff;

	for (size_t i = 0; i < diff->n_states; i++) {
		judge_state(self, diff->states[i]);
		diff->differs |= diff->states[i]->differs;
	}
	for (size_t i = 0; i < diff->n_operators; i++) {
		judge_operator(&self->pairs[i]);
		diff->differs |= diff->operators[i].differs;
	}
}

/* --- rows ------------------------------------------------------------------------------------ */

/* So few buckets that all sums take a quarter of the memory. */
static size_t find_buckets(const struct sp_differ *self)
{
	size_t n = self->request->buckets == 0 ? BUCKETS : self->request->buckets;
	size_t sums = 2 * self->diff->n_states;
	size_t largest = 0;

	for (size_t i = 0; i < self->diff->n_operators; i++)
		if (self->pairs[i].n > largest)
			largest = self->pairs[i].n;
	sums += largest * (size_t)self->request->jobs;
	while (n > 1 && n * sums > self->request->memory / 4 / sizeof(struct sp_diff_bucket))
		n /= 2;
	return n;
}

static int compare_rows(struct sp_differ *self, struct sp_error *err)
{
	self->buckets = find_buckets(self);
	if (sp_diff_sum(self, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->diff->n_operators; i++)
		if (sp_diff_join(self, &self->pairs[i], err) < 0)
			return err->code;
	return 0;
}

static int run(struct sp_differ *self, struct sp_error *err)
{
	if (find_states(self, err) < 0)
		return err->code;
	list_states(self);
	for (struct sp_diff_entry *entry = self->by_name; entry != NULL; entry = entry->hh.next) {
		compare_types(entry);
		if (entry->state.part == SP_DIFF_COORDINATOR)
			compare_coordinator(self, entry);
	}
	if (self->request->rows && compare_rows(self, err) < 0)
		return err->code;
	judge(self);
	return 0;
}

static void free_differ(struct sp_differ *self)
{
	for (size_t i = 0; i < self->diff->n_operators; i++) {
		for (size_t j = 0; j < self->pairs[i].n; j++) {
			free(self->pairs[i].entries[j]->buckets[SP_DIFF_A]);
			free(self->pairs[i].entries[j]->buckets[SP_DIFF_B]);
			free(self->pairs[i].entries[j]->wanted);
		}
		free(self->pairs[i].entries);
	}
	HASH_CLEAR(hh, self->by_name);
	HASH_CLEAR(hh, self->by_id);
}

int sp_diff_run(const struct sp_diff_request *request, struct sp_diff *ret, struct sp_error *err)
{
	struct sp_differ self = { .request = request, .diff = ret };
	int r;

	*ret = (struct sp_diff){ .arena = sp_arena_new() };
	for (int side = 0; side < SP_DIFF_SIDES; side++)
		self.kryo[side] = sp_kryo_of(request->sources[side]->snapshot);
	find_pairs(&self);
	r = run(&self, err);
	free_differ(&self);
	return r;
}

void sp_diff_free(struct sp_diff *diff)
{
	for (struct sp_diff_kept *kept = diff->kept; kept != NULL; kept = kept->next) {
		sp_arena_free(kept->arena);
		sp_raw_timers_free(kept->timers);
	}
	sp_arena_free(diff->arena);
}
