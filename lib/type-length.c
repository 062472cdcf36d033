/*
 * How many bytes the values of a type take, and what legacy types stand for.
 *
 * Declared lengths are those of TypeSerializer.getLength(): -1 where values differ, and 0 for a
 * VoidNamespace although it writes a byte.
 */
#include "type-internal.h"
#include "value-internal.h"

#include <stdio.h>

static const int8_t widths[] = {
	[SP_BOOLEAN] = 1,
	[SP_BYTE] = 1,
	[SP_SHORT] = 2,
	[SP_INT] = 4,
	[SP_LONG] = 8,
	[SP_CHAR] = 2,
	[SP_FLOAT] = 4,
	[SP_DOUBLE] = 8,
	[SP_DATE] = 8,
	[SP_SQL_DATE] = 8,
	[SP_SQL_TIME] = 8,
	[SP_SQL_TIMESTAMP] = 12,
	[SP_INSTANT] = 12,
	[SP_LOCAL_DATE] = 6,
	[SP_LOCAL_TIME] = 7,
	[SP_LOCAL_DATE_TIME] = 13,
	[SP_VOID] = 1,
	[SP_VOID_NAMESPACE] = 1,
	[SP_UNIT] = 1,
	[SP_TUPLE0] = 1,
	[SP_TIME_WINDOW] = 16,
	[SP_GLOBAL_WINDOW] = 1,
	[SP_SQL_TIME_WINDOW] = 16,
	[SP_SQL_COUNT_WINDOW] = 8,
	[SP_SQL_GLOBAL_WINDOW] = 1,
	[SP_EVENT_ID] = 12,
	[SP_ENUM] = 4,
	[SP_SCALA_ENUM] = 4,
};

/* The serializer class X, as itself or as its canonical name, has the snapshot class that the
 * table of classes knows. */
static enum sp_type_kind kind_of_serializer(struct sp_slice name)
{
	static const char suffix[] = "Serializer";
	size_t n_suffix = sizeof(suffix) - 1;
	char text[512];
	const struct sp_type_class *class;
	const uint8_t *dot, *simple;
	int n_simple, n_outer;

	if (name.n <= n_suffix || name.n > 200 ||
		memcmp(name.p + name.n - n_suffix, suffix, n_suffix) != 0)
		return SP_LEGACY;
	simple = name.p + name.n;
	while (simple > name.p && simple[-1] != '.' && simple[-1] != '$')
		simple--;
	n_simple = (int)(name.p + name.n - simple);
	n_outer = (int)(simple - name.p);
	snprintf(text, sizeof(text), "%.*s$%.*sSnapshot", (int)name.n, name.p, n_simple, simple);
	class = sp_type_class_find(sp_slice_of(text));
	if (class == NULL && n_outer > 0) { /* nested: X$YSerializer */
		snprintf(text, sizeof(text), "%.*s$%.*s$%.*sSnapshot", n_outer - 1, name.p,
			n_simple, simple, n_simple, simple);
		class = sp_type_class_find(sp_slice_of(text));
	}
	if (class == NULL && n_outer > 1) { /* a window's, which is called "Serializer" */
		dot = memrchr(name.p, '.', (size_t)n_outer - 1);
		dot = dot == NULL ? name.p : dot + 1;
		snprintf(text, sizeof(text), "%.*s$%.*s$%.*s%.*sSnapshot", n_outer - 1, name.p,
			n_simple, simple, (int)(simple - 1 - dot), dot, n_simple, simple);
		class = sp_type_class_find(sp_slice_of(text));
	}
	if (class == NULL) {
		snprintf(text, sizeof(text), "%.*sSnapshot", (int)name.n, name.p);
		class = sp_type_class_find(sp_slice_of(text));
	}
	return class != NULL && class->body == sp_type_body_simple ? class->kind : SP_LEGACY;
}

