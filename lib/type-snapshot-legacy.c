/*
 * Snapshots of Flink 1.3 to 1.6, and of old classes in jobs of 1.7 to 1.16.
 *
 *	legacy     utf class, i32 version, body                 TypeSerializerConfigSnapshot
 *	adapter    utf class, i32 0x7a53c4f0, prior, i32 version, body
 *	           BackwardsCompatibleSerializerSnapshot
 *	prior      i32 1, blob: the serializer as a Java object stream
 *	           TypeSerializerSerializationUtil.TypeSerializerSerializationProxy
 *	resilient  i32 n, n × (i32 offset of prior, i32 offset of proxied), i32 total, total bytes
 *	           TypeSerializerSerializationUtil.writeSerializersAndConfigsWithResilience
 *
 * The containers are framed, so that a class which is not known costs nothing beyond its frame.
 */
#include "type-internal.h"

#include <inttypes.h>

#include "java-object.h"

#define PRIOR_VERSION 1
#define PACKAGE "org.apache.flink."
#define MAX_NAME 4096 /* bytes */

static SP_TYPE_OUTER(read_class_only)
{
	return sp_take_utf(&r->in, &type->class_name, err);
}

static SP_TYPE_OUTER(read_container)
{
	return sp_type_read_resilient(r, &type->children, &type->n_children, err);
}

static int cross_object(struct sp_type_reader *r, struct sp_slice *class, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	const struct sp_java_value *object;

	if (sp_java_object_read(&r->in, r->arena, &object, err) < 0)
		return err->code;
	sp_type_spend(r, (uint64_t)(r->in.at - start.at) / 2);
	if (class != NULL && object->class != NULL)
		*class = object->class->name;
	return 0;
}

static SP_TYPE_OUTER(read_container_and_class)
{
	return read_container(r, type, err) < 0 ? err->code
						: cross_object(r, &type->class_name, err);
}

static SP_TYPE_OUTER(read_class_and_nested)
{
	return read_class_only(r, type, err) < 0 ? err->code : sp_type_read_nested(r, type, 1, err);
}

static SP_TYPE_OUTER(read_nested)
{
	return sp_type_read_nested(r, type, 0, err);
}

static SP_TYPE_OUTER(read_enum_objects)
{
	return read_class_only(r, type, err) < 0 ? err->code : cross_object(r, NULL, err);
}

static SP_TYPE_OUTER(read_enum)
{
	return sp_type_body_enum(r, NULL, type, err);
}

static SP_TYPE_OUTER(read_scala_enum_objects)
{
	return cross_object(r, &type->class_name, err) < 0 ? err->code : cross_object(r, NULL, err);
}

static SP_TYPE_OUTER(read_scala_enum)
{
	return sp_type_body_scala_enum(r, NULL, type, err);
}

/* One registration of Kryo: utf class, i32 how: 0; 1: utf serializer class; 2: Java object. */
static int read_registration(struct sp_type_reader *r, struct sp_type *type, struct sp_error *err)
{
	struct sp_slice name;
	int32_t how;

	if (sp_take_utf(&r->in, &name, err) < 0 || sp_take_i32(&r->in, &how, err) < 0)
		return err->code;
	sp_type_add_kryo_class(type, name, how != 0);
	switch (how) {
	case 0: return 0;
	case 1: return sp_take_utf(&r->in, &name, err);
	case 2: return cross_object(r, NULL, err);
	default: return sp_fail_at(err, &r->in, "Kryo registration of kind %" PRId32, how);
	}
}

static SP_TYPE_OUTER(read_kryo)
{
	uint32_t n;

	if (read_class_only(r, type, err) < 0 ||
		sp_take_count(&r->in, 8, "registrations", &n, err) < 0)
		return err->code;
	type->registrations = sp_arena_new_array(r->arena, struct sp_slice, n);
	type->by_id = sp_arena_new_array(r->arena, struct sp_type_kryo_class, n);
	for (; type->n_registrations < n; type->n_registrations++)
		if (sp_take_utf(&r->in, &type->registrations[type->n_registrations], err) < 0 ||
			read_registration(r, type, err) < 0)
			return err->code;
	return 0;
}

