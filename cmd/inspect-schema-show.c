/* Types of states as indented trees and as JSON, and their fragile parts as a table. */
#include <inttypes.h>

#include "inspect-schema-internal.h"
#include "mutf8.h"
#include "select.h"
#include "text.h"

#define INDENT 2
#define NAMES_SHOWN 12 /* of constants and registrations, to people */

struct sp_release_range sp_schema_releases(
	const struct sp_schema *schema, const struct sp_schema_state *state)
{
	struct sp_release_range range = { 0, SP_RELEASE_NEWEST };
	struct sp_type_part roles[3];
	const size_t n = sp_schema_roles(state, roles);

	for (size_t i = 0; i < n; i++)
		range = sp_release_range_meet(
			range, sp_type_releases(roles[i].type, schema->kryo, 0, NULL));
	return range;
}

/* The column's type in SQL, or the serializer's. */
static void put_type(const struct sp_type_part *part, struct sp_buffer *out)
{
	if (part->column != NULL)
		sp_logical_type_text(part->column, out);
	else
		sp_type_name(part->type, out);
}

/* --- for people --------------------------------------------------------------------------- */

static void print_names(const struct sp_slice *names, size_t n, FILE *to)
{
	for (size_t i = 0; i < n && i < NAMES_SHOWN; i++) {
		sp_auto_buffer text = { 0 };

		sp_text_escape_mutf8(names[i], &text);
		fprintf(to, "%s%s", i == 0 ? "" : ", ", sp_text_of(&text));
	}
	if (n > NAMES_SHOWN)
		fprintf(to, ", … %zu more", n - NAMES_SHOWN);
}

/* What the name of the type does not say. */
static void print_details(const struct sp_type *type, FILE *to)
{
	if (type == NULL)
		return;
	if (type->n_constants > 0) {
		fprintf(to, "  {");
		print_names(type->constants, type->n_constants, to);
		fprintf(to, "}");
	}
	if (type->kind == SP_KRYO && type->n_registrations > 0)
		fprintf(to, "  (%zu registered classes)", type->n_registrations);
}

static void print_part(const struct sp_type_part *part, int depth, FILE *to)
{
	sp_auto_buffer line = { 0 }, text = { 0 };

	sp_type_part_text(part, &line);
	sp_buffer_printf(&line, ": ");
	put_type(part, &line);
	sp_text_escape(sp_buffer_slice(&line), &text);
	fprintf(to, "%*s%s", depth * INDENT, "", sp_text_of(&text));
	print_details(part->type, to);
	fprintf(to, "\n");
	for (size_t i = 0; part->type != NULL && i < sp_type_n_parts(part->type); i++) {
		const struct sp_type_part child = sp_type_part(part->type, i);

		if (child.type != NULL || child.column != NULL)
			print_part(&child, depth + 1, to);
	}
}

static void print_operator(const struct sp_operator *op, FILE *to)
{
	sp_auto_buffer label = { 0 }, text = { 0 };
	char id[33];

	sp_operator_short_label(op, &label);
	sp_text_escape(sp_buffer_slice(&label), &text);
	sp_operator_id_text(op->id, id);
	if (sp_slice_is(sp_buffer_slice(&label), id))
		fprintf(to, "%s\n", id);
	else
		fprintf(to, "%s (%s)\n", sp_text_of(&text), id);
}

static void print_state(
	const struct sp_schema *schema, const struct sp_schema_state *state, FILE *to)
{
	const struct sp_release_range range = sp_schema_releases(schema, state);
	sp_auto_buffer name = { 0 };
	struct sp_type_part roles[3];
	const size_t n = sp_schema_roles(state, roles);
	char last[16];

	sp_text_escape_mutf8(state->state->name, &name);
	fprintf(to, "%*s%s  %s", INDENT, "", sp_text_of(&name), state->kind);
	if (range.to < SP_RELEASE_NEWEST)
		fprintf(to, "  (read up to Flink %s)", sp_release_text(range.to, last));
	fprintf(to, "\n");
	for (size_t i = 0; i < n; i++)
		print_part(&roles[i], 2, to);
}

void sp_schema_print(const struct sp_schema *schema, FILE *to)
{
	for (size_t i = 0; i < schema->n; i++) {
		if (i == 0 || schema->list[i - 1]->op != schema->list[i]->op)
			print_operator(schema->list[i]->op, to);
		print_state(schema, schema->list[i], to);
	}
}

/* --- JSON --------------------------------------------------------------------------------- */

static cJSON *must(cJSON *item)
{
	if (item == NULL)
		sp_abort("out of memory");
	return item;
}

static cJSON *json_mutf8(struct sp_slice name)
{
	sp_auto_buffer utf8 = { 0 };

	sp_mutf8_to_utf8(name, &utf8);
	return name.n == 0 ? must(cJSON_CreateNull()) : sp_json_slice(sp_buffer_slice(&utf8));
}

