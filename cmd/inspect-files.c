#include "inspect.h"

static const struct sp_column columns[] = {
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", "Operator", SP_COLUMN_TEXT },
	{ "subtask", "Subtask", SP_COLUMN_INTEGER },
	{ "role", "Role", SP_COLUMN_TEXT },
	{ "handle", "Handle", SP_COLUMN_TEXT },
	{ "bytes", "Size", SP_COLUMN_BYTES },
	{ "offset", "Offset", SP_COLUMN_INTEGER },
	{ "presence", "Presence", SP_COLUMN_TEXT },
	{ "local_path", "Local name", SP_COLUMN_TEXT },
	{ "path", "Path", SP_COLUMN_TEXT },
	{ "found_at", NULL, SP_COLUMN_TEXT },
	{ "file_bytes", NULL, SP_COLUMN_INTEGER },
};

static const char *handle_text(enum sp_handle_code code)
{
	switch (code) {
	case SP_HANDLE_BYTES: return "inline";
	case SP_HANDLE_FILE: return "absolute";
	case SP_HANDLE_KEY_GROUPS: return "key groups";
	case SP_HANDLE_RELATIVE: return "relative";
	case SP_HANDLE_SEGMENT: return "segment";
	case SP_HANDLE_EMPTY_SEGMENT: return "empty segment";
	case SP_HANDLE_NONE: break;
	}
	return "none";
}

static const char *presence_text(const struct sp_surveyed *entry)
{
	if (entry->elsewhere)
		return "elsewhere";
	switch (entry->at.presence) {
	case SP_PRESENT_INLINE: return "inline";
	case SP_PRESENT: return "present";
	case SP_PRESENT_MOVED: return "moved";
	case SP_MISSING: break;
	}
	return "missing";
}

static void add_size(struct sp_table *table, const struct sp_handle *handle)
{
	if (handle->size < 0 && handle->code != SP_HANDLE_BYTES)
		sp_table_none(table);
	else
		sp_table_number(table, (int64_t)sp_handle_size(handle));
}

/* The path as it is written; the name of inline data is no path. */
static void add_path(struct sp_table *table, const struct sp_handle *handle)
{
	if (handle->code == SP_HANDLE_FILE || handle->code == SP_HANDLE_RELATIVE ||
		handle->code == SP_HANDLE_SEGMENT)
		sp_table_name(table, handle->name);
	else
		sp_table_none(table);
}

static void add_found(struct sp_table *table, const struct sp_surveyed *entry)
{
	const bool found =
		entry->at.presence == SP_PRESENT || entry->at.presence == SP_PRESENT_MOVED;

	if (!found || entry->elsewhere) {
		sp_table_none(table);
		sp_table_none(table);
		return;
	}
	sp_table_text(table, entry->at.path);
	sp_table_number(table, (int64_t)entry->at.file_size);
}

static void add_file(struct sp_table *table, const struct sp_surveyed *entry)
{
	const struct sp_reference *reference = &entry->reference;

	sp_table_operator_id(table, reference->op);
	sp_table_operator(table, reference->op);
	if (reference->subtask == NULL)
		sp_table_none(table);
	else
		sp_table_number(table, reference->subtask->index);
	sp_table_text(table, sp_role_text(reference->role));
	sp_table_text(table, handle_text(reference->handle->code));
	add_size(table, reference->handle);
	if (reference->handle->code == SP_HANDLE_SEGMENT)
		sp_table_number(table, reference->handle->start);
	else
		sp_table_none(table);
	sp_table_text(table, presence_text(entry));
	sp_table_name(table, reference->local_path);
	add_path(table, reference->handle);
	add_found(table, entry);
}

struct sp_table *sp_inspect_files(const struct sp_survey *survey)
{
	struct sp_table *table = sp_table_new(columns, sp_countof(columns));

	for (size_t i = 0; i < survey->n; i++)
		if (sp_survey_shows(survey, survey->list[i].reference.op))
			add_file(table, &survey->list[i]);
	return table;
}
