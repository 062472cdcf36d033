#include "verify.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "inspect.h"
#include "select.h"
#include "text.h"

static char *level;
static int codes;

static const struct poptOption options[] = {
	{ "level", '\0', POPT_ARG_STRING, &level, 0,
		"how deep to look: the metadata alone, or the files, too (default: files)",
		"metadata|files" },
	{ "list-codes", '\0', POPT_ARG_VAL | POPT_ARGFLAG_DOC_HIDDEN, &codes, 1,
		"list the codes of findings", NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_json, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_common, 0, NULL, NULL },
	POPT_TABLEEND,
};

static const struct sp_column columns[] = {
	{ "code", NULL, SP_COLUMN_TEXT },
	{ "severity", NULL, SP_COLUMN_TEXT },
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", NULL, SP_COLUMN_TEXT },
	{ "subtask", NULL, SP_COLUMN_INTEGER },
	{ "title", NULL, SP_COLUMN_TEXT },
	{ "text", NULL, SP_COLUMN_TEXT },
	{ "consequence", NULL, SP_COLUMN_TEXT },
	{ "remedy", NULL, SP_COLUMN_TEXT },
};

static bool is_metadata_level(void)
{
	return level != NULL && strcmp(level, "metadata") == 0;
}

static void add_finding(struct sp_table *table, const struct sp_finding *finding)
{
	const struct sp_finding_kind *kind = finding->kind;

	sp_table_format(table, "SP%d", (int)kind->code);
	sp_table_text(table, sp_severity_text(kind->severity));
	if (finding->op == NULL) {
		sp_table_none(table);
		sp_table_none(table);
	} else {
		sp_table_operator_id(table, finding->op);
		sp_table_operator(table, finding->op);
	}
	if (finding->subtask < 0)
		sp_table_none(table);
	else
		sp_table_number(table, finding->subtask);
	sp_table_text(table, kind->title);
	sp_table_text(table, finding->text);
	sp_table_text(table, kind->consequence);
	sp_table_text(table, kind->remedy[0] != '\0' ? kind->remedy : NULL);
}

static void print_json(const struct sp_source *source, const struct sp_findings *findings)
{
	sp_auto(sp_table) *table = sp_table_new(columns, sp_countof(columns));
	cJSON *document = sp_json_document("verify");

	for (size_t i = 0; i < findings->n; i++)
		add_finding(table, &findings->list[i]);
	cJSON_AddItemToObject(document, "location", sp_json_text(source->location));
	cJSON_AddItemToObject(
		document, "level", sp_json_text(is_metadata_level() ? "metadata" : "files"));
	for (int severity = SP_SEVERITY_ERROR; severity >= SP_SEVERITY_NOTE; severity--) {
		char key[16];

		snprintf(key, sizeof(key), "%ss", sp_severity_text((enum sp_severity)severity));
		cJSON_AddNumberToObject(document, key,
			(double)sp_findings_count(findings, (enum sp_severity)severity));
	}
	cJSON_AddItemToObject(document, "findings", sp_table_json(table));
	sp_json_print(document, stdout);
}

/* "SP101 error operator 'x' subtask 2: title: text: consequence" */
static void print_finding(const struct sp_finding *finding)
{
	sp_auto_buffer line = { 0 };

	sp_buffer_printf(&line, "SP%d %s ", (int)finding->kind->code,
		sp_severity_text(finding->kind->severity));
	if (finding->op == NULL) {
		sp_buffer_printf(&line, "snapshot");
	} else {
		sp_auto_buffer label = { 0 };

		sp_operator_short_label(finding->op, &label);
		sp_buffer_printf(&line, "operator '");
		sp_text_escape(sp_buffer_slice(&label), &line);
		sp_buffer_printf(&line, "'");
	}
	if (finding->subtask >= 0)
		sp_buffer_printf(&line, " subtask %d", (int)finding->subtask);
	sp_buffer_printf(&line, ": %s: ", finding->kind->title);
	sp_text_escape(sp_slice_of(finding->text), &line);
	printf("%s: %s\n", sp_text_of(&line), finding->kind->consequence);
}

static void print_remedies(const struct sp_findings *findings)
{
	for (size_t i = 0; i < sp_n_finding_kinds; i++) {
		const struct sp_finding_kind *kind = &sp_finding_kinds[i];
		bool found = false;

		for (size_t j = 0; j < findings->n && !found; j++)
			found = findings->list[j].kind == kind;
		if (found && kind->severity > SP_SEVERITY_NOTE && kind->remedy[0] != '\0')
			printf("SP%d remedy: %s\n", (int)kind->code, kind->remedy);
	}
}

static void print_findings(const struct sp_globals *globals, const struct sp_source *source,
	const struct sp_findings *findings)
{
	sp_auto_buffer location = { 0 };

	for (size_t i = 0; i < findings->n; i++)
		if (findings->list[i].kind->severity > SP_SEVERITY_NOTE || globals->verbosity > 0)
			print_finding(&findings->list[i]);
	if (globals->verbosity < 0)
		return;
	print_remedies(findings);
	sp_text_escape(sp_slice_of(source->location), &location);
	printf("%s: %s: errors %zu, warnings %zu, notes %zu\n", sp_text_of(&location),
		is_metadata_level() ? "metadata" : "metadata and files",
		sp_findings_count(findings, SP_SEVERITY_ERROR),
		sp_findings_count(findings, SP_SEVERITY_WARNING),
		sp_findings_count(findings, SP_SEVERITY_NOTE));
}

static int verify(const struct sp_globals *globals, struct sp_source *source,
	struct sp_findings *findings, struct sp_error *err)
{
	sp_verify_metadata(source, findings);
	if (!is_metadata_level() && sp_verify_files(source, findings, err) < 0)
		return err->code;
	sp_findings_sort(findings);
	if (globals->json)
		print_json(source, findings);
	else
		print_findings(globals, source, findings);
	return sp_findings_count(findings, SP_SEVERITY_ERROR) +
		       sp_findings_count(findings, SP_SEVERITY_WARNING) >
	       0;
}

/* For the test that every code stands in the man page. */
static int list_codes(void)
{
	for (size_t i = 0; i < sp_n_finding_kinds; i++)
		printf("SP%d\t%s\t%s\t%s\t%s\n", (int)sp_finding_kinds[i].code,
			sp_severity_text(sp_finding_kinds[i].severity), sp_finding_kinds[i].title,
			sp_finding_kinds[i].consequence, sp_finding_kinds[i].remedy);
	return 0;
}

static int run(const struct sp_globals *globals, const char *const *args, struct sp_error *err)
{
	sp_auto(sp_source) *source = NULL;
	struct sp_findings findings;
	int r;

	if (codes)
		return list_codes();
	if (args[0] == NULL)
		return sp_fail(err, SP_EUSAGE, "verify: SNAPSHOT is missing");
	if (sp_source_open(args[0], &source, err) < 0)
		return err->code;
	sp_findings_init(&findings);
	r = verify(globals, source, &findings, err);
	sp_findings_free(&findings);
	return r;
}

const struct sp_command sp_command_verify = {
	.name = "verify",
	.summary = "Check that a snapshot is whole and right, and will restore",
	.arguments = "SNAPSHOT",
	.options = options,
	.min_arguments = 0,
	.max_arguments = 1,
	.run = run,
};
