#include "inspect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "expiry.h"
#include "inspect-html.h"
#include "select.h"

#define TOP_MAX 10000
#define HTML_TOP 20 /* of the page, unless --top says otherwise */

static struct {
	int files, states, key_groups, types, contract;
	char *at_parallelism, *top, *at, *uid, *selector;
	char **ttl;
	char *html;
	int prometheus;
} given;

static const struct poptOption options[] = {
	{ "files", '\0', POPT_ARG_VAL, &given.files, 1,
		"list every reference to state, and its file", NULL },
	{ "states", '\0', POPT_ARG_VAL, &given.states, 1,
		"list the states of operators, their types, rows and sizes", NULL },
	{ "schema", '\0', POPT_ARG_VAL, &given.types, 1,
		"show the types of all states as trees, and which of them are fragile", NULL },
	{ "key-groups", '\0', POPT_ARG_VAL, &given.key_groups, 1,
		"show rows and sizes of key groups and of subtasks, and how skewed they are",
		NULL },
	{ "at-parallelism", '\0', POPT_ARG_STRING, &given.at_parallelism, 0,
		"with --key-groups: show the subtasks that there would be at parallelism N, too",
		"N" },
	{ "top", '\0', POPT_ARG_STRING, &given.top, 0, "show the N largest values and keys", "N" },
	{ "ttl", '\0', POPT_ARG_ARGV | POPT_ARGFLAG_OPTIONAL, &given.ttl, 0,
		"show how long ago values of states with TTL were used, and how many have expired",
		"[=[STATE=]DURATION]" },
	{ "at", '\0', POPT_ARG_STRING, &given.at, 0,
		"with --ttl, --html: at this time (default: now)", "TIME" },
	{ "html", '\0', POPT_ARG_STRING, &given.html, 0,
		"write all that these options show, and what verify finds, as one page", "FILE" },
	{ "prometheus", '\0', POPT_ARG_VAL, &given.prometheus, 1,
		"print the sizes as Prometheus' text exposition format", NULL },
	{ "operator", '\0', POPT_ARG_STRING, &given.selector, 0,
		"show only this operator: its uid, name, id or beginning of the id", "OPERATOR" },
	{ "uid", '\0', POPT_ARG_STRING, &given.uid, 0,
		"tell which operator has the uid NAME; exit 1 if none has", "NAME" },
	{ "contract", '\0', POPT_ARG_VAL, &given.contract, 1,
		"print the shape of the snapshot as JSON, for verify --contract", NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_work, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_json, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_common, 0, NULL, NULL },
	POPT_TABLEEND,
};

/* --- what is asked for -------------------------------------------------------------------- */

static int parse_number(
	const char *text, const char *option, long most, long *ret, struct sp_error *err)
{
	char *end;

	errno = 0;
	*ret = strtol(text, &end, 10);
	if (strspn(text, "0123456789") == 0 || *end != '\0' || errno != 0 || *ret < 1 ||
		*ret > most)
		return sp_fail(err, SP_EUSAGE, "%s: '%s' is not a number from 1 to %ld", option,
			text, most);
	return 0;
}

/* Those of --ttl that say how long values live; without a value it only asks for ages. */
static char **given_lives(void)
{
	size_t n = 0;
	char **lives;

	while (given.ttl != NULL && given.ttl[n] != NULL)
		n++;
	lives = calloc(n + 1, sizeof(*lives));
	if (lives == NULL)
		sp_abort("out of memory");
	for (size_t i = 0, all = n, n_lives = 0; i < all; i++)
		if (given.ttl[i][0] != '\0')
			lives[n_lives++] = given.ttl[i];
	return lives;
}

static int find_ttl(struct sp_inspection *ret, struct sp_error *err)
{
	char **lives;
	int r;

	if (given.ttl == NULL && given.html == NULL)
		return given.at == NULL ? 0 : sp_fail(err, SP_EUSAGE, "--at without --ttl");
	ret->ages = true;
	lives = given_lives();
	r = sp_parse_lives(lives, &ret->ttl, err);
	free(lives);
	return r < 0 ? r
		     : sp_parse_time(given.at == NULL ? "" : given.at, "--at", &ret->ttl.now, err);
}

/* What the page shows. */
static void want_all(struct sp_inspection *ret)
{
	ret->files = ret->states = ret->types = ret->key_groups = ret->brief = true;
	if (ret->top == 0)
		ret->top = HTML_TOP;
}

static int find_wanted(struct sp_inspection *ret, struct sp_error *err)
{
	long number = 0;

	ret->files = given.files;
	ret->states = given.states;
	ret->types = given.types;
	if (given.at_parallelism != NULL && parse_number(given.at_parallelism, "--at-parallelism",
						    SP_MAX_PARALLELISM, &number, err) < 0)
		return err->code;
	ret->at_parallelism = (int32_t)number;
	ret->key_groups = given.key_groups || number > 0;
	number = 0;
	if (given.top != NULL && parse_number(given.top, "--top", TOP_MAX, &number, err) < 0)
		return err->code;
	ret->top = (size_t)number;
	if (given.html != NULL)
		want_all(ret);
	if (given.prometheus)
		ret->states = ret->key_groups = ret->brief = true;
	return find_ttl(ret, err);
}

static bool has_keyed_state(const struct sp_operator *op)
{
	for (size_t i = 0; i < op->n_subtasks; i++)
		if (op->subtasks[i].managed_keyed.code != SP_KEYED_NONE ||
			op->subtasks[i].raw_keyed.code != SP_KEYED_NONE)
			return true;
	return false;
}

