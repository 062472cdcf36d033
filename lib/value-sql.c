/*
 * Values of SQL (org.apache.flink.table.runtime.typeutils, Flink 1.9 to 2.2).
 *
 *	RowData, BinaryRowData, ArrayData, MapData, StringData   i32 n (big endian), n bytes: body
 *	DecimalData    precision <= 18: i64; else i32 n, n bytes       both big endian
 *	TimestampData  precision <= 3: i64 ms; else i64 ms, i32 ns     both big endian
 *	Variant        i32 value length, i32 metadata length, value, metadata           2.1+
 *
 * Bodies are little endian; offsets count from the start of the innermost body.
 *
 *	row    u8 row kind, null bits from bit 8 on, to 8 bytes; n slots of 8 bytes; variable part
 *	array  i32 n, null bits, to 4 bytes; n slots of the element's width; variable part
 *	map    i32 bytes of the key array, key array, value array          multiset: value INTEGER
 *	slot   numbers, DATE, TIME, intervals, DECIMAL(<= 18), TIMESTAMP(<= 3): the value
 *	       DECIMAL(> 18)    u32 n, u32 offset: n bytes big endian
 *	       TIMESTAMP(> 3)   u32 ns, u32 offset: i64 ms
 *	       CHAR … VARBINARY high bit of byte 7: its low 7 bits are the length, the bytes before
 *it are the text; else u32 n, u32 offset ARRAY, MAP, …    u32 n, u32 offset: body VARIANT u32 n,
 *u32 offset: i32 metadata length (big endian), metadata, value
 *
 * Parts of a body do not overlap: a body is never worth more than its bytes.
 */
#include "value-internal.h"

#include <inttypes.h>

#define COMPACT_DECIMAL 18  /* DecimalData.MAX_COMPACT_PRECISION */
#define COMPACT_TIMESTAMP 3 /* TimestampData.isCompact */
#define ROW_KIND_BITS 8     /* BinaryRowData.HEADER_SIZE_IN_BITS */
#define MOST_ROW_KIND 3     /* RowKind */
#define NANOS_PER_MILLI 1000000
#define INLINE 0x80 /* mark of a slot that holds the bytes itself */

struct body {
	struct sp_walk *walk;
	struct sp_slice bytes;
	size_t budget; /* bytes that parts in the variable part can still take */
	size_t fixed;  /* where it starts */
};

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static uint64_t get64(const uint8_t *p)
{
	return (uint64_t)get32(p + 4) << 32 | get32(p);
}

/* Damage at `at`, which lies in a body. */
static int fail_at(struct sp_walk *walk, const uint8_t *at, const char *what, struct sp_error *err)
{
	walk->reader->in.at = at;
	return sp_walk_fail(walk, err, "%s", what);
}

static void set_bytes(struct sp_value *to, enum sp_value_kind kind, struct sp_slice bytes)
{
	to->kind = kind;
	to->bytes = bytes;
}

/* n bytes at an offset that a slot gives, which no other slot has. */
static int part(struct body *body, const uint8_t *slot, uint32_t n, struct sp_slice *ret,
	struct sp_error *err)
{
	uint32_t offset = get32(slot + 4);

	if (offset < body->fixed || offset > body->bytes.n || n > body->bytes.n - offset)
		return fail_at(
			body->walk, slot, "a part of a row or array lies outside of it", err);
	if (n > body->budget)
		return fail_at(body->walk, slot, "parts of a row or array overlap", err);
	body->budget -= n;
	*ret = sp_slice(body->bytes.p + offset, n);
	return 0;
}

