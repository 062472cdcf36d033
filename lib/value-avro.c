/*
 * Values of Avro, in the encoding of Flink's own encoder, by the writer schema in the snapshot:
 *
 *	null          nothing
 *	boolean       u8 0 or 1
 *	int, long     i32, i64
 *	float, double their bits
 *	enum          i32 index
 *	union         i32 index, value
 *	string, bytes i32 n, n bytes (strings: UTF-8)
 *	fixed         the bytes
 *	array         blocks: varint n, n × item; the block of no items, 00, ends them
 *	map           the same, of string key and value
 *	record        its fields in the order of the schema
 *	varint        base 128, little end first
 *
 * org.apache.flink.formats.avro.utils.DataOutputEncoder, all releases.
 */
#include "avro-schema.h"
#include "value-internal.h"

#include <inttypes.h>

/* Parts that take no bytes, records of nulls above all, are not limited by the bytes there are. */
#define MAX_EMPTY_PARTS (1 << 16)

struct avro {
	struct sp_walk *walk;
	uint64_t parts;
	const uint8_t *start;
};

static int walk_part(
	struct avro *avro, const struct sp_avro *schema, struct sp_value *to, struct sp_error *err);

static int walk_boolean(
	struct avro *avro, const struct sp_avro *schema, struct sp_value *to, struct sp_error *err)
{
	bool v;

	(void)schema;
	if (sp_walk_bool(avro->walk, &v, err) < 0)
		return err->code;
	if (to != NULL) {
		to->kind = SP_VALUE_BOOLEAN;
		to->number = v;
	}
	return 0;
}

/* int and float. */
static int walk_32(
	struct avro *avro, const struct sp_avro *schema, struct sp_value *to, struct sp_error *err)
{
	int32_t v;

	if (sp_walk_i32(avro->walk, &v, err) < 0)
		return err->code;
	if (to != NULL) {
		to->kind = schema->kind == SP_AVRO_INT ? SP_VALUE_INT : SP_VALUE_FLOAT;
		to->number = schema->kind == SP_AVRO_INT ? v : (int64_t)(uint32_t)v;
	}
	return 0;
}

/* long and double. */
static int walk_64(
	struct avro *avro, const struct sp_avro *schema, struct sp_value *to, struct sp_error *err)
{
	int64_t v;

	if (sp_walk_i64(avro->walk, &v, err) < 0)
		return err->code;
	if (to != NULL) {
		to->kind = schema->kind == SP_AVRO_LONG ? SP_VALUE_LONG : SP_VALUE_DOUBLE;
		to->number = v;
	}
	return 0;
}

/* bytes and string: a length, and as many bytes. */
static int walk_bytes(
	struct avro *avro, const struct sp_avro *schema, struct sp_value *to, struct sp_error *err)
{
	struct sp_slice bytes;
	int32_t n;

	if (sp_walk_i32(avro->walk, &n, err) < 0)
		return err->code;
	if (n < 0)
		return sp_walk_fail(avro->walk, err, "Avro: negative length %" PRId32, n);
	if (sp_walk_bytes(avro->walk, (size_t)n, &bytes, err) < 0)
		return err->code;
	if (to != NULL) {
		to->kind = schema->kind == SP_AVRO_STRING ? SP_VALUE_STRING : SP_VALUE_BYTES;
		to->bytes = bytes;
	}
	return 0;
}

static int walk_fixed(
	struct avro *avro, const struct sp_avro *schema, struct sp_value *to, struct sp_error *err)
{
	struct sp_slice bytes;

	if (sp_walk_bytes(avro->walk, schema->size, &bytes, err) < 0)
		return err->code;
	if (to != NULL) {
		to->kind = SP_VALUE_BYTES;
		to->bytes = bytes;
		to->class_name = schema->name;
	}
	return 0;
}

/* Of an enum or a union, below n. */
static int walk_index(struct avro *avro, size_t n, size_t *ret, struct sp_error *err)
{
	int32_t i;

	if (sp_walk_i32(avro->walk, &i, err) < 0)
		return err->code;
	if (i < 0 || (size_t)i >= n)
		return sp_walk_fail(avro->walk, err, "Avro: index %" PRId32 " of %zu", i, n);
	*ret = (size_t)i;
	return 0;
}

static int walk_enum(
	struct avro *avro, const struct sp_avro *schema, struct sp_value *to, struct sp_error *err)
{
	size_t i = 0;

	if (walk_index(avro, schema->n, &i, err) < 0)
		return err->code;
	if (to != NULL) {
		to->kind = SP_VALUE_ENUM;
		to->class_name = schema->name;
		to->number = (int64_t)i;
		to->bytes = schema->names[i];
	}
	return 0;
}

static int walk_union(
	struct avro *avro, const struct sp_avro *schema, struct sp_value *to, struct sp_error *err)
{
	size_t i = 0;

	if (walk_index(avro, schema->n, &i, err) < 0)
		return err->code;
	return walk_part(avro, schema->parts[i], to, err);
}

