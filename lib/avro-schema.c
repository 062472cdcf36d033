/*
 * The schema language of Avro 1.11 (org.apache.avro.Schema.Parser), as Flink's AvroSerializer
 * writes it into its snapshots: a name, a union as an array, or an object with a "type".
 */
#include "avro-schema.h"

#include <math.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#define MAX_DEPTH 64
#define MAX_NAMED 1024 /* types with names: they are looked up one by one */
#define MAX_JSON (1 << 20)
#define MAX_FIXED (1 << 30)

struct parser {
	struct sp_arena *arena;
	const struct sp_avro *named[MAX_NAMED];
	size_t n_named;
	int depth;
};

static const char *const primitives[] = {
	[SP_AVRO_NULL] = "null",
	[SP_AVRO_BOOLEAN] = "boolean",
	[SP_AVRO_INT] = "int",
	[SP_AVRO_LONG] = "long",
	[SP_AVRO_FLOAT] = "float",
	[SP_AVRO_DOUBLE] = "double",
	[SP_AVRO_STRING] = "string",
	[SP_AVRO_BYTES] = "bytes",
};

/* What a value takes at least; counts and indexes of enums and unions are i32 in Flink. */
static const size_t widths[] = {
	[SP_AVRO_NULL] = 0,
	[SP_AVRO_BOOLEAN] = 1,
	[SP_AVRO_INT] = 4,
	[SP_AVRO_LONG] = 8,
	[SP_AVRO_FLOAT] = 4,
	[SP_AVRO_DOUBLE] = 8,
	[SP_AVRO_STRING] = 4,
	[SP_AVRO_BYTES] = 4,
	[SP_AVRO_FIXED] = 0,
	[SP_AVRO_ENUM] = 4,
	[SP_AVRO_ARRAY] = 1,
	[SP_AVRO_MAP] = 1,
	[SP_AVRO_UNION] = 4,
	[SP_AVRO_RECORD] = 0,
};

static int parse(struct parser *p, const cJSON *json, const char *space, const struct sp_avro **ret,
	struct sp_error *err);

