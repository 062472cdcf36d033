#include "inspect.h"

#include <stdio.h>

#include "commands.h"
#include "select.h"

static int files, states;
static char *uid, *selector;

static const struct poptOption options[] = {
	{ "files", '\0', POPT_ARG_VAL, &files, 1, "list every reference to state, and its file",
		NULL },
	{ "states", '\0', POPT_ARG_VAL, &states, 1, "list the states of operators, and their types",
		NULL },
	{ "operator", '\0', POPT_ARG_STRING, &selector, 0,
		"show only this operator: its uid, name, id or beginning of the id", "OPERATOR" },
	{ "uid", '\0', POPT_ARG_STRING, &uid, 0,
		"tell which operator has the uid NAME; exit 1 if none has", "NAME" },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_json, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_common, 0, NULL, NULL },
	POPT_TABLEEND,
};

static void print_section(const char *title, const struct sp_table *table)
{
	if (sp_table_rows(table) == 0)
		return;
	printf("\n%s\n", title);
	sp_table_print(table, stdout);
}

static void add_section(cJSON *document, const char *key, const struct sp_table *table)
{
	cJSON_AddItemToObject(document, key, sp_table_json(table));
}

/* --- the whole ---------------------------------------------------------------------------- */

static int print_tables(const struct sp_survey *survey, struct sp_error *err)
{
	sp_auto(sp_table) *header = sp_inspect_header(survey);
	sp_auto(sp_table) *operators = sp_inspect_operators(survey);
	sp_auto(sp_table) *keyed = NULL;

	if (states && sp_inspect_states(survey, &keyed, err) < 0)
		return err->code;
	sp_table_print_facts(header, stdout);
	print_section("Operators", operators);
	if (states) {
		sp_auto(sp_table) *others = sp_inspect_operator_states(survey);

		print_section("Keyed states", keyed);
		print_section("Operator states", others);
	}
	if (files) {
		sp_auto(sp_table) *references = sp_inspect_files(survey);

		print_section("References", references);
	}
	return 0;
}

static int print_json(const struct sp_survey *survey, struct sp_error *err)
{
	sp_auto(sp_table) *header = sp_inspect_header(survey);
	sp_auto(sp_table) *operators = sp_inspect_operators(survey);
	sp_auto(sp_table) *keyed = NULL;
	cJSON *document;

	if (states && sp_inspect_states(survey, &keyed, err) < 0)
		return err->code;
	document = sp_json_document("inspect");
	sp_table_json_facts(header, document);
	add_section(document, "operators", operators);
	if (states) {
		sp_auto(sp_table) *others = sp_inspect_operator_states(survey);

		add_section(document, "keyed_states", keyed);
		add_section(document, "operator_states", others);
	}
	if (files) {
		sp_auto(sp_table) *references = sp_inspect_files(survey);

		add_section(document, "files", references);
	}
	sp_json_print(document, stdout);
	return 0;
}

static int inspect(const struct sp_globals *globals, struct sp_source *source, struct sp_error *err)
{
	struct sp_survey survey;
	int r = sp_survey_take(source, &survey, err);

	if (r == 0 && selector != NULL)
		r = sp_select_operator(source->snapshot, selector, &survey.only, err);
	if (r == 0)
		r = globals->json ? print_json(&survey, err) : print_tables(&survey, err);
	sp_survey_free(&survey);
	return r;
}

/* --- --uid -------------------------------------------------------------------------------- */

static const struct sp_column uid_columns[] = {
	{ "uid", "UID", SP_COLUMN_TEXT },
	{ "id", "Operator id", SP_COLUMN_TEXT },
	{ "found", "In this snapshot", SP_COLUMN_BOOL },
	{ "name", "Name", SP_COLUMN_TEXT },
	{ "parallelism", "Parallelism", SP_COLUMN_INTEGER },
	{ "max_parallelism", "Max parallelism", SP_COLUMN_INTEGER },
};

static struct sp_table *uid_table(const struct sp_operator *op, const uint8_t *id)
{
	struct sp_table *table = sp_table_new(uid_columns, sp_countof(uid_columns));
	char text[33];

	sp_operator_id_text(id, text);
	sp_table_text(table, uid);
	sp_table_text(table, text);
	sp_table_bool(table, op != NULL);
	if (op == NULL) {
		sp_table_none(table);
		sp_table_none(table);
		sp_table_none(table);
		return table;
	}
	sp_table_name(table, op->name);
	sp_table_number(table, op->parallelism);
	sp_table_number(table, op->max_parallelism);
	return table;
}

static int find_uid(const struct sp_globals *globals, const struct sp_snapshot *snapshot)
{
	sp_auto(sp_table) *table = NULL;
	uint8_t id[SP_OPERATOR_ID_BYTES];
	const struct sp_operator *op;

	sp_operator_id_of_uid(uid, id);
	op = sp_operator_by_id(snapshot, id);
	table = uid_table(op, id);
	if (globals->json) {
		cJSON *document = sp_json_document("inspect");

		sp_table_json_facts(table, document);
		sp_json_print(document, stdout);
	} else {
		sp_table_print_facts(table, stdout);
	}
	return op == NULL ? 1 : 0;
}

static int run(const struct sp_globals *globals, const char *const *args, struct sp_error *err)
{
	sp_auto(sp_source) *source = NULL;

	if (uid != NULL && (files || states || selector != NULL))
		return sp_fail(err, SP_EUSAGE,
			"--uid stands alone: not with --files, --states or --operator");
	if (sp_source_open(args[0], &source, err) < 0)
		return err->code;
	if (uid != NULL)
		return find_uid(globals, source->snapshot);
	return inspect(globals, source, err);
}

const struct sp_command sp_command_inspect = {
	.name = "inspect",
	.summary = "Show what is in a snapshot: operators, states, types, sizes, files",
	.arguments = "SNAPSHOT",
	.options = options,
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run,
};
