#include "diff-output.h"

#include <inttypes.h>

#include "select.h"
#include "text.h"

static const char *const sides[] = { "a", "b" };
static const char *const changes[] = { "added", "removed", "changed" };

/* The one to name it by: B, if A has no name for it. */
static const struct sp_operator *any_of(const struct sp_diff_operator *op)
{
	const struct sp_operator *a = op->sides[SP_DIFF_A], *b = op->sides[SP_DIFF_B];

	return a == NULL || (b != NULL && a->uid.n + a->name.n == 0) ? b : a;
}

/* --- the snapshots --------------------------------------------------------------------------- */

static const struct sp_column side_columns[] = {
	{ NULL, "", SP_COLUMN_TEXT },
	{ "location", NULL, SP_COLUMN_TEXT },
	{ "kind", "Kind", SP_COLUMN_TEXT },
	{ "layout", "Layout", SP_COLUMN_TEXT },
	{ "metadata_version", "Metadata", SP_COLUMN_INTEGER },
	{ "checkpoint_id", "Checkpoint", SP_COLUMN_INTEGER },
	{ "operators_count", "Operators", SP_COLUMN_INTEGER },
	{ "state_bytes", "State", SP_COLUMN_BYTES },
	{ "channel_bytes", "In flight", SP_COLUMN_BYTES },
	{ "master_states", NULL, SP_COLUMN_INTEGER },
};

/* As far as the properties tell. */
static const char *kind_of(const struct sp_properties *properties)
{
	switch (properties->type) {
	case SP_TYPE_SAVEPOINT:
		return properties->native ? "native savepoint" : "canonical savepoint";
	case SP_TYPE_CHECKPOINT: return "checkpoint";
	case SP_TYPE_FULL_CHECKPOINT: return "full checkpoint";
	case SP_TYPE_UNKNOWN: break;
	}
	return NULL;
}

static void add_side(struct sp_table *table, const char *name, const struct sp_survey *survey)
{
	const struct sp_snapshot *snapshot = survey->source->snapshot;
	uint64_t state = 0, channel = 0;

	for (size_t i = 0; i < snapshot->n_operators; i++) {
		state = sp_sum_bytes(state, sp_operator_bytes(&survey->sums[i]));
		channel = sp_sum_bytes(channel, survey->sums[i].channel);
	}
	sp_table_text(table, name);
	sp_table_text(table, survey->source->location);
	sp_table_text(table, kind_of(&snapshot->properties));
	sp_table_text(table, survey->layout);
	sp_table_number(table, snapshot->version);
	sp_table_number(table, snapshot->checkpoint_id);
	sp_table_number(table, (int64_t)snapshot->n_operators);
	sp_table_number(table, (int64_t)state);
	sp_table_number(table, (int64_t)channel);
	sp_table_number(table, (int64_t)snapshot->n_master_states);
}

/* --- operators ------------------------------------------------------------------------------- */

