/* What the type of keys says about their hash codes, before any key is looked at. */
#include "key-hash-internal.h"

#include "mutf8.h"
#include "value-kryo.h"

/* Where a part lies: what is around it decides how it counts. */
enum place {
	ANYWHERE,
	IN_ROW,   /* arrays count by content */
	IN_CLASS, /* whether it counts at all, the class's own function decides */
};

struct survey {
	struct sp_arena *arena;
	struct sp_key_survey found;
};

static void put_class(struct sp_slice name, struct sp_buffer *out)
{
	sp_mutf8_to_utf8(sp_slice(name.p, name.n < 200 ? name.n : 200), out);
}

/* Keeps the first reason. */
static void refuse(struct survey *s, const struct sp_type *type, enum place place, const char *why)
{
	sp_auto_buffer text = { 0 };

	if (place == IN_CLASS || s->found.reason != NULL)
		return;
	sp_type_text(type, &text);
	s->found.reason = sp_arena_printf(
		s->arena, "%.*s: %s", (int)(text.n < 300 ? text.n : 300), text.p, why);
}

static void survey_kryo(struct survey *s, const struct sp_type *type, enum place place)
{
	const struct sp_kryo_known *known = sp_kryo_find(type->class_name);
	bool is_name = known != NULL && known->body[SP_KRYO_2] == NULL && /* of an interface */
		       known->body[SP_KRYO_5] == NULL;
	sp_auto_buffer text = { 0 };

	if (known != NULL && !is_name && known->equality == SP_KRYO_BY_ITSELF)
		refuse(s, type, place, "it hashes by identity or as only its code knows");
	if ((known != NULL && !is_name) || place == IN_CLASS || s->found.doubt != NULL)
		return;
	put_class(type->class_name, &text);
	s->found.doubt = sp_arena_printf(s->arena,
		"Kryo wrote the class %.*s, whose fields the snapshot does not describe",
		(int)text.n, text.p);
}

static bool is_of_package(const struct sp_type *type, const char *package)
{
	return type->class_name.n > strlen(package) &&
	       memcmp(type->class_name.p, package, strlen(package)) == 0;
}

bool sp_key_is_tuple(const struct sp_type *type)
{
	return is_of_package(type, "org.apache.flink.api.java.tuple.");
}

bool sp_key_is_product(const struct sp_type *type)
{
	enum sp_type_kind kind = sp_type_kind_of(type);

	return (kind == SP_CASE_CLASS || kind == SP_TUPLE) && !is_of_package(type, "scala.") &&
	       !sp_key_is_tuple(type);
}

static void survey_part(struct survey *s, const struct sp_type *type, enum place place);

static void survey_children(struct survey *s, const struct sp_type *type, enum place place)
{
	for (size_t i = 0; i < type->n_children; i++)
		survey_part(s, type->children[i], place);
}

static void survey_tuple(struct survey *s, const struct sp_type *type, enum place place)
{
	if (sp_key_is_product(type))
		s->found.has_product = true;
	survey_children(s, type, place == IN_ROW ? ANYWHERE : place);
}

static void survey_pojo(struct survey *s, const struct sp_type *type)
{
	s->found.has_pojo = true;
	for (size_t i = 0; i < type->n_fields; i++)
		survey_part(s, type->fields[i].type, IN_CLASS);
}

static void survey_part(struct survey *s, const struct sp_type *type, enum place place)
{
	enum sp_type_kind kind = sp_type_kind_of(type);

	if (kind <= SP_OPAQUE || kind == SP_NOTHING) {
		refuse(s, type, place, "the snapshot does not describe it");
		return;
	}
	if (kind < SP_BOOLEAN_ARRAY)
		return;
	switch (kind) {
	case SP_BOOLEAN_ARRAY:
	case SP_BYTE_ARRAY:
	case SP_SHORT_ARRAY:
	case SP_INT_ARRAY:
	case SP_LONG_ARRAY:
	case SP_CHAR_ARRAY:
	case SP_FLOAT_ARRAY:
	case SP_DOUBLE_ARRAY:
	case SP_STRING_ARRAY:
	case SP_OBJECT_ARRAY:
		if (place != IN_ROW)
			refuse(s, type, place, "arrays hash by identity, differently in every JVM");
		else
			survey_children(s, type, place);
		return;
	case SP_ENUM:
		refuse(s, type, place, "enums hash by identity, differently in every JVM");
		return;
	case SP_ROW:
		s->found.has_row = true;
		survey_children(s, type, place == IN_CLASS ? place : IN_ROW);
		return;
	case SP_LIST:
	case SP_SET:
	case SP_MAP:
	case SP_NULLABLE:
	case SP_LINKED_LIST:
	case SP_SORTED_MAP:
	case SP_NULL_AWARE_MAP:
	case SP_WRAPPER: survey_children(s, type, place); return;
	case SP_EITHER:
	case SP_OPTION:
	case SP_TRY:
	case SP_WINDOW_KEY: survey_children(s, type, place == IN_ROW ? ANYWHERE : place); return;
	case SP_TUPLE:
	case SP_CASE_CLASS: survey_tuple(s, type, place); return;
	case SP_POJO: survey_pojo(s, type); return;
	case SP_KRYO: survey_kryo(s, type, place); return;
	case SP_VALUE:
	case SP_COPYABLE_VALUE:
		if (sp_type_of_flink_value(type->class_name) == SP_OPAQUE)
			refuse(s, type, place, "it hashes as only its code knows");
		return;
	case SP_AVRO:
	case SP_SCALA_ENUM:
	case SP_RAW_VALUE:
	case SP_ROW_DATA:
	case SP_BINARY_ROW_DATA:
	case SP_ARRAY_DATA:
	case SP_MAP_DATA:
	case SP_STRING_DATA:
	case SP_DECIMAL_DATA:
	case SP_TIMESTAMP_DATA: return;
	default: refuse(s, type, place, "it hashes as only its code knows"); return;
	}
}

struct sp_key_survey sp_key_survey(const struct sp_type *type, struct sp_arena *arena)
{
	struct survey s = { .arena = arena };

	survey_part(&s, type, ANYWHERE);
	return s.found;
}

const struct sp_type *sp_key_type(const struct sp_type *type)
{
	while (type->kind == SP_WRAPPER && type->n_children == 1)
		type = type->children[0];
	return type;
}