/* Slots of fixed width hold a number. */
static const struct {
	enum sp_value_kind kind;
	uint8_t width;
} numbers[] = {
	[SP_LOGICAL_BOOLEAN] = { SP_VALUE_BOOLEAN, 1 },
	[SP_LOGICAL_TINYINT] = { SP_VALUE_BYTE, 1 },
	[SP_LOGICAL_SMALLINT] = { SP_VALUE_SHORT, 2 },
	[SP_LOGICAL_INTEGER] = { SP_VALUE_INT, 4 },
	[SP_LOGICAL_BIGINT] = { SP_VALUE_LONG, 8 },
	[SP_LOGICAL_FLOAT] = { SP_VALUE_FLOAT, 4 },
	[SP_LOGICAL_DOUBLE] = { SP_VALUE_DOUBLE, 8 },
	[SP_LOGICAL_DATE] = { SP_VALUE_DAYS, 4 },
	[SP_LOGICAL_TIME] = { SP_VALUE_TIME_OF_DAY, 4 },
	[SP_LOGICAL_INTERVAL_YEAR_MONTH] = { SP_VALUE_INT, 4 },
	[SP_LOGICAL_INTERVAL_DAY_TIME] = { SP_VALUE_LONG, 8 },
};

static bool is_number(enum sp_logical_root root)
{
	return (size_t)root < sp_countof(numbers) && numbers[root].width != 0;
}

/* A distinct type is stored as its source. The reader of types bounds how deep they nest. */
static const struct sp_logical_type *stored_as(const struct sp_logical_type *type)
{
	while (type->root == SP_LOGICAL_DISTINCT && type->n_children == 1)
		type = type->children[0];
	return type;
}

static size_t slot_width(const struct sp_logical_type *type)
{
	return is_number(type->root) ? numbers[type->root].width : 8;
}

static int read_number(struct body *body, const struct sp_logical_type *type, const uint8_t *slot,
	struct sp_value *to, struct sp_error *err)
{
	enum sp_value_kind kind = numbers[type->root].kind;
	int64_t number;

	switch (numbers[type->root].width) {
	case 1: number = (int8_t)slot[0]; break;
	case 2: number = (int16_t)(slot[0] | slot[1] << 8); break;
	case 4: number = (int32_t)get32(slot); break;
	default: number = (int64_t)get64(slot); break;
	}
	if (kind == SP_VALUE_FLOAT)
		number &= UINT32_MAX;
	if (kind == SP_VALUE_BOOLEAN && (number & ~1) != 0)
		return fail_at(body->walk, slot, "neither true nor false", err);
	sp_value_number(to, kind, number);
	return 0;
}

/* i64 unscaled as the shortest two's complement, big endian. */
static void set_decimal(struct sp_walk *walk, int64_t unscaled, struct sp_value *to)
{
	uint8_t *p = sp_arena_alloc(walk->arena, 8, 1);
	size_t n = 8;

	sp_set_be64(p, (uint64_t)unscaled);
	for (; n > 1 && ((p[0] == 0 && p[1] < 0x80) || (p[0] == 0xff && p[1] >= 0x80)); n--)
		p++;
	set_bytes(to, SP_VALUE_DECIMAL, sp_slice(p, n));
}

static int read_decimal(struct body *body, const struct sp_logical_type *type, const uint8_t *slot,
	struct sp_value *to, struct sp_error *err)
{
	struct sp_slice bytes;

	to->scale = type->scale;
	if (type->precision <= COMPACT_DECIMAL) {
		set_decimal(body->walk, (int64_t)get64(slot), to);
		return 0;
	}
	if (part(body, slot, get32(slot), &bytes, err) < 0)
		return err->code;
	if (bytes.n == 0)
		return fail_at(body->walk, slot, "a decimal of no bytes", err);
	set_bytes(to, SP_VALUE_DECIMAL, bytes);
	return 0;
}

static int read_timestamp(struct body *body, const struct sp_logical_type *type,
	const uint8_t *slot, struct sp_value *to, struct sp_error *err)
{
	struct sp_slice millis;

	if (type->precision <= COMPACT_TIMESTAMP) {
		sp_value_number(to, SP_VALUE_TIMESTAMP_DATA, (int64_t)get64(slot));
		return 0;
	}
	if (get32(slot) >= NANOS_PER_MILLI)
		return fail_at(body->walk, slot, "too many nanoseconds in a millisecond", err);
	if (part(body, slot, 8, &millis, err) < 0)
		return err->code;
	sp_value_number(to, SP_VALUE_TIMESTAMP_DATA, (int64_t)get64(millis.p));
	to->nanos = (int32_t)get32(slot);
	return 0;
}

