/* savepoint rescale: the same state for other parallelism levels. */
#include <inttypes.h>
#include <stdio.h>

#include "commands.h"
#include "interrupt.h"
#include "migration.h"
#include "scaling.h"

static struct {
	char *to, *flink;
	char **allowed;
} given;

static const struct poptOption options[] = {
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_scaling, 0, NULL, NULL },
	{ "to", '\0', POPT_ARG_STRING, &given.to, 0, "layout to write (default: that of SRC)",
		SP_LAYOUTS },
	{ "flink", '\0', POPT_ARG_STRING, &given.flink, 0,
		"release of Flink that is to restore DST (default: that which wrote SRC)", "X.Y" },
	{ "allow-external", '\0', POPT_ARG_ARGV, &given.allowed, 0,
		"allow references to files below PREFIX, outside of SRC's own directory",
		"PREFIX" },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_work, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_write, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_json, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_common, 0, NULL, NULL },
	POPT_TABLEEND,
};

static const struct sp_column summary_columns[] = {
	SP_SUMMARY_HEAD,
	{ "in_flight_dropped", NULL, SP_COLUMN_BYTES },
	{ NULL, "Records in flight dropped", SP_COLUMN_BYTES },
	SP_SUMMARY_TAIL,
};

static struct sp_table *make_summary(const struct sp_migration_call *call)
{
	struct sp_table *table = sp_table_new(summary_columns, sp_countof(summary_columns));

	sp_summary_head(table, call);
	sp_table_number(table, (int64_t)call->result.dropped);
	if (call->result.dropped > 0)
		sp_table_number(table, (int64_t)call->result.dropped);
	else
		sp_table_none(table);
	sp_summary_tail(table, call);
	return table;
}

static const struct sp_column operator_columns[] = {
	SP_OPERATOR_HEAD,
	{ "parallelism_before", NULL, SP_COLUMN_INTEGER },
	{ "parallelism_after", NULL, SP_COLUMN_INTEGER },
	{ NULL, "Parallelism", SP_COLUMN_TEXT },
	{ "max_parallelism_before", NULL, SP_COLUMN_INTEGER },
	{ "max_parallelism_after", NULL, SP_COLUMN_INTEGER },
	{ NULL, "Max parallelism", SP_COLUMN_TEXT },
	SP_OPERATOR_TAIL,
	{ "keys_moved", NULL, SP_COLUMN_BOOL },
	{ "key_hash", NULL, SP_COLUMN_TEXT },
	{ NULL, "Key hash", SP_COLUMN_TEXT },
	{ "keys_proved", "Keys proved", SP_COLUMN_INTEGER },
	{ "evidence_bits", NULL, SP_COLUMN_INTEGER },
	{ NULL, "Evidence", SP_COLUMN_TEXT },
};

/* `note` is for one that stays. */
static void add_level(struct sp_table *table, int32_t before, int32_t after, const char *note)
{
	sp_table_number(table, before);
	sp_table_number(table, after);
	if (before == after)
		sp_table_format(table, "%" PRId32 "%s", after, note);
	else
		sp_table_format(table, "%" PRId32 " → %" PRId32, before, after);
}

/* By which function keys found their new key groups, and how well that is proved. */
static void add_proof(struct sp_table *table, const struct sp_migration_operator *op)
{
	const bool inferred = op->moved && op->key_hash != NULL && op->margin > 0;

	sp_table_bool(table, op->moved);
	sp_table_text(table, op->moved ? op->key_hash : NULL);
	sp_table_text(table, !op->moved             ? NULL
			     : op->key_hash != NULL ? op->key_hash
						    : "divisor: no hash needed");
	if (op->moved && op->keys > 0)
		sp_table_number(table, (int64_t)op->keys);
	else
		sp_table_none(table);
	if (inferred) {
		sp_table_number(table, (int64_t)op->margin);
		sp_table_format(table, "%.0f bits", op->margin);
	} else {
		sp_table_none(table);
		sp_table_none(table);
	}
}

static struct sp_table *make_operators(const struct sp_migration_call *call)
{
	struct sp_table *table = sp_table_new(operator_columns, sp_countof(operator_columns));

	for (size_t i = 0; i < call->result.n_operators; i++) {
		const struct sp_migration_operator *op = &call->result.operators[i];

		sp_operator_head(table, op);
		add_level(table, op->op->parallelism, op->parallelism, "");
		add_level(table, op->op->max_parallelism, op->max_parallelism,
			op->max_parallelism == 1 ? " (not parallel)" : "");
		sp_operator_tail(table, call, op);
		add_proof(table, op);
	}
	return table;
}

static int find_layout(struct sp_migration *migration, struct sp_error *err)
{
	return given.to != NULL ? sp_parse_layout(given.to, "--to", &migration->target, err)
				: sp_migration_layout(migration->source, &migration->target, err);
}

static int rescale(const struct sp_globals *globals, struct sp_migration_call *call,
	struct sp_scaling *scaling, struct sp_error *err)
{
	struct sp_migration *migration = &call->migration;
	sp_auto(sp_table) *summary = NULL;
	sp_auto(sp_table) *operators = NULL;

	if (sp_migration_open(call, given.allowed, err) < 0 ||
		sp_scaling_find(migration->source->snapshot, &sp_given_scaling, scaling, err) < 0 ||
		find_layout(migration, err) < 0)
		return err->code;
	for (size_t i = 0; i < scaling->n_warnings; i++)
		sp_warn(globals, "%s", scaling->warnings[i]);
	migration->scales = scaling->scales;
	migration->drop_in_flight = sp_given_scaling.drop_in_flight;
	if (sp_migration_run(globals, call, err) < 0)
		return err->code;
	summary = make_summary(call);
	operators = make_operators(call);
	sp_migration_print(
		globals, call, "rescale", (const struct sp_table *[]){ summary, operators });
	return 0;
}

static int run(const struct sp_globals *globals, const char *const *args, struct sp_error *err)
{
	struct sp_migration_call call;
	struct sp_scaling scaling = { 0 };
	int r;

	if (!sp_scaling_is_given(&sp_given_scaling)) {
		sp_fail(err, SP_EUSAGE,
			"--parallelism, --operator, --max-parallelism or --balance is missing");
		return sp_hint(err, "'savepoint convert' changes the layout alone");
	}
	sp_migration_begin(globals, &call);
	if (given.flink != NULL &&
		sp_parse_release(given.flink, "--flink", &call.migration.release, err) < 0)
		return err->code;
	call.source = args[0];
	call.target = args[1];
	sp_interrupt_install();
	r = rescale(globals, &call, &scaling, err);
	sp_scaling_free(&scaling);
	sp_migration_end(&call);
	return r;
}

const struct sp_command sp_command_rescale = {
	.name = "rescale",
	.summary = "Write the same state for another parallelism or max parallelism",
	.arguments = "SRC DST",
	.options = options,
	.min_arguments = 2,
	.max_arguments = 2,
	.no_findings = true,
	.run = run,
};
