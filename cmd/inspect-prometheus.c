/*
 * Sizes in Prometheus' text exposition format (version 0.0.4):
 *
 *	# HELP name text
 *	# TYPE name gauge
 *	name{label="value",…} number
 *
 * In label values stand \\, \" and \n for backslash, quote and line feed. All samples of a name
 * are together, and no two have the same labels: else node_exporter takes nothing of a file.
 */
#include <stdlib.h>

#include "inspect.h"

#define LABELS_MAX 5

/* A label, and the first of these members that there is. */
struct label {
	const char *name;
	const char *members[3];
};

#define OPERATOR                                                                                   \
	{ "operator_id", { "operator_id" } },                                                      \
	{                                                                                          \
		"operator",                                                                        \
		{                                                                                  \
			"operator"                                                                 \
		}                                                                                  \
	}
#define STATE                                                                                      \
	OPERATOR,                                                                                  \
	{                                                                                          \
		"state",                                                                           \
		{                                                                                  \
			"state"                                                                    \
		}                                                                                  \
	}

static const struct label of_operators[LABELS_MAX] = {
	{ "operator_id", { "id" } },
	{ "operator", { "uid", "name", "id" } },
};
static const struct label of_skew[LABELS_MAX] = { OPERATOR };
static const struct label of_keyed[LABELS_MAX] = { STATE, { "kind", { "kind" } } };
static const struct label of_others[LABELS_MAX] = { STATE, { "mode", { "mode" } },
	{ "managed", { "managed" } } };
static const struct label of_ttl[LABELS_MAX] = { STATE };
static const struct label of_nothing[LABELS_MAX] = { { NULL, { NULL } } };

/* Samples: of each object of a list of the document (NULL: of the document) this member. */
static const struct family {
	const char *name, *help;
	const char *list, *member;
	const struct label *labels;
	const char *part; /* a further label */
} families[] = {
	{ "snapshot_bytes", "State that the snapshot refers to.", NULL, "state_bytes", of_nothing,
		NULL },
	{ "snapshot_metadata_bytes", "The metadata file.", NULL, "metadata_bytes", of_nothing,
		NULL },
	{ "snapshot_files", "Distinct files that the snapshot refers to.", NULL, "files_count",
		of_nothing, NULL },
	{ "snapshot_file_bytes", "These files in their whole length.", NULL, "files_bytes",
		of_nothing, NULL },
	{ "snapshot_missing_references", "References to files that are not there.", NULL,
		"references_missing", of_nothing, NULL },
	{ "operator_bytes", "State of an operator, as its handles tell.", "operators",
		"keyed_bytes", of_operators, "keyed" },
	{ "operator_bytes", NULL, "operators", "operator_bytes", of_operators, "operator" },
	{ "operator_bytes", NULL, "operators", "coordinator_bytes", of_operators, "coordinator" },
	{ "operator_bytes", NULL, "operators", "raw_bytes", of_operators, "raw" },
	{ "operator_bytes", NULL, "operators", "channel_bytes", of_operators, "channel" },
	{ "operator_largest_subtask_bytes", "State of the subtask that has most.", "operators",
		"largest_subtask_bytes", of_operators, NULL },
	{ "operator_parallelism", "Subtasks of the operator.", "operators", "parallelism",
		of_operators, NULL },
	{ "operator_max_parallelism", "Key groups of the operator.", "operators", "max_parallelism",
		of_operators, NULL },
	{ "operator_key_group_skew_ratio",
		"Bytes of the largest key group, divided by the mean of all.", "skew",
		"max_over_mean", of_skew, NULL },
	{ "keyed_state_rows", "Values, lists, entries of maps, timers.", "keyed_states", "rows",
		of_keyed, NULL },
	{ "keyed_state_keys", "Distinct keys; of many an estimate.", "keyed_states", "keys",
		of_keyed, NULL },
	{ "keyed_state_key_bytes", "Bytes of the keys of all rows.", "keyed_states", "key_bytes",
		of_keyed, NULL },
	{ "keyed_state_value_bytes", "Bytes of the values of all rows.", "keyed_states",
		"value_bytes", of_keyed, NULL },
	{ "keyed_state_largest_row_bytes", "Key and value of the largest row.", "keyed_states",
		"largest_bytes", of_keyed, NULL },
	{ "operator_state_elements", "Elements of lists; of broadcast states, copies.",
		"operator_states", "elements", of_others, NULL },
	{ "operator_state_bytes", "Bytes of the elements.", "operator_states", "bytes", of_others,
		NULL },
	{ "ttl_state_values", "Values that have a time to live.", "ttl", "values", of_ttl, NULL },
	{ "ttl_state_bytes", "Bytes of these values.", "ttl", "bytes", of_ttl, NULL },
	{ "ttl_state_expired_values", "Values whose time to live is over.", "ttl", "expired",
		of_ttl, NULL },
	{ "ttl_state_expired_bytes", "Bytes of these values.", "ttl", "expired_bytes", of_ttl,
		NULL },
};