static const struct sp_column operator_columns[] = {
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", "Operator", SP_COLUMN_TEXT },
	{ "change", "Change", SP_COLUMN_TEXT },
	{ "differs", NULL, SP_COLUMN_BOOL },
	{ NULL, "Parallelism", SP_COLUMN_TEXT },
	{ "parallelism_a", NULL, SP_COLUMN_INTEGER },
	{ "parallelism_b", NULL, SP_COLUMN_INTEGER },
	{ NULL, "Max parallelism", SP_COLUMN_TEXT },
	{ "max_parallelism_a", NULL, SP_COLUMN_INTEGER },
	{ "max_parallelism_b", NULL, SP_COLUMN_INTEGER },
	{ NULL, "Finished", SP_COLUMN_TEXT },
	{ "finished_a", NULL, SP_COLUMN_BOOL },
	{ "finished_b", NULL, SP_COLUMN_BOOL },
	{ NULL, "Layout", SP_COLUMN_TEXT },
	{ "layout_a", NULL, SP_COLUMN_TEXT },
	{ "layout_b", NULL, SP_COLUMN_TEXT },
	{ NULL, "Keyed", SP_COLUMN_TEXT },
	{ "keyed_bytes_a", NULL, SP_COLUMN_INTEGER },
	{ "keyed_bytes_b", NULL, SP_COLUMN_INTEGER },
	{ NULL, "Operator state", SP_COLUMN_TEXT },
	{ "operator_bytes_a", NULL, SP_COLUMN_INTEGER },
	{ "operator_bytes_b", NULL, SP_COLUMN_INTEGER },
	{ NULL, "Coordinator", SP_COLUMN_TEXT },
	{ "coordinator_bytes_a", NULL, SP_COLUMN_INTEGER },
	{ "coordinator_bytes_b", NULL, SP_COLUMN_INTEGER },
	{ NULL, "Raw", SP_COLUMN_TEXT },
	{ "raw_bytes_a", NULL, SP_COLUMN_INTEGER },
	{ "raw_bytes_b", NULL, SP_COLUMN_INTEGER },
	{ NULL, "In flight", SP_COLUMN_TEXT },
	{ "channel_bytes_a", NULL, SP_COLUMN_INTEGER },
	{ "channel_bytes_b", NULL, SP_COLUMN_INTEGER },
};

static const char *change_of(bool a, bool b, bool differs)
{
	return !a        ? changes[SP_DIFF_ADDED]
	       : !b      ? changes[SP_DIFF_REMOVED]
	       : differs ? changes[SP_DIFF_CHANGED]
			 : "same";
}

/* Text and values of something that both sides may have: "2 -> 4". */
static void put_pair(struct sp_table *table, const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		sp_table_text(table, a == NULL ? b : a);
	else if (strcmp(a, b) == 0)
		sp_table_text(table, a);
	else
		sp_table_format(table, "%s -> %s", a, b);
}

static void put_number(struct sp_table *table, const int64_t *number)
{
	if (number == NULL)
		sp_table_none(table);
	else
		sp_table_number(table, *number);
}

static void put_numbers(struct sp_table *table, const int64_t *a, const int64_t *b)
{
	char x[32] = "", y[32] = "";

	if (a != NULL)
		snprintf(x, sizeof(x), "%" PRId64, *a);
	if (b != NULL)
		snprintf(y, sizeof(y), "%" PRId64, *b);
	put_pair(table, a == NULL ? NULL : x, b == NULL ? NULL : y);
	put_number(table, a);
	put_number(table, b);
}

/* "1.0 KiB -> 1.5 KiB (+512 B)"; nothing where both are 0. */
static void put_sizes(struct sp_table *table, const uint64_t *a, const uint64_t *b)
{
	const uint64_t x = a == NULL ? 0 : *a, y = b == NULL ? 0 : *b;
	char from[16], to[16], by[16];

	if (x == 0 && y == 0)
		sp_table_none(table);
	else if (a == NULL || b == NULL || x == y)
		sp_table_text(table, sp_text_size(a == NULL ? y : x, from));
	else
		sp_table_format(table, "%s -> %s (%s%s)", sp_text_size(x, from),
			sp_text_size(y, to), y > x ? "+" : "-",
			sp_text_size(y > x ? y - x : x - y, by));
	put_number(table, (const int64_t *)a);
	put_number(table, (const int64_t *)b);
}

static void put_finished(struct sp_table *table, const struct sp_operator *const *ops)
{
	const char *text[SP_DIFF_SIDES] = { NULL, NULL };
	const bool any = (ops[0] != NULL && ops[0]->fully_finished) ||
			 (ops[1] != NULL && ops[1]->fully_finished);

	for (int side = 0; any && side < SP_DIFF_SIDES; side++)
		if (ops[side] != NULL)
			text[side] = ops[side]->fully_finished ? "yes" : "no";
	put_pair(table, text[0], text[1]);
	for (int side = 0; side < SP_DIFF_SIDES; side++)
		if (ops[side] == NULL)
			sp_table_none(table);
		else
			sp_table_bool(table, ops[side]->fully_finished);
}