static void add_names(cJSON *object, const char *key, const struct sp_slice *names, size_t n)
{
	cJSON *array;

	if (n == 0)
		return;
	array = must(cJSON_CreateArray());
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(array, json_mutf8(names[i]));
	cJSON_AddItemToObject(object, key, array);
}

static void add_type(cJSON *object, const struct sp_type *type)
{
	if (type == NULL)
		return;
	cJSON_AddItemToObject(object, "class", json_mutf8(type->class_name));
	cJSON_AddItemToObject(object, "snapshot_class", json_mutf8(type->snapshot_class));
	cJSON_AddItemToObject(object, "version", must(cJSON_CreateNumber(type->version)));
	add_names(object, "constants", type->constants, type->n_constants);
	if (type->kind == SP_KRYO)
		add_names(object, "registrations", type->registrations, type->n_registrations);
	if (type->schema.n > 0)
		cJSON_AddItemToObject(object, "avro_schema", sp_json_slice(type->schema));
}

static cJSON *json_part(const struct sp_type_part *part)
{
	sp_auto_buffer role = { 0 }, text = { 0 };
	cJSON *object = must(cJSON_CreateObject());
	struct sp_type_part plain = *part;
	cJSON *children;

	plain.name.n = 0;
	sp_type_part_text(&plain, &role);
	put_type(part, &text);
	cJSON_AddItemToObject(object, "role", sp_json_text(sp_text_of(&role)));
	if (part->name.n > 0)
		cJSON_AddItemToObject(object, "name", json_mutf8(part->name));
	cJSON_AddItemToObject(object, "type", sp_json_slice(sp_buffer_slice(&text)));
	add_type(object, part->type);
	children = must(cJSON_CreateArray());
	cJSON_AddItemToObject(object, "children", children);
	for (size_t i = 0; part->type != NULL && i < sp_type_n_parts(part->type); i++) {
		const struct sp_type_part child = sp_type_part(part->type, i);

		if (child.type != NULL || child.column != NULL)
			cJSON_AddItemToArray(children, json_part(&child));
	}
	return object;
}

static cJSON *json_tree(const struct sp_schema_state *state)
{
	cJSON *tree = must(cJSON_CreateObject());
	cJSON *children = must(cJSON_CreateArray());
	struct sp_type_part roles[3];
	const size_t n = sp_schema_roles(state, roles);

	cJSON_AddItemToObject(tree, "role", sp_json_text("state"));
	cJSON_AddItemToObject(tree, "type", sp_json_text(state->kind));
	cJSON_AddItemToObject(tree, "children", children);
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(children, json_part(&roles[i]));
	return tree;
}

static cJSON *json_release(sp_release release)
{
	char text[16];

	return release == 0 ? must(cJSON_CreateNull())
			    : sp_json_text(sp_release_text(release, text));
}

static cJSON *json_state(const struct sp_schema *schema, const struct sp_schema_state *state)
{
	const struct sp_release_range range = sp_schema_releases(schema, state);
	const bool none = range.to < range.from;
	cJSON *object = must(cJSON_CreateObject());
	sp_auto_buffer label = { 0 };
	char id[33];

	sp_operator_id_text(state->op->id, id);
	sp_operator_short_label(state->op, &label);
	cJSON_AddItemToObject(object, "operator_id", sp_json_text(id));
	cJSON_AddItemToObject(object, "operator", sp_json_slice(sp_buffer_slice(&label)));
	cJSON_AddItemToObject(object, "state", json_mutf8(state->state->name));
	cJSON_AddItemToObject(object, "kind", sp_json_text(state->kind));
	cJSON_AddItemToObject(object, "subtasks", must(cJSON_CreateNumber(state->subtasks)));
	cJSON_AddItemToObject(object, "readable_from", json_release(none ? 0 : range.from));
	cJSON_AddItemToObject(object, "readable_to", json_release(none ? 0 : range.to));
	cJSON_AddItemToObject(object, "tree", json_tree(state));
	return object;
}

cJSON *sp_schema_json(const struct sp_schema *schema)
{
	cJSON *array = must(cJSON_CreateArray());

	for (size_t i = 0; i < schema->n; i++)
		cJSON_AddItemToArray(array, json_state(schema, schema->list[i]));
	return array;
}

/* --- fragile parts ------------------------------------------------------------------------ */

static const struct sp_column fragile_columns[] = {
	{ "operator_id", NULL, SP_COLUMN_TEXT },
	{ "operator", "Operator", SP_COLUMN_TEXT },
	{ "state", "State", SP_COLUMN_TEXT },
	{ "part", "Part", SP_COLUMN_TEXT },
	{ "reason", "Fragile", SP_COLUMN_TEXT },
	{ "class", "Class", SP_COLUMN_TEXT },
	{ "breaks_in", "Breaks in", SP_COLUMN_TEXT },
	{ "why", "Why", SP_COLUMN_TEXT },
};

/* A row that was added: states share keys, and subtasks states. */
struct told {
	UT_hash_handle hh;
	struct sp_slice text;
};