/* --- label values ------------------------------------------------------------------------- */

static void put_utf8(uint32_t c, FILE *to)
{
	if (c < 0x80) {
		putc((int)c, to);
	} else if (c < 0x800) {
		putc((int)(0xc0 | c >> 6), to);
		putc((int)(0x80 | (c & 0x3f)), to);
	} else {
		putc((int)(0xe0 | c >> 12), to);
		putc((int)(0x80 | (c >> 6 & 0x3f)), to);
		putc((int)(0x80 | (c & 0x3f)), to);
	}
}

/* The tables' JSON has \", \\ and, of no other than the basic plane, \uXXXX. */
static const char *put_escaped(const char *p, FILE *to)
{
	char digits[5] = { 0 };
	uint32_t c;

	if (*p != 'u') {
		fprintf(to, "\\%c", *p);
		return p + 1;
	}
	strncpy(digits, p + 1, 4);
	c = (uint32_t)strtoul(digits, NULL, 16);
	if (c == '\n')
		fputs("\\n", to);
	else
		put_utf8(c == 0 ? 0xfffd : c, to);
	return p + 1 + strlen(digits);
}

static void put_value(const cJSON *value, FILE *to)
{
	const char *p = value->valuestring;

	if (cJSON_IsBool(value)) {
		fputs(cJSON_IsTrue(value) ? "true" : "false", to);
		return;
	}
	if (p == NULL || *p != '"') {
		fputs(p == NULL ? "" : p, to);
		return;
	}
	for (p++; *p != '\0' && *p != '"';)
		if (*p == '\\')
			p = put_escaped(p + 1, to);
		else
			putc(*p++, to);
}

/* --- samples ------------------------------------------------------------------------------ */

static const cJSON *first_of(const cJSON *object, const char *const members[3])
{
	for (int i = 0; i < 3 && members[i] != NULL; i++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, members[i]);

		if (value != NULL && !cJSON_IsNull(value))
			return value;
	}
	return NULL;
}

static void put_labels(
	const struct family *family, const cJSON *document, const cJSON *object, FILE *to)
{
	fputs("{snapshot=\"", to);
	put_value(cJSON_GetObjectItemCaseSensitive(document, "location"), to);
	putc('"', to);
	for (int i = 0; i < LABELS_MAX && family->labels[i].name != NULL; i++) {
		const cJSON *value = first_of(object, family->labels[i].members);

		fprintf(to, ",%s=\"", family->labels[i].name);
		if (value != NULL)
			put_value(value, to);
		putc('"', to);
	}
	if (family->part != NULL)
		fprintf(to, ",part=\"%s\"", family->part);
	putc('}', to);
}

static void put_sample(
	const struct family *family, const cJSON *document, const cJSON *object, FILE *to)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, family->member);

	if (value == NULL || cJSON_IsNull(value))
		return;
	fprintf(to, "savepoint_%s", family->name);
	put_labels(family, document, object, to);
	putc(' ', to);
	put_value(value, to);
	putc('\n', to);
}

static void put_head(const struct family *family, FILE *to)
{
	if (family->help != NULL)
		fprintf(to, "# HELP savepoint_%s %s\n# TYPE savepoint_%s gauge\n", family->name,
			family->help, family->name);
}

/* Facts that are not numbers. */
static void put_info(const cJSON *document, FILE *to)
{
	static const struct label facts[LABELS_MAX] = { { "kind", { "kind" } },
		{ "layout", { "layout" } }, { "metadata_version", { "metadata_version" } } };
	const struct family info = { "snapshot_info", "What kind of snapshot it is.", NULL, NULL,
		facts, NULL };

	put_head(&info, to);
	fputs("savepoint_snapshot_info", to);
	put_labels(&info, document, document, to);
	fputs(" 1\n", to);
}

void sp_inspect_prometheus(const cJSON *document, FILE *to)
{
	put_info(document, to);
	for (size_t i = 0; i < sp_countof(families); i++) {
		const struct family *family = &families[i];
		const cJSON *list, *object;

		if (family->list == NULL) {
			put_head(family, to);
			put_sample(family, document, document, to);
			continue;
		}
		list = cJSON_GetObjectItemCaseSensitive(document, family->list);
		if (cJSON_GetArraySize(list) > 0)
			put_head(family, to);
		cJSON_ArrayForEach(object, list) put_sample(family, document, object, to);
	}
}