static void add_operator(struct sp_table *table, const struct sp_diff_shown *shown,
	const struct sp_diff_operator *op)
{
	static const struct sp_operator_sums none;
	const struct sp_operator_sums *sums[SP_DIFF_SIDES] = { &none, &none };
	int64_t numbers[SP_DIFF_SIDES][2] = { { 0 } };
	bool there[SP_DIFF_SIDES];

	for (int side = 0; side < SP_DIFF_SIDES; side++) {
		const struct sp_operator *of = op->sides[side];

		there[side] = of != NULL;
		if (of == NULL)
			continue;
		sums[side] = &shown->surveys[side]
				      .sums[of - shown->surveys[side].source->snapshot->operators];
		numbers[side][0] = of->parallelism;
		numbers[side][1] = of->max_parallelism;
	}
#define BOTH(a, b) there[0] ? &(a) : NULL, there[1] ? &(b) : NULL
	sp_table_operator_id(table, any_of(op));
	sp_table_operator(table, any_of(op));
	sp_table_text(table, change_of(there[0], there[1], op->differs));
	sp_table_bool(table, op->differs);
	put_numbers(table, BOTH(numbers[0][0], numbers[1][0]));
	put_numbers(table, BOTH(numbers[0][1], numbers[1][1]));
	put_finished(table, op->sides);
	put_pair(table, sums[0]->layout, sums[1]->layout);
	sp_table_text(table, sums[0]->layout);
	sp_table_text(table, sums[1]->layout);
	put_sizes(table, BOTH(sums[0]->keyed, sums[1]->keyed));
	put_sizes(table, BOTH(sums[0]->op, sums[1]->op));
	put_sizes(table, BOTH(sums[0]->coordinator, sums[1]->coordinator));
	put_sizes(table, BOTH(sums[0]->raw, sums[1]->raw));
	put_sizes(table, BOTH(sums[0]->channel, sums[1]->channel));
#undef BOTH
}

static bool shows_operator(const struct sp_diff_operator *op)
{
	const struct sp_operator *a = op->sides[SP_DIFF_A], *b = op->sides[SP_DIFF_B];

	return op->differs || a == NULL || b == NULL || a->parallelism != b->parallelism;
}

static struct sp_table *make_operators(const struct sp_diff_shown *shown, bool all)
{
	struct sp_table *table = sp_table_new(operator_columns, sp_countof(operator_columns));

	for (size_t i = 0; i < shown->diff->n_operators; i++)
		if (all || shows_operator(&shown->diff->operators[i]))
			add_operator(table, shown, &shown->diff->operators[i]);
	return table;
}

/* --- states ---------------------------------------------------------------------------------- */

static const struct sp_column state_columns[] = {
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", "Operator", SP_COLUMN_TEXT },
	{ "state", "State", SP_COLUMN_TEXT },
	{ NULL, "Kind", SP_COLUMN_TEXT },
	{ "kind_a", NULL, SP_COLUMN_TEXT },
	{ "kind_b", NULL, SP_COLUMN_TEXT },
	{ "change", "Change", SP_COLUMN_TEXT },
	{ "differs", NULL, SP_COLUMN_BOOL },
	{ NULL, "Types", SP_COLUMN_TEXT },
	{ "types_differ", NULL, SP_COLUMN_BOOL },
	{ "comparable", NULL, SP_COLUMN_BOOL },
	{ "key_type_a", NULL, SP_COLUMN_TEXT },
	{ "key_type_b", NULL, SP_COLUMN_TEXT },
	{ "namespace_type_a", NULL, SP_COLUMN_TEXT },
	{ "namespace_type_b", NULL, SP_COLUMN_TEXT },
	{ "value_type_a", NULL, SP_COLUMN_TEXT },
	{ "value_type_b", NULL, SP_COLUMN_TEXT },
	{ NULL, "Elements", SP_COLUMN_TEXT },
	{ "elements_a", NULL, SP_COLUMN_INTEGER },
	{ "elements_b", NULL, SP_COLUMN_INTEGER },
	{ NULL, "Rows", SP_COLUMN_TEXT },
	{ "rows_a", NULL, SP_COLUMN_INTEGER },
	{ "rows_b", NULL, SP_COLUMN_INTEGER },
	{ "rows_added", "Added", SP_COLUMN_INTEGER },
	{ "rows_removed", "Removed", SP_COLUMN_INTEGER },
	{ "rows_changed", "Changed", SP_COLUMN_INTEGER },
};

