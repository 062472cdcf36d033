/* Types in contracts: made, checked, compared by the rules of Flink's serializer snapshots. */
#include <stdarg.h>
#include <stdio.h>

#include "contract-internal.h"
#include "mutf8.h"
#include "type-internal.h"
#include "type-logical.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static cJSON *text_of(struct sp_slice utf8)
{
	sp_auto_buffer clean = { 0 };

	for (size_t i = 0; i < utf8.n; i++)
		if (utf8.p[i] == 0)
			sp_buffer_bytes(&clean, sp_slice_of(REPLACEMENT));
		else
			sp_buffer_u8(&clean, utf8.p[i]);
	sp_buffer_u8(&clean, 0);
	return cJSON_CreateString((const char *)clean.p);
}

cJSON *sp_contract_text(struct sp_slice mutf8)
{
	sp_auto_buffer utf8 = { 0 };

	sp_mutf8_to_utf8(mutf8, &utf8);
	return text_of(sp_buffer_slice(&utf8));
}

const char *sp_contract_member(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* --- made --------------------------------------------------------------------------------- */

static void add_text(cJSON *object, const char *key, struct sp_slice mutf8)
{
	if (mutf8.n > 0)
		cJSON_AddItemToObject(object, key, sp_contract_text(mutf8));
}

static void add_names(cJSON *object, const char *key, const struct sp_slice *names, size_t n)
{
	cJSON *list;

	if (n == 0)
		return;
	list = cJSON_AddArrayToObject(object, key);
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(list, sp_contract_text(names[i]));
}

static void add_children(cJSON *object, const struct sp_type *type)
{
	cJSON *list;

	if (type->n_children == 0)
		return;
	list = cJSON_AddArrayToObject(object, "children");
	for (size_t i = 0; i < type->n_children; i++)
		cJSON_AddItemToArray(list, sp_contract_type(type->children[i]));
}

static void add_fields(cJSON *list, const struct sp_type_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		cJSON *field = cJSON_CreateObject();

		cJSON_AddItemToObject(field, "name", sp_contract_text(fields[i].name));
		add_text(field, "declared_by", fields[i].declaring);
		cJSON_AddItemToObject(field, "type", sp_contract_type(fields[i].type));
		cJSON_AddItemToArray(list, field);
	}
}

static void add_pojo(cJSON *object, const struct sp_type *type)
{
	cJSON *subclasses;

	if (type->kind != SP_POJO)
		return;
	add_fields(cJSON_AddArrayToObject(object, "fields"), type->fields, type->n_fields);
	if (type->n_registered == 0)
		return;
	subclasses = cJSON_AddArrayToObject(object, "subclasses");
	for (size_t i = 0; i < type->n_registered; i++)
		cJSON_AddItemToArray(subclasses, sp_contract_text(type->registered[i].name));
}

static void add_columns(cJSON *object, const struct sp_type *type)
{
	cJSON *list;

	if (type->n_columns == 0)
		return;
	list = cJSON_AddArrayToObject(object, "columns");
	for (size_t i = 0; i < type->n_columns; i++) {
		sp_auto_buffer text = { 0 };

		sp_logical_type_text(type->columns[i], &text);
		cJSON_AddItemToArray(list, text_of(sp_buffer_slice(&text)));
	}
}

static const char *kind_text(const struct sp_type *type)
{
	const struct sp_type_class *class = sp_type_class_find(type->snapshot_class);

	switch (type->kind) {
	case SP_OPAQUE: return "Opaque";
	case SP_COMPOSITE: return "Composite";
	case SP_LEGACY: return "Legacy";
	case SP_TTL: return "Ttl";
	default: return class == NULL ? "Type" : class->text;
	}
}

/* The reader bounds how deep types nest. */
cJSON *sp_contract_type(const struct sp_type *type)
{
	sp_auto_buffer text = { 0 };
	cJSON *object;

	if (type == NULL)
		return cJSON_CreateNull();
	object = cJSON_CreateObject();
	sp_type_text(type, &text);
	cJSON_AddItemToObject(object, "type", text_of(sp_buffer_slice(&text)));
	cJSON_AddStringToObject(object, "kind", kind_text(type));
	cJSON_AddItemToObject(object, "snapshot_class", sp_contract_text(type->snapshot_class));
	add_text(object, "class", type->class_name);
	add_children(object, type);
	add_pojo(object, type);
	add_names(object, "constants", type->constants, type->n_constants);
	add_names(object, "registrations", type->registrations, type->n_registrations);
	add_columns(object, type);
	if (type->schema.n > 0)
		cJSON_AddItemToObject(object, "schema", text_of(type->schema));
	return object;
}

