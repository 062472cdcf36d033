/* Types as text: Java's short names, type parameters in angle brackets. */
#include "type-internal.h"

#include <inttypes.h>

#include "mutf8.h"
#include "type-logical.h"

#define TUPLE_PACKAGE "org.apache.flink.api.java.tuple."

static void put(struct sp_buffer *out, const char *text)
{
	sp_buffer_bytes(out, sp_slice_of(text));
}

static void put_class(struct sp_buffer *out, struct sp_slice name)
{
	if (name.n == 0)
		return;
	sp_buffer_u8(out, ' ');
	sp_mutf8_to_utf8(name, out);
}

static void put_children(struct sp_buffer *out, const struct sp_type *type, size_t from)
{
	if (from >= type->n_children)
		return;
	for (size_t i = from; i < type->n_children; i++) {
		put(out, i == from ? "<" : ", ");
		sp_type_text(type->children[i], out);
	}
	sp_buffer_u8(out, '>');
}

static void put_columns(struct sp_buffer *out, const struct sp_type *type)
{
	for (size_t i = 0; i < type->n_columns; i++) {
		put(out, i == 0 ? "<" : ", ");
		sp_logical_type_text(type->columns[i], out);
	}
	put(out, type->n_columns == 0 ? "<>" : ">");
}

/* "Tuple2" and not "Tuple org.apache.flink.api.java.tuple.Tuple2". */
static void put_tuple(struct sp_buffer *out, const struct sp_type *type)
{
	struct sp_slice name = type->class_name;
	size_t n = strlen(TUPLE_PACKAGE);

	if (name.n > n && memcmp(name.p, TUPLE_PACKAGE, n) == 0) {
		sp_mutf8_to_utf8(sp_slice(name.p + n, name.n - n), out);
	} else {
		put(out, "Tuple");
		put_class(out, name);
	}
	put_children(out, type, 0);
}

/* The class of the serializer without its package, or that of the snapshot. */
static void put_legacy(struct sp_buffer *out, const struct sp_type *type)
{
	struct sp_slice name = type->class_name.n != 0 ? type->class_name : type->snapshot_class;
	const uint8_t *dot = name.n == 0 ? NULL : memrchr(name.p, '.', name.n);

	if (dot != NULL)
		name = sp_slice(dot + 1, (size_t)(name.p + name.n - dot - 1));
	put(out, "Legacy");
	put_class(out, name);
	put_children(out, type, 0);
}

void sp_type_text(const struct sp_type *type, struct sp_buffer *out)
{
	const struct sp_type_class *class = sp_type_class_find(type->snapshot_class);
	const char *name = class == NULL ? "Type" : class->text;

	switch (type->kind) {
	case SP_OPAQUE:
		put(out, "Opaque");
		put_class(out, type->snapshot_class);
		return;
	case SP_COMPOSITE:
		put(out, "Composite");
		put_class(out, type->snapshot_class);
		put_children(out, type, 0);
		return;
	case SP_LEGACY: put_legacy(out, type); return;
	case SP_TUPLE: put_tuple(out, type); return;
	case SP_TTL:
		put(out, name);
		put_children(out, type, 1); /* the first is the time stamp */
		return;
	case SP_ROW_DATA:
	case SP_ARRAY_DATA:
	case SP_MAP_DATA:
		put(out, name);
		put_columns(out, type);
		return;
	case SP_BINARY_ROW_DATA:
	case SP_TIMESTAMP_DATA:
		sp_buffer_printf(out, "%s(%" PRId32 ")", name, type->precision);
		return;
	case SP_DECIMAL_DATA:
		sp_buffer_printf(
			out, "%s(%" PRId32 ", %" PRId32 ")", name, type->precision, type->scale);
		return;
	case SP_CASE_CLASS:
	case SP_POJO:
	case SP_KRYO:
	case SP_ENUM:
	case SP_SCALA_ENUM:
	case SP_AVRO:
	case SP_VALUE:
	case SP_COPYABLE_VALUE:
		put(out, name);
		put_class(out, type->class_name);
		put_children(out, type, 0);
		return;
	default:
		put(out, name);
		put_children(out, type, 0);
		return;
	}
}

void sp_type_name(const struct sp_type *type, struct sp_buffer *out)
{
	const struct sp_type_class *class = sp_type_class_find(type->snapshot_class);
	struct sp_type alone = *type;

	alone.n_children = 0;
	if (class != NULL && (type->kind == SP_ROW_DATA || type->kind == SP_ARRAY_DATA ||
				     type->kind == SP_MAP_DATA))
		put(out, class->text);
	else
		sp_type_text(&alone, out);
}

bool sp_type_has_ttl(const struct sp_type *type)
{
	if (type->kind == SP_TTL)
		return true;
	for (size_t i = 0; i < type->n_children; i++)
		if (sp_type_has_ttl(type->children[i]))
			return true;
	return false;
}

const char *sp_state_kind_text(const struct sp_state *state)
{
	static const char *const types[] = {
		[SP_STATE_UNKNOWN] = "UNKNOWN",
		[SP_STATE_VALUE] = "VALUE",
		[SP_STATE_LIST] = "LIST",
		[SP_STATE_MAP] = "MAP",
		[SP_STATE_REDUCING] = "REDUCING",
		[SP_STATE_AGGREGATING] = "AGGREGATING",
		[SP_STATE_FOLDING] = "FOLDING",
	};

	if (state->kind == SP_KIND_PRIORITY_QUEUE)
		return "TIMER";
	return types[state->type];
}