struct pair {
	int32_t prior;
	int32_t snapshot;
};

/* The offsets and the bytes they point into. */
static int take_pairs(struct sp_type_reader *r, struct pair **ret, uint32_t *n,
	struct sp_slice *bytes, struct sp_error *err)
{
	if (sp_take_count(&r->in, 8, "serializers", n, err) < 0)
		return err->code;
	sp_type_spend(r, *n);
	*ret = sp_arena_new_array(r->arena, struct pair, *n);
	for (uint32_t i = 0; i < *n; i++)
		if (sp_take_i32(&r->in, &(*ret)[i].prior, err) < 0 ||
			sp_take_i32(&r->in, &(*ret)[i].snapshot, err) < 0)
			return err->code;
	return sp_take_blob(&r->in, bytes, err);
}

/* The bytes of a pair, from its prior to `end`. */
static int pair_bytes(const struct sp_type_reader *r, const struct pair *pair, int64_t end,
	struct sp_slice all, struct sp_slice *ret, struct sp_error *err)
{
	if (pair->prior < 0 || pair->prior > pair->snapshot || pair->snapshot > end ||
		(uint64_t)end > all.n)
		return sp_fail_at(err, &r->in, "a serializer is out of its frame");
	*ret = sp_slice(all.p + pair->prior, (size_t)(end - pair->prior));
	return 0;
}

/* What can be said without a snapshot that can be read: the class of the serializer. */
static const struct sp_type *prior_or_opaque(const struct sp_type_reader *r, struct sp_slice bytes)
{
	struct sp_type_reader within = sp_type_reader_within(r, bytes);
	const struct sp_type *type;
	struct sp_type *opaque;
	struct sp_error err;

	if (bytes.n > 0 && sp_type_read_prior(&within, &type, &err) == 0)
		return type;
	opaque = sp_type_new(r->arena);
	opaque->kind = SP_LEGACY;
	opaque->bytes = bytes;
	return opaque;
}

/* A pair: prior serializer, [names,] proxied snapshot. */
static const struct sp_type *read_pair(
	const struct sp_type_reader *r, const struct pair *pair, struct sp_slice bytes)
{
	size_t snapshot_at = (size_t)(pair->snapshot - pair->prior);
	struct sp_slice rest = sp_slice(bytes.p + snapshot_at, bytes.n - snapshot_at);
	struct sp_type_reader within = sp_type_reader_within(r, rest);
	const struct sp_type *type;
	struct sp_error err;

	if (rest.n > 0 && sp_type_read_proxied(&within, &type, &err) == 0)
		return type;
	return prior_or_opaque(r, sp_slice(bytes.p, snapshot_at));
}

int sp_type_read_resilient(
	struct sp_type_reader *r, const struct sp_type ***ret, size_t *n_ret, struct sp_error *err)
{
	struct sp_slice all, bytes;
	struct pair *pairs;
	uint32_t n;

	if (take_pairs(r, &pairs, &n, &all, err) < 0)
		return err->code;
	*ret = sp_arena_new_array(r->arena, const struct sp_type *, n);
	for (uint32_t i = 0; i < n; i++) {
		int64_t end = i + 1 < n ? pairs[i + 1].prior : (int64_t)all.n;

		if (!sp_type_spend(r, 16) || pair_bytes(r, &pairs[i], end, all, &bytes, err) < 0)
			return sp_fail_at(err, &r->in, "damaged list of serializers");
		(*ret)[i] = read_pair(r, &pairs[i], bytes);
	}
	*n_ret = n;
	return 0;
}

/*
 * The name that ends at `end`, found from there: its length stands before it, and no two
 * characters of a Java name can be taken for a length.
 */
