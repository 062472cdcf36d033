#include "inspect.h"

#include "text.h"

/* the default hash function falls through its cases, which clang warns of */
#define HASH_FUNCTION(key, length, hash) HASH_FNV(key, length, hash)
#include <uthash.h>

/* --- keyed states ------------------------------------------------------------------------- */

static const struct sp_column keyed_columns[] = {
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", "Operator", SP_COLUMN_TEXT },
	{ "state", "State", SP_COLUMN_TEXT },
	{ "kind", "Kind", SP_COLUMN_TEXT },
	{ "key_type", "Key", SP_COLUMN_TEXT },
	{ "namespace_type", "Namespace", SP_COLUMN_TEXT },
	{ "value_type", "Value", SP_COLUMN_TEXT },
	{ "ttl", "TTL", SP_COLUMN_BOOL },
	{ "subtasks", "Subtasks", SP_COLUMN_INTEGER },
};

/*
 * A state of an operator: subtasks may have registered different ones, and timers on the heap may
 * have the name of another state.
 */
struct keyed_state {
	const struct sp_state *state;
	const struct sp_type *key;
	uint32_t subtasks;
};

struct keyed_states {
	struct keyed_state *list; /* in the arena */
	size_t n, capacity;
	struct sp_arena *arena;
};

static struct keyed_state *find_state(
	struct keyed_states *states, const struct sp_state *state, const struct sp_type *key)
{
	for (size_t i = 0; i < states->n; i++)
		if (states->list[i].state->kind == state->kind &&
			sp_slice_equal(states->list[i].state->name, state->name))
			return &states->list[i];
	if (states->n == states->capacity) {
		struct keyed_state *list;

		states->capacity = states->capacity * 2 + 16;
		list = sp_arena_new_array(states->arena, struct keyed_state, states->capacity);
		if (states->n > 0)
			memcpy(list, states->list, states->n * sizeof(*list));
		states->list = list;
	}
	states->list[states->n] = (struct keyed_state){ .state = state, .key = key };
	return &states->list[states->n++];
}

static int read_subtask(const struct sp_survey *survey, const struct sp_subtask *subtask,
	struct keyed_states *states, struct sp_error *err)
{
	const struct sp_keyed_header *header;
	int r;

	if (subtask->managed_keyed.code == SP_KEYED_NONE)
		return 0;
	r = sp_source_read_keyed_header(
		survey->source, &subtask->managed_keyed, states->arena, &header, err);
	if (r <= 0)
		return r;
	for (size_t i = 0; i < header->n_states; i++)
		find_state(states, &header->states[i], header->key)->subtasks++;
	return 0;
}

static void add_type(struct sp_table *table, const struct sp_type *type)
{
	sp_auto_buffer text = { 0 };

	if (type == NULL) {
		sp_table_none(table);
		return;
	}
	sp_type_text(type, &text);
	sp_table_text(table, sp_text_of(&text));
}

static void add_state(
	struct sp_table *table, const struct sp_operator *op, const struct keyed_state *state)
{
	sp_table_operator_id(table, op);
	sp_table_operator(table, op);
	sp_table_name(table, state->state->name);
	sp_table_text(table, sp_state_kind_text(state->state));
	add_type(table, state->key);
	add_type(table, state->state->ns);
	add_type(table, state->state->value);
	sp_table_bool(table, state->state->value != NULL && sp_type_has_ttl(state->state->value));
	sp_table_number(table, state->subtasks);
}

static int add_operator_states(const struct sp_survey *survey, const struct sp_operator *op,
	struct sp_table *table, struct sp_error *err)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct keyed_states states = { .arena = arena };

	for (size_t i = 0; i < op->n_subtasks; i++)
		if (read_subtask(survey, &op->subtasks[i], &states, err) < 0) {
			char id[33];

			sp_operator_id_text(op->id, id);
			return sp_within(err, "operator %s: subtask %d", id, op->subtasks[i].index);
		}
	for (size_t i = 0; i < states.n; i++)
		add_state(table, op, &states.list[i]);
	return 0;
}