/* --- checked ------------------------------------------------------------------------------ */

static bool are_types(const cJSON *list, const char *member, const char **what)
{
	const cJSON *item;

	if (list == NULL)
		return true;
	*what = "a list of types that is none";
	if (!cJSON_IsArray(list))
		return false;
	cJSON_ArrayForEach(item, list)
	{
		const cJSON *type =
			member == NULL ? item : cJSON_GetObjectItemCaseSensitive(item, member);

		*what = "a field without a name";
		if (member != NULL && sp_contract_member(item, "name") == NULL)
			return false;
		if (!sp_contract_is_type(type, what))
			return false;
	}
	return true;
}

static bool are_texts(const cJSON *list)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list) if (!cJSON_IsString(item)) return false;
	return list == NULL || cJSON_IsArray(list);
}

/* cJSON bounds how deep documents nest. */
bool sp_contract_is_type(const cJSON *json, const char **what)
{
	static const char *const needed[] = { "type", "kind", "snapshot_class" };
	static const char *const texts[] = { "constants", "registrations", "columns",
		"subclasses" };

	*what = "a type that is no object";
	if (!cJSON_IsObject(json))
		return false;
	for (size_t i = 0; i < sp_countof(needed); i++) {
		*what = "a type without 'type', 'kind' or 'snapshot_class'";
		if (sp_contract_member(json, needed[i]) == NULL)
			return false;
	}
	for (size_t i = 0; i < sp_countof(texts); i++) {
		*what = "a list of names that is none";
		if (!are_texts(cJSON_GetObjectItemCaseSensitive(json, texts[i])))
			return false;
	}
	return are_types(cJSON_GetObjectItemCaseSensitive(json, "children"), NULL, what) &&
	       are_types(cJSON_GetObjectItemCaseSensitive(json, "fields"), "type", what);
}

/* --- compared ----------------------------------------------------------------------------- */

static enum sp_compatibility worst(enum sp_compatibility a, enum sp_compatibility b)
{
	return a > b ? a : b;
}

static void say(struct sp_buffer *why, const char *fmt, ...) sp_printf(2, 3);
static void say(struct sp_buffer *why, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	sp_buffer_printf(why, "%s%s", why->n > 0 ? "; " : "", text);
}

static enum sp_compatibility differ(
	const cJSON *before, const cJSON *after, enum sp_compatibility how, struct sp_buffer *why)
{
	say(why, "%s became %s", sp_contract_member(before, "type"),
		sp_contract_member(after, "type"));
	return how;
}

static const cJSON *get(const cJSON *type, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(type, key);
}

static bool same(const cJSON *before, const cJSON *after, const char *key)
{
	const cJSON *a = get(before, key), *b = get(after, key);

	return (a == NULL && b == NULL) || cJSON_Compare(a, b, true);
}

static bool is_kind(const cJSON *type, const char *kind)
{
	return strcmp(sp_contract_member(type, "kind"), kind) == 0;
}

static const cJSON *field_of(const cJSON *fields, const cJSON *like)
{
	const char *name = sp_contract_member(like, "name");
	const char *by = sp_contract_member(like, "declared_by");
	const cJSON *field;

	cJSON_ArrayForEach(field, fields)
	{
		const char *other = sp_contract_member(field, "declared_by");

		if (strcmp(sp_contract_member(field, "name"), name) == 0 &&
			strcmp(by == NULL ? "" : by, other == NULL ? "" : other) == 0)
			return field;
	}
	return NULL;
}

/* PojoSerializerSnapshot: what was removed is read and dropped, what is new has its default. */
static enum sp_compatibility compare_fields(
	const cJSON *before, const cJSON *after, struct sp_buffer *why)
{
	const char *class = sp_contract_member(after, "class");
	enum sp_compatibility how = SP_COMPATIBLE;
	const cJSON *field;

	if (!same(before, after, "class"))
		return differ(before, after, SP_INCOMPATIBLE, why);
	cJSON_ArrayForEach(field, get(before, "fields"))
	{
		const cJSON *now = field_of(get(after, "fields"), field);

		if (now == NULL) {
			say(why, "%s: field '%s' was removed, its values are dropped",
				class == NULL ? "" : class, sp_contract_member(field, "name"));
			how = worst(how, SP_MIGRATED);
		} else {
			how = worst(how,
				sp_contract_compare(get(field, "type"), get(now, "type"), why));
		}
	}
	cJSON_ArrayForEach(
		field, get(after, "fields")) if (field_of(get(before, "fields"), field) == NULL)
	{
		say(why, "%s: field '%s' is new and begins with its default",
			class == NULL ? "" : class, sp_contract_member(field, "name"));
		how = worst(how, SP_MIGRATED);
	}
	return same(before, after, "subclasses") ? how : worst(how, SP_CHANGED);
}

