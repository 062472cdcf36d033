#include "type-logical.h"

#include <inttypes.h>

#include "mutf8.h"

#define MAX_DEPTH 32
#define MAX_NODES 4096 /* shared objects could multiply without end */

/* What a type has beside its root. */
enum detail {
	PLAIN,
	LENGTH,
	PRECISION,
	PRECISION_SCALE,
	ELEMENT,
	KEY_VALUE,
	ROW_FIELDS,
	ATTRIBUTES,
	SOURCE,
	RAW_CLASS,
};

static const struct root {
	const char *name; /* of the constant of LogicalTypeRoot */
	const char *text;
	enum detail detail;
} roots[] = {
	[SP_LOGICAL_UNKNOWN] = { "", "UNKNOWN", PLAIN },
	[SP_LOGICAL_CHAR] = { "CHAR", "CHAR", LENGTH },
	[SP_LOGICAL_VARCHAR] = { "VARCHAR", "VARCHAR", LENGTH },
	[SP_LOGICAL_BOOLEAN] = { "BOOLEAN", "BOOLEAN", PLAIN },
	[SP_LOGICAL_BINARY] = { "BINARY", "BINARY", LENGTH },
	[SP_LOGICAL_VARBINARY] = { "VARBINARY", "VARBINARY", LENGTH },
	[SP_LOGICAL_DECIMAL] = { "DECIMAL", "DECIMAL", PRECISION_SCALE },
	[SP_LOGICAL_TINYINT] = { "TINYINT", "TINYINT", PLAIN },
	[SP_LOGICAL_SMALLINT] = { "SMALLINT", "SMALLINT", PLAIN },
	[SP_LOGICAL_INTEGER] = { "INTEGER", "INT", PLAIN },
	[SP_LOGICAL_BIGINT] = { "BIGINT", "BIGINT", PLAIN },
	[SP_LOGICAL_FLOAT] = { "FLOAT", "FLOAT", PLAIN },
	[SP_LOGICAL_DOUBLE] = { "DOUBLE", "DOUBLE", PLAIN },
	[SP_LOGICAL_DATE] = { "DATE", "DATE", PLAIN },
	[SP_LOGICAL_TIME] = { "TIME_WITHOUT_TIME_ZONE", "TIME", PRECISION },
	[SP_LOGICAL_TIMESTAMP] = { "TIMESTAMP_WITHOUT_TIME_ZONE", "TIMESTAMP", PRECISION },
	[SP_LOGICAL_TIMESTAMP_TZ] = { "TIMESTAMP_WITH_TIME_ZONE", "TIMESTAMP_TZ", PRECISION },
	[SP_LOGICAL_TIMESTAMP_LTZ] = { "TIMESTAMP_WITH_LOCAL_TIME_ZONE", "TIMESTAMP_LTZ",
		PRECISION },
	[SP_LOGICAL_INTERVAL_YEAR_MONTH] = { "INTERVAL_YEAR_MONTH", "INTERVAL YEAR TO MONTH",
		PLAIN },
	[SP_LOGICAL_INTERVAL_DAY_TIME] = { "INTERVAL_DAY_TIME", "INTERVAL DAY TO SECOND", PLAIN },
	[SP_LOGICAL_ARRAY] = { "ARRAY", "ARRAY", ELEMENT },
	[SP_LOGICAL_MULTISET] = { "MULTISET", "MULTISET", ELEMENT },
	[SP_LOGICAL_MAP] = { "MAP", "MAP", KEY_VALUE },
	[SP_LOGICAL_ROW] = { "ROW", "ROW", ROW_FIELDS },
	[SP_LOGICAL_DISTINCT] = { "DISTINCT_TYPE", "DISTINCT", SOURCE },
	[SP_LOGICAL_STRUCTURED] = { "STRUCTURED_TYPE", "STRUCTURED", ATTRIBUTES },
	[SP_LOGICAL_NULL] = { "NULL", "NULL", PLAIN },
	[SP_LOGICAL_RAW] = { "RAW", "RAW", RAW_CLASS },
	[SP_LOGICAL_SYMBOL] = { "SYMBOL", "SYMBOL", PLAIN },
	[SP_LOGICAL_UNRESOLVED] = { "UNRESOLVED", "UNRESOLVED", PLAIN },
	[SP_LOGICAL_DESCRIPTOR] = { "DESCRIPTOR", "DESCRIPTOR", PLAIN },
	[SP_LOGICAL_VARIANT] = { "VARIANT", "VARIANT", PLAIN },
};

