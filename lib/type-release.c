/*
 * Which releases know which snapshot classes, from the classes in the jars of Flink 1.11 to 2.2
 * and the versions that these classes write. What is not in the table is known from before 1.11
 * up to 2.2: also the forms of composite and simple snapshots that Flink 1.7 wrote.
 */
#include "type-release.h"

#include "type-logical.h"
#include "type-packages.h"

#define R SP_RELEASE
#define OLDEST R(1, 2)
#define NEWEST SP_RELEASE_NEWEST
#define LAST_1 R(1, 20)
#define FIRST_2 R(2, 0)

static const struct sp_release_range all = { OLDEST, NEWEST };
static const struct sp_release_range only_1 = { OLDEST, LAST_1 };
static const struct sp_release_range only_2 = { FIRST_2, NEWEST };

/* TypeSerializerConfigSnapshot and the Java-serialized serializers beside it; gone in 1.17. */
static const struct sp_release_range legacy = { OLDEST, R(1, 16) };

/* ExternalSerializerSnapshot got a flag in 1.13 and kept its version: each reads its own only. */
static const struct sp_release_range external = { R(1, 12), R(1, 12) };
static const struct sp_release_range external_with_flag = { R(1, 13), NEWEST };

#define ONLY(from, to, name)                                                                       \
	{                                                                                          \
		name, { from, to }, 0, 0                                                           \
	}
#define SINCE(release, name) ONLY(release, NEWEST, name)
#define UNTIL(release, name) ONLY(OLDEST, release, name)
/* Of snapshots that have at least this version, or this version of a composite's subclass. */
#define SINCE_VERSION(v, release, name)                                                            \
	{                                                                                          \
		name, { release, NEWEST }, v, 0                                                    \
	}
#define SINCE_OUTER(v, release, name)                                                              \
	{                                                                                          \
		name, { release, NEWEST }, 0, v                                                    \
	}

/* clang-format off */
static const struct {
	const char *name; /* of the snapshot class */
	struct sp_release_range range;
	int32_t version, outer_version; /* from these on */
} table[] = {
	SINCE(R(1, 9), BASE "LocalDateSerializer$LocalDateSerializerSnapshot"),
	SINCE(R(1, 9), BASE "LocalTimeSerializer$LocalTimeSerializerSnapshot"),
	SINCE(R(1, 9), BASE "LocalDateTimeSerializer$LocalDateTimeSerializerSnapshot"),
	SINCE(R(2, 1), BASE "VariantSerializer$VariantSerializerSnapshot"),
	SINCE(R(2, 0), BASE "SetSerializerSnapshot"),
	UNTIL(LAST_1, BASE "GenericArraySerializerConfigSnapshot"),
	UNTIL(LAST_1, RUNTIME "EitherSerializerSnapshot"),
	SINCE_OUTER(3, R(1, 11), RUNTIME "RowSerializer$RowSerializerSnapshot"),
	SINCE_OUTER(4, R(1, 14), RUNTIME "RowSerializer$RowSerializerSnapshot"),
	SINCE(R(2, 0), STATE "v2.ttl.TtlStateFactory$TtlSerializerSnapshot"),
	SINCE(R(2, 0), STATE "ttl.TtlAwareSerializerSnapshot"),
	SINCE(R(1, 12), STREAMING "api.utils.ByteArrayWrapperSerializer$ByteArrayWrapperSerializerSnapshot"),
	UNTIL(LAST_1, STREAMING "api.functions.sink.TwoPhaseCommitSinkFunction$StateSerializerSnapshot"),
	SINCE_OUTER(4, R(1, 14), STREAMING "api.functions.sink.TwoPhaseCommitSinkFunction$StateSerializerSnapshot"),
	SINCE(R(2, 0), STREAMING "api.functions.sink.legacy.TwoPhaseCommitSinkFunction$StateSerializerSnapshot"),
	UNTIL(LAST_1, SCALA "UnitSerializer$UnitSerializerSnapshot"),
	UNTIL(LAST_1, SCALA "NothingSerializerSnapshot"),
	UNTIL(LAST_1, SCALA "ScalaOptionSerializerSnapshot"),
	UNTIL(LAST_1, SCALA "ScalaEitherSerializerSnapshot"),
	UNTIL(LAST_1, SCALA "ScalaTrySerializerSnapshot"),
	UNTIL(LAST_1, SCALA "ScalaCaseClassSerializerSnapshot"),
	UNTIL(LAST_1, SCALA "Tuple2CaseClassSerializerSnapshot"),
	UNTIL(LAST_1, SCALA "TraversableSerializerSnapshot"),
	UNTIL(LAST_1, SCALA "ScalaEnumSerializerSnapshot"),
	SINCE_VERSION(3, R(1, 12), "org.apache.flink.formats.avro.typeutils.AvroSerializerSnapshot"),
	SINCE(R(2, 0), TABLE_WINDOW "GlobalWindow$Serializer$GlobalWindowSerializerSnapshot"),
	SINCE(R(1, 13), TABLE "WindowKeySerializer$WindowKeySerializerSnapshot"),
	SINCE(R(1, 13), TABLE "LinkedListSerializer$LinkedListSerializerSnapshot"),
	SINCE_OUTER(3, R(1, 14), TABLE "LinkedListSerializer$LinkedListSerializerSnapshot"),
	SINCE(R(1, 11), TABLE "RowDataSerializer$RowDataSerializerSnapshot"),
	SINCE(R(1, 11), TABLE "BinaryRowDataSerializer$BinaryRowDataSerializerSnapshot"),
	SINCE(R(1, 11), TABLE "ArrayDataSerializer$ArrayDataSerializerSnapshot"),
	SINCE(R(1, 11), TABLE "MapDataSerializer$MapDataSerializerSnapshot"),
	SINCE(R(1, 11), TABLE "StringDataSerializer$StringDataSerializerSnapshot"),
	SINCE(R(1, 11), TABLE "DecimalDataSerializer$DecimalSerializerSnapshot"),
	SINCE(R(1, 11), TABLE "TimestampDataSerializer$TimestampDataSerializerSnapshot"),
	SINCE(R(1, 11), TABLE "RawValueDataSerializer$RawValueDataSerializerSnapshot"),
	ONLY(R(1, 9), R(1, 10), TABLE "BaseRowSerializer$BaseRowSerializerSnapshot"),
	ONLY(R(1, 9), R(1, 10), TABLE "BinaryRowSerializer$BinaryRowSerializerSnapshot"),
	ONLY(R(1, 9), R(1, 10), TABLE "BaseArraySerializer$BaseArraySerializerSnapshot"),
	ONLY(R(1, 9), R(1, 10), TABLE "BaseMapSerializer$BaseMapSerializerSnapshot"),
	ONLY(R(1, 9), R(1, 10), TABLE "BinaryStringSerializer$BinaryStringSerializerSnapshot"),
	ONLY(R(1, 9), R(1, 10), TABLE "BinaryGenericSerializer$BinaryGenericSerializerSnapshot"),
	ONLY(R(1, 9), R(1, 10), TABLE "DecimalSerializer$DecimalSerializerSnapshot"),
	ONLY(R(1, 10), R(1, 10), TABLE "SqlTimestampSerializer$SqlTimestampSerializerSnapshot"),
	SINCE(R(2, 2), SEQUENCED "MetaSqnInfoSerializer$MetaSqnInfoSerializerSnapshot"),
	SINCE(R(2, 2), SEQUENCED "RowSqnInfoSerializer$RowSqnInfoSerializerSnapshot"),
	SINCE(R(2, 2), SEQUENCED "NodeSerializer$NodeSerializerSnapshot"),
	SINCE(R(2, 2), SEQUENCED "RowDataKeySerializerSnapshot"),
	SINCE_OUTER(2, R(1, 16), CEP "NFAStateSerializerSnapshot"),
	SINCE(R(1, 13), CEP "sharedbuffer.SharedBufferNodeSerializerSnapshotV2"),
	UNTIL(LAST_1, CEP "sharedbuffer.SharedBufferNode$SharedBufferNodeSerializer$SharedBufferNodeSerializerSnapshot"),
	UNTIL(LAST_1, CEP "SharedBuffer$SharedBufferSerializerSnapshot"),
	UNTIL(LAST_1, CEP "NFA$MigratedNFASerializerSnapshot"),
};
/* clang-format on */

