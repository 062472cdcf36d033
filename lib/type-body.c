/*
 * Bodies of snapshots that are neither simple nor composite nor SQL's.
 *
 *	map         i64 0x4f2c69a3d70, i32 n, n × (utf name, framed key, framed value)
 *	framed      bool there, [i32 length, bytes]
 *	            LinkedOptionalMapSerializer
 *	POJO        utf class
 *	            map fields: key = utf declaring class, utf name; value = versioned snapshot
 *	            map registered subclasses: value = versioned snapshot
 *	            map subclasses that were met: the same      PojoSerializerSnapshotData
 *	Kryo        utf class, map registrations, map default serializers,
 *	            map default serializer classes              KryoSerializerSnapshotData
 *	enum        utf class, i32 n, n × utf                   EnumSerializerSnapshot
 *	Scala enum  utf class, i32 n, n × (utf, i32)            ScalaEnumSerializerSnapshot
 *	Avro        1: utf schema
 *	            2: utf class, utf schema
 *	            3: string class, string schema, in the encoding of StringValue
 *	                                                        AvroSerializerSnapshot
 *
 * Written by Flink 1.8 to 2.2 (Avro: 1 by 1.7, 2 by 1.8 to 1.11, 3 since).
 */
#include "type-internal.h"

#include <inttypes.h>

#include "avro-schema.h"
#include "mutf8.h"
#include "value-kryo.h"

/* Flink itself registers it, with a serializer that writes it as an ArrayList. */
#define AVRO_ARRAY "org.apache.avro.generic.GenericData$Array"
#define MAP_MAGIC 0x4f2c69a3d70 /* LinkedOptionalMapSerializer.HEADER */

static int take_framed(
	struct sp_cursor *in, struct sp_slice *ret, bool *there, struct sp_error *err)
{
	*ret = sp_slice(in->at, 0);
	if (sp_take_bool(in, there, err) < 0)
		return err->code;
	return *there ? sp_take_blob(in, ret, err) : 0;
}

static int take_map_head(struct sp_type_reader *r, uint32_t *n, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	int64_t magic;

	if (sp_take_i64(&r->in, &magic, err) < 0)
		return err->code;
	if (magic != MAP_MAGIC)
		return sp_fail_at(err, &start, "no map where one must be: 0x%016" PRIx64, magic);
	if (sp_take_count(&r->in, 4, "map entries", n, err) < 0)
		return err->code;
	sp_type_spend(r, *n);
	return 0;
}

struct entry {
	struct sp_slice name, key, value;
	bool has_value;
};

static int take_entry(struct sp_type_reader *r, struct entry *entry, struct sp_error *err)
{
	bool has_key;

	if (sp_take_utf(&r->in, &entry->name, err) < 0 ||
		take_framed(&r->in, &entry->key, &has_key, err) < 0)
		return err->code;
	return take_framed(&r->in, &entry->value, &entry->has_value, err);
}

/* The class that declares a field; the key may be empty or what somebody else wrote. */
static struct sp_slice declaring_class(const struct sp_type_reader *r, struct sp_slice key)
{
	struct sp_cursor in = sp_type_reader_within(r, key).in;
	struct sp_slice name = { 0 };
	struct sp_error err;

	if (key.n >= 2)
		sp_take_utf(&in, &name, &err);
	return name;
}

static int read_fields(
	struct sp_type_reader *r, struct sp_type_field **ret, size_t *n_ret, struct sp_error *err)
{
	struct entry entry;
	uint32_t n;

	if (take_map_head(r, &n, err) < 0)
		return err->code;
	*ret = sp_arena_new_array(r->arena, struct sp_type_field, n);
	for (uint32_t i = 0; i < n; i++) {
		struct sp_type_field *field = &(*ret)[i];

		if (take_entry(r, &entry, err) < 0)
			return err->code;
		field->name = entry.name;
		field->declaring = declaring_class(r, entry.key);
		field->type = sp_type_new(r->arena);
		if (entry.has_value && sp_type_read_frame(r, entry.value, &field->type, err) < 0)
			return sp_within(err, "'%s'", sp_type_printable(r->arena, entry.name));
	}
	*n_ret = n;
	return 0;
}

SP_TYPE_BODY(sp_type_body_pojo)
{
	(void)class;
	if (sp_take_utf(&r->in, &type->class_name, err) < 0)
		return err->code;
	if (read_fields(r, &type->fields, &type->n_fields, err) < 0 ||
		read_fields(r, &type->registered, &type->n_registered, err) < 0 ||
		read_fields(r, &type->non_registered, &type->n_non_registered, err) < 0)
		return err->code;
	return 0;
}

/* One of the two maps of default serializers; those of the other are kept. */
static int read_defaults(struct sp_type_reader *r, struct sp_type *type, struct sp_error *err)
{
	struct sp_slice *names;
	struct entry entry;
	uint32_t n;

	if (take_map_head(r, &n, err) < 0)
		return err->code;
	names = sp_arena_new_array(r->arena, struct sp_slice, type->n_defaults + n);
	if (type->n_defaults != 0)
		memcpy(names, type->defaults, type->n_defaults * sizeof(*names));
	type->defaults = names;
	while (n-- > 0) {
		if (take_entry(r, &entry, err) < 0)
			return err->code;
		names[type->n_defaults++] = entry.name;
	}
	return 0;
}