struct builder {
	struct sp_arena *arena;
	unsigned depth;
	size_t nodes;
};

static const struct sp_java_value *value_of(const struct sp_java_value *object, const char *name)
{
	const struct sp_java_field *field = sp_java_field(object, name);

	return field == NULL ? NULL : field->value;
}

static int32_t number_of(const struct sp_java_value *object, const char *name)
{
	const struct sp_java_field *field = sp_java_field(object, name);

	return field == NULL ? 0 : (int32_t)field->number;
}

static enum sp_logical_root root_of(const struct sp_java_value *object)
{
	const struct sp_java_value *root = value_of(object, "typeRoot");

	if (root == NULL || root->kind != SP_JAVA_KIND_ENUM)
		return SP_LOGICAL_UNKNOWN;
	for (size_t i = 1; i < sp_countof(roots); i++)
		if (sp_slice_is(root->text, roots[i].name))
			return (enum sp_logical_root)i;
	return SP_LOGICAL_UNKNOWN;
}

/*
 * The elements of a java.util list, which may be wrapped: Collections$Unmodifiable…List has
 * `list` and `c`, Arrays$ArrayList `a`, SingletonList `element`; ArrayList and CollSer keep them
 * behind a block of bytes.
 */
static void list_items(
	const struct sp_java_value *list, const struct sp_java_value ***ret, size_t *n)
{
	const struct sp_java_value *inner = list;

	*n = 0;
	for (int i = 0; i < 8 && inner != NULL; i++) {
		const struct sp_java_field *single;

		list = inner;
		single = sp_java_field(list, "element");
		if (single != NULL && single->value != NULL) {
			*ret = (const struct sp_java_value **)&single->value;
			*n = 1;
			return;
		}
		inner = value_of(list, "list");
		inner = inner == NULL ? value_of(list, "c") : inner;
		inner = inner == NULL ? value_of(list, "a") : inner;
	}
	if (list == NULL)
		return;
	*ret = list->items;
	*n = list->n_items;
	if (*n > 0 && list->items[0]->kind == SP_JAVA_KIND_BLOCK) {
		*ret += 1;
		*n -= 1;
	}
}

static int build(struct builder *b, const struct sp_java_value *object,
	const struct sp_logical_type **ret, struct sp_error *err);

static void children_new(struct builder *b, struct sp_logical_type *type, size_t n)
{
	type->children = sp_arena_new_array(b->arena, const struct sp_logical_type *, n);
	type->n_children = n;
}

static int build_child(struct builder *b, struct sp_logical_type *type, size_t i,
	const struct sp_java_value *object, struct sp_error *err)
{
	return build(b, object, &type->children[i], err);
}

static int build_fields(struct builder *b, struct sp_logical_type *type,
	const struct sp_java_value *list, struct sp_error *err)
{
	const struct sp_java_value **items = NULL;
	size_t n = 0;

	if (list != NULL)
		list_items(list, &items, &n);
	if (n > MAX_NODES)
		return sp_fail(err, SP_EDAMAGED, "logical type of %zu fields", n);
	children_new(b, type, n);
	type->names = sp_arena_new_array(b->arena, struct sp_slice, n);
	for (size_t i = 0; i < n; i++) {
		const struct sp_java_value *name = value_of(items[i], "name");

		if (name != NULL && name->kind == SP_JAVA_KIND_STRING)
			type->names[i] = name->text;
		if (build_child(b, type, i, value_of(items[i], "type"), err) < 0)
			return err->code;
	}
	return 0;
}

static int build_details(struct builder *b, const struct sp_java_value *object,
	struct sp_logical_type *type, struct sp_error *err)
{
	const struct sp_java_value *class;

