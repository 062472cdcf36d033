#include "verify-options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "inspect.h"
#include "text.h"

static char *flink, *backend, *parallelism, *contract;

struct poptOption sp_options_restore[] = {
	{ "flink", '\0', POPT_ARG_STRING, &flink, 0,
		"predict whether this release of Flink restores it", "X.Y" },
	{ "backend", '\0', POPT_ARG_STRING, &backend, 0,
		"the state backend to restore it on (default: hashmap and rocksdb are both tried)",
		"hashmap|rocksdb|forst" },
	{ "parallelism", '\0', POPT_ARG_STRING, &parallelism, 0,
		"the parallelism to restore it with (default: its own)", "N" },
	{ "contract", '\0', POPT_ARG_STRING, &contract, 0,
		"compare it with the shape of another, which inspect --contract wrote", "FILE" },
	POPT_TABLEEND,
};

static int parse_parallelism(int32_t *ret, struct sp_error *err)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(parallelism, &end, 10);
	if (errno != 0 || *end != '\0' || end == parallelism || n < 1 || n > SP_MAX_PARALLELISM)
		return sp_fail(err, SP_EUSAGE, "--parallelism: '%s' is not a number from 1 to %d",
			parallelism, SP_MAX_PARALLELISM);
	*ret = (int32_t)n;
	return 0;
}

static unsigned backends(void)
{
	for (int i = 0; backend != NULL && i < SP_N_BACKENDS; i++)
		if (strcmp(backend, sp_backend_text((enum sp_backend)i)) == 0)
			return 1U << i;
	return 1U << SP_BACKEND_HASHMAP | 1U << SP_BACKEND_ROCKSDB;
}

static int parse_restore(struct sp_restore *ret, struct sp_error *err)
{
	if (sp_parse_release(flink, "--flink", &ret->release, err) < 0)
		return err->code;
	ret->backends = backends();
	if (ret->backends == 1U << SP_BACKEND_FORST && ret->release < SP_RELEASE(2, 0))
		return sp_fail(err, SP_EUSAGE, "--backend: Flink %s has no backend 'forst'", flink);
	return parallelism == NULL ? 0 : parse_parallelism(&ret->parallelism, err);
}

int sp_asked_parse(struct sp_asked **ret, struct sp_error *err)
{
	sp_auto(sp_asked) *asked = calloc(1, sizeof(*asked));

	if (asked == NULL)
		sp_abort("out of memory");
	asked->restore_asked = flink != NULL;
	if (flink == NULL && (backend != NULL || parallelism != NULL))
		return sp_fail(err, SP_EUSAGE, "--%s goes with --flink",
			backend != NULL ? "backend" : "parallelism");
	if (flink != NULL && parse_restore(&asked->restore, err) < 0)
		return err->code;
	if (contract != NULL && sp_contract_read(contract, &asked->contract, err) < 0)
		return err->code;
	*ret = sp_steal(asked);
	return 0;
}

void sp_asked_free(struct sp_asked *asked)
{
	if (asked == NULL)
		return;
	sp_restore_free(&asked->restore);
	sp_contract_free(asked->contract);
	free(asked);
}

int sp_asked_verify(struct sp_asked *asked, struct sp_source *source, struct sp_findings *findings,
	struct sp_error *err)
{
	if (asked->contract != NULL && sp_verify_contract(source, asked->contract,
					       asked->restore.release, findings, err) < 0)
		return err->code;
	return asked->restore_asked ? sp_verify_restore(source, &asked->restore, findings, err) : 0;
}

/* --- output ------------------------------------------------------------------------------- */

static const struct sp_column columns[] = {
	{ "code", NULL, SP_COLUMN_TEXT },
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", NULL, SP_COLUMN_TEXT },
	{ "title", NULL, SP_COLUMN_TEXT },
	{ "text", NULL, SP_COLUMN_TEXT },
	{ "findings", NULL, SP_COLUMN_INTEGER },
};

static cJSON *reasons_json(const struct sp_restore_verdict *verdict)
{
	sp_auto(sp_table) *table = sp_table_new(columns, sp_countof(columns));

	for (size_t i = 0; i < verdict->n; i++) {
		const struct sp_restore_reason *reason = &verdict->reasons[i];

		sp_table_format(table, "SP%d", (int)reason->kind->code);
		if (reason->op == NULL) {
			sp_table_none(table);
			sp_table_none(table);
		} else {
			sp_table_operator_id(table, reason->op);
			sp_table_operator(table, reason->op);
		}
		sp_table_text(table, reason->kind->title);
		sp_table_text(table, reason->text);
		sp_table_number(table, (int64_t)reason->n);
	}
	return sp_table_json(table);
}

static cJSON *backends_json(const struct sp_restore *restore)
{
	cJSON *list = cJSON_CreateArray();

	for (int i = 0; i < SP_N_BACKENDS; i++) {
		cJSON *one;

		if ((restore->backends >> i & 1) == 0)
			continue;
		one = cJSON_CreateObject();
		cJSON_AddItemToObject(
			one, "backend", sp_json_text(sp_backend_text((enum sp_backend)i)));
		cJSON_AddBoolToObject(one, "restores", restore->verdicts[i].restores);
		cJSON_AddItemToObject(one, "reasons", reasons_json(&restore->verdicts[i]));
		cJSON_AddItemToArray(list, one);
	}
	return list;
}

void sp_asked_json(const struct sp_asked *asked, cJSON *document)
{
	const struct sp_restore *restore = &asked->restore;
	char release[16];
	cJSON *object;

	if (!asked->restore_asked)
		return;
	object = cJSON_AddObjectToObject(document, "restore");
	cJSON_AddItemToObject(
		object, "flink", sp_json_text(sp_release_text(restore->release, release)));
	if (restore->parallelism != 0)
		cJSON_AddNumberToObject(object, "parallelism", restore->parallelism);
	else
		cJSON_AddNullToObject(object, "parallelism");
	cJSON_AddItemToObject(object, "backends", backends_json(restore));
}

void sp_asked_print(const struct sp_asked *asked, const char *location)
{
	sp_auto_buffer text = { 0 };
	sp_auto_buffer line = { 0 };

	if (!asked->restore_asked)
		return;
	sp_restore_text(&asked->restore, &text);
	sp_text_escape(sp_slice_of(location), &line);
	sp_buffer_printf(&line, ": ");
	sp_text_escape(sp_buffer_slice(&text), &line);
	printf("%s\n", sp_text_of(&line));
}
