#include "state-set.h"

#include <stdlib.h>

#include "keyed-header-write.h"
#include "state-same.h"

void sp_state_set_free(struct sp_state_set *set)
{
	free(set->at);
	*set = (struct sp_state_set){ 0 };
}

struct sp_state *sp_state_find(struct sp_state *states, size_t n, struct sp_slice name, bool queue)
{
	for (size_t i = 0; i < n; i++)
		if (sp_is_queue(&states[i]) == queue && sp_slice_equal(states[i].name, name))
			return &states[i];
	return NULL;
}

static int append(
	struct sp_state_set *set, const struct sp_state *state, uint16_t *ret, struct sp_error *err)
{
	if (set->n == INT16_MAX)
		return sp_fail(err, SP_EDAMAGED, "more than %d states", INT16_MAX);
	if (set->n == set->capacity) {
		set->capacity = set->capacity == 0 ? 16 : set->capacity * 2;
		set->at = reallocarray(set->at, set->capacity, sizeof(*set->at));
		if (set->at == NULL)
			sp_abort("out of memory");
	}
	*ret = (uint16_t)set->n;
	set->at[set->n] = *state;
	set->at[set->n++].id = *ret;
	return 0;
}

static void put_part(struct sp_buffer *out, const char *word, const struct sp_type *type)
{
	if (type == NULL)
		return;
	sp_buffer_printf(out, "%s", word);
	sp_type_text(type, out);
}

static void describe(const struct sp_state *state, struct sp_buffer *out)
{
	sp_buffer_printf(out, "%s%s", sp_state_kind_text(state),
		state->kind == SP_KIND_KEY_VALUE_V2 ? " of the asynchronous API" : "");
	put_part(out, " ", state->value);
	put_part(out, " by ", state->user_key);
	put_part(out, " in ", state->ns);
}

static int fail_other(const struct sp_state *a, const struct sp_state *b, struct sp_error *err)
{
	sp_auto_buffer one = { 0 };
	sp_auto_buffer other = { 0 };

	describe(a, &one);
	describe(b, &other);
	if (sp_slice_equal(sp_buffer_slice(&one), sp_buffer_slice(&other))) {
		other.n = 0;
		sp_buffer_printf(&other, "serialized in two ways");
	}
	sp_fail(err, SP_EUNSUPPORTED,
		"state '%.*s' is not the same in all of the snapshot: %.*s, %.*s", (int)a->name.n,
		a->name.p, (int)one.n, (const char *)one.p, (int)other.n, (const char *)other.p);
	return sp_hint(err, "restore it with Flink and take a canonical savepoint");
}

int sp_state_set_add(
	struct sp_state_set *set, const struct sp_state *state, uint16_t *ret, struct sp_error *err)
{
	struct sp_state *known = sp_state_find(set->at, set->n, state->name, sp_is_queue(state));

	if (known == NULL)
		return append(set, state, ret, err);
	*ret = (uint16_t)known->id;
	if (sp_slice_equal(known->bytes, state->bytes))
		return 0;
	if (!sp_same_state(known, state))
		return fail_other(known, state, err);
	if (known->bytes.n <= state->bytes.n) {
		*known = *state;
		known->id = *ret;
	}
	return 0;
}

int sp_state_set_header(const struct sp_state_set *set, struct sp_slice key, bool compressed,
	struct sp_arena *arena, const struct sp_keyed_header **ret, struct sp_error *err)
{
	struct sp_slice *states = sp_arena_new_array(arena, struct sp_slice, set->n);
	sp_auto_buffer bytes = { 0 };

	for (size_t i = 0; i < set->n; i++)
		states[i] = set->at[i].bytes;
	sp_keyed_header_write(key, states, set->n, compressed, &bytes);
	if (sp_keyed_header_read(sp_buffer_slice(&bytes), 0, arena, ret, err) < 0)
		return sp_within(err, "header of all states");
	for (size_t i = 0; i < set->n; i++)
		if ((*ret)->n_states != set->n ||
			!sp_slice_equal((*ret)->states[i].bytes, states[i]))
			return sp_fail(err, SP_EDAMAGED,
				"header of all states: state '%.*s' reads otherwise than it did",
				(int)set->at[i].name.n, set->at[i].name.p);
	return 0;
}
