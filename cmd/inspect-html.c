#include "inspect-html.h"

#include <inttypes.h>

#include "findings.h"
#include "report-html.h"
#include "select.h"
#include "text.h"

static void *must(void *p)
{
	if (p == NULL)
		sp_abort("out of memory");
	return p;
}

/* --- what verify finds -------------------------------------------------------------------- */

static int verify(struct sp_source *source, cJSON **ret, struct sp_error *err)
{
	struct sp_findings findings;
	int r;

	sp_findings_init(&findings);
	sp_verify_metadata(source, &findings);
	r = sp_verify_files(source, &findings, err);
	sp_findings_sort(&findings);
	if (r == 0) {
		*ret = sp_json_document("verify");
		cJSON_AddItemToObject(*ret, "level", sp_json_text("files"));
		sp_findings_json(&findings, SP_HTML_ROWS_MAX, *ret);
	}
	sp_findings_free(&findings);
	return r;
}

/* --- long lists --------------------------------------------------------------------------- */

/* Gives how many rows there were. */
static size_t cut_array(cJSON *array, size_t most)
{
	const size_t n = (size_t)cJSON_GetArraySize(array);
	cJSON *first, *last, *gone;

	if (n <= most)
		return n;
	/* The first of a list points back at the last: it becomes two lists. */
	first = cJSON_GetArrayItem(array, (int)most);
	last = array->child->prev;
	array->child->prev = first->prev;
	first->prev->next = NULL;
	first->prev = last;
	gone = must(cJSON_CreateArray());
	gone->child = first;
	cJSON_Delete(gone);
	return n;
}

static void note_cut(cJSON *cut, const char *key, size_t shown, size_t of)
{
	cJSON *note;

	if (shown >= of)
		return;
	note = must(cJSON_AddObjectToObject(cut, key));
	cJSON_AddNumberToObject(note, "shown", (double)shown);
	cJSON_AddNumberToObject(note, "of", (double)of);
}

/* Key groups were left out where the document was made. */
static size_t all_key_groups(const struct sp_inspection *inspection)
{
	const struct sp_snapshot *snapshot = inspection->survey.source->snapshot;
	size_t n = 0;

	for (size_t i = 0; i < snapshot->n_operators; i++)
		if (sp_inspect_has_groups(inspection, i))
			n += (size_t)snapshot->operators[i].max_parallelism;
	return n;
}

static void cut_lists(const struct sp_inspection *inspection, cJSON *document, cJSON *cut)
{
	static const char *const lists[] = { "operators", "keyed_states", "operator_states",
		"key_group_subtasks", "skew", "ttl", "ttl_ages", "schemas", "fragile", "files" };

	for (size_t i = 0; i < sp_countof(lists); i++) {
		cJSON *array = cJSON_GetObjectItem(document, lists[i]);

		if (array != NULL)
			note_cut(cut, lists[i], SP_HTML_ROWS_MAX,
				cut_array(array, SP_HTML_ROWS_MAX));
	}
	if (inspection->key_groups)
		note_cut(cut, "key_groups",
			(size_t)cJSON_GetArraySize(cJSON_GetObjectItem(document, "key_groups")),
			all_key_groups(inspection));
}

/* --- the page ----------------------------------------------------------------------------- */

/*
 * JSON inside of a script element: nothing in it may end the element, begin a comment, or, for
 * older browsers, end a line. Such characters stand in strings only.
 */
static void write_json(const char *text, FILE *to)
{
	for (const char *p = text; *p != '\0'; p++)
		if (*p == '<' || *p == '>' || *p == '&')
			fprintf(to, "\\u%04x", (unsigned)*p);
		else if (strncmp(p, "\u2028", 3) == 0 || strncmp(p, "\u2029", 3) == 0) {
			fprintf(to, "\\u%04x", p[2] == "\u2028"[2] ? 0x2028U : 0x2029U);
			p += 2;
		} else
			putc(*p, to);
}

static void write_document(const cJSON *document, FILE *to)
{
	char *text = must(cJSON_PrintUnformatted(document));

	write_json(text, to);
	cJSON_free(text);
}

static void write_unread(const char *why, FILE *to)
{
	static const struct sp_column columns[] = { { "unread", "Not read", SP_COLUMN_TEXT } };
	sp_auto(sp_table) *table = sp_table_new(columns, sp_countof(columns));

	sp_table_text(table, why);
	sp_table_html_facts(table, to);
}

static void write_static(const struct sp_inspection *inspection, FILE *to)
{
	sp_auto(sp_table) *header = sp_inspect_header(&inspection->survey);
	sp_auto(sp_table) *operators = sp_inspect_operators(&inspection->survey);

	if (inspection->unread != NULL)
		write_unread(inspection->unread, to);
	sp_table_html_facts(header, to);
	sp_table_html(operators, "Operators", to);
}

static void write_page(
	const struct sp_inspection *inspection, const cJSON *const documents[3], FILE *to)
{
	fputs(sp_report_html[SP_REPORT_BEFORE_STATIC], to);
	write_static(inspection, to);
	for (int i = 0; i < 3; i++) {
		fputs(sp_report_html[SP_REPORT_BEFORE_PAGE + i], to);
		write_document(documents[i], to);
	}
	fputs(sp_report_html[SP_REPORT_END], to);
}

int sp_inspect_html(const struct sp_inspection *inspection, const struct sp_globals *globals,
	FILE *to, struct sp_error *err)
{
	cJSON *found = NULL, *document = NULL, *page;
	int r = verify(inspection->survey.source, &found, err);

	if (r == 0)
		r = sp_inspect_document(inspection, globals, &document, err);
	if (r == 0) {
		page = must(cJSON_CreateObject());
		cJSON_AddItemToObject(page, "program", sp_json_text("savepoint " SP_VERSION));
		if (inspection->unread != NULL)
			cJSON_AddItemToObject(page, "unread", sp_json_text(inspection->unread));
		cut_lists(inspection, document, must(cJSON_AddObjectToObject(page, "cut")));
		write_page(inspection, (const cJSON *const[]){ page, document, found }, to);
		cJSON_Delete(page);
	}
	cJSON_Delete(document);
	cJSON_Delete(found);
	return r;
}