/* Of a registration, "utf class, i32 how, …": 0 is a serializer that Kryo chooses. */
static bool has_own_serializer(const struct sp_type_reader *r, const struct entry *entry)
{
	struct sp_cursor in = sp_type_reader_within(r, entry->value).in;
	struct sp_slice class;
	struct sp_error err;
	int32_t how = 0;

	if (sp_take_utf(&in, &class, &err) < 0 || sp_take_i32(&in, &how, &err) < 0)
		return false;
	return how != 0;
}

void sp_type_add_kryo_class(struct sp_type *type, struct sp_slice name, bool has_serializer)
{
	has_serializer = has_serializer && !sp_slice_is(name, AVRO_ARRAY);
	if (has_serializer || !sp_kryo_is_fixed(name))
		type->by_id[type->n_by_id++] = (struct sp_type_kryo_class){ .name = name,
			.has_serializer = has_serializer };
}

SP_TYPE_BODY(sp_type_body_kryo)
{
	struct entry entry;
	uint32_t n;

	(void)class;
	if (sp_take_utf(&r->in, &type->class_name, err) < 0 || take_map_head(r, &n, err) < 0)
		return err->code;
	type->registrations = sp_arena_new_array(r->arena, struct sp_slice, n);
	type->by_id = sp_arena_new_array(r->arena, struct sp_type_kryo_class, n);
	for (uint32_t i = 0; i < n; i++) {
		if (take_entry(r, &entry, err) < 0)
			return err->code;
		type->registrations[i] = entry.name;
		sp_type_add_kryo_class(type, entry.name, has_own_serializer(r, &entry));
	}
	type->n_registrations = n;
	return read_defaults(r, type, err) < 0 ? err->code : read_defaults(r, type, err);
}

SP_TYPE_BODY(sp_type_body_enum)
{
	uint32_t n;

	(void)class;
	if (sp_take_utf(&r->in, &type->class_name, err) < 0 ||
		sp_take_count(&r->in, 2, "enum constants", &n, err) < 0)
		return err->code;
	sp_type_spend(r, n);
	type->constants = sp_arena_new_array(r->arena, struct sp_slice, n);
	for (; type->n_constants < n; type->n_constants++)
		if (sp_take_utf(&r->in, &type->constants[type->n_constants], err) < 0)
			return err->code;
	return 0;
}

SP_TYPE_BODY(sp_type_body_scala_enum)
{
	uint32_t n;

	(void)class;
	if (sp_take_utf(&r->in, &type->class_name, err) < 0 ||
		sp_take_count(&r->in, 6, "enum constants", &n, err) < 0)
		return err->code;
	sp_type_spend(r, n);
	type->constants = sp_arena_new_array(r->arena, struct sp_slice, n);
	type->constant_ids = sp_arena_new_array(r->arena, int32_t, n);
	for (; type->n_constants < n; type->n_constants++)
		if (sp_take_utf(&r->in, &type->constants[type->n_constants], err) < 0 ||
			sp_take_i32(&r->in, &type->constant_ids[type->n_constants], err) < 0)
			return err->code;
	return 0;
}

/* Base 128, little end first; at most five bytes. */
static int take_varint(struct sp_cursor *in, uint32_t *ret, struct sp_error *err)
{
	uint32_t v = 0;
	uint8_t byte;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		if (sp_take_u8(in, &byte, err) < 0)
			return err->code;
		v |= (uint32_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = v;
			return 0;
		}
	}
	return sp_fail_at(err, in, "number of more than five bytes");
}

/* StringValue.readString: the number of UTF-16 units + 1, then the units, all as varints. */
static int take_string(struct sp_cursor *in, struct sp_buffer *out, struct sp_error *err)
{
	struct sp_cursor start = *in;
	uint32_t n;
	uint32_t unit;

	if (take_varint(in, &n, err) < 0)
		return err->code;
	if (n == 0 || n - 1 > sp_left(in))
		return sp_fail_at(err, &start, "string of %" PRIu32 " characters cannot fit", n);
	while (--n > 0) {
		if (take_varint(in, &unit, err) < 0)
			return err->code;
		if (unit > UINT16_MAX)
			return sp_fail_at(err, in, "no character: 0x%" PRIx32, unit);
		sp_mutf8_put(out, unit);
	}
	return 0;
}

static int take_class_and_schema(struct sp_cursor *in, int32_t version, struct sp_buffer *class,
	struct sp_buffer *schema, struct sp_error *err)
{
	struct sp_slice name = { 0 };
	struct sp_slice text;

	if (version == 3)
		return take_string(in, class, err) < 0 ? err->code : take_string(in, schema, err);
	if (version == 2 && sp_take_utf(in, &name, err) < 0)
		return err->code;
	if (sp_take_utf(in, &text, err) < 0)
		return err->code;
	sp_buffer_bytes(class, name);
	sp_buffer_bytes(schema, text);
	return 0;
}

SP_TYPE_BODY(sp_type_body_avro)
{
	sp_auto_buffer name = { 0 };
	sp_auto_buffer schema = { 0 };
	sp_auto_buffer utf8 = { 0 };
	struct sp_error fault;

	(void)class;
	if (take_class_and_schema(&r->in, type->version, &name, &schema, err) < 0)
		return err->code;
	sp_type_spend(r, schema.n);
	sp_mutf8_to_utf8(sp_buffer_slice(&schema), &utf8);
	type->class_name = sp_arena_copy(r->arena, sp_buffer_slice(&name));
	type->schema = sp_arena_copy(r->arena, sp_buffer_slice(&utf8));
	if (sp_avro_parse(type->schema, r->arena, &type->avro, &fault) < 0) {
		type->avro = NULL; /* the snapshot is sound all the same */
		type->avro_fault = sp_arena_printf(r->arena, "%s", fault.message);
	}
	return 0;
}
