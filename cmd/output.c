#include "output.h"

#include <inttypes.h>
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "mutf8.h"
#include "text.h"

struct cell {
	bool none;
	int64_t number; /* all but text and JSON; percent: tenths; ratio: hundredths */
	struct sp_slice text;
};

struct sp_table {
	const struct sp_column *columns;
	size_t n_columns;
	struct cell *cells;
	size_t n_cells;
	size_t capacity;
	size_t footer; /* first row of the footer */
	struct sp_arena *arena;
};

static void *must(void *p)
{
	if (p == NULL)
		sp_abort("out of memory");
	return p;
}

struct sp_table *sp_table_new(const struct sp_column *columns, size_t n_columns)
{
	struct sp_table *table = must(calloc(1, sizeof(*table)));

	table->columns = columns;
	table->n_columns = n_columns;
	table->footer = SIZE_MAX;
	table->arena = sp_arena_new();
	return table;
}

void sp_table_free(struct sp_table *table)
{
	if (table == NULL)
		return;
	sp_arena_free(table->arena);
	free(table->cells);
	free(table);
}

static struct cell *add_cell(struct sp_table *table)
{
	if (table->n_cells == table->capacity) {
		table->capacity = table->capacity * 2 + 64;
		table->cells =
			must(reallocarray(table->cells, table->capacity, sizeof(*table->cells)));
	}
	table->cells[table->n_cells] = (struct cell){ 0 };
	return &table->cells[table->n_cells++];
}

void sp_table_none(struct sp_table *table)
{
	add_cell(table)->none = true;
}

static void add_text(struct sp_table *table, struct sp_slice utf8)
{
	add_cell(table)->text = sp_arena_copy(table->arena, utf8);
}

void sp_table_text(struct sp_table *table, const char *utf8)
{
	if (utf8 == NULL)
		sp_table_none(table);
	else
		add_text(table, sp_slice_of(utf8));
}

void sp_table_name(struct sp_table *table, struct sp_slice mutf8)
{
	sp_auto_buffer utf8 = { 0 };

	sp_mutf8_to_utf8(mutf8, &utf8);
	if (mutf8.n == 0)
		sp_table_none(table);
	else
		add_text(table, sp_buffer_slice(&utf8));
}

void sp_table_format(struct sp_table *table, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	sp_table_text(table, text);
}

void sp_table_number(struct sp_table *table, int64_t number)
{
	add_cell(table)->number = number;
}

void sp_table_share(struct sp_table *table, uint64_t of, uint64_t all)
{
	if (all == 0)
		sp_table_none(table);
	else
		sp_table_number(table, (int64_t)((double)of * 1000 / (double)all + 0.5));
}

void sp_table_ratio(struct sp_table *table, double ratio)
{
	sp_table_number(table, (int64_t)(ratio * 100 + 0.5));
}

void sp_table_json_cell(struct sp_table *table, struct sp_slice json)
{
	add_text(table, json);
}

void sp_table_bool(struct sp_table *table, bool value)
{
	sp_table_number(table, value);
}

void sp_table_begin_footer(struct sp_table *table)
{
	table->footer = sp_table_rows(table);
}

size_t sp_table_rows(const struct sp_table *table)
{
	return table->n_cells / table->n_columns;
}

static const struct cell *cell_at(const struct sp_table *table, size_t row, size_t column)
{
	return &table->cells[row * table->n_columns + column];
}

/* Appends what people see in the cell. */
static void show_cell(enum sp_column_type type, const struct cell *cell, struct sp_buffer *out)
{
	char size[16];

	if (cell->none)
		return;
	switch (type) {
	case SP_COLUMN_TEXT:
	case SP_COLUMN_JSON: sp_text_escape(cell->text, out); break;
	case SP_COLUMN_BYTES:
		sp_buffer_printf(out, "%s", sp_text_size((uint64_t)cell->number, size));
		break;
	case SP_COLUMN_INTEGER: sp_buffer_printf(out, "%" PRId64, cell->number); break;
	case SP_COLUMN_PERCENT:
		sp_buffer_printf(
			out, "%" PRId64 ".%" PRId64 "%%", cell->number / 10, cell->number % 10);
		break;
	case SP_COLUMN_RATIO:
		sp_buffer_printf(
			out, "%" PRId64 ".%02" PRId64, cell->number / 100, cell->number % 100);
		break;
	case SP_COLUMN_BOOL: sp_buffer_printf(out, "%s", cell->number ? "yes" : "no"); break;
	}
}

