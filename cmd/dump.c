/* savepoint dump: the rows of a snapshot. */
#include "dump.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "interrupt.h"
#include "migrate.h"
#include "select.h"

static struct {
	char *op, *state, *key, *groups, *limit, *format;
	int json;
} given;

static const struct poptOption options[] = {
	{ "operator", '\0', POPT_ARG_STRING, &given.op, 0,
		"only this operator: its uid, name, id or beginning of the id", "OPERATOR" },
	{ "state", '\0', POPT_ARG_STRING, &given.state, 0, "only the state of this name", "NAME" },
	{ "key", '\0', POPT_ARG_STRING, &given.key, 0,
		"only this key: its JSON, or the text of a string", "KEY" },
	{ "key-group", '\0', POPT_ARG_STRING, &given.groups, 0,
		"only this key group, or those from N to M", "N[-M]" },
	{ "limit", '\0', POPT_ARG_STRING, &given.limit, 0, "stop after N lines", "N" },
	{ "format", '\0', POPT_ARG_STRING, &given.format, 0,
		"JSON lines, or a table (default: json)", "json|table" },
	{ "json", '\0', POPT_ARG_VAL, &given.json, 1, "print JSON lines, as by default", NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_memory, 0, NULL, NULL },
	{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, sp_options_common, 0, NULL, NULL },
	POPT_TABLEEND,
};

/* --- what is wanted -------------------------------------------------------------------------- */

bool sp_dump_wants_state(struct sp_dump *dump, struct sp_slice name)
{
	sp_auto_buffer utf8 = { 0 };

	if (dump->state == NULL)
		return true;
	sp_mutf8_to_utf8(name, &utf8);
	if (!sp_slice_is(sp_buffer_slice(&utf8), dump->state))
		return false;
	dump->state_found = true;
	return true;
}

/* JSON without the spaces that stand outside of strings. */
struct json {
	struct sp_slice text;
	size_t at;
	bool quoted, escaped;
};

/* The next byte; 0: the end. */
static uint8_t next_byte(struct json *json)
{
	uint8_t byte;

	do {
		if (json->at == json->text.n)
			return 0;
		byte = json->text.p[json->at++];
	} while (byte == ' ' && !json->quoted);
	if (byte == '"' && !json->escaped)
		json->quoted = !json->quoted;
	json->escaped = byte == '\\' && !json->escaped;
	return byte;
}

static bool is_same_json(struct sp_slice a, struct sp_slice b)
{
	struct json left = { .text = a }, right = { .text = b };
	uint8_t byte;

	do {
		byte = next_byte(&left);
		if (byte != next_byte(&right))
			return false;
	} while (byte != 0);
	return true;
}

bool sp_dump_wants_key(const struct sp_dump *dump, const struct sp_value *key)
{
	return dump->key == NULL ||
	       is_same_json(
		       sp_buffer_slice(&dump->out.cells[SP_DUMP_KEY]), sp_slice_of(dump->key)) ||
	       (key->kind == SP_VALUE_STRING && sp_slice_is(key->bytes, dump->key));
}

bool sp_dump_wants_groups(const struct sp_dump *dump, const struct sp_keyed_handle *handle)
{
	return !dump->some_groups || ((int64_t)handle->start <= dump->last &&
					     (int64_t)handle->start + handle->count > dump->first);
}

/* Digits up to `end`, which is moved behind them. */
static int parse_number(
	const char *text, uint64_t most, const char **end, uint64_t *ret, struct sp_error *err)
{
	char *stop;

	errno = 0;
	*ret = strtoull(text, &stop, 10);
	if (text[0] < '0' || text[0] > '9' || errno != 0 || *ret > most)
		return sp_fail(err, SP_EUSAGE, "'%s' is not a number up to %" PRIu64, text, most);
	*end = stop;
	return 0;
}

static int parse_limit(struct sp_dump *dump, struct sp_error *err)
{
	const char *end = "";

	dump->out.left = UINT64_MAX;
	if (given.limit == NULL)
		return 0;
	if (parse_number(given.limit, UINT64_MAX, &end, &dump->out.left, err) < 0 || *end != '\0' ||
		dump->out.left == 0)
		return sp_fail(
			err, SP_EUSAGE, "--limit: '%s' is not a number from 1 on", given.limit);
	return 0;
}

static int parse_groups(struct sp_dump *dump, struct sp_error *err)
{
	const char *end = "";
	uint64_t first, last;
	int r;

	dump->some_groups = given.groups != NULL;
	if (given.groups == NULL)
		return 0;
	r = parse_number(given.groups, SP_MAX_PARALLELISM - 1, &end, &first, err);
	last = first;
	if (r == 0 && *end == '-')
		r = parse_number(end + 1, SP_MAX_PARALLELISM - 1, &end, &last, err);
	if (r < 0 || *end != '\0' || last < first)
		return sp_fail(err, SP_EUSAGE,
			"--key-group: '%s' is neither a key group (0 to %d) nor a range of them, "
			"such as 3 or 0-63",
			given.groups, SP_MAX_PARALLELISM - 1);
	dump->first = (uint32_t)first;
	dump->last = (uint32_t)last;
	return 0;
}