static const char *text_of(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static struct sp_avro *avro_new(struct parser *p, enum sp_avro_kind kind)
{
	struct sp_avro *avro = sp_arena_new_array(p->arena, struct sp_avro, 1);

	avro->kind = kind;
	avro->least = widths[kind];
	return avro;
}

static const struct sp_avro *find_named(const struct parser *p, const char *space, const char *name)
{
	size_t n = strlen(space);

	for (size_t i = 0; i < p->n_named; i++) {
		struct sp_slice full = p->named[i]->name;

		if (n == 0 && sp_slice_is(full, name))
			return p->named[i];
		if (n != 0 && full.n > n + 1 && memcmp(full.p, space, n) == 0 && full.p[n] == '.' &&
			sp_slice_is(sp_slice(full.p + n + 1, full.n - n - 1), name))
			return p->named[i];
	}
	return NULL;
}

/* A primitive type or a name: in the namespace around it, else as it stands. */
static int parse_name(struct parser *p, const char *name, const char *space,
	const struct sp_avro **ret, struct sp_error *err)
{
	for (size_t i = 0; i < sp_countof(primitives); i++) {
		if (strcmp(primitives[i], name) == 0) {
			*ret = avro_new(p, (enum sp_avro_kind)i);
			return 0;
		}
	}
	*ret = strchr(name, '.') == NULL ? find_named(p, space, name) : NULL;
	if (*ret == NULL)
		*ret = find_named(p, "", name);
	if (*ret == NULL)
		return sp_fail(err, SP_EDAMAGED,
			"Avro schema names '%.200s', which it does not define", name);
	return 0;
}

static int parse_union(struct parser *p, const cJSON *json, const char *space,
	const struct sp_avro **ret, struct sp_error *err)
{
	struct sp_avro *avro = avro_new(p, SP_AVRO_UNION);
	const cJSON *branch;
	size_t i = 0;

	avro->n = (size_t)cJSON_GetArraySize(json);
	avro->parts = sp_arena_new_array(p->arena, const struct sp_avro *, avro->n);
	cJSON_ArrayForEach(branch, json)
	{
		if (parse(p, branch, space, &avro->parts[i], err) < 0)
			return err->code;
		if (avro->parts[i++]->kind == SP_AVRO_UNION)
			return sp_fail(err, SP_EDAMAGED, "Avro schema: union in a union");
	}
	*ret = avro;
	return 0;
}

static int parse_container(struct parser *p, enum sp_avro_kind kind, const cJSON *items,
	const char *space, const struct sp_avro **ret, struct sp_error *err)
{
	struct sp_avro *avro = avro_new(p, kind);

	avro->n = 1;
	avro->parts = sp_arena_new_array(p->arena, const struct sp_avro *, 1);
	*ret = avro;
	return parse(p, items, space, &avro->parts[0], err);
}

/* Gives a type its full name; `space` becomes the namespace of what is in it. */
static int name_it(struct parser *p, const cJSON *json, struct sp_avro *avro, const char **space,
	struct sp_error *err)
{
	const char *name = text_of(json, "name");
	const char *own = text_of(json, "namespace");
	const char *dot;

	if (name == NULL || *name == '\0')
		return sp_fail(err, SP_EDAMAGED, "Avro schema: type without a name");
	if (own != NULL)
		*space = own;
	dot = strrchr(name, '.');
	if (dot != NULL)
		*space = sp_arena_string(p->arena, sp_slice(name, (size_t)(dot - name)));
	else if (**space != '\0')
		name = sp_arena_printf(p->arena, "%s.%s", *space, name);
	if (find_named(p, "", name) != NULL)
		return sp_fail(err, SP_EDAMAGED, "Avro schema defines '%.200s' twice", name);
	if (p->n_named == MAX_NAMED)
		return sp_fail(
			err, SP_EUNSUPPORTED, "Avro schema of more than %d names", MAX_NAMED);
	avro->name = sp_arena_copy(p->arena, sp_slice_of(name));
	p->named[p->n_named++] = avro;
	return 0;
}

static int parse_enum(struct parser *p, const cJSON *json, struct sp_avro *avro, const char *space,
	struct sp_error *err)
{
	const cJSON *symbols = cJSON_GetObjectItemCaseSensitive(json, "symbols");
	const cJSON *symbol;

	if (name_it(p, json, avro, &space, err) < 0)
		return err->code;
	if (!cJSON_IsArray(symbols))
		return sp_fail(err, SP_EDAMAGED, "Avro schema: enum without symbols");
	avro->names =
		sp_arena_new_array(p->arena, struct sp_slice, (size_t)cJSON_GetArraySize(symbols));
	cJSON_ArrayForEach(symbol, symbols)
	{
		if (!cJSON_IsString(symbol))
			return sp_fail(err, SP_EDAMAGED, "Avro schema: symbol that is no name");
		avro->names[avro->n++] = sp_arena_copy(p->arena, sp_slice_of(symbol->valuestring));
	}
	return 0;
}

static int parse_fixed(struct parser *p, const cJSON *json, struct sp_avro *avro, const char *space,
	struct sp_error *err)
{
	const cJSON *size = cJSON_GetObjectItemCaseSensitive(json, "size");

	if (name_it(p, json, avro, &space, err) < 0)
		return err->code;
	if (!cJSON_IsNumber(size) || !(size->valuedouble >= 0 && size->valuedouble <= MAX_FIXED) ||
		size->valuedouble != floor(size->valuedouble))
		return sp_fail(err, SP_EDAMAGED, "Avro schema: fixed without a size");
	avro->size = (size_t)size->valuedouble;
	avro->least = avro->size;
	return 0;
}

static int parse_field(struct parser *p, const cJSON *json, struct sp_avro *record,
	const char *space, struct sp_error *err)
{
	const char *name = text_of(json, "name");
	const char *order = text_of(json, "order");
	size_t i = record->n;

	if (name == NULL)
		return sp_fail(err, SP_EDAMAGED, "Avro schema: field without a name");
	record->names[i] = sp_arena_copy(p->arena, sp_slice_of(name));
	record->ignored[i] = order != NULL && strcmp(order, "ignore") == 0;
	if (parse(p, cJSON_GetObjectItemCaseSensitive(json, "type"), space, &record->parts[i],
		    err) < 0)
		return err->code;
	if (__builtin_add_overflow(record->least, record->parts[i]->least, &record->least))
		record->least = SIZE_MAX;
	record->n++;
	return 0;
}

static int parse_record(struct parser *p, const cJSON *json, struct sp_avro *avro,
	const char *space, struct sp_error *err)
{
	const cJSON *fields = cJSON_GetObjectItemCaseSensitive(json, "fields");
	const cJSON *field;
	size_t n;

	if (name_it(p, json, avro, &space, err) < 0)
		return err->code;
	if (!cJSON_IsArray(fields))
		return sp_fail(err, SP_EDAMAGED, "Avro schema: record without fields");
	n = (size_t)cJSON_GetArraySize(fields);
	avro->parts = sp_arena_new_array(p->arena, const struct sp_avro *, n);
	avro->names = sp_arena_new_array(p->arena, struct sp_slice, n);
	avro->ignored = sp_arena_new_array(p->arena, bool, n);
	cJSON_ArrayForEach(
		field, fields) if (parse_field(p, field, avro, space, err) < 0) return err->code;
	return 0;
}

static int parse_object(struct parser *p, const cJSON *json, const char *space,
	const struct sp_avro **ret, struct sp_error *err)
{
	static const struct {
		const char *name;
		enum sp_avro_kind kind;
		int (*parse)(struct parser *p, const cJSON *json, struct sp_avro *avro,
			const char *space, struct sp_error *err);
	} named[] = {
		{ "record", SP_AVRO_RECORD, parse_record },
		{ "error", SP_AVRO_RECORD, parse_record },
		{ "enum", SP_AVRO_ENUM, parse_enum },
		{ "fixed", SP_AVRO_FIXED, parse_fixed },
	};
	const char *type = text_of(json, "type");
	struct sp_avro *avro;

	if (type == NULL)
		return sp_fail(err, SP_EDAMAGED, "Avro schema: no type");
	if (strcmp(type, "array") == 0)
		return parse_container(p, SP_AVRO_ARRAY,
			cJSON_GetObjectItemCaseSensitive(json, "items"), space, ret, err);
	if (strcmp(type, "map") == 0)
		return parse_container(p, SP_AVRO_MAP,
			cJSON_GetObjectItemCaseSensitive(json, "values"), space, ret, err);
	for (size_t i = 0; i < sp_countof(named); i++) {
		if (strcmp(type, named[i].name) != 0)
			continue;
		avro = avro_new(p, named[i].kind);
		*ret = avro;
		return named[i].parse(p, json, avro, space, err);
	}
	return parse_name(p, type, space, ret, err);
}

static int parse(struct parser *p, const cJSON *json, const char *space, const struct sp_avro **ret,
	struct sp_error *err)
{
	int status;

	if (p->depth == MAX_DEPTH)
		return sp_fail(err, SP_EUNSUPPORTED,
			"Avro schema is nested too deeply: more than %d types in each other",
			MAX_DEPTH);
	p->depth++;
	if (cJSON_IsString(json))
		status = parse_name(p, json->valuestring, space, ret, err);
	else if (cJSON_IsArray(json))
		status = parse_union(p, json, space, ret, err);
	else if (cJSON_IsObject(json))
		status = parse_object(p, json, space, ret, err);
	else
		status = sp_fail(err, SP_EDAMAGED, "Avro schema: not a type");
	p->depth--;
	return status;
}

int sp_avro_parse(struct sp_slice json, struct sp_arena *arena, const struct sp_avro **ret,
	struct sp_error *err)
{
	struct parser *p;
	cJSON *root;
	int status;

	if (json.n > MAX_JSON)
		return sp_fail(err, SP_EUNSUPPORTED, "Avro schema of %zu bytes, more than %d",
			json.n, MAX_JSON);
	root = cJSON_ParseWithLength((const char *)json.p, json.n);
	if (root == NULL)
		return sp_fail(err, SP_EDAMAGED, "Avro schema is not JSON, or nested too deeply");
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		sp_abort("out of memory");
	p->arena = arena;
	status = parse(p, root, "", ret, err);
	free(p);
	cJSON_Delete(root);
	return status;
}
