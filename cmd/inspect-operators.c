#include "inspect.h"
#include "select.h"
#include "text.h"

static const struct sp_column columns[] = {
	{ "name", "Name", SP_COLUMN_TEXT },
	{ "uid", "UID", SP_COLUMN_TEXT },
	{ "id", "ID", SP_COLUMN_TEXT },
	{ "parallelism", "Par", SP_COLUMN_INTEGER },
	{ "max_parallelism", "Max par", SP_COLUMN_INTEGER },
	{ "subtasks_with_state", "Subtasks", SP_COLUMN_INTEGER },
	{ "layout", "Layout", SP_COLUMN_TEXT },
	{ "keyed_bytes", "Keyed", SP_COLUMN_BYTES },
	{ "operator_bytes", "Operator", SP_COLUMN_BYTES },
	{ "coordinator_bytes", "Coordinator", SP_COLUMN_BYTES },
	{ "raw_bytes", "Raw", SP_COLUMN_BYTES },
	{ "channel_bytes", "In flight", SP_COLUMN_BYTES },
	{ "bytes", "Total", SP_COLUMN_BYTES },
	{ "largest_subtask_bytes", "Largest subtask", SP_COLUMN_BYTES },
	{ "share_percent", "Share", SP_COLUMN_PERCENT },
	{ "finished", "Finished", SP_COLUMN_TEXT },
};

void sp_table_operator(struct sp_table *table, const struct sp_operator *op)
{
	sp_auto_buffer label = { 0 };

	sp_operator_short_label(op, &label);
	sp_table_text(table, sp_text_of(&label));
}

void sp_table_operator_id(struct sp_table *table, const struct sp_operator *op)
{
	char id[33];

	sp_operator_id_text(op->id, id);
	sp_table_text(table, id);
}

static const char *finished_text(const struct sp_operator *op, const struct sp_operator_sums *sums)
{
	if (op->fully_finished)
		return "fully";
	return sums->finished > 0 ? "partially" : NULL;
}

static void add_sums(struct sp_table *table, const struct sp_operator_sums *sums, uint64_t all)
{
	sp_table_number(table, (int64_t)sums->keyed);
	sp_table_number(table, (int64_t)sums->op);
	sp_table_number(table, (int64_t)sums->coordinator);
	sp_table_number(table, (int64_t)sums->raw);
	sp_table_number(table, (int64_t)sums->channel);
	sp_table_number(table, (int64_t)sp_operator_bytes(sums));
	sp_table_number(table, (int64_t)sums->largest_subtask);
	sp_table_share(table, sp_operator_bytes(sums), all);
}

static void add_operator(struct sp_table *table, const struct sp_operator *op,
	const struct sp_operator_sums *sums, uint64_t all)
{
	sp_table_name(table, op->name);
	sp_table_name(table, op->uid);
	sp_table_operator_id(table, op);
	sp_table_number(table, op->parallelism);
	sp_table_number(table, op->max_parallelism);
	sp_table_number(table, sums->subtasks);
	sp_table_text(table, sums->layout);
	add_sums(table, sums, all);
	sp_table_text(table, finished_text(op, sums));
}

static void add_to(struct sp_operator_sums *total, const struct sp_operator_sums *sums)
{
	total->keyed = sp_sum_bytes(total->keyed, sums->keyed);
	total->op = sp_sum_bytes(total->op, sums->op);
	total->coordinator = sp_sum_bytes(total->coordinator, sums->coordinator);
	total->raw = sp_sum_bytes(total->raw, sums->raw);
	total->channel = sp_sum_bytes(total->channel, sums->channel);
	total->subtasks += sums->subtasks;
	if (sums->largest_subtask > total->largest_subtask)
		total->largest_subtask = sums->largest_subtask;
}

static void add_total(struct sp_table *table, const struct sp_operator_sums *total)
{
	sp_table_begin_footer(table);
	sp_table_none(table);
	sp_table_none(table);
	sp_table_text(table, "total");
	sp_table_none(table);
	sp_table_none(table);
	sp_table_number(table, total->subtasks);
	sp_table_none(table);
	add_sums(table, total, sp_operator_bytes(total));
	sp_table_none(table);
}

struct sp_table *sp_inspect_operators(const struct sp_survey *survey)
{
	const struct sp_snapshot *snapshot = survey->source->snapshot;
	struct sp_table *table = sp_table_new(columns, sp_countof(columns));
	struct sp_operator_sums total = { 0 };

	for (size_t i = 0; i < snapshot->n_operators; i++)
		add_to(&total, &survey->sums[i]);
	for (size_t i = 0; i < snapshot->n_operators; i++)
		if (sp_survey_shows(survey, &snapshot->operators[i]))
			add_operator(table, &snapshot->operators[i], &survey->sums[i],
				sp_operator_bytes(&total));
	if (survey->only == NULL && snapshot->n_operators > 1)
		add_total(table, &total);
	return table;
}
