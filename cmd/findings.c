#include "findings.h"

#include <stdio.h>

#include "inspect.h"

static const struct sp_column columns[] = {
	{ "code", NULL, SP_COLUMN_TEXT },
	{ "severity", NULL, SP_COLUMN_TEXT },
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", NULL, SP_COLUMN_TEXT },
	{ "subtask", NULL, SP_COLUMN_INTEGER },
	{ "state", NULL, SP_COLUMN_TEXT },
	{ "key_group", NULL, SP_COLUMN_INTEGER },
	{ "key", NULL, SP_COLUMN_JSON },
	{ "file", NULL, SP_COLUMN_TEXT },
	{ "offset", NULL, SP_COLUMN_INTEGER },
	{ "title", NULL, SP_COLUMN_TEXT },
	{ "text", NULL, SP_COLUMN_TEXT },
	{ "consequence", NULL, SP_COLUMN_TEXT },
	{ "remedy", NULL, SP_COLUMN_TEXT },
};

static void add_number(struct sp_table *table, int64_t number)
{
	if (number < 0)
		sp_table_none(table);
	else
		sp_table_number(table, number);
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
	add_number(table, finding->subtask);
	sp_table_text(table, finding->state);
	add_number(table, finding->key_group);
	sp_table_text(table, finding->key);
	sp_table_text(table, finding->file);
	add_number(table, finding->offset);
	sp_table_text(table, kind->title);
	sp_table_text(table, finding->text);
	sp_table_text(table, kind->consequence);
	sp_table_text(table, kind->remedy[0] != '\0' ? kind->remedy : NULL);
}

void sp_findings_json(const struct sp_findings *findings, size_t most, cJSON *document)
{
	sp_auto(sp_table) *table = sp_table_new(columns, sp_countof(columns));

	for (size_t i = 0; i < findings->n && i < most; i++)
		add_finding(table, &findings->list[i]);
	for (int severity = SP_SEVERITY_ERROR; severity >= SP_SEVERITY_NOTE; severity--) {
		char key[16];

		snprintf(key, sizeof(key), "%ss", sp_severity_text((enum sp_severity)severity));
		cJSON_AddNumberToObject(document, key,
			(double)sp_findings_count(findings, (enum sp_severity)severity));
	}
	cJSON_AddItemToObject(document, "findings", sp_table_json(table));
}