static bool is_shown(const struct sp_table *table, size_t column)
{
	if (table->columns[column].heading == NULL)
		return false;
	for (size_t row = 0; row < sp_table_rows(table); row++) {
		const struct cell *cell = cell_at(table, row, column);

		if (!cell->none &&
			(table->columns[column].type != SP_COLUMN_BYTES || cell->number != 0))
			return true;
	}
	return false;
}

static void fill_line(
	const struct sp_table *table, size_t row, const bool *shown, struct libscols_line *line)
{
	size_t n = 0;

	for (size_t i = 0; i < table->n_columns; i++) {
		sp_auto_buffer text = { 0 };

		if (!shown[i])
			continue;
		show_cell(table->columns[i].type, cell_at(table, row, i), &text);
		if (scols_line_set_data(line, n++, sp_text_of(&text)) < 0)
			sp_abort("out of memory");
	}
}

static void add_columns(
	const struct sp_table *table, const bool *shown, struct libscols_table *scols)
{
	for (size_t i = 0; i < table->n_columns; i++)
		if (shown[i])
			must(scols_table_new_column(scols, table->columns[i].heading, 0,
				table->columns[i].type == SP_COLUMN_TEXT ? 0 : SCOLS_FL_RIGHT));
}

void sp_table_print(const struct sp_table *table, FILE *to)
{
	struct libscols_table *scols = must(scols_new_table());
	bool *shown = must(calloc(table->n_columns, sizeof(*shown)));

	fflush(to);
	scols_table_set_stream(scols, to);
	scols_table_enable_noencoding(scols, 1);
	if (!isatty(fileno(to)))
		scols_table_set_termforce(scols, SCOLS_TERMFORCE_NEVER);
	for (size_t i = 0; i < table->n_columns; i++)
		shown[i] = is_shown(table, i);
	add_columns(table, shown, scols);
	for (size_t row = 0; row < sp_table_rows(table); row++)
		fill_line(table, row, shown, must(scols_table_new_line(scols, NULL)));
	scols_print_table(scols);
	scols_unref_table(scols);
	free(shown);
}

static size_t widest_heading(const struct sp_table *table)
{
	size_t widest = 0;

	for (size_t i = 0; i < table->n_columns; i++)
		if (is_shown(table, i) && strlen(table->columns[i].heading) > widest)
			widest = strlen(table->columns[i].heading);
	return widest;
}

void sp_table_print_facts(const struct sp_table *table, FILE *to)
{
	const int width = (int)widest_heading(table) + 3;

	for (size_t i = 0; i < table->n_columns; i++) {
		sp_auto_buffer heading = { 0 };
		sp_auto_buffer text = { 0 };

		if (!is_shown(table, i) || cell_at(table, 0, i)->none)
			continue;
		sp_buffer_printf(&heading, "%s:", table->columns[i].heading);
		show_cell(table->columns[i].type, cell_at(table, 0, i), &text);
		fprintf(to, "%-*s%s\n", width, sp_text_of(&heading), sp_text_of(&text));
	}
}

/* --- HTML --------------------------------------------------------------------------------- */

#define HTML_ROWS_MAX 1000

static void put_html(struct sp_slice utf8, FILE *to)
{
	for (size_t i = 0; i < utf8.n; i++)
		switch (utf8.p[i]) {
		case '<': fputs("&lt;", to); break;
		case '>': fputs("&gt;", to); break;
		case '&': fputs("&amp;", to); break;
		case '"': fputs("&quot;", to); break;
		case '\'': fputs("&#39;", to); break;
		default: putc(utf8.p[i], to);
		}
}

static void put_html_cell(
	const char *tag, enum sp_column_type type, const struct cell *cell, FILE *to)
{
	sp_auto_buffer text = { 0 };

	show_cell(type, cell, &text);
	fprintf(to, "<%s>", tag);
	put_html(sp_buffer_slice(&text), to);
	fprintf(to, "</%s>", tag);
}