static int parse(struct sp_dump *dump, struct sp_error *err)
{
	const bool table = given.format != NULL && strcmp(given.format, "table") == 0;

	if (table && given.json)
		return sp_fail(err, SP_EUSAGE, "--json and --format table exclude each other");
	if (parse_limit(dump, err) < 0 || parse_groups(dump, err) < 0)
		return err->code;
	sp_dump_output_init(&dump->out, table, dump->out.left);
	dump->state = given.state;
	dump->key = given.key;
	return 0;
}

/* --- what there is --------------------------------------------------------------------------- */

/* Only keyed state has keys and key groups. */
static bool wants_keyed_only(const struct sp_dump *dump)
{
	return dump->some_groups || dump->key != NULL;
}

static int dump_subtask(struct sp_dump *dump, const struct sp_operator *op,
	const struct sp_subtask *subtask, struct sp_error *err)
{
	int r = sp_dump_keyed(dump, op, subtask, err);

	if (r == 0)
		r = sp_dump_raw_keyed(dump, op, subtask, err);
	if (r != 0 || wants_keyed_only(dump))
		return r;
	r = sp_dump_operator_state(dump, op, subtask, err);
	if (r == 0)
		r = sp_dump_raw_operator_state(dump, op, subtask, err);
	if (r != 0 || dump->state != NULL)
		return r;
	r = sp_dump_legacy(dump, op, subtask, err);
	return r != 0 ? r : sp_dump_channels(dump, op, subtask, err);
}

static int dump_operator(struct sp_dump *dump, const struct sp_operator *op, struct sp_error *err)
{
	char label[256];
	int r = 0;

	if (dump->state == NULL && !wants_keyed_only(dump))
		r = sp_dump_coordinator(dump, op, err);
	for (size_t i = 0; r == 0 && i < op->n_subtasks; i++) {
		r = dump_subtask(dump, op, &op->subtasks[i], err);
		if (r < 0)
			return sp_within(err, "%s: subtask %" PRId32,
				sp_operator_label(op, label, sizeof(label)), op->subtasks[i].index);
	}
	return r;
}

static int dump_all(struct sp_dump *dump, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = dump->source->snapshot;
	int r = 0;

	if (dump->op != NULL)
		return dump_operator(dump, dump->op, err);
	if (dump->state == NULL && !wants_keyed_only(dump))
		r = sp_dump_master_states(dump, err);
	for (size_t i = 0; r == 0 && i < snapshot->n_operators; i++)
		r = dump_operator(dump, &snapshot->operators[i], err);
	return r;
}

static int check_state(const struct sp_dump *dump, struct sp_error *err)
{
	if (dump->state == NULL || dump->state_found)
		return 0;
	sp_fail(err, SP_EUSAGE, "no %sstate '%s' in this %s",
		wants_keyed_only(dump) ? "keyed " : "", dump->state,
		dump->op != NULL ? "operator" : "snapshot");
	return sp_hint(err, "'savepoint inspect --states' lists them");
}

/* What was read before an error is printed, too. */
static int finish(struct sp_dump *dump, int r, struct sp_error *err)
{
	struct sp_error of_output;

	if (r >= 0)
		return sp_dump_finish(&dump->out, err);
	sp_dump_finish(&dump->out, &of_output);
	return r;
}

static int dump_to_output(struct sp_dump *dump, struct sp_error *err)
{
	int r;

	sp_interrupt_install();
	dump->kryo = sp_kryo_of(dump->source->snapshot);
	r = dump_all(dump, err);
	if (r == 0)
		r = check_state(dump, err);
	return finish(dump, r, err);
}

static int run(const struct sp_globals *globals, const char *const *args, struct sp_error *err)
{
	struct sp_dump dump = { .memory = globals->memory, .tmpdir = globals->tmpdir };
	sp_auto(sp_source) *source = NULL;
	int r = parse(&dump, err);

	if (r == 0)
		r = sp_source_open(args[0], &source, err);
	if (r == 0 && given.op != NULL)
		r = sp_select_operator(source->snapshot, given.op, &dump.op, err);
	dump.source = source;
	if (r == 0)
		r = dump_to_output(&dump, err);
	sp_dump_output_free(&dump.out);
	return r;
}

const struct sp_command sp_command_dump = {
	.name = "dump",
	.summary = "Print the rows of a snapshot: keys, values, timers, operator state",
	.arguments = "SNAPSHOT",
	.options = options,
	.min_arguments = 1,
	.max_arguments = 1,
	.no_findings = true,
	.run = run,
};