/* By the last part of the name, as the reader of legacy snapshots has them. */
static const struct {
	const char *name;
	enum sp_type_kind kind;
	size_t n_children; /* 0: any number */
} legacy_kinds[] = {
	{ "CollectionSerializerConfigSnapshot", SP_LIST, 1 },
	{ "MapSerializerConfigSnapshot", SP_MAP, 2 },
	{ "EitherSerializerConfigSnapshot", SP_EITHER, 2 },
	{ "EitherSerializerSnapshot", SP_EITHER, 2 },
	{ "RowSerializer$RowSerializerConfigSnapshot", SP_ROW, 0 },
	{ "CompositeSerializer$ConfigSnapshot", SP_TTL, 2 },
	{ "ScalaOptionSerializerConfigSnapshot", SP_OPTION, 1 },
	{ "ScalaTrySerializerConfigSnapshot", SP_TRY, 2 },
	{ "TraversableSerializerConfigSnapshot", SP_TRAVERSABLE, 1 },
	{ "StreamElementSerializer$StreamElementSerializerConfigSnapshot", SP_STREAM_ELEMENT, 1 },
	{ "CoGroupedStreams$UnionSerializerConfigSnapshot", SP_UNION, 2 },
	{ "TwoPhaseCommitSinkFunction$StateSerializerConfigSnapshot", SP_TWO_PHASE_COMMIT, 2 },
	{ "IntervalJoinOperator$BufferSerializerConfigSnapshot", SP_BUFFER_ENTRY, 1 },
	{ "TimerSerializer$TimerSerializerConfigSnapshot", SP_TIMER, 2 },
	{ "TupleSerializerConfigSnapshot", SP_TUPLE, 0 },
	{ "GenericArraySerializerConfigSnapshot", SP_OBJECT_ARRAY, 1 },
	{ "PojoSerializer$PojoSerializerConfigSnapshot", SP_POJO, 0 },
	{ "KryoSerializer$KryoSerializerConfigSnapshot", SP_KRYO, 0 },
	{ "ValueSerializer$ValueSerializerConfigSnapshot", SP_VALUE, 0 },
	{ "CopyableValueSerializer$CopyableValueSerializerConfigSnapshot", SP_COPYABLE_VALUE, 0 },
};

static struct sp_slice last_part(struct sp_slice name)
{
	const uint8_t *dot = name.n == 0 ? NULL : memrchr(name.p, '.', name.n);

	return dot == NULL ? name : sp_slice(dot + 1, (size_t)(name.p + name.n - dot - 1));
}

enum sp_type_kind sp_type_kind_of(const struct sp_type *type)
{
	struct sp_slice last;

	if (type->kind != SP_LEGACY)
		return type->kind;
	last = last_part(type->snapshot_class);
	for (size_t i = 0; i < sp_countof(legacy_kinds); i++)
		if (sp_slice_is(last, legacy_kinds[i].name) &&
			(legacy_kinds[i].n_children == 0 ||
				legacy_kinds[i].n_children == type->n_children))
			return legacy_kinds[i].kind;
	if (type->constant_ids != NULL)
		return SP_SCALA_ENUM;
	if (type->constants != NULL)
		return SP_ENUM;
	return kind_of_serializer(type->class_name);
}

enum sp_type_kind sp_type_of_flink_value(struct sp_slice class_name)
{
	static const char package[] = "org.apache.flink.types.";
	static const struct {
		const char *name;
		enum sp_type_kind kind;
	} values[] = {
		{ "BooleanValue", SP_BOOLEAN },
		{ "ByteValue", SP_BYTE },
		{ "CharValue", SP_CHAR },
		{ "DoubleValue", SP_DOUBLE },
		{ "FloatValue", SP_FLOAT },
		{ "IntValue", SP_INT },
		{ "LongValue", SP_LONG },
		{ "NullValue", SP_NULL_VALUE },
		{ "ShortValue", SP_SHORT },
		{ "StringValue", SP_STRING_VALUE },
	};
	size_t n = sizeof(package) - 1;

	if (class_name.n < n || memcmp(class_name.p, package, n) != 0)
		return SP_OPAQUE;
	for (size_t i = 0; i < sp_countof(values); i++)
		if (sp_slice_is(sp_slice(class_name.p + n, class_name.n - n), values[i].name))
			return values[i].kind;
	return SP_OPAQUE;
}

bool sp_type_is_flink_value(const struct sp_type *type, const char *name)
{
	struct sp_slice class =
		type->kind == SP_VALUE || type->kind == SP_COPYABLE_VALUE || type->kind == SP_LEGACY
			? type->class_name
			: type->snapshot_class;
	char text[64];

	snprintf(text, sizeof(text), ".%sValue", name);
	return class.n != 0 && memmem(class.p, class.n, text, strlen(text)) != NULL;
}

/* The sum of the children's lengths, -1 where one is below `least`. */
static int32_t sum(const struct sp_type *type, int32_t least, int32_t (*of)(const struct sp_type *))
{
	int64_t total = 0;

	for (size_t i = 0; i < type->n_children; i++) {
		int32_t n = of(type->children[i]);

		if (n < least)
			return -1;
		total += n;
	}
	return total > INT32_MAX ? -1 : (int32_t)total;
}

static int32_t plus(int32_t more, int32_t n)
{
	return n < 0 || n > INT32_MAX - more ? -1 : n + more;
}