/* DataOutputEncoder.writeVarLongCount */
static int walk_count(struct avro *avro, uint64_t *ret, struct sp_error *err)
{
	uint64_t v = 0;
	uint8_t byte;

	for (unsigned shift = 0; shift < 63; shift += 7) {
		if (sp_walk_u8(avro->walk, &byte, err) < 0)
			return err->code;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = v;
			return 0;
		}
	}
	return sp_walk_fail(avro->walk, err, "Avro: number of more than nine bytes");
}

/* Items that grow as they are read: their number is only a claim. */
struct items {
	struct sp_value *p;
	size_t n, capacity;
};

/* Room for one more; NULL where the walk only crosses. */
static struct sp_value *add_item(struct avro *avro, struct items *items)
{
	struct sp_arena *arena = avro->walk->arena;

	if (arena == NULL)
		return NULL;
	if (items->n == items->capacity) {
		size_t capacity = items->capacity == 0 ? 4 : items->capacity * 2;
		struct sp_value *p = sp_arena_new_array(arena, struct sp_value, capacity);

		if (items->n != 0)
			memcpy(p, items->p, items->n * sizeof(*p));
		items->p = p;
		items->capacity = capacity;
	}
	return &items->p[items->n++];
}

static int walk_item(
	struct avro *avro, const struct sp_avro *schema, struct items *items, struct sp_error *err)
{
	static const struct sp_avro key = { .kind = SP_AVRO_STRING };

	if (schema->kind == SP_AVRO_MAP && walk_part(avro, &key, add_item(avro, items), err) < 0)
		return err->code;
	return walk_part(avro, schema->parts[0], add_item(avro, items), err);
}

/* array and map */
static int walk_blocks(
	struct avro *avro, const struct sp_avro *schema, struct sp_value *to, struct sp_error *err)
{
	struct items items = { 0 };
	uint64_t n;

	for (;;) {
		if (walk_count(avro, &n, err) < 0)
			return err->code;
		if (n == 0)
			break;
		while (n-- > 0)
			if (walk_item(avro, schema, &items, err) < 0)
				return err->code;
	}
	if (to != NULL) {
		to->kind = schema->kind == SP_AVRO_MAP ? SP_VALUE_MAP : SP_VALUE_LIST;
		to->items = items.p;
		to->n_items = items.n;
	}
	return 0;
}

static int walk_record(
	struct avro *avro, const struct sp_avro *schema, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items = sp_walk_items(avro->walk, to, SP_VALUE_STRUCT, schema->n);

	if (to != NULL)
		to->class_name = schema->name;
	for (size_t i = 0; i < schema->n; i++) {
		struct sp_value *item = sp_walk_item(items, i);

		if (walk_part(avro, schema->parts[i], item, err) < 0)
			return err->code;
		if (item != NULL) {
			item->name = schema->names[i];
			item->is_ignored = schema->ignored[i];
		}
	}
	return 0;
}

static int walk_null(
	struct avro *avro, const struct sp_avro *schema, struct sp_value *to, struct sp_error *err)
{
	(void)avro;
	(void)schema;
	(void)err;
	if (to != NULL)
		to->kind = SP_VALUE_NULL;
	return 0;
}

static int (*const families[])(struct avro *avro, const struct sp_avro *schema, struct sp_value *to,
	struct sp_error *err) = {
	[SP_AVRO_NULL] = walk_null,
	[SP_AVRO_BOOLEAN] = walk_boolean,
	[SP_AVRO_INT] = walk_32,
	[SP_AVRO_LONG] = walk_64,
	[SP_AVRO_FLOAT] = walk_32,
	[SP_AVRO_DOUBLE] = walk_64,
	[SP_AVRO_STRING] = walk_bytes,
	[SP_AVRO_BYTES] = walk_bytes,
	[SP_AVRO_FIXED] = walk_fixed,
	[SP_AVRO_ENUM] = walk_enum,
	[SP_AVRO_ARRAY] = walk_blocks,
	[SP_AVRO_MAP] = walk_blocks,
	[SP_AVRO_UNION] = walk_union,
	[SP_AVRO_RECORD] = walk_record,
};

static int walk_part(
	struct avro *avro, const struct sp_avro *schema, struct sp_value *to, struct sp_error *err)
{
	struct sp_cursor *in = &avro->walk->reader->in;
	const uint8_t *start = in->at;
	int status;

	if (++avro->parts > MAX_EMPTY_PARTS + (uint64_t)(start - avro->start))
		return sp_walk_fail(avro->walk, err, "Avro: too many values that take no bytes");
	if (sp_walk_enter(avro->walk, err) < 0)
		return err->code;
	status = families[schema->kind](avro, schema, to, err);
	avro->walk->depth--;
	if (to != NULL)
		to->raw = sp_slice(start, (size_t)(in->at - start));
	return status;
}

int sp_walk_avro(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct avro avro = { .walk = walk, .start = walk->reader->in.at };

	if (type->avro == NULL)
		return sp_fail(err, SP_EUNSUPPORTED,
			"offset 0x%" PRIx64 ": Avro value of class '%.*s' cannot be read: %s",
			sp_offset(&walk->reader->in), (int)type->class_name.n,
			(const char *)type->class_name.p,
			type->avro_fault == NULL ? "no schema" : type->avro_fault);
	return walk_part(&avro, type->avro, to, err);
}
