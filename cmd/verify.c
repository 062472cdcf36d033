#include "verify.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "findings.h"
#include "inspect.h"
#include "junit.h"
#include "output-file.h"
#include "progress.h"
#include "select.h"
#include "text.h"
#include "verify-options.h"

static char *level_name, *junit;
static int codes;

static const struct poptOption options[] = {
	{ "level", '\0', POPT_ARG_STRING, &level_name, 0, "how deep to look (default: records)",
		"metadata|files|blocks|records" },
	{ "junit", '\0', POPT_ARG_STRING, &junit, 0,
		"write the findings as JUnit XML, to stdout for -", "FILE" },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_restore, 0, NULL, NULL },
	{ "list-codes", '\0', POPT_ARG_VAL | POPT_ARGFLAG_DOC_HIDDEN, &codes, 1,
		"list the codes of findings", NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_json, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_work, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_common, 0, NULL, NULL },
	POPT_TABLEEND,
};

static const char *const levels[] = {
	[SP_VERIFY_METADATA] = "metadata",
	[SP_VERIFY_FILES] = "files",
	[SP_VERIFY_BLOCKS] = "blocks",
	[SP_VERIFY_RECORDS] = "records",
};

/* Others than these four are refused where options are parsed. */
static enum sp_verify_level level_of(const char *name)
{
	for (size_t i = 0; name != NULL && i < sp_countof(levels); i++)
		if (strcmp(name, levels[i]) == 0)
			return (enum sp_verify_level)i;
	return SP_VERIFY_RECORDS;
}

static void print_json(const struct sp_verify *verify, const struct sp_asked *asked,
	const struct sp_findings *findings)
{
	cJSON *document = sp_json_document("verify");

	cJSON_AddItemToObject(document, "location", sp_json_text(verify->source->location));
	cJSON_AddItemToObject(document, "level", sp_json_text(levels[verify->level]));
	sp_findings_json(findings, SIZE_MAX, document);
	sp_asked_json(asked, document);
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

/* That something was not looked at is a note, but whoever reads "errors 0" has to know it. */
static bool is_shown(const struct sp_globals *globals, const struct sp_finding_kind *kind)
{
	if (kind->severity > SP_SEVERITY_NOTE || globals->verbosity > 0)
		return true;
	return kind->code == SP_FIND_NOT_CHECKED && globals->verbosity == 0;
}

static void print_findings(const struct sp_globals *globals, const struct sp_verify *verify,
	const struct sp_asked *asked, const struct sp_findings *findings)
{
	sp_auto_buffer location = { 0 };

	for (size_t i = 0; i < findings->n; i++)
		if (is_shown(globals, findings->list[i].kind))
			print_finding(&findings->list[i]);
	if (globals->verbosity < 0)
		return;
	print_remedies(findings);
	sp_text_escape(sp_slice_of(verify->source->location), &location);
	printf("%s: level %s: errors %zu, warnings %zu, notes %zu\n", sp_text_of(&location),
		levels[verify->level], sp_findings_count(findings, SP_SEVERITY_ERROR),
		sp_findings_count(findings, SP_SEVERITY_WARNING),
		sp_findings_count(findings, SP_SEVERITY_NOTE));
	sp_asked_print(asked, verify->source->location);
}

static int run_levels(const struct sp_globals *globals, const struct sp_verify *verify,
	struct sp_findings *findings, struct sp_error *err)
{
	struct sp_progress *progress = sp_progress_start(globals->progress, verify->counters);
	int r = sp_verify_run(verify, findings, err);

	sp_progress_stop(progress);
	return r;
}

static bool is_stdout(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

static int verify(const struct sp_globals *globals, const struct sp_verify *what,
	struct sp_asked *asked, struct sp_findings *findings, struct sp_error *err)
{
	if (run_levels(globals, what, findings, err) < 0 ||
		sp_asked_verify(asked, what->source, findings, err) < 0)
		return err->code;
	if (globals->json)
		print_json(what, asked, findings);
	else if (!is_stdout(junit))
		print_findings(globals, what, asked, findings);
	return sp_findings_count(findings, SP_SEVERITY_ERROR) +
		       sp_findings_count(findings, SP_SEVERITY_WARNING) >
	       0;
}

/* The file is opened first: what cannot be written is known before all is read. */
static int verify_and_write(const struct sp_globals *globals, const struct sp_verify *what,
	struct sp_asked *asked, struct sp_findings *findings, struct sp_error *err)
{
	struct sp_output_file file;
	int r;

	if (junit == NULL)
		return verify(globals, what, asked, findings, err);
	r = sp_output_file_open(junit, &file, err);
	if (r == 0)
		r = verify(globals, what, asked, findings, err);
	if (r >= 0) {
		sp_junit_write(file.to, what, findings);
		if (sp_output_file_commit(&file, err) < 0)
			r = err->code;
	}
	sp_output_file_free(&file);
	return r;
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
	struct sp_counters counters = { 0 };
	sp_auto(sp_asked) *asked = NULL;
	struct sp_findings findings;
	int r;

	if (codes)
		return list_codes();
	if (args[0] == NULL)
		return sp_fail(err, SP_EUSAGE, "verify: SNAPSHOT is missing");
	if (globals->json && is_stdout(junit))
		return sp_fail(err, SP_EUSAGE, "--json and --junit - both want stdout");
	if (sp_asked_parse(&asked, err) < 0 || sp_source_open(args[0], &source, err) < 0)
		return err->code;
	sp_findings_init(&findings);
	r = verify_and_write(globals,
		&(struct sp_verify){
			.source = source,
			.level = level_of(level_name),
			.jobs = globals->jobs,
			.memory = (size_t)globals->memory,
			.tmpdir = globals->tmpdir,
			.counters = &counters,
		},
		asked, &findings, err);
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
