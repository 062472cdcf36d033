/* savepoint diff: what two snapshots have in common and what not. */
#include "diff.h"

#include <errno.h>
#include <stdlib.h>

#include "commands.h"
#include "diff-output.h"
#include "interrupt.h"
#include "progress.h"
#include "select.h"

#define LIMIT 10

static char *selector, *state, *limit;
static int rows;

static const struct poptOption options[] = {
	{ "rows", '\0', POPT_ARG_VAL, &rows, 1, "compare the state itself, row by row", NULL },
	{ "limit", '\0', POPT_ARG_STRING, &limit, 0,
		"with --rows: show up to N rows of each state (default: 10)", "N" },
	{ "operator", '\0', POPT_ARG_STRING, &selector, 0,
		"only this operator: its uid, name, id or beginning of the id", "OPERATOR" },
	{ "state", '\0', POPT_ARG_STRING, &state, 0, "only the state of this name", "NAME" },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_json, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_work, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_common, 0, NULL, NULL },
	POPT_TABLEEND,
};

static int parse_limit(uint64_t *ret, struct sp_error *err)
{
	char *end;

	*ret = LIMIT;
	if (limit == NULL)
		return 0;
	if (!rows)
		return sp_fail(err, SP_EUSAGE, "--limit without --rows");
	errno = 0;
	*ret = strtoull(limit, &end, 10);
	if (limit[0] < '0' || limit[0] > '9' || *end != '\0' || errno != 0)
		return sp_fail(err, SP_EUSAGE, "--limit: '%s' is not a number", limit);
	return 0;
}

/* The operator may be in one of the two only. */
static int find_operator(struct sp_diff_request *request, struct sp_error *err)
{
	const struct sp_operator *op = NULL;
	int r = 0;

	for (int side = 0; selector != NULL && op == NULL && side < SP_DIFF_SIDES; side++) {
		r = sp_find_operator(request->sources[side]->snapshot, selector, &op, err);
		if (r < 0)
			return sp_within(err, "%s", request->sources[side]->metadata_path);
	}
	if (op == NULL && selector != NULL)
		return sp_no_operator(selector, "in either of these snapshots", err);
	request->only = op == NULL ? NULL : op->id;
	return 0;
}

static int check_state(const struct sp_diff *diff, struct sp_error *err)
{
	if (state == NULL || diff->n_states > 0)
		return 0;
	sp_fail(err, SP_EUSAGE, "no state '%s' in these %s", state,
		selector != NULL ? "operators" : "snapshots");
	return sp_hint(err, "'savepoint inspect --states' lists them");
}

static void print_diff(const struct sp_globals *globals, const struct sp_diff_shown *shown)
{
	if (globals->json)
		sp_diff_print_json(shown);
	else if (globals->verbosity >= 0)
		sp_diff_print(shown);
}

static int compare(const struct sp_globals *globals, const struct sp_diff_request *request,
	const struct sp_survey *surveys, struct sp_error *err)
{
	struct sp_progress *progress = sp_progress_start(globals->progress, request->counters);
	struct sp_diff diff;
	const struct sp_diff_shown shown = {
		.diff = &diff,
		.surveys = surveys,
		.rows = request->rows,
		.all = globals->verbosity > 0,
	};
	int r = sp_diff_run(request, &diff, err);

	sp_progress_stop(progress);
	if (r == 0)
		r = check_state(&diff, err);
	if (r == 0) {
		print_diff(globals, &shown);
		r = diff.differs;
	}
	sp_diff_free(&diff);
	return r;
}

static int survey(const struct sp_globals *globals, const struct sp_diff_request *request,
	struct sp_error *err)
{
	struct sp_survey surveys[SP_DIFF_SIDES] = { 0 };
	int r = 0;

	for (int side = 0; r == 0 && side < SP_DIFF_SIDES; side++)
		r = sp_survey_take(request->sources[side], &surveys[side], err);
	if (r == 0)
		r = compare(globals, request, surveys, err);
	for (int side = 0; side < SP_DIFF_SIDES; side++)
		sp_survey_free(&surveys[side]);
	return r;
}

static int run(const struct sp_globals *globals, const char *const *args, struct sp_error *err)
{
	sp_auto(sp_source) *a = NULL;
	sp_auto(sp_source) *b = NULL;
	struct sp_counters counters = { 0 };
	struct sp_diff_request request = {
		.state = state,
		.rows = rows,
		.jobs = globals->jobs,
		.memory = (size_t)globals->memory,
		.tmpdir = globals->tmpdir,
		.counters = &counters,
	};

	if (parse_limit(&request.limit, err) < 0 || sp_source_open(args[0], &a, err) < 0 ||
		sp_source_open(args[1], &b, err) < 0)
		return err->code;
	sp_interrupt_install();
	request.sources[SP_DIFF_A] = a;
	request.sources[SP_DIFF_B] = b;
	return find_operator(&request, err) < 0 ? err->code : survey(globals, &request, err);
}

const struct sp_command sp_command_diff = {
	.name = "diff",
	.summary = "Compare two snapshots: operators, states, types, sizes, rows",
	.arguments = "A B",
	.options = options,
	.min_arguments = 2,
	.max_arguments = 2,
	.run = run,
};