static int name_before(const struct sp_type_reader *r, struct sp_slice all, int64_t end,
	struct sp_slice *ret, struct sp_error *err)
{
	if (end < 2 || (uint64_t)end > all.n)
		return sp_fail_at(err, &r->in, "a field is out of its frame");
	for (int64_t n = 0; n <= end - 2 && n < MAX_NAME; n++)
		if (sp_get_be16(all.p + end - 2 - n) == n) {
			*ret = sp_slice(all.p + end - n, (size_t)n);
			return 0;
		}
	return sp_fail_at(err, &r->in, "a field without a name");
}

/* As the resilient list, but before each pair stands the name of the field or subclass. */
static int read_named_pairs(
	struct sp_type_reader *r, struct sp_type_field **ret, size_t *n_ret, struct sp_error *err)
{
	struct sp_slice all, bytes, next;
	struct pair *pairs;
	uint32_t n;

	if (take_pairs(r, &pairs, &n, &all, err) < 0)
		return err->code;
	*ret = sp_arena_new_array(r->arena, struct sp_type_field, n);
	next = sp_slice(all.p + all.n, 0);
	for (uint32_t i = n; i-- > 0;) {
		int64_t end = i + 1 == n ? (int64_t)all.n : next.p - 2 - all.p;

		if (!sp_type_spend(r, 64) || pair_bytes(r, &pairs[i], end, all, &bytes, err) < 0 ||
			name_before(r, all, pairs[i].prior, &next, err) < 0)
			return sp_fail_at(err, &r->in, "damaged list of fields");
		(*ret)[i].name = next;
		(*ret)[i].type = read_pair(r, &pairs[i], bytes);
	}
	*n_ret = n;
	return 0;
}

static SP_TYPE_OUTER(read_pojo)
{
	if (read_class_only(r, type, err) < 0)
		return err->code;
	if (read_named_pairs(r, &type->fields, &type->n_fields, err) < 0 ||
		read_named_pairs(r, &type->registered, &type->n_registered, err) < 0 ||
		read_named_pairs(r, &type->non_registered, &type->n_non_registered, err) < 0)
		return err->code;
	return 0;
}

/* By the last part of the name: the packages moved. */
static const struct legacy_class {
	const char *name;
	int32_t version;
	int (*read)(struct sp_type_reader *r, struct sp_type *type, struct sp_error *err);
} legacy_classes[] = {
	{ "ParameterlessTypeSerializerConfig", 1, read_class_only },
	{ "CollectionSerializerConfigSnapshot", 1, read_container },
	{ "MapSerializerConfigSnapshot", 1, read_container },
	{ "EitherSerializerConfigSnapshot", 1, read_container },
	{ "EitherSerializerSnapshot", 1, read_container },
	{ "EitherSerializerSnapshot", 2, read_nested },
	{ "RowSerializer$RowSerializerConfigSnapshot", 1, read_container },
	{ "CompositeSerializer$ConfigSnapshot", 0, read_container },
	{ "ScalaOptionSerializerConfigSnapshot", 1, read_container },
	{ "ScalaTrySerializerConfigSnapshot", 1, read_container },
	{ "TraversableSerializerConfigSnapshot", 1, read_container },
	{ "StreamElementSerializer$StreamElementSerializerConfigSnapshot", 1, read_container },
	{ "CoGroupedStreams$UnionSerializerConfigSnapshot", 1, read_container },
	{ "TwoPhaseCommitSinkFunction$StateSerializerConfigSnapshot", 1, read_container },
	{ "IntervalJoinOperator$BufferSerializerConfigSnapshot", 1, read_container },
	{ "TimerSerializer$TimerSerializerConfigSnapshot", 1, read_container },
	{ "NFA$NFASerializerConfigSnapshot", 1, read_container },
	{ "SharedBuffer$SharedBufferSerializerConfigSnapshot", 1, read_container },
	{ "NullableSerializer$NullableSerializerConfigSnapshot", 1, read_container },
	{ "TupleSerializerConfigSnapshot", 1, read_container_and_class },
	{ "GenericArraySerializerConfigSnapshot", 1, read_container_and_class },
	{ "GenericArraySerializerConfigSnapshot", 2, read_class_and_nested },
	{ "EnumSerializer$EnumSerializerConfigSnapshot", 1, read_enum_objects },
	{ "EnumSerializer$EnumSerializerConfigSnapshot", 2, read_enum },
	{ "EnumValueSerializer$ScalaEnumSerializerConfigSnapshot", 1, read_scala_enum_objects },
	{ "EnumValueSerializer$ScalaEnumSerializerConfigSnapshot", 2, read_scala_enum },
	{ "PojoSerializer$PojoSerializerConfigSnapshot", 1, read_pojo },
	{ "KryoSerializer$KryoSerializerConfigSnapshot", 1, read_kryo },
	{ "ValueSerializer$ValueSerializerConfigSnapshot", 1, read_kryo },
	{ "CopyableValueSerializer$CopyableValueSerializerConfigSnapshot", 1, read_class_only },
};

