#include <inttypes.h>

#include "inspect.h"
#include "text.h"

static bool shows_ages(const struct sp_inspection *self, const struct sp_tally_state *state)
{
	return state->ages != NULL && sp_tally_is_complete(self->tally, state->op, false);
}

static void add_place(struct sp_table *table, const struct sp_inspection *self,
	const struct sp_tally_state *state)
{
	const struct sp_operator *op = &self->survey.source->snapshot->operators[state->op];

	sp_table_operator_id(table, op);
	sp_table_operator(table, op);
	sp_table_name(table, state->name);
}

/* --- states ---------------------------------------------------------------------------------- */

static const struct sp_column ttl_columns[] = {
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", "Operator", SP_COLUMN_TEXT },
	{ "state", "State", SP_COLUMN_TEXT },
	{ "values", "Values", SP_COLUMN_INTEGER },
	{ "bytes", "Size", SP_COLUMN_BYTES },
	{ "oldest", "Oldest", SP_COLUMN_TEXT },
	{ "newest", "Newest", SP_COLUMN_TEXT },
	{ "expired", "Expired", SP_COLUMN_INTEGER },
	{ "expired_bytes", "Expired size", SP_COLUMN_BYTES },
	{ "expired_share", "Expired share", SP_COLUMN_PERCENT },
};

static void add_none(struct sp_table *table, int n)
{
	while (n-- > 0)
		sp_table_none(table);
}

/* ISO 8601, as dump has it. */
static void add_time(struct sp_table *table, int64_t ms)
{
	const struct sp_value time = { .kind = SP_VALUE_DATE, .number = ms };
	sp_auto_buffer json = { 0 };

	sp_value_json(&time, &json);
	sp_table_format(table, "%.*s", (int)json.n - 2, (const char *)json.p + 1);
}

static void add_expired(struct sp_table *table, const struct sp_ages *ages)
{
	if (!ages->has_life) {
		add_none(table, 3);
		return;
	}
	sp_table_number(table, (int64_t)ages->expired);
	sp_table_number(table, (int64_t)ages->expired_bytes);
	sp_table_share(table, ages->expired, ages->values);
}

static void add_state(struct sp_table *table, const struct sp_tally_state *state)
{
	const struct sp_ages *ages = state->ages;

	if (state->ages_unknown) {
		add_none(table, 7);
		return;
	}
	sp_table_number(table, (int64_t)ages->values);
	sp_table_number(table, (int64_t)ages->bytes);
	if (ages->values == 0) {
		add_none(table, 2);
	} else {
		add_time(table, ages->oldest);
		add_time(table, ages->newest);
	}
	add_expired(table, ages);
}

struct sp_table *sp_inspect_ttl(const struct sp_inspection *self)
{
	struct sp_table *table = sp_table_new(ttl_columns, sp_countof(ttl_columns));

	for (size_t i = 0; i < sp_tally_states(self->tally); i++) {
		const struct sp_tally_state *state = sp_tally_state(self->tally, i);

		if (!shows_ages(self, state))
			continue;
		add_place(table, self, state);
		add_state(table, state);
	}
	return table;
}

/* --- ages ------------------------------------------------------------------------------------ */

static const struct sp_column age_columns[] = {
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", "Operator", SP_COLUMN_TEXT },
	{ "state", "State", SP_COLUMN_TEXT },
	{ NULL, "Age", SP_COLUMN_TEXT },
	{ "older_than_ms", NULL, SP_COLUMN_INTEGER },
	{ "younger_than_ms", NULL, SP_COLUMN_INTEGER },
	{ "values", "Values", SP_COLUMN_INTEGER },
	{ "bytes", "Size", SP_COLUMN_BYTES },
	{ NULL, "Share", SP_COLUMN_PERCENT },
};

static const char *duration_text(int64_t ms, char ret[32])
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "min" } };
	size_t i = 0;

	while (i + 1 < sp_countof(units) && ms < units[i].ms)
		i++;
	snprintf(ret, 32, "%" PRId64 " %s", ms / units[i].ms, units[i].name);
	return ret;
}

static void add_bounds(struct sp_table *table, size_t age)
{
	const int64_t *bounds = sp_ages_bounds;
	char from[32], to[32];

	if (age == 0)
		sp_table_text(table, "in the future");
	else if (age == 1)
		sp_table_format(table, "under %s", duration_text(bounds[1], to));
	else if (age == SP_AGES_BOUNDS)
		sp_table_format(table, "over %s", duration_text(bounds[age - 1], from));
	else
		sp_table_format(table, "%s to %s", duration_text(bounds[age - 1], from),
			duration_text(bounds[age], to));
	if (age == 0)
		sp_table_none(table);
	else
		sp_table_number(table, bounds[age - 1]);
	if (age == SP_AGES_BOUNDS)
		sp_table_none(table);
	else
		sp_table_number(table, bounds[age]);
}

/* From the youngest that there are to the oldest. */
static void add_ages(struct sp_table *table, const struct sp_inspection *self,
	const struct sp_tally_state *state)
{
	const struct sp_ages *ages = state->ages;
	size_t first = 0, last = SP_AGES_BOUNDS;

	while (first < last && ages->ages[first].values == 0)
		first++;
	while (last > first && ages->ages[last].values == 0)
		last--;
	for (size_t i = first; ages->values > 0 && i <= last; i++) {
		add_place(table, self, state);
		add_bounds(table, i);
		sp_table_number(table, (int64_t)ages->ages[i].values);
		sp_table_number(table, (int64_t)ages->ages[i].bytes);
		sp_table_share(table, ages->ages[i].values, ages->values);
	}
}

struct sp_table *sp_inspect_ages(const struct sp_inspection *self)
{
	struct sp_table *table = sp_table_new(age_columns, sp_countof(age_columns));

	for (size_t i = 0; i < sp_tally_states(self->tally); i++) {
		const struct sp_tally_state *state = sp_tally_state(self->tally, i);

		if (shows_ages(self, state) && !state->ages_unknown)
			add_ages(table, self, state);
	}
	return table;
}