	switch (roots[type->root].detail) {
	case ELEMENT:
		children_new(b, type, 1);
		return build_child(b, type, 0, value_of(object, "elementType"), err);
	case KEY_VALUE:
		children_new(b, type, 2);
		if (build_child(b, type, 0, value_of(object, "keyType"), err) < 0)
			return err->code;
		return build_child(b, type, 1, value_of(object, "valueType"), err);
	case SOURCE:
		children_new(b, type, 1);
		return build_child(b, type, 0, value_of(object, "sourceType"), err);
	case ROW_FIELDS: return build_fields(b, type, value_of(object, "fields"), err);
	case ATTRIBUTES: return build_fields(b, type, value_of(object, "attributes"), err);
	case RAW_CLASS:
		class = value_of(object, "clazz");
		if (class != NULL && class->kind == SP_JAVA_KIND_CLASS)
			type->class_name = class->class->name;
		return 0;
	default: return 0;
	}
}

static void set_numbers(const struct sp_java_value *object, struct sp_logical_type *type)
{
	const struct sp_java_field *nullable = sp_java_field(object, "isNullable");

	type->nullable = nullable == NULL || nullable->number != 0;
	type->length = number_of(object, "length");
	type->precision = number_of(object, "precision");
	type->scale = number_of(object, "scale");
	if (type->root == SP_LOGICAL_INTERVAL_YEAR_MONTH) {
		type->precision = number_of(object, "yearPrecision");
	} else if (type->root == SP_LOGICAL_INTERVAL_DAY_TIME) {
		type->precision = number_of(object, "dayPrecision");
		type->scale = number_of(object, "fractionalPrecision");
	}
}

static int build(struct builder *b, const struct sp_java_value *object,
	const struct sp_logical_type **ret, struct sp_error *err)
{
	struct sp_logical_type *type = sp_arena_new_array(b->arena, struct sp_logical_type, 1);
	int status;

	*ret = type;
	type->nullable = true;
	if (object == NULL || object->kind != SP_JAVA_KIND_OBJECT)
		return 0;
	b->nodes += 1 + object->n_fields / 16;
	if (b->nodes > MAX_NODES || b->depth == MAX_DEPTH)
		return sp_fail(err, SP_EDAMAGED, "logical type without an end");
	type->root = root_of(object);
	type->class_name = object->class->name;
	set_numbers(object, type);
	b->depth++;
	status = build_details(b, object, type, err);
	b->depth--;
	return status;
}

int sp_logical_type_from(const struct sp_java_value *object, struct sp_arena *arena,
	const struct sp_logical_type **ret, struct sp_error *err)
{
	struct builder b = { .arena = arena };
	const struct sp_java_value *held = value_of(object, "logicalType"); /* of a DataType */

	return build(&b, held == NULL ? object : held, ret, err);
}

static void children_text(const struct sp_logical_type *type, struct sp_buffer *out)
{
	for (size_t i = 0; i < type->n_children; i++) {
		sp_buffer_printf(out, i == 0 ? "<" : ", ");
		if (type->names != NULL) {
			sp_mutf8_to_utf8(type->names[i], out);
			sp_buffer_u8(out, ' ');
		}
		sp_logical_type_text(type->children[i], out);
	}
	sp_buffer_printf(out, type->n_children == 0 ? "<>" : ">");
}

static void length_text(const struct sp_logical_type *type, struct sp_buffer *out)
{
	if (type->length == INT32_MAX && type->root == SP_LOGICAL_VARCHAR)
		sp_buffer_printf(out, "STRING");
	else if (type->length == INT32_MAX && type->root == SP_LOGICAL_VARBINARY)
		sp_buffer_printf(out, "BYTES");
	else
		sp_buffer_printf(out, "%s(%" PRId32 ")", roots[type->root].text, type->length);
}

void sp_logical_type_text(const struct sp_logical_type *type, struct sp_buffer *out)
{
	const struct root *root = &roots[type->root];

	if (root->detail == LENGTH)
		length_text(type, out);
	else
		sp_buffer_printf(out, "%s", root->text);
	if (root->detail == PRECISION)
		sp_buffer_printf(out, "(%" PRId32 ")", type->precision);
	else if (root->detail == PRECISION_SCALE)
		sp_buffer_printf(out, "(%" PRId32 ", %" PRId32 ")", type->precision, type->scale);
	else if (root->detail == RAW_CLASS && type->class_name.n != 0) {
		sp_buffer_printf(out, "('");
		sp_mutf8_to_utf8(type->class_name, out);
		sp_buffer_printf(out, "')");
	}
	if (root->detail >= ELEMENT && root->detail <= SOURCE)
		children_text(type, out);
	if (!type->nullable)
		sp_buffer_printf(out, " NOT NULL");
}
