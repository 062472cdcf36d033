/* The types of all states, as trees, and what is fragile in them. */
#ifndef SP_INSPECT_SCHEMA_H
#define SP_INSPECT_SCHEMA_H

#include "inspect.h"

struct sp_schema;

/*
 * Reads the headers of keyed and operator state of all subtasks. What cannot be read for being
 * unsupported is left out; see sp_schema_unread(). The survey lives longer.
 */
int sp_schema_read(const struct sp_survey *survey, struct sp_schema **ret, struct sp_error *err);
/* Takes NULL. */
void sp_schema_free(struct sp_schema *schema);
SP_DEFINE_CLEANUP(sp_schema, sp_schema_free)

/* How many handles were left out; in *why the reason of the first. */
size_t sp_schema_unread(const struct sp_schema *schema, const char **why);

/* Indented trees, operator by operator. */
void sp_schema_print(const struct sp_schema *schema, FILE *to);

/* An array of an object per state of an operator, with its tree. */
cJSON *sp_schema_json(const struct sp_schema *schema);

/* The fragile parts of all states; to be freed. */
struct sp_table *sp_schema_fragile(const struct sp_schema *schema);

/* What --schema shows: read, and printed on stdout, or added to the document. */
int sp_schema_print_section(const struct sp_inspection *inspection,
	const struct sp_globals *globals, struct sp_error *err);
int sp_schema_add_sections(const struct sp_inspection *inspection, const struct sp_globals *globals,
	cJSON *document, struct sp_error *err);

#endif