/* What is the same for declared lengths and widths; `least` of a field of a tuple. */
static int32_t measure(
	const struct sp_type *type, int32_t least, int32_t (*of)(const struct sp_type *))
{
	enum sp_type_kind kind = sp_type_kind_of(type);

	switch (kind) {
	case SP_NULL_VALUE: return 0;
	case SP_TUPLE:
	case SP_CASE_CLASS: return sum(type, least, of);
	case SP_META_SQN_INFO:
	case SP_ROW_SQN_INFO:
	case SP_TTL: return sum(type, 0, of);
	case SP_TIMER: return plus(8, sum(type, 0, of));
	case SP_WRAPPER:
	case SP_EXTERNAL: return type->n_children == 1 ? of(type->children[0]) : -1;
	case SP_NULLABLE: return type->padding > 0 ? plus(1, type->padding) : -1;
	case SP_TIMESTAMP_DATA: return type->precision <= 3 ? 8 : 12;
	default: return (size_t)kind < sp_countof(widths) && widths[kind] != 0 ? widths[kind] : -1;
	}
}

size_t sp_type_any_bytes(enum sp_type_kind kind)
{
	switch (kind) {
	case SP_BYTE:
	case SP_SHORT:
	case SP_INT:
	case SP_LONG:
	case SP_CHAR:
	case SP_FLOAT:
	case SP_DOUBLE:
	case SP_DATE:
	case SP_SQL_DATE:
	case SP_SQL_TIME:
	case SP_TIME_WINDOW:
	case SP_SQL_TIME_WINDOW:
	case SP_SQL_COUNT_WINDOW: return (size_t)widths[kind];
	default: return 0;
	}
}

static int32_t flink_value_width(const struct sp_type *type)
{
	enum sp_type_kind kind = sp_type_of_flink_value(type->class_name);

	if (kind == SP_NULL_VALUE)
		return 1;
	return kind == SP_OPAQUE || widths[kind] == 0 ? -1 : widths[kind];
}

int32_t sp_type_length(const struct sp_type *type)
{
	switch (sp_type_kind_of(type)) {
	case SP_VOID_NAMESPACE: return 0;
	case SP_VALUE: return -1;
	case SP_COPYABLE_VALUE: return flink_value_width(type); /* CopyableValue.getBinaryLength */
	default: return measure(type, 1, sp_type_length);
	}
}

int32_t sp_type_width(const struct sp_type *type)
{
	switch (sp_type_kind_of(type)) {
	case SP_VALUE:
	case SP_COPYABLE_VALUE: return flink_value_width(type);
	case SP_DECIMAL_DATA: return type->precision <= 18 ? 8 : -1;
	default: return measure(type, 0, sp_type_width);
	}
}

size_t sp_type_least(const struct sp_type *type)
{
	enum sp_type_kind kind = sp_type_kind_of(type);

	switch (kind) {
	case SP_TUPLE:
	case SP_CASE_CLASS:
	case SP_WRAPPER:
	case SP_EXTERNAL:
	case SP_META_SQN_INFO:
	case SP_ROW_SQN_INFO:
	case SP_SQN_NODE:
	case SP_SQN_ROW_KEY:
	case SP_SHARED_BUFFER_EDGE:
		for (size_t i = 0; i < type->n_children; i++)
			if (sp_type_least(type->children[i]) > 0)
				return 1;
		return 0;
	case SP_ROW: return type->n_children > 0;
	case SP_NULL_VALUE:
	case SP_AVRO: /* a schema may say null */
	case SP_OPAQUE:
	case SP_COMPOSITE:
	case SP_LEGACY: return 0;
	default:
		return (size_t)kind < sp_countof(widths) && widths[kind] != 0 ? (size_t)widths[kind]
									      : 1;
	}
}

static const struct sp_type *opaque_among(const struct sp_type_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct sp_type *opaque = sp_type_opaque_part(fields[i].type);

		if (opaque != NULL)
			return opaque;
	}
	return NULL;
}

const struct sp_type *sp_type_opaque_part(const struct sp_type *type)
{
	switch (sp_type_kind_of(type)) {
	case SP_OPAQUE:
	case SP_COMPOSITE:
	case SP_NOTHING:
	case SP_LEGACY: return type;
	case SP_VALUE:
	case SP_COPYABLE_VALUE:
		return sp_type_of_flink_value(type->class_name) == SP_OPAQUE ? type : NULL;
	case SP_RAW_VALUE: /* framed */
	case SP_ROW_DATA:
	case SP_ARRAY_DATA:
	case SP_MAP_DATA: return NULL;
	default: break;
	}
	for (size_t i = 0; i < type->n_children; i++) {
		const struct sp_type *opaque = sp_type_opaque_part(type->children[i]);

		if (opaque != NULL)
			return opaque;
	}
	return opaque_among(type->fields, type->n_fields);
}
