/* savepoint convert: the same state in another backend's layout. */
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "expiry.h"
#include "interrupt.h"
#include "migration.h"

static struct {
	char *to, *from, *source_path, *target_path, *flink, *expire;
	char **allowed, **lives;
} given;

static const struct poptOption options[] = {
	{ "to", '\0', POPT_ARG_STRING, &given.to, 0, "layout to write", SP_LAYOUTS },
	{ "from", '\0', POPT_ARG_STRING, &given.from, 0,
		"refuse a snapshot that has another layout", SP_LAYOUTS },
	{ "source-path", '\0', POPT_ARG_STRING, &given.source_path, 0, "another spelling of SRC",
		"SRC" },
	{ "target-path", '\0', POPT_ARG_STRING, &given.target_path, 0, "another spelling of DST",
		"DST" },
	{ "flink", '\0', POPT_ARG_STRING, &given.flink, 0,
		"release of Flink that is to restore DST (default: that which wrote SRC)", "X.Y" },
	{ "expire", '\0', POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL, &given.expire, 0,
		"drop values whose time to live is over (default: now)", "[=TIME]" },
	{ "ttl", '\0', POPT_ARG_ARGV, &given.lives, 0,
		"with --expire: how long values of STATE live, or of all states, such as 12h or 7d",
		"[STATE=]DURATION" },
	{ "allow-external", '\0', POPT_ARG_ARGV, &given.allowed, 0,
		"allow references to files below PREFIX, outside of SRC's own directory",
		"PREFIX" },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_work, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_write, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_json, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_common, 0, NULL, NULL },
	POPT_TABLEEND,
};

/* SRC and DST, from the arguments or from the options of the same meaning. */
static int find_paths(const char *const *args, struct sp_migration_call *ret, struct sp_error *err)
{
	const char *const paths[] = { given.source_path, given.target_path };
	const char **const to[] = { &ret->source, &ret->target };

	for (size_t i = 0; i < sp_countof(paths); i++)
		*to[i] = paths[i] != NULL ? paths[i] : *args == NULL ? NULL : *args++;
	if (ret->source == NULL || ret->target == NULL)
		return sp_fail(err, SP_EUSAGE, "convert takes SRC and DST");
	if (*args != NULL)
		return sp_fail(err, SP_EUSAGE, "unexpected argument '%s'", *args);
	return 0;
}

static const struct sp_column summary_columns[] = {
	SP_SUMMARY_HEAD,
	{ "expired", "Expired", SP_COLUMN_INTEGER },
	SP_SUMMARY_TAIL,
};

static const struct sp_column operator_columns[] = { SP_OPERATOR_HEAD, SP_OPERATOR_TAIL };

static struct sp_table *make_summary(const struct sp_migration_call *call)
{
	const struct sp_migration *migration = &call->migration;
	struct sp_table *table = sp_table_new(summary_columns, sp_countof(summary_columns));

	sp_summary_head(table, call);
	if (migration->expiry == NULL || migration->dry_run)
		sp_table_none(table);
	else
		sp_table_number(table, (int64_t)atomic_load(migration->expiry->dropped));
	sp_summary_tail(table, call);
	return table;
}

static struct sp_table *make_operators(const struct sp_migration_call *call)
{
	struct sp_table *table = sp_table_new(operator_columns, sp_countof(operator_columns));

	for (size_t i = 0; i < call->result.n_operators; i++) {
		sp_operator_head(table, &call->result.operators[i]);
		sp_operator_tail(table, call, &call->result.operators[i]);
	}
	return table;
}

static int convert(
	const struct sp_globals *globals, struct sp_migration_call *call, struct sp_error *err)
{
	sp_auto(sp_table) *summary = NULL;
	sp_auto(sp_table) *operators = NULL;

	if (sp_migration_open(call, given.allowed, err) < 0 ||
		sp_migration_run(globals, call, err) < 0)
		return err->code;
	summary = make_summary(call);
	operators = make_operators(call);
	sp_migration_print(
		globals, call, "convert", (const struct sp_table *[]){ summary, operators });
	return 0;
}

static int find_expiry(
	struct sp_expiry *expiry, struct sp_migration *migration, struct sp_error *err)
{
	if (given.expire == NULL)
		return given.lives == NULL ? 0 : sp_fail(err, SP_EUSAGE, "--ttl without --expire");
	if (sp_parse_expiry(given.expire, given.lives, expiry, err) < 0)
		return err->code;
	migration->expiry = expiry;
	return 0;
}

static int find_layouts(struct sp_migration *migration, struct sp_error *err)
{
	if (given.to == NULL) {
		sp_fail(err, SP_EUSAGE, "--to LAYOUT is missing");
		return sp_hint(err, "--to canonical writes what every backend restores");
	}
	if (sp_parse_layout(given.to, "--to", &migration->target, err) < 0)
		return err->code;
	return given.from == NULL ? 0
				  : sp_parse_layout(given.from, "--from", &migration->from, err);
}

static int run(const struct sp_globals *globals, const char *const *args, struct sp_error *err)
{
	atomic_uint_fast64_t dropped = 0;
	struct sp_expiry expiry = { .dropped = &dropped };
	struct sp_migration_call call;
	int r;

	sp_migration_begin(globals, &call);
	if (find_paths(args, &call, err) < 0)
		return err->code;
	sp_interrupt_install();
	if (find_layouts(&call.migration, err) < 0 ||
		(given.flink != NULL &&
			sp_parse_release(given.flink, "--flink", &call.migration.release, err) < 0))
		return err->code;
	r = find_expiry(&expiry, &call.migration, err);
	if (r == 0)
		r = convert(globals, &call, err);
	sp_migration_end(&call);
	free((void *)(uintptr_t)expiry.lives);
	return r;
}

const struct sp_command sp_command_convert = {
	.name = "convert",
	.summary = "Write the same state in another backend's layout, or for another Flink release",
	.arguments = "SRC DST",
	.options = options,
	.min_arguments = 0,
	.max_arguments = 2,
	.no_findings = true,
	.run = run,
};