void sp_table_html(const struct sp_table *table, const char *caption, FILE *to)
{
	fprintf(to, "<div class=\"scroll\"><table><caption>%s</caption><thead><tr>", caption);
	for (size_t i = 0; i < table->n_columns; i++)
		if (is_shown(table, i))
			fprintf(to, "<th scope=\"col\">%s</th>", table->columns[i].heading);
	fputs("</tr></thead><tbody>\n", to);
	for (size_t row = 0; row < sp_table_rows(table) && row < HTML_ROWS_MAX; row++) {
		fputs("<tr>", to);
		for (size_t i = 0; i < table->n_columns; i++)
			if (is_shown(table, i))
				put_html_cell(
					"td", table->columns[i].type, cell_at(table, row, i), to);
		fputs("</tr>\n", to);
	}
	fputs("</tbody></table></div>\n", to);
	if (sp_table_rows(table) > HTML_ROWS_MAX)
		fprintf(to, "<p>The first %d of %zu rows.</p>\n", HTML_ROWS_MAX,
			sp_table_rows(table));
}

void sp_table_html_facts(const struct sp_table *table, FILE *to)
{
	fputs("<dl class=\"facts\">\n", to);
	for (size_t i = 0; i < table->n_columns; i++) {
		if (!is_shown(table, i) || cell_at(table, 0, i)->none)
			continue;
		fprintf(to, "<div><dt>%s</dt>", table->columns[i].heading);
		put_html_cell("dd", table->columns[i].type, cell_at(table, 0, i), to);
		fputs("</div>\n", to);
	}
	fputs("</dl>\n", to);
}

/* --- JSON --------------------------------------------------------------------------------- */

static cJSON *json_of_json(struct sp_slice json)
{
	sp_auto_buffer text = { 0 };

	sp_buffer_bytes(&text, json);
	return must(cJSON_CreateRaw(sp_text_of(&text)));
}

cJSON *sp_json_slice(struct sp_slice utf8)
{
	sp_auto_buffer quoted = { 0 };

	sp_text_json(utf8, &quoted);
	return must(cJSON_CreateRaw(sp_text_of(&quoted)));
}

/* Numbers as raw text: cJSON's own are doubles. */
static cJSON *json_of_cell(enum sp_column_type type, const struct cell *cell)
{
	char number[32];

	if (cell->none)
		return must(cJSON_CreateNull());
	if (type == SP_COLUMN_TEXT)
		return sp_json_slice(cell->text);
	if (type == SP_COLUMN_JSON)
		return json_of_json(cell->text);
	if (type == SP_COLUMN_BOOL)
		return must(cJSON_CreateBool(cell->number != 0));
	if (type == SP_COLUMN_PERCENT)
		snprintf(number, sizeof(number), "%" PRId64 ".%" PRId64, cell->number / 10,
			cell->number % 10);
	else if (type == SP_COLUMN_RATIO)
		snprintf(number, sizeof(number), "%" PRId64 ".%02" PRId64, cell->number / 100,
			cell->number % 100);
	else
		snprintf(number, sizeof(number), "%" PRId64, cell->number);
	return must(cJSON_CreateRaw(number));
}

static void json_of_row(const struct sp_table *table, size_t row, cJSON *object)
{
	for (size_t i = 0; i < table->n_columns; i++)
		if (table->columns[i].key != NULL)
			cJSON_AddItemToObject(object, table->columns[i].key,
				json_of_cell(table->columns[i].type, cell_at(table, row, i)));
}

cJSON *sp_table_json(const struct sp_table *table)
{
	cJSON *array = must(cJSON_CreateArray());

	for (size_t row = 0; row < sp_table_rows(table) && row < table->footer; row++) {
		cJSON *object = must(cJSON_CreateObject());

		json_of_row(table, row, object);
		cJSON_AddItemToArray(array, object);
	}
	return array;
}

void sp_table_json_extend(const struct sp_table *table, cJSON *array)
{
	cJSON *object = array->child;

	for (size_t row = 0; object != NULL && row < sp_table_rows(table); row++) {
		json_of_row(table, row, object);
		object = object->next;
	}
}

void sp_table_json_facts(const struct sp_table *table, cJSON *object)
{
	if (sp_table_rows(table) > 0)
		json_of_row(table, 0, object);
}

cJSON *sp_json_document(const char *command)
{
	cJSON *document = must(cJSON_CreateObject());
	char schema[64];

	snprintf(schema, sizeof(schema), "savepoint/%s/1", command);
	cJSON_AddItemToObject(document, "schema", sp_json_text(schema));
	return document;
}

cJSON *sp_json_text(const char *utf8)
{
	return sp_json_slice(sp_slice_of(utf8));
}

void sp_json_print(cJSON *document, FILE *to)
{
	char *text = must(cJSON_Print(document));

	fprintf(to, "%s\n", text);
	cJSON_free(text);
	cJSON_Delete(document);
}