struct sp_release_range sp_release_range_meet(struct sp_release_range a, struct sp_release_range b)
{
	return (struct sp_release_range){
		.from = a.from > b.from ? a.from : b.from,
		.to = a.to < b.to ? a.to : b.to,
	};
}

static struct sp_release_range class_range(const struct sp_type *type)
{
	struct sp_release_range range = all;

	for (size_t i = 0; i < sp_countof(table); i++)
		if (type->version >= table[i].version &&
			type->outer_version >= table[i].outer_version &&
			sp_slice_is(type->snapshot_class, table[i].name))
			range = sp_release_range_meet(range, table[i].range);
	return range;
}

/* Does it hold values in a serializer of their own, which only a Java object describes? */
static bool has_raw(const struct sp_logical_type *type)
{
	if (type->root == SP_LOGICAL_RAW)
		return true;
	for (size_t i = 0; i < type->n_children; i++)
		if (has_raw(type->children[i]))
			return true;
	return false;
}

/* Elements of an array or map that are RAW are Kryo's but for exceptions that cannot be told. */
static bool has_raw_elements(const struct sp_type *type)
{
	if (type->kind != SP_ARRAY_DATA && type->kind != SP_MAP_DATA)
		return false;
	for (size_t i = 0; i < type->n_columns; i++)
		if (has_raw(type->columns[i]))
			return true;
	return false;
}

struct sp_release_range sp_type_own_releases(const struct sp_type *type, enum sp_kryo kryo)
{
	if (type->kind == SP_KRYO || has_raw_elements(type))
		return kryo == SP_KRYO_2 ? only_1 : only_2;
	if (type->kind == SP_LEGACY)
		return legacy;
	if (type->kind == SP_EXTERNAL)
		return type->has_flag ? external_with_flag : external;
	return class_range(type);
}

struct walk {
	enum sp_kryo kryo;
	sp_release release;
	struct sp_release_range range;
	const struct sp_type *part;
};

static void walk(struct walk *self, const struct sp_type *type);

static void walk_fields(struct walk *self, const struct sp_type_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		walk(self, fields[i].type);
}

static void walk(struct walk *self, const struct sp_type *type)
{
	struct sp_release_range own = sp_type_own_releases(type, self->kryo);

	self->range = sp_release_range_meet(self->range, own);
	if (self->part == NULL && !sp_release_in(own, self->release))
		self->part = type;
	for (size_t i = 0; i < type->n_children; i++)
		walk(self, type->children[i]);
	walk_fields(self, type->fields, type->n_fields);
	walk_fields(self, type->registered, type->n_registered);
	walk_fields(self, type->non_registered, type->n_non_registered);
}

struct sp_release_range sp_type_releases(const struct sp_type *type, enum sp_kryo kryo,
	sp_release release, const struct sp_type **part)
{
	struct walk self = { .kryo = kryo, .release = release, .range = all };

	walk(&self, type);
	if (part != NULL)
		*part = self.part;
	return self.range;
}
