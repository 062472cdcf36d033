#include "inspect.h"
#include "text.h"

#define KEY_SHOWN 120 /* bytes of a key that people are shown */

static const struct sp_column columns[] = {
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", "Operator", SP_COLUMN_TEXT },
	{ "state", "State", SP_COLUMN_TEXT },
	{ "kind", "Kind", SP_COLUMN_TEXT },
	{ "key_group", "Key group", SP_COLUMN_INTEGER },
	{ "bytes", "Size", SP_COLUMN_BYTES },
	{ "rows", "Rows", SP_COLUMN_INTEGER },
	{ "key", NULL, SP_COLUMN_JSON },
	{ NULL, "Key", SP_COLUMN_TEXT },
};

/* Cuts long ones, at the end of a character. */
static void add_key(struct sp_table *table, struct sp_slice json)
{
	size_t n = json.n;

	sp_table_json_cell(table, json);
	if (n > KEY_SHOWN)
		for (n = KEY_SHOWN; n > 0 && (json.p[n] & 0xc0) == 0x80; n--)
			;
	sp_table_format(table, "%.*s%s", (int)n, (const char *)json.p, n < json.n ? "…" : "");
}

struct sp_table *sp_inspect_largest(const struct sp_inspection *self, const struct sp_top *largest)
{
	const struct sp_snapshot *snapshot = self->survey.source->snapshot;
	struct sp_table *table = sp_table_new(columns, sp_countof(columns));

	for (size_t i = 0; i < largest->n; i++) {
		const struct sp_top_entry *entry = &largest->list[i];
		const struct sp_operator *op = &snapshot->operators[entry->place.op];

		sp_table_operator_id(table, op);
		sp_table_operator(table, op);
		sp_table_name(table, entry->place.state);
		sp_table_text(table, entry->place.kind);
		sp_table_number(table, entry->place.key_group);
		sp_table_number(table, (int64_t)entry->bytes);
		sp_table_number(table, (int64_t)entry->rows);
		add_key(table, sp_buffer_slice(&entry->json));
	}
	return table;
}