/* There are at most as many subtasks as key groups. */
static int check_parallelism(const struct sp_inspection *self, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = self->survey.source->snapshot;

	for (size_t i = 0; i < snapshot->n_operators; i++) {
		const struct sp_operator *op = &snapshot->operators[i];
		char label[256];

		if (sp_survey_shows(&self->survey, op) && has_keyed_state(op) &&
			self->at_parallelism > op->max_parallelism)
			return sp_fail(err, SP_EUSAGE,
				"--at-parallelism: %" PRId32
				" is more than the max parallelism of %s, %" PRId32,
				self->at_parallelism, sp_operator_label(op, label, sizeof(label)),
				op->max_parallelism);
	}
	return 0;
}

/* --- the whole ---------------------------------------------------------------------------- */

static int print(
	const struct sp_inspection *self, const struct sp_globals *globals, struct sp_error *err)
{
	cJSON *document;

	if (!globals->json && !given.prometheus)
		return sp_inspect_print(self, globals, err);
	if (sp_inspect_document(self, globals, &document, err) < 0)
		return err->code;
	if (globals->json) {
		sp_json_print(document, stdout);
		return 0;
	}
	sp_inspect_prometheus(document, stdout);
	cJSON_Delete(document);
	return 0;
}

static int scan_and_print(
	struct sp_inspection *self, const struct sp_globals *globals, struct sp_error *err)
{
	int r = sp_inspection_scans(self) ? sp_inspect_scan(self, globals, err) : 0;

	return r < 0 ? r : print(self, globals, err);
}

static int write_whole(struct sp_inspection *self, const struct sp_globals *globals, FILE *to,
	struct sp_error *err)
{
	int r = sp_inspect_scan(self, globals, err);

	return r < 0 ? r : sp_inspect_html(self, globals, to, err);
}

static bool is_about_input(int r)
{
	return r == SP_EDAMAGED || r == SP_EUNSUPPORTED;
}

/* What metadata and files tell, and types where those can be read; `unread` says why no more. */
static int write_rest(struct sp_inspection *self, const struct sp_globals *globals, FILE *to,
	struct sp_error *err)
{
	int r;

	sp_tally_free(self->tally);
	self->tally = NULL;
	self->states = self->key_groups = self->ages = false;
	self->top = 0;
	r = sp_inspect_html(self, globals, to, err);
	if (!is_about_input(r))
		return r;
	self->types = false;
	return sp_inspect_html(self, globals, to, err);
}

/*
 * State that cannot be read is when such a page is wanted most: it appears, and says what is
 * missing. The result is what kept the state from being read.
 */
static int write_page(struct sp_inspection *self, const struct sp_globals *globals,
	struct sp_output_file *file, struct sp_error *err)
{
	int r = write_whole(self, globals, file->to, err), unread = 0;
	struct sp_error why;

	if (is_about_input(r)) {
		unread = r;
		why = *err;
		self->unread = why.message;
		r = write_rest(self, globals, file->to, err);
		self->unread = NULL;
	}
	if (r == 0)
		r = sp_output_file_commit(file, err);
	if (r < 0 || unread == 0)
		return r;
	sp_warn(globals, "%s: has what metadata and files tell, but no figures of state",
		given.html);
	*err = why;
	return unread;
}

/* The file is opened first: what cannot be written is known before the scan. */
static int write_html(
	struct sp_inspection *self, const struct sp_globals *globals, struct sp_error *err)
{
	struct sp_output_file file;
	int r = sp_output_file_open(given.html, &file, err);

	if (r == 0)
		r = write_page(self, globals, &file, err);
	sp_output_file_free(&file);
	return r;
}

static int inspect(const struct sp_globals *globals, struct sp_source *source,
	struct sp_inspection *self, struct sp_error *err)
{
	int r = sp_survey_take(source, &self->survey, err);

	if (r == 0 && given.selector != NULL)
		r = sp_select_operator(source->snapshot, given.selector, &self->survey.only, err);
	if (r == 0)
		r = check_parallelism(self, err);
	if (r == 0)
		r = given.html != NULL ? write_html(self, globals, err)
				       : scan_and_print(self, globals, err);
	sp_survey_free(&self->survey);
	sp_tally_free(self->tally);
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
	sp_table_text(table, given.uid);
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

	sp_operator_id_of_uid(given.uid, id);
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

static int run_with(const struct sp_globals *globals, const char *path,
	struct sp_inspection *wanted, struct sp_error *err)
{
	sp_auto(sp_source) *source = NULL;

	if (given.uid != NULL && (given.files || given.types || sp_inspection_scans(wanted) ||
					 given.selector != NULL))
		return sp_fail(err, SP_EUSAGE,
			"--uid stands alone: it goes with no option that shows state, nor "
			"--operator");
	if (given.contract && (given.files || given.types || given.uid != NULL ||
				      sp_inspection_scans(wanted) || given.selector != NULL))
		return sp_fail(err, SP_EUSAGE, "--contract stands alone");
	if (sp_source_open(path, &source, err) < 0)
		return err->code;
	if (given.contract)
		return sp_inspect_contract(source, err);
	if (given.uid != NULL)
		return find_uid(globals, source->snapshot);
	return inspect(globals, source, wanted, err);
}

/* Each form of output stands for itself. */
static int check_output(const struct sp_globals *globals, struct sp_error *err)
{
	if (globals->json + (given.html != NULL) + given.prometheus > 1)
		return sp_fail(err, SP_EUSAGE, "only one of --json, --html and --prometheus");
	return 0;
}

static int run(const struct sp_globals *globals, const char *const *args, struct sp_error *err)
{
	struct sp_inspection wanted = { 0 };
	int r = check_output(globals, err);

	if (r == 0)
		r = find_wanted(&wanted, err);

	if (r == 0)
		r = run_with(globals, args[0], &wanted, err);
	free((void *)(uintptr_t)wanted.ttl.lives);
	return r;
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