int sp_inspect_states(const struct sp_survey *survey, struct sp_table **ret, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = survey->source->snapshot;
	sp_auto(sp_table) *table = sp_table_new(keyed_columns, sp_countof(keyed_columns));

	for (size_t i = 0; i < snapshot->n_operators; i++)
		if (sp_survey_shows(survey, &snapshot->operators[i]) &&
			add_operator_states(survey, &snapshot->operators[i], table, err) < 0)
			return err->code;
	*ret = sp_steal(table);
	return 0;
}

/* --- operator states ---------------------------------------------------------------------- */

static const struct sp_column operator_columns[] = {
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", "Operator", SP_COLUMN_TEXT },
	{ "state", "State", SP_COLUMN_TEXT },
	{ "managed", "Managed", SP_COLUMN_BOOL },
	{ "mode", "Mode", SP_COLUMN_TEXT },
	{ "elements", "Elements", SP_COLUMN_INTEGER },
	{ "subtasks", "Subtasks", SP_COLUMN_INTEGER },
};

struct element_count {
	const struct sp_operator_state *state;
	uint64_t elements;
	uint32_t subtasks;
	UT_hash_handle hh;
};

struct element_counts {
	struct element_count *table; /* in the order of the file */
	struct sp_arena *arena;      /* holds its entries */
};

static struct element_count *find_count(
	struct element_counts *counts, const struct sp_operator_state *state)
{
	struct element_count *count;

	HASH_FIND(hh, counts->table, state->name.p, state->name.n, count);
	if (count != NULL)
		return count;
	count = sp_arena_new_array(counts->arena, struct element_count, 1);
	count->state = state;
	HASH_ADD_KEYPTR(hh, counts->table, state->name.p, state->name.n, count);
	return count;
}

static void count_handles(
	struct element_counts *counts, const struct sp_operator_handle *handles, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < handles[i].n_states; j++) {
			struct element_count *count = find_count(counts, &handles[i].states[j]);

			count->elements += handles[i].states[j].n_offsets;
			count->subtasks++;
		}
}

static const char *mode_text(enum sp_mode mode)
{
	switch (mode) {
	case SP_MODE_SPLIT_DISTRIBUTE: return "SPLIT_DISTRIBUTE";
	case SP_MODE_UNION: return "UNION";
	case SP_MODE_BROADCAST: break;
	}
	return "BROADCAST";
}

static void add_counts(struct sp_table *table, const struct sp_operator *op, bool managed)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct element_counts counts = { .arena = arena };

	for (size_t i = 0; i < op->n_subtasks; i++) {
		const struct sp_subtask *subtask = &op->subtasks[i];

		if (managed)
			count_handles(
				&counts, subtask->managed_operator, subtask->n_managed_operator);
		else
			count_handles(&counts, subtask->raw_operator, subtask->n_raw_operator);
	}
	for (struct element_count *count = counts.table; count != NULL; count = count->hh.next) {
		sp_table_operator_id(table, op);
		sp_table_operator(table, op);
		sp_table_name(table, count->state->name);
		sp_table_bool(table, managed);
		sp_table_text(table, mode_text(count->state->mode));
		sp_table_number(table, (int64_t)count->elements);
		sp_table_number(table, count->subtasks);
	}
	HASH_CLEAR(hh, counts.table);
}

struct sp_table *sp_inspect_operator_states(const struct sp_survey *survey)
{
	const struct sp_snapshot *snapshot = survey->source->snapshot;
	struct sp_table *table = sp_table_new(operator_columns, sp_countof(operator_columns));

	for (size_t i = 0; i < snapshot->n_operators; i++)
		if (sp_survey_shows(survey, &snapshot->operators[i])) {
			add_counts(table, &snapshot->operators[i], true);
			add_counts(table, &snapshot->operators[i], false);
		}
	return table;
}