static const struct legacy_class *find_legacy(struct sp_slice name, int32_t version)
{
	const uint8_t *dot;
	struct sp_slice last;

	if (name.n <= strlen(PACKAGE) || memcmp(name.p, PACKAGE, strlen(PACKAGE)) != 0)
		return NULL;
	dot = memrchr(name.p, '.', name.n);
	if (dot == NULL)
		return NULL;
	last = sp_slice(dot + 1, (size_t)(name.p + name.n - dot - 1));
	for (size_t i = 0; i < sp_countof(legacy_classes); i++)
		if (legacy_classes[i].version == version &&
			sp_slice_is(last, legacy_classes[i].name))
			return &legacy_classes[i];
	return NULL;
}

static int read_legacy_body(struct sp_type_reader *r, struct sp_type *type, struct sp_error *err)
{
	const struct legacy_class *class = find_legacy(type->snapshot_class, type->version);
	int status = class != NULL ? class->read(r, type, err) : sp_type_read_unknown(r, type, err);

	type->kind = SP_LEGACY;
	return status;
}

int sp_type_read_adapter(struct sp_type_reader *r, struct sp_type *type, struct sp_error *err)
{
	const struct sp_type *prior;

	if (sp_type_read_prior(r, &prior, err) < 0 ||
		sp_take_i32(&r->in, &type->version, err) < 0 || read_legacy_body(r, type, err) < 0)
		return err->code;
	if (type->class_name.n == 0)
		type->class_name = prior->class_name;
	return 0;
}

int sp_type_read_legacy(struct sp_type_reader *r, const struct sp_type **ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	struct sp_type *type = sp_type_new(r->arena);
	int status;

	if (!sp_type_spend(r, 16) || r->depth == SP_TYPE_MAX_DEPTH)
		return sp_fail_at(err, &start, "serializers are nested too deeply");
	if (sp_take_utf(&r->in, &type->snapshot_class, err) < 0 ||
		sp_take_i32(&r->in, &type->version, err) < 0)
		return err->code;
	r->depth++;
	status = read_legacy_body(r, type, err);
	r->depth--;
	if (status < 0)
		return status;
	type->bytes = sp_slice(start.at, (size_t)(r->in.at - start.at));
	*ret = type;
	return 0;
}

int sp_type_read_prior(struct sp_type_reader *r, const struct sp_type **ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	struct sp_type *type = sp_type_new(r->arena);
	struct sp_slice object;
	struct sp_type_reader within;
	struct sp_error ignored;
	int32_t version;

	if (sp_take_i32(&r->in, &version, err) < 0)
		return err->code;
	if (version != PRIOR_VERSION)
		return sp_fail_at(
			err, &start, "serialized serializer of version %" PRId32, version);
	if (sp_take_blob(&r->in, &object, err) < 0)
		return err->code;
	within = sp_type_reader_within(r, object);
	cross_object(&within, &type->class_name, &ignored);
	type->kind = SP_LEGACY;
	type->bytes = sp_slice(start.at, (size_t)(r->in.at - start.at));
	*ret = type;
	return 0;
}