static int read_text(struct body *body, enum sp_value_kind kind, const uint8_t *slot,
	struct sp_value *to, struct sp_error *err)
{
	struct sp_slice bytes;

	if ((slot[7] & INLINE) != 0) {
		bytes = sp_slice(slot, slot[7] & 0x7f);
		if (bytes.n > 7)
			return fail_at(body->walk, slot, "more than 7 bytes in a slot", err);
	} else if (part(body, slot, get32(slot), &bytes, err) < 0) {
		return err->code;
	}
	set_bytes(to, kind, bytes);
	return 0;
}

static void set_variant(
	struct sp_walk *walk, struct sp_slice metadata, struct sp_slice value, struct sp_value *to)
{
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_VARIANT, 2);

	set_bytes(&items[0], SP_VALUE_BYTES, metadata);
	set_bytes(&items[1], SP_VALUE_BYTES, value);
}

static int read_variant(
	struct body *body, struct sp_slice bytes, struct sp_value *to, struct sp_error *err)
{
	uint32_t n;

	if (bytes.n < 4 || sp_get_be32(bytes.p) > bytes.n - 4)
		return fail_at(body->walk, bytes.p, "metadata of a variant outside of it", err);
	n = sp_get_be32(bytes.p);
	set_variant(body->walk, sp_slice(bytes.p + 4, n),
		sp_slice(bytes.p + 4 + n, bytes.n - 4 - n), to);
	return 0;
}

static int read_row(struct sp_walk *walk, struct sp_slice bytes,
	const struct sp_logical_type *const *columns, size_t n, struct sp_value *to,
	struct sp_error *err);
static int read_array(struct sp_walk *walk, struct sp_slice bytes,
	const struct sp_logical_type *element, struct sp_value *to, struct sp_error *err);
static int read_map(struct sp_walk *walk, struct sp_slice bytes, const struct sp_logical_type *key,
	const struct sp_logical_type *value, struct sp_value *to, struct sp_error *err);

static const struct sp_logical_type multiset_count = { .root = SP_LOGICAL_INTEGER };

static int read_row_of(struct sp_walk *walk, struct sp_slice bytes,
	const struct sp_logical_type *type, struct sp_value *to, struct sp_error *err)
{
	if (read_row(walk, bytes, type->children, type->n_children, to, err) < 0)
		return err->code;
	for (size_t i = 0; type->names != NULL && i < to->n_items; i++)
		to->items[i].name = sp_walk_utf8(walk, type->names[i]);
	if (type->names != NULL)
		to->kind = SP_VALUE_STRUCT;
	return 0;
}

/* A body inside of a body. */
static int read_nested(struct body *body, const struct sp_logical_type *type, struct sp_slice bytes,
	struct sp_value *to, struct sp_error *err)
{
	struct sp_walk *walk = body->walk;
	size_t n = type->n_children;

	if (type->root == SP_LOGICAL_ARRAY && n == 1)
		return read_array(walk, bytes, type->children[0], to, err);
	if (type->root == SP_LOGICAL_MAP && n == 2)
		return read_map(walk, bytes, type->children[0], type->children[1], to, err);
	if (type->root == SP_LOGICAL_MULTISET && n == 1)
		return read_map(walk, bytes, type->children[0], &multiset_count, to, err);
	if (type->root == SP_LOGICAL_ROW || type->root == SP_LOGICAL_STRUCTURED)
		return read_row_of(walk, bytes, type, to, err);
	if (type->root == SP_LOGICAL_VARIANT)
		return read_variant(body, bytes, to, err);
	to->class_name = type->class_name;
	set_bytes(to, SP_VALUE_OPAQUE, bytes);
	return 0;
}

static int read_slot(struct body *body, const struct sp_logical_type *type, const uint8_t *slot,
	struct sp_value *to, struct sp_error *err)
{
	struct sp_slice bytes;
	int status;