static const char *type_text(const struct sp_type *type, struct sp_buffer *out)
{
	out->n = 0;
	if (type == NULL)
		return NULL;
	sp_type_text(type, out);
	return sp_text_of(out);
}

static void put_types(struct sp_table *table, const struct sp_type *a, const struct sp_type *b)
{
	sp_auto_buffer text = { 0 };

	sp_table_text(table, type_text(a, &text));
	sp_table_text(table, type_text(b, &text));
}

/* "value: Integer -> Long; " */
static void say_types(
	const char *what, const struct sp_type *a, const struct sp_type *b, struct sp_buffer *out)
{
	sp_auto_buffer x = { 0 };
	sp_auto_buffer y = { 0 };
	const char *from, *to;

	if (a == NULL || b == NULL || sp_diff_same_type(a, b))
		return;
	from = type_text(a, &x);
	to = type_text(b, &y);
	if (strcmp(from, to) == 0)
		sp_buffer_printf(out, "%s: %s, described differently; ", what, from);
	else
		sp_buffer_printf(out, "%s: %s -> %s; ", what, from, to);
}

/* What of the types differs, for people. */
static void put_difference(struct sp_table *table, const struct sp_diff_state *state)
{
	const struct sp_diff_declared *a = &state->sides[SP_DIFF_A], *b = &state->sides[SP_DIFF_B];
	sp_auto_buffer text = { 0 };

	say_types("key", a->key, b->key, &text);
	say_types("namespace", a->ns, b->ns, &text);
	say_types("map key", a->user_key, b->user_key, &text);
	say_types("value", a->value, b->value, &text);
	if (a->present && b->present && a->mixed != b->mixed)
		sp_buffer_printf(
			&text, "subtasks of %s describe it differently; ", a->mixed ? "A" : "B");
	if (state->apart)
		sp_buffer_printf(&text, "keys cannot be compared; ");
	if (text.n > 2)
		text.n -= 2;
	sp_table_text(table, text.n == 0 ? NULL : sp_text_of(&text));
}

static void put_counts(struct sp_table *table, const struct sp_diff_state *state, bool rows)
{
	int64_t counts[SP_DIFF_SIDES];
	const int64_t *there[SP_DIFF_SIDES] = { NULL, NULL };

	for (int side = 0; side < SP_DIFF_SIDES; side++) {
		const struct sp_diff_declared *of = &state->sides[side];

		counts[side] = (int64_t)(rows ? of->rows : of->elements);
		if (of->present && (rows || of->counted))
			there[side] = &counts[side];
	}
	put_numbers(table, there[0], there[1]);
}

static void put_rows(struct sp_table *table, const struct sp_diff_shown *shown,
	const struct sp_diff_state *state)
{
	if (!shown->rows) {
		for (int i = 0; i < 3 + SP_DIFF_CHANGES; i++)
			sp_table_none(table);
		return;
	}
	put_counts(table, state, true);
	for (int change = 0; change < SP_DIFF_CHANGES; change++)
		if (state->apart)
			sp_table_none(table);
		else
			sp_table_number(table, (int64_t)state->rows[change]);
}

