#include <stdlib.h>

#include "inspect.h"
#include "key-group.h"

#define GROUPS_MAX 65536 /* rows of a brief inspection */

/* What an operator's key groups have, or NULL: then there is nothing to be said of them. */
static const struct sp_tally_group *groups_of(const struct sp_inspection *self, size_t op)
{
	if (!sp_survey_shows(&self->survey, &self->survey.source->snapshot->operators[op]) ||
		!sp_tally_is_complete(self->tally, op, false) ||
		!sp_tally_is_complete(self->tally, op, true))
		return NULL;
	return sp_tally_groups(self->tally, op);
}

bool sp_inspect_has_groups(const struct sp_inspection *self, size_t op)
{
	return groups_of(self, op) != NULL;
}

static void sum_up(const struct sp_tally_group *groups, int32_t first, int32_t count,
	struct sp_tally_group *sum)
{
	*sum = (struct sp_tally_group){ 0 };
	for (int32_t i = first; i < first + count; i++) {
		sum->rows += groups[i].rows;
		sum->bytes += groups[i].bytes;
	}
}

/* --- key groups ------------------------------------------------------------------------------ */

static const struct sp_column group_columns[] = {
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", "Operator", SP_COLUMN_TEXT },
	{ "key_group", "Key group", SP_COLUMN_INTEGER },
	{ "rows", "Rows", SP_COLUMN_INTEGER },
	{ "bytes", "Size", SP_COLUMN_BYTES },
	{ NULL, "Share", SP_COLUMN_PERCENT },
};

static int32_t find_largest(const struct sp_tally_group *groups, int32_t n)
{
	int32_t largest = 0;

	for (int32_t i = 1; i < n; i++)
		if (groups[i].bytes > groups[largest].bytes)
			largest = i;
	return largest;
}

/* Of `step` neighbours the largest. */
static void add_groups(struct sp_table *table, const struct sp_operator *op,
	const struct sp_tally_group *groups, int32_t step)
{
	struct sp_tally_group all;

	sum_up(groups, 0, op->max_parallelism, &all);
	for (int32_t at = 0; at < op->max_parallelism; at += step) {
		const int32_t left = op->max_parallelism - at;
		const int32_t i = at + find_largest(groups + at, left < step ? left : step);

		sp_table_operator_id(table, op);
		sp_table_operator(table, op);
		sp_table_number(table, i);
		sp_table_number(table, (int64_t)groups[i].rows);
		sp_table_number(table, (int64_t)groups[i].bytes);
		sp_table_share(table, groups[i].bytes, all.bytes);
	}
}

/* So that not many more than GROUPS_MAX come out, however many operators there are. */
static int32_t step_of(const struct sp_inspection *self)
{
	const struct sp_snapshot *snapshot = self->survey.source->snapshot;
	uint64_t n = 0;

	for (size_t i = 0; i < snapshot->n_operators; i++)
		if (groups_of(self, i) != NULL)
			n += (uint64_t)snapshot->operators[i].max_parallelism;
	n = (n + GROUPS_MAX - 1) / GROUPS_MAX;
	if (!self->brief || n == 0)
		return 1;
	return n < SP_MAX_PARALLELISM ? (int32_t)n : SP_MAX_PARALLELISM;
}

struct sp_table *sp_inspect_key_groups(const struct sp_inspection *self)
{
	const struct sp_snapshot *snapshot = self->survey.source->snapshot;
	struct sp_table *table = sp_table_new(group_columns, sp_countof(group_columns));
	const int32_t step = step_of(self);

	for (size_t i = 0; i < snapshot->n_operators; i++)
		if (groups_of(self, i) != NULL)
			add_groups(table, &snapshot->operators[i], groups_of(self, i), step);
	return table;
}

/* --- skew ------------------------------------------------------------------------------------ */

static const struct sp_column skew_columns[] = {
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", "Operator", SP_COLUMN_TEXT },
	{ "max_parallelism", "Key groups", SP_COLUMN_INTEGER },
	{ "rows", "Rows", SP_COLUMN_INTEGER },
	{ "bytes", "Size", SP_COLUMN_BYTES },
	{ "max_over_mean", "Max/mean", SP_COLUMN_RATIO },
	{ "p50_bytes", "p50", SP_COLUMN_BYTES },
	{ "p90_bytes", "p90", SP_COLUMN_BYTES },
	{ "p99_bytes", "p99", SP_COLUMN_BYTES },
	{ "largest_key_group", "Largest key group", SP_COLUMN_INTEGER },
};