	switch (type->root) {
	case SP_LOGICAL_CHAR:
	case SP_LOGICAL_VARCHAR: return read_text(body, SP_VALUE_STRING, slot, to, err);
	case SP_LOGICAL_BINARY:
	case SP_LOGICAL_VARBINARY: return read_text(body, SP_VALUE_BYTES, slot, to, err);
	case SP_LOGICAL_DECIMAL: return read_decimal(body, type, slot, to, err);
	case SP_LOGICAL_TIMESTAMP:
	case SP_LOGICAL_TIMESTAMP_LTZ: return read_timestamp(body, type, slot, to, err);
	case SP_LOGICAL_ARRAY:
	case SP_LOGICAL_MULTISET:
	case SP_LOGICAL_MAP:
	case SP_LOGICAL_ROW:
	case SP_LOGICAL_STRUCTURED:
	case SP_LOGICAL_RAW:
	case SP_LOGICAL_VARIANT: break;
	default:
		if (is_number(type->root))
			return read_number(body, type, slot, to, err);
		to->class_name = type->class_name; /* a slot whose layout is not known */
		set_bytes(to, SP_VALUE_OPAQUE, sp_slice(slot, 8));
		return 0;
	}
	if (part(body, slot, get32(slot), &bytes, err) < 0 || sp_walk_enter(body->walk, err) < 0)
		return err->code;
	status = read_nested(body, type, bytes, to, err);
	body->walk->depth--;
	return status;
}

static int read_item(struct body *body, const struct sp_logical_type *type, bool null,
	const uint8_t *slot, struct sp_value *to, struct sp_error *err)
{
	to->logical = type;
	if (null) {
		to->kind = SP_VALUE_NULL;
		return 0;
	}
	return read_slot(body, stored_as(type), slot, to, err);
}

static bool bit(const uint8_t *bits, size_t i)
{
	return (bits[i / 8] & 1 << i % 8) != 0;
}

static int read_row(struct sp_walk *walk, struct sp_slice bytes,
	const struct sp_logical_type *const *columns, size_t n, struct sp_value *to,
	struct sp_error *err)
{
	size_t header = (n + 63 + ROW_KIND_BITS) / 64 * 8;
	struct body body = { .walk = walk, .bytes = bytes, .fixed = header + 8 * n };
	struct sp_value *items;

	if (bytes.n < body.fixed)
		return fail_at(walk, bytes.p, "a row is shorter than its columns", err);
	if (bytes.p[0] > MOST_ROW_KIND)
		return fail_at(walk, bytes.p, "a row of no known kind", err);
	body.budget = bytes.n - body.fixed;
	items = sp_walk_items(walk, to, SP_VALUE_TUPLE, n);
	to->row_kind = bytes.p[0];
	for (size_t i = 0; i < n; i++)
		if (read_item(&body, columns[i], bit(bytes.p, ROW_KIND_BITS + i),
			    bytes.p + header + 8 * i, &items[i], err) < 0)
			return err->code;
	return 0;
}

static int read_array(struct sp_walk *walk, struct sp_slice bytes,
	const struct sp_logical_type *element, struct sp_value *to, struct sp_error *err)
{
	size_t width = slot_width(stored_as(element));
	struct body body = { .walk = walk, .bytes = bytes };
	struct sp_value *items;
	size_t header;
	uint32_t n;

	if (bytes.n < 4)
		return fail_at(walk, bytes.p, "an array without a size", err);
	n = get32(bytes.p);
	header = 4 + ((size_t)n + 31) / 32 * 4;
	body.fixed = header + n * width;
	if (n > INT32_MAX || bytes.n < body.fixed)
		return fail_at(walk, bytes.p, "an array is shorter than its elements", err);
	body.budget = bytes.n - body.fixed;
	items = sp_walk_items(walk, to, SP_VALUE_LIST, n);
	for (uint32_t i = 0; i < n; i++)
		if (read_item(&body, element, bit(bytes.p + 4, i), bytes.p + header + i * width,
			    &items[i], err) < 0)
			return err->code;
	return 0;
}