static void add_state(struct sp_table *table, const struct sp_diff_shown *shown,
	const struct sp_diff_state *state)
{
	const struct sp_diff_declared *a = &state->sides[SP_DIFF_A], *b = &state->sides[SP_DIFF_B];

	sp_table_operator_id(table, any_of(state->op));
	sp_table_operator(table, any_of(state->op));
	sp_table_name(table, state->name);
	put_pair(table, a->kind, b->kind);
	sp_table_text(table, a->kind);
	sp_table_text(table, b->kind);
	sp_table_text(table, !state->differs
				     ? "same" /* also what has no rows, and is on one side only */
				     : change_of(a->present, b->present, true));
	sp_table_bool(table, state->differs);
	put_difference(table, state);
	sp_table_bool(table, state->types_differ);
	sp_table_bool(table, !state->apart);
	put_types(table, a->key, b->key);
	put_types(table, a->ns, b->ns);
	put_types(table, a->value, b->value);
	put_counts(table, state, false);
	put_rows(table, shown, state);
}

static struct sp_table *make_states(const struct sp_diff_shown *shown, bool all)
{
	struct sp_table *table = sp_table_new(state_columns, sp_countof(state_columns));

	for (size_t i = 0; i < shown->diff->n_states; i++)
		if (all || shown->diff->states[i]->differs)
			add_state(table, shown, shown->diff->states[i]);
	return table;
}

/* --- rows ------------------------------------------------------------------------------------ */

static void put_label(const struct sp_diff_state *state, struct sp_buffer *out)
{
	sp_auto_buffer label = { 0 };

	sp_operator_short_label(any_of(state->op), &label);
	sp_text_escape(sp_buffer_slice(&label), out);
	if (state->name.n > 0) {
		sp_buffer_printf(out, ": ");
		sp_text_escape_mutf8(state->name, out);
	} else {
		sp_buffer_printf(out, ": %s",
			state->sides[SP_DIFF_A].present ? state->sides[SP_DIFF_A].kind
							: state->sides[SP_DIFF_B].kind);
	}
}

static void put_json(const char *json, struct sp_buffer *out)
{
	sp_text_escape(sp_slice_of(json), out);
}

/* "~ {"key": 1}: 2 -> 3" */
static void print_sample(const struct sp_diff_sample *sample)
{
	static const char marks[] = { '+', '-', '~' };
	const char *a = sample->values[SP_DIFF_A], *b = sample->values[SP_DIFF_B];
	sp_auto_buffer line = { 0 };

	sp_buffer_printf(&line, "  %c ", marks[sample->change]);
	if (sample->key != NULL)
		put_json(sample->key, &line);
	if (sample->key != NULL && (a != NULL || b != NULL))
		sp_buffer_printf(&line, ": ");
	if (a != NULL)
		put_json(a, &line);
	if (a != NULL && b != NULL)
		sp_buffer_printf(&line, " -> ");
	if (b != NULL)
		put_json(b, &line);
	printf("%s\n", sp_text_of(&line));
}

static void print_samples(const struct sp_diff_state *state)
{
	const uint64_t all = state->rows[SP_DIFF_ADDED] + state->rows[SP_DIFF_REMOVED] +
			     state->rows[SP_DIFF_CHANGED];
	sp_auto_buffer label = { 0 };

	if (state->n_samples == 0)
		return;
	put_label(state, &label);
	printf("\n%s\n", sp_text_of(&label));
	for (size_t i = 0; i < state->n_samples; i++)
		print_sample(&state->samples[i]);
	if (all > state->n_samples)
		printf("  and %" PRIu64 " more\n", all - state->n_samples);
}

static void add_raw(cJSON *object, const char *key, const char *json)
{
	if (json == NULL)
		cJSON_AddNullToObject(object, key);
	else
		cJSON_AddRawToObject(object, key, json);
}

