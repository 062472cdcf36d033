#include "inspect.h"

#include <inttypes.h>

#include "text.h"

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

static const struct sp_column size_columns[] = {
	{ NULL, "Operator", SP_COLUMN_TEXT },
	{ NULL, "State", SP_COLUMN_TEXT },
	{ NULL, "Kind", SP_COLUMN_TEXT },
	{ "rows", "Rows", SP_COLUMN_INTEGER },
	{ "keys", NULL, SP_COLUMN_INTEGER },
	{ "keys_exact", NULL, SP_COLUMN_BOOL },
	{ NULL, "Keys", SP_COLUMN_TEXT },
	{ "key_bytes", "Of keys", SP_COLUMN_BYTES },
	{ "value_bytes", "Of values", SP_COLUMN_BYTES },
	{ "mean_bytes", "Mean", SP_COLUMN_BYTES },
	{ "p50_bytes", "p50", SP_COLUMN_BYTES },
	{ "p99_bytes", "p99", SP_COLUMN_BYTES },
	{ "largest_bytes", "Largest", SP_COLUMN_BYTES },
	{ "share", "Share", SP_COLUMN_PERCENT },
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

int sp_inspect_keyed_header(const struct sp_keyed_place *place, struct sp_arena *arena,
	const struct sp_keyed_header **ret, struct sp_error *err)
{
	const struct sp_format *format;
	int r = sp_check_key_groups(place, err);

	if (r == 0)
		r = sp_format_of(place, &format, err);
	if (r == 0)
		r = sp_format_header(format, place, arena, ret, err);
	return r == SP_EUNSUPPORTED
		       ? sp_source_read_keyed_header(place->source, place->handle, arena, ret, err)
		       : r;
}

/* Of what cannot be read, the scan has warned. */
static int read_subtask(
	const struct sp_keyed_place *place, struct keyed_states *states, struct sp_error *err)
{
	const struct sp_keyed_header *header;
	int r;

	if (place->handle->code == SP_KEYED_NONE)
		return 0;
	r = sp_inspect_keyed_header(place, states->arena, &header, err);
	if (r <= 0)
		return r == SP_EUNSUPPORTED ? 0 : r;
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

/* --- sizes ----------------------------------------------------------------------------------- */

static uint64_t bytes_of(const struct sp_tally_state *state)
{
	return state->key_bytes + state->value_bytes;
}

/* Of all states that could be read. */
static uint64_t all_bytes(const struct sp_inspection *self)
{
	uint64_t all = 0;

	for (size_t i = 0; i < sp_tally_states(self->tally); i++) {
		const struct sp_tally_state *state = sp_tally_state(self->tally, i);

		if (sp_tally_is_complete(self->tally, state->op, state->raw))
			all += bytes_of(state);
	}
	return all;
}

static void add_none(struct sp_table *table, int n)
{
	while (n-- > 0)
		sp_table_none(table);
}

static void add_keys(struct sp_table *table, const struct sp_tally_state *state)
{
	bool exact;
	const uint64_t keys = sp_distinct_count(&state->keys, &exact);

	if (state->keys_unknown) {
		add_none(table, 3);
		return;
	}
	sp_table_number(table, (int64_t)keys);
	sp_table_bool(table, exact);
	sp_table_format(table, "%s%" PRIu64, exact ? "" : "~", keys);
}

static void add_quantile(struct sp_table *table, const struct sp_tally_state *state, double share)
{
	const uint64_t size = sp_sizes_quantile(&state->sizes, share);

	sp_table_number(table, (int64_t)(size < state->largest ? size : state->largest));
}

static void add_sizes(struct sp_table *table, const struct sp_tally_state *state, uint64_t all)
{
	sp_table_number(table, (int64_t)state->rows);
	add_keys(table, state);
	sp_table_number(table, (int64_t)state->key_bytes);
	sp_table_number(table, (int64_t)state->value_bytes);
	if (state->rows == 0) {
		add_none(table, 4);
	} else {
		sp_table_number(
			table, (int64_t)((bytes_of(state) + state->rows / 2) / state->rows));
		add_quantile(table, state, 0.5);
		add_quantile(table, state, 0.99);
		sp_table_number(table, (int64_t)state->largest);
	}
	sp_table_share(table, bytes_of(state), all);
}

/* --- states ---------------------------------------------------------------------------------- */

/* Both tables, as they grow. */
struct tables {
	const struct sp_inspection *inspection;
	struct sp_table *states, *sizes;
	uint64_t all; /* bytes of all states */
};

/* `figures`: NULL if it has no rows. */
static void add_size_row(const struct tables *tables, size_t op, const char *kind,
	struct sp_slice name, const struct sp_tally_state *figures)
{
	static const struct sp_tally_state none = { 0 };
	const bool complete = sp_tally_is_complete(
		tables->inspection->tally, op, figures != NULL && figures->raw);

	sp_table_operator(
		tables->sizes, &tables->inspection->survey.source->snapshot->operators[op]);
	sp_table_name(tables->sizes, name);
	sp_table_text(tables->sizes, kind);
	if (complete)
		add_sizes(tables->sizes, figures == NULL ? &none : figures, tables->all);
	else
		add_none(tables->sizes, (int)sp_countof(size_columns) - 3);
}

static void add_state(const struct tables *tables, size_t number, const struct keyed_state *state)
{
	const struct sp_operator *op =
		&tables->inspection->survey.source->snapshot->operators[number];
	const char *kind = sp_state_kind_text(state->state);
	struct sp_table *table = tables->states;

	sp_table_operator_id(table, op);
	sp_table_operator(table, op);
	sp_table_name(table, state->state->name);
	sp_table_text(table, kind);
	add_type(table, state->key);
	add_type(table, state->state->ns);
	add_type(table, state->state->value);
	sp_table_bool(table, state->state->value != NULL && sp_type_has_ttl(state->state->value));
	sp_table_number(table, state->subtasks);
	add_size_row(tables, number, kind, state->state->name,
		sp_tally_find(tables->inspection->tally, number, kind, state->state->name));
}

/* Timers in raw keyed state, which no header describes. */
static void add_raw_state(const struct tables *tables, const struct sp_tally_state *state)
{
	const struct sp_operator *op =
		&tables->inspection->survey.source->snapshot->operators[state->op];
	struct sp_table *table = tables->states;

	sp_table_operator_id(table, op);
	sp_table_operator(table, op);
	sp_table_name(table, state->name);
	sp_table_text(table, state->kind);
	sp_table_name(table, state->key_type);
	sp_table_name(table, state->ns_type);
	sp_table_none(table);
	sp_table_bool(table, false);
	sp_table_number(table, state->parts);
	add_size_row(tables, state->op, state->kind, state->name, state);
}

static bool is_listed(const struct keyed_states *states, const struct sp_tally_state *state)
{
	for (size_t i = 0; i < states->n; i++)
		if (strcmp(sp_state_kind_text(states->list[i].state), state->kind) == 0 &&
			sp_slice_equal(states->list[i].state->name, state->name))
			return true;
	return false;
}

static int read_subtasks(const struct tables *tables, const struct sp_operator *op,
	struct keyed_states *states, struct sp_error *err)
{
	for (size_t i = 0; i < op->n_subtasks; i++) {
		const struct sp_subtask *subtask = &op->subtasks[i];
		const struct sp_keyed_place place = sp_place(
			tables->inspection->survey.source, op, subtask, &subtask->managed_keyed);

		if (read_subtask(&place, states, err) < 0) {
			char id[33];

			sp_operator_id_text(op->id, id);
			return sp_within(err, "operator %s: subtask %d", id, subtask->index);
		}
	}
	return 0;
}

static int add_operator_states(const struct tables *tables, size_t number, struct sp_error *err)
{
	const struct sp_tally *tally = tables->inspection->tally;
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct keyed_states states = { .arena = arena };

	if (read_subtasks(tables, &tables->inspection->survey.source->snapshot->operators[number],
		    &states, err) < 0)
		return err->code;
	for (size_t i = 0; i < states.n; i++)
		add_state(tables, number, &states.list[i]);
	for (size_t i = 0; i < sp_tally_states(tally); i++) {
		const struct sp_tally_state *state = sp_tally_state(tally, i);

		if (state->op == number && state->raw && !is_listed(&states, state))
			add_raw_state(tables, state);
	}
	return 0;
}

int sp_inspect_states(const struct sp_inspection *self, struct sp_table **states,
	struct sp_table **sizes, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = self->survey.source->snapshot;
	sp_auto(sp_table) *keyed = sp_table_new(keyed_columns, sp_countof(keyed_columns));
	sp_auto(sp_table) *figures = sp_table_new(size_columns, sp_countof(size_columns));
	const struct tables tables = { self, keyed, figures, all_bytes(self) };

	for (size_t i = 0; i < snapshot->n_operators; i++)
		if (sp_survey_shows(&self->survey, &snapshot->operators[i]) &&
			add_operator_states(&tables, i, err) < 0)
			return err->code;
	*states = sp_steal(keyed);
	*sizes = sp_steal(figures);
	return 0;
}