struct judging {
	struct sp_table *table;
	const struct sp_schema_state *state;
	bool is_key; /* of all states of the operator */
	struct told *told;
	struct sp_arena *arena;
};

/* Is it new? */
static bool tell_once(struct judging *self, const struct sp_fragile *fragile)
{
	sp_auto_buffer text = { 0 };
	struct told *told;

	sp_buffer_bytes(&text, sp_slice(self->state->op->id, SP_OPERATOR_ID_BYTES));
	sp_buffer_blob(&text, self->is_key ? sp_slice(NULL, 0) : self->state->state->name);
	sp_buffer_u8(&text, (uint8_t)(self->is_key ? 0 : self->state->state->kind + 1));
	sp_buffer_u8(&text, (uint8_t)fragile->kind);
	sp_buffer_blob(&text, sp_slice_of(fragile->part));
	sp_fragile_class(fragile->type, &text);
	HASH_FIND(hh, self->told, text.p, text.n, told);
	if (told != NULL)
		return false;
	told = sp_arena_new_array(self->arena, struct told, 1);
	told->text = sp_arena_copy(self->arena, sp_buffer_slice(&text));
	HASH_ADD_KEYPTR(hh, self->told, told->text.p, told->text.n, told);
	return true;
}

static void add_fragile(const struct sp_fragile *fragile, void *arg)
{
	struct judging *self = arg;
	sp_auto_buffer class = { 0 };
	char release[16];

	if (!tell_once(self, fragile))
		return;
	sp_table_operator_id(self->table, self->state->op);
	sp_table_operator(self->table, self->state->op);
	if (self->is_key)
		sp_table_none(self->table);
	else
		sp_table_name(self->table, self->state->state->name);
	sp_table_text(self->table, fragile->part);
	sp_table_text(self->table, sp_fragility_text(fragile->kind));
	sp_fragile_class(fragile->type, &class);
	sp_table_text(self->table, class.n > 0 ? sp_text_of(&class) : NULL);
	sp_table_text(self->table,
		fragile->breaks_in == 0 ? NULL : sp_release_text(fragile->breaks_in, release));
	sp_table_text(self->table, fragile->why);
}

/* Timers repeat the key of the operator. */
static void judge(struct judging *self, enum sp_kryo kryo, const struct sp_type_part *role)
{
	struct sp_fragile_place place = { .role = role->role, .kryo = kryo };
	const struct sp_type *type = role->type;

	self->is_key = type == self->state->key;
	place.is_key = self->is_key;
	if (type->kind == SP_TIMER && self->state->key != NULL && type->n_children == 2) {
		place.role = "timer, namespace";
		type = type->children[1];
	}
	sp_type_fragile(type, &place, add_fragile, self);
}

struct sp_table *sp_schema_fragile(const struct sp_schema *schema)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct judging self = { .table = sp_table_new(fragile_columns, sp_countof(fragile_columns)),
		.arena = arena };

	for (size_t i = 0; i < schema->n; i++) {
		struct sp_type_part roles[3];
		const size_t n = sp_schema_roles(schema->list[i], roles);

		self.state = schema->list[i];
		for (size_t j = 0; j < n; j++)
			judge(&self, schema->kryo, &roles[j]);
	}
	HASH_CLEAR(hh, self.told);
	return self.table;
}

/* --- --schema ----------------------------------------------------------------------------- */

static void warn_of_unread(const struct sp_schema *schema, const struct sp_globals *globals)
{
	const char *why;
	const size_t n = sp_schema_unread(schema, &why);

	if (n > 0)
		sp_warn(globals, "the types of %zu state handles are not shown: %s", n, why);
}

int sp_schema_print_section(
	const struct sp_inspection *self, const struct sp_globals *globals, struct sp_error *err)
{
	sp_auto(sp_schema) *schema = NULL;
	sp_auto(sp_table) *fragile = NULL;

	if (sp_schema_read(&self->survey, &schema, err) < 0)
		return err->code;
	warn_of_unread(schema, globals);
	if (schema->n > 0)
		printf("\nSchema\n");
	sp_schema_print(schema, stdout);
	fragile = sp_schema_fragile(schema);
	if (sp_table_rows(fragile) > 0)
		printf("\nFragile types\n");
	if (sp_table_rows(fragile) > 0)
		sp_table_print(fragile, stdout);
	return 0;
}

int sp_schema_add_sections(const struct sp_inspection *self, const struct sp_globals *globals,
	cJSON *document, struct sp_error *err)
{
	sp_auto(sp_schema) *schema = NULL;
	sp_auto(sp_table) *fragile = NULL;

	if (sp_schema_read(&self->survey, &schema, err) < 0)
		return err->code;
	warn_of_unread(schema, globals);
	fragile = sp_schema_fragile(schema);
	cJSON_AddItemToObject(document, "schemas", sp_schema_json(schema));
	cJSON_AddItemToObject(document, "fragile", sp_table_json(fragile));
	return 0;
}
