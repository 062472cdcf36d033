/*
 * Output: tables for people and JSON for programs, from one description of columns and one set of
 * rows.
 */
#ifndef SP_OUTPUT_H
#define SP_OUTPUT_H

#include <cjson/cJSON.h>
#include <stdio.h>

#include "bytes.h"

enum sp_column_type {
	SP_COLUMN_TEXT,
	SP_COLUMN_BYTES, /* a size: "1.2 MiB" for people */
	SP_COLUMN_INTEGER,
	SP_COLUMN_PERCENT,
	SP_COLUMN_RATIO, /* with two decimals */
	SP_COLUMN_BOOL,  /* "yes", "no" for people */
	SP_COLUMN_JSON,  /* text that is JSON already, and stands so in JSON */
};

struct sp_column {
	const char *key;     /* in JSON; NULL: not there */
	const char *heading; /* in the table; NULL: not there */
	enum sp_column_type type;
};

struct sp_table;

/* `columns` live longer than the table. */
struct sp_table *sp_table_new(const struct sp_column *columns, size_t n_columns);
void sp_table_free(struct sp_table *table);
SP_DEFINE_CLEANUP(sp_table, sp_table_free)

/* The next cell, row by row in the order of the columns. Text is copied. */
void sp_table_none(struct sp_table *table);
void sp_table_text(struct sp_table *table, const char *utf8);      /* NULL: none */
void sp_table_name(struct sp_table *table, struct sp_slice mutf8); /* empty: none */
void sp_table_format(struct sp_table *table, const char *fmt, ...) sp_printf(2, 3);
void sp_table_number(struct sp_table *table, int64_t number);           /* BYTES, INTEGER */
void sp_table_share(struct sp_table *table, uint64_t of, uint64_t all); /* PERCENT */
void sp_table_ratio(struct sp_table *table, double ratio);              /* RATIO */
void sp_table_bool(struct sp_table *table, bool value);
void sp_table_json_cell(struct sp_table *table, struct sp_slice json); /* JSON */

/* The rows from here on sum up those before: shown to people only. */
void sp_table_begin_footer(struct sp_table *table);

size_t sp_table_rows(const struct sp_table *table);

/* Aligned, with headings; columns without any value, or of only 0 bytes, are left out. */
void sp_table_print(const struct sp_table *table, FILE *to);

/* "Heading:  value" lines of the first row; cells without a value are left out. */
void sp_table_print_facts(const struct sp_table *table, FILE *to);

/* The same two as HTML, of at most 1,000 rows. */
void sp_table_html(const struct sp_table *table, const char *caption, FILE *to);
void sp_table_html_facts(const struct sp_table *table, FILE *to);

/* An array of an object per row; none is null. */
cJSON *sp_table_json(const struct sp_table *table);

/* Adds the first row's members to `object`. */
void sp_table_json_facts(const struct sp_table *table, cJSON *object);

/* Adds the members of each row to the object at its place in an array that has as many. */
void sp_table_json_extend(const struct sp_table *table, cJSON *array);

/* A document that begins with "schema": "savepoint/<command>/1". */
cJSON *sp_json_document(const char *command);
cJSON *sp_json_text(const char *utf8);
cJSON *sp_json_slice(struct sp_slice utf8);
/* Prints the document and frees it. */
void sp_json_print(cJSON *document, FILE *to);

#endif