static int by_size(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The size that so many percent of key groups do not exceed. */
static uint64_t percentile(const uint64_t *sorted, int32_t n, int32_t percent)
{
	return sorted[(n * percent + 99) / 100 - 1];
}

static uint64_t *sort_sizes(const struct sp_tally_group *groups, size_t n)
{
	uint64_t *sizes = calloc(n, sizeof(*sizes));

	if (sizes == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < n; i++)
		sizes[i] = groups[i].bytes;
	qsort(sizes, n, sizeof(*sizes), by_size);
	return sizes;
}

static void add_skew(
	struct sp_table *table, const struct sp_operator *op, const struct sp_tally_group *groups)
{
	const int32_t n = op->max_parallelism, largest = find_largest(groups, n);
	uint64_t *sizes = sort_sizes(groups, (size_t)n);
	struct sp_tally_group all;

	sum_up(groups, 0, n, &all);
	sp_table_operator_id(table, op);
	sp_table_operator(table, op);
	sp_table_number(table, n);
	sp_table_number(table, (int64_t)all.rows);
	sp_table_number(table, (int64_t)all.bytes);
	if (all.bytes == 0)
		sp_table_none(table);
	else
		sp_table_ratio(table, (double)groups[largest].bytes * n / (double)all.bytes);
	sp_table_number(table, (int64_t)percentile(sizes, n, 50));
	sp_table_number(table, (int64_t)percentile(sizes, n, 90));
	sp_table_number(table, (int64_t)percentile(sizes, n, 99));
	sp_table_number(table, largest);
	free(sizes);
}

struct sp_table *sp_inspect_skew(const struct sp_inspection *self)
{
	const struct sp_snapshot *snapshot = self->survey.source->snapshot;
	struct sp_table *table = sp_table_new(skew_columns, sp_countof(skew_columns));

	for (size_t i = 0; i < snapshot->n_operators; i++)
		if (groups_of(self, i) != NULL)
			add_skew(table, &snapshot->operators[i], groups_of(self, i));
	return table;
}

/* --- subtasks -------------------------------------------------------------------------------- */

static const struct sp_column subtask_columns[] = {
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", "Operator", SP_COLUMN_TEXT },
	{ "parallelism", "Parallelism", SP_COLUMN_INTEGER },
	{ "subtask", "Subtask", SP_COLUMN_INTEGER },
	{ "first_key_group", "First", SP_COLUMN_INTEGER },
	{ "last_key_group", "Last", SP_COLUMN_INTEGER },
	{ "rows", "Rows", SP_COLUMN_INTEGER },
	{ "bytes", "Size", SP_COLUMN_BYTES },
	{ NULL, "Of mean", SP_COLUMN_RATIO },
};

static void add_subtasks(struct sp_table *table, const struct sp_operator *op,
	const struct sp_tally_group *groups, int32_t parallelism)
{
	struct sp_tally_group all, sum;

	if (parallelism < 1 || parallelism > op->max_parallelism)
		return;
	sum_up(groups, 0, op->max_parallelism, &all);
	for (int32_t i = 0; i < parallelism; i++) {
		const struct sp_key_groups range =
			sp_key_groups_of_subtask(i, parallelism, op->max_parallelism);

		sum_up(groups, range.start, range.count, &sum);
		sp_table_operator_id(table, op);
		sp_table_operator(table, op);
		sp_table_number(table, parallelism);
		sp_table_number(table, i);
		sp_table_number(table, range.start);
		sp_table_number(table, range.start + range.count - 1);
		sp_table_number(table, (int64_t)sum.rows);
		sp_table_number(table, (int64_t)sum.bytes);
		if (all.bytes == 0)
			sp_table_none(table);
		else
			sp_table_ratio(table, (double)sum.bytes * parallelism / (double)all.bytes);
	}
}

struct sp_table *sp_inspect_subtasks(const struct sp_inspection *self)
{
	const struct sp_snapshot *snapshot = self->survey.source->snapshot;
	struct sp_table *table = sp_table_new(subtask_columns, sp_countof(subtask_columns));

	for (size_t i = 0; i < snapshot->n_operators; i++) {
		const struct sp_operator *op = &snapshot->operators[i];
		const struct sp_tally_group *groups = groups_of(self, i);

		if (groups == NULL)
			continue;
		add_subtasks(table, op, groups, op->parallelism);
		if (self->at_parallelism != op->parallelism)
			add_subtasks(table, op, groups, self->at_parallelism);
	}
	return table;
}