static int read_map(struct sp_walk *walk, struct sp_slice bytes, const struct sp_logical_type *key,
	const struct sp_logical_type *value, struct sp_value *to, struct sp_error *err)
{
	struct sp_value keys = { 0 };
	struct sp_value values = { 0 };
	struct sp_value *items;
	uint32_t n;

	if (bytes.n < 4 || get32(bytes.p) > bytes.n - 4)
		return fail_at(walk, bytes.p, "the keys of a map lie outside of it", err);
	n = get32(bytes.p);
	if (read_array(walk, sp_slice(bytes.p + 4, n), key, &keys, err) < 0 ||
		read_array(walk, sp_slice(bytes.p + 4 + n, bytes.n - 4 - n), value, &values, err) <
			0)
		return err->code;
	if (keys.n_items != values.n_items)
		return fail_at(walk, bytes.p, "a map has not as many values as keys", err);
	items = sp_walk_items(walk, to, SP_VALUE_MAP, 2 * keys.n_items);
	for (size_t i = 0; i < keys.n_items; i++) {
		items[2 * i] = keys.items[i];
		items[2 * i + 1] = values.items[i];
	}
	return 0;
}

/* The body of a value that stands alone, unless the walk only crosses. */
static int read_body(struct sp_walk *walk, const struct sp_type *type, struct sp_slice bytes,
	struct sp_value *to, struct sp_error *err)
{
	const struct sp_logical_type **columns = type->columns;

	switch (type->kind) {
	case SP_ROW_DATA: return read_row(walk, bytes, columns, type->n_columns, to, err);
	case SP_ARRAY_DATA: return read_array(walk, bytes, columns[0], to, err);
	case SP_MAP_DATA: return read_map(walk, bytes, columns[0], columns[1], to, err);
	case SP_STRING_DATA: set_bytes(to, SP_VALUE_STRING, bytes); return 0;
	default: set_bytes(to, SP_VALUE_OPAQUE, bytes); return 0; /* without column types */
	}
}

static int walk_framed(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_slice bytes;

	if (sp_walk_blob(walk, &bytes, err) < 0)
		return err->code;
	return to == NULL ? 0 : read_body(walk, type, bytes, to, err);
}

static int walk_decimal(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_slice bytes;
	int64_t unscaled;

	if (to != NULL)
		to->scale = type->scale;
	if (type->precision <= COMPACT_DECIMAL) {
		if (sp_walk_i64(walk, &unscaled, err) < 0)
			return err->code;
		if (to != NULL)
			set_decimal(walk, unscaled, to);
		return 0;
	}
	if (sp_walk_blob(walk, &bytes, err) < 0)
		return err->code;
	if (bytes.n == 0)
		return sp_walk_fail(walk, err, "a decimal of no bytes");
	if (to != NULL)
		set_bytes(to, SP_VALUE_DECIMAL, bytes);
	return 0;
}

static int walk_timestamp(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	int64_t millis;
	int32_t nanos = 0;

	if (sp_walk_i64(walk, &millis, err) < 0)
		return err->code;
	if (type->precision > COMPACT_TIMESTAMP && sp_walk_i32(walk, &nanos, err) < 0)
		return err->code;
	if (nanos < 0 || nanos >= NANOS_PER_MILLI)
		return sp_walk_fail(walk, err, "%" PRId32 " nanoseconds in a millisecond", nanos);
	sp_value_number(to, SP_VALUE_TIMESTAMP_DATA, millis);
	if (to != NULL)
		to->nanos = nanos;
	return 0;
}

static int walk_variant(struct sp_walk *walk, struct sp_value *to, struct sp_error *err)
{
	struct sp_slice value, metadata;
	int32_t n_value, n_metadata;

	if (sp_walk_i32(walk, &n_value, err) < 0 || sp_walk_i32(walk, &n_metadata, err) < 0)
		return err->code;
	if (n_value < 0 || n_metadata < 0)
		return sp_walk_fail(walk, err, "negative length in a variant");
	if (sp_walk_bytes(walk, (size_t)n_value, &value, err) < 0 ||
		sp_walk_bytes(walk, (size_t)n_metadata, &metadata, err) < 0)
		return err->code;
	if (to != NULL)
		set_variant(walk, metadata, value, to);
	return 0;
}

int sp_walk_sql(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	switch (type->kind) {
	case SP_DECIMAL_DATA: return walk_decimal(walk, type, to, err);
	case SP_TIMESTAMP_DATA: return walk_timestamp(walk, type, to, err);
	case SP_VARIANT: return walk_variant(walk, to, err);
	default: return walk_framed(walk, type, to, err);
	}
}