static void add_samples(cJSON *array, const struct sp_diff_state *state)
{
	for (size_t i = 0; i < state->n_samples; i++) {
		const struct sp_diff_sample *sample = &state->samples[i];
		sp_auto_buffer name = { 0 };
		cJSON *object = cJSON_CreateObject();
		char id[33];

		sp_operator_id_text(any_of(state->op)->id, id);
		sp_mutf8_to_utf8(state->name, &name);
		cJSON_AddItemToObject(object, "operator_id", sp_json_text(id));
		if (state->name.n > 0)
			cJSON_AddItemToObject(object, "state", sp_json_text(sp_text_of(&name)));
		else
			cJSON_AddNullToObject(object, "state");
		cJSON_AddItemToObject(object, "change", sp_json_text(changes[sample->change]));
		add_raw(object, "key", sample->key);
		for (int side = 0; side < SP_DIFF_SIDES; side++)
			add_raw(object, sides[side], sample->values[side]);
		cJSON_AddItemToArray(array, object);
	}
}

/* --- the whole ------------------------------------------------------------------------------- */

static void print_facts(const struct sp_diff_shown *shown)
{
	static const char *const names[] = { "A", "B" };
	sp_auto(sp_table) *table = sp_table_new(side_columns, sp_countof(side_columns));

	for (int side = 0; side < SP_DIFF_SIDES; side++) {
		sp_auto_buffer line = { 0 };

		sp_buffer_printf(&line, "%s  ", names[side]);
		sp_text_escape(sp_slice_of(shown->surveys[side].source->location), &line);
		printf("%s\n", sp_text_of(&line));
		add_side(table, names[side], &shown->surveys[side]);
	}
	printf("\n");
	sp_table_print(table, stdout);
}

static void print_section(const char *title, const struct sp_table *table)
{
	if (sp_table_rows(table) == 0)
		return;
	printf("\n%s\n", title);
	sp_table_print(table, stdout);
}

static const char *verdict(const struct sp_diff_shown *shown)
{
	if (shown->diff->differs)
		return "The state differs.";
	return shown->rows ? "The state is the same."
			   : "Operators, states and types are the same (--rows compares the rows).";
}

void sp_diff_print(const struct sp_diff_shown *shown)
{
	sp_auto(sp_table) *operators = make_operators(shown, shown->all);
	sp_auto(sp_table) *states = make_states(shown, shown->all);

	print_facts(shown);
	print_section("Operators", operators);
	print_section("States", states);
	for (size_t i = 0; i < shown->diff->n_states; i++)
		print_samples(shown->diff->states[i]);
	if (shown->diff->samples_cut)
		printf("\nFewer rows are shown than asked for; --memory allows for more.\n");
	printf("\n%s\n", verdict(shown));
}

void sp_diff_print_json(const struct sp_diff_shown *shown)
{
	sp_auto(sp_table) *operators = make_operators(shown, true);
	sp_auto(sp_table) *states = make_states(shown, true);
	cJSON *document = sp_json_document("diff");
	cJSON *samples;

	for (int side = 0; side < SP_DIFF_SIDES; side++) {
		sp_auto(sp_table) *table = sp_table_new(side_columns, sp_countof(side_columns));

		add_side(table, NULL, &shown->surveys[side]);
		sp_table_json_facts(table, cJSON_AddObjectToObject(document, sides[side]));
	}
	cJSON_AddBoolToObject(document, "rows_compared", shown->rows);
	cJSON_AddBoolToObject(document, "differs", shown->diff->differs);
	cJSON_AddItemToObject(document, "operators", sp_table_json(operators));
	cJSON_AddItemToObject(document, "states", sp_table_json(states));
	samples = cJSON_AddArrayToObject(document, "samples");
	for (size_t i = 0; i < shown->diff->n_states; i++)
		add_samples(samples, shown->diff->states[i]);
	cJSON_AddBoolToObject(document, "samples_cut", shown->diff->samples_cut);
	sp_json_print(document, stdout);
}