static bool has_text(const cJSON *list, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(
		item, list) if (strcmp(cJSON_GetStringValue(item), text) == 0) return true;
	return false;
}

/* EnumSerializerSnapshot keeps the order of before and appends what is new. */
static enum sp_compatibility compare_constants(
	const cJSON *before, const cJSON *after, struct sp_buffer *why)
{
	const cJSON *constant;

	if (!same(before, after, "class"))
		return differ(before, after, SP_INCOMPATIBLE, why);
	cJSON_ArrayForEach(
		constant, get(before, "constants")) if (!has_text(get(after, "constants"),
								cJSON_GetStringValue(constant)))
	{
		say(why, "%s: constant '%s' was removed", sp_contract_member(after, "type"),
			cJSON_GetStringValue(constant));
		return SP_INCOMPATIBLE;
	}
	if (same(before, after, "constants"))
		return SP_COMPATIBLE;
	say(why, "%s: constants were added or moved", sp_contract_member(after, "type"));
	return SP_CHANGED;
}

static enum sp_compatibility compare_children(
	const cJSON *before, const cJSON *after, struct sp_buffer *why)
{
	const cJSON *was = get(before, "children"), *is = get(after, "children");
	enum sp_compatibility how = SP_COMPATIBLE;
	const cJSON *child;
	int i = 0;

	if (cJSON_GetArraySize(was) != cJSON_GetArraySize(is))
		return differ(before, after, SP_INCOMPATIBLE, why);
	cJSON_ArrayForEach(child, was) how =
		worst(how, sp_contract_compare(child, cJSON_GetArrayItem(is, i++), why));
	return how;
}

/* Ttl<x> against x. */
static enum sp_compatibility compare_ttl(
	const cJSON *ttl, const cJSON *bare, bool on, struct sp_buffer *why)
{
	const cJSON *children = get(ttl, "children");
	const cJSON *value = cJSON_GetArrayItem(children, cJSON_GetArraySize(children) - 1);
	enum sp_compatibility how;

	if (value == NULL)
		return differ(ttl, bare, SP_INCOMPATIBLE, why);
	how = on ? sp_contract_compare(bare, value, why) : sp_contract_compare(value, bare, why);
	say(why, "%s TTL", on ? "now has" : "no longer has");
	return worst(how, SP_TTL_CHANGED);
}

static bool is_users(const cJSON *type)
{
	return is_kind(type, "Opaque") || is_kind(type, "Composite") || is_kind(type, "Legacy");
}

static enum sp_compatibility compare_rest(
	const cJSON *before, const cJSON *after, struct sp_buffer *why)
{
	if (!same(before, after, "schema")) {
		say(why, "%s: another schema, to be resolved by Avro",
			sp_contract_member(after, "type"));
		return SP_UNKNOWN;
	}
	if (!same(before, after, "class") || !same(before, after, "columns") ||
		(get(before, "children") == NULL && get(after, "children") == NULL &&
			!same(before, after, "type")))
		return differ(before, after, SP_INCOMPATIBLE, why);
	if (!same(before, after, "registrations"))
		return worst(SP_CHANGED, compare_children(before, after, why));
	return compare_children(before, after, why);
}

enum sp_compatibility sp_contract_compare(
	const cJSON *before, const cJSON *after, struct sp_buffer *why)
{
	if (cJSON_Compare(before, after, true))
		return SP_COMPATIBLE;
	if (is_kind(before, "Ttl") != is_kind(after, "Ttl"))
		return is_kind(after, "Ttl") ? compare_ttl(after, before, true, why)
					     : compare_ttl(before, after, false, why);
	if (is_users(before) || is_users(after))
		return differ(before, after, SP_UNKNOWN, why);
	if (!same(before, after, "snapshot_class"))
		return differ(before, after, SP_INCOMPATIBLE, why);
	if (get(before, "fields") != NULL && get(after, "fields") != NULL)
		return compare_fields(before, after, why);
	if (get(before, "constants") != NULL && get(after, "constants") != NULL)
		return compare_constants(before, after, why);
	return compare_rest(before, after, why);
}
