/*
 * Hash codes right from the bytes of a key: of strings, numbers, rows of SQL, and Flink's tuples of
 * them. A wrong length or a number that cannot be is left to those who read values.
 */
#include "key-hash-internal.h"

#include "value-internal.h"

#define MOST_VARINT 5 /* bytes */

static const uint8_t *take_boolean(const uint8_t *p, const uint8_t *end, uint32_t *ret)
{
	if (p == end || *p > 1)
		return NULL;
	*ret = *p ? 1231 : 1237;
	return p + 1;
}

static const uint8_t *take_byte(const uint8_t *p, const uint8_t *end, uint32_t *ret)
{
	if (p == end)
		return NULL;
	*ret = (uint32_t)(int8_t)*p;
	return p + 1;
}

static const uint8_t *take_short(const uint8_t *p, const uint8_t *end, uint32_t *ret)
{
	if (end - p < 2)
		return NULL;
	*ret = (uint32_t)(int16_t)sp_get_be16(p);
	return p + 2;
}

static const uint8_t *take_char(const uint8_t *p, const uint8_t *end, uint32_t *ret)
{
	if (end - p < 2)
		return NULL;
	*ret = sp_get_be16(p);
	return p + 2;
}

static const uint8_t *take_int(const uint8_t *p, const uint8_t *end, uint32_t *ret)
{
	if (end - p < 4)
		return NULL;
	*ret = sp_get_be32(p);
	return p + 4;
}

static const uint8_t *take_long(const uint8_t *p, const uint8_t *end, uint32_t *ret)
{
	if (end - p < 8)
		return NULL;
	*ret = sp_hash_long(sp_get_be64(p));
	return p + 8;
}

static const uint8_t *take_float(const uint8_t *p, const uint8_t *end, uint32_t *ret)
{
	if (end - p < 4)
		return NULL;
	*ret = sp_hash_float_bits(sp_get_be32(p));
	return p + 4;
}

static const uint8_t *take_double(const uint8_t *p, const uint8_t *end, uint32_t *ret)
{
	if (end - p < 8)
		return NULL;
	*ret = sp_hash_long(sp_hash_double_bits((int64_t)sp_get_be64(p)));
	return p + 8;
}

static const uint8_t *take_varint(const uint8_t *p, const uint8_t *end, uint32_t *ret)
{
	uint64_t v = 0;

	for (size_t i = 0; i < MOST_VARINT && p < end; i++, p++) {
		v |= (uint64_t)(*p & 0x7f) << 7 * i;
		if (*p >= 0x80)
			continue;
		*ret = (uint32_t)v;
		return v > INT32_MAX ? NULL : p + 1;
	}
	return NULL;
}

/* n units of any width. */
static const uint8_t *take_units(const uint8_t *p, const uint8_t *end, size_t n, uint32_t *ret)
{
	uint32_t h = 0;
	uint32_t unit;

	for (; n > 0; n--) {
		p = take_varint(p, end, &unit);
		if (p == NULL || unit > UINT16_MAX)
			return NULL;
		h = 31 * h + unit;
	}
	*ret = h;
	return p;
}

/* Four at a time: the multiplications do not wait for each other. */
static uint32_t hash_ascii(const uint8_t *p, size_t n)
{
	uint32_t h = 0;

	for (; n >= 4; n -= 4, p += 4)
		h = h * (31 * 31 * 31 * 31) + p[0] * (31u * 31 * 31) + p[1] * (31u * 31) +
		    p[2] * 31u + p[3];
	for (; n > 0; n--, p++)
		h = 31 * h + *p;
	return h;
}

static bool is_ascii(const uint8_t *p, size_t n)
{
	uint64_t word, all = 0;

	for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		all |= word;
	}
	for (; n > 0; n--, p++)
		all |= *p;
	return (all & 0x8080808080808080) == 0;
}

/* StringValue.writeString: varint units + bias, where less than the bias is null; the units. */
static const uint8_t *take_text(const uint8_t *p, const uint8_t *end, uint32_t bias, uint32_t *ret)
{
	uint32_t n;

	p = take_varint(p, end, &n);
	if (p == NULL)
		return NULL;
	n -= n < bias ? n : bias;
	if ((size_t)(end - p) < n)
		return NULL;
	if (!is_ascii(p, n))
		return take_units(p, end, n, ret);
	*ret = hash_ascii(p, n);
	return p + n;
}

static const uint8_t *take_string(const uint8_t *p, const uint8_t *end, uint32_t *ret)
{
	return take_text(p, end, 1, ret);
}

static const uint8_t *take_string_value(const uint8_t *p, const uint8_t *end, uint32_t *ret)
{
	return take_text(p, end, 0, ret);
}

/* i4 length in big endian, then the body. */
static const uint8_t *take_sql_row(const uint8_t *p, const uint8_t *end, uint32_t *ret)
{
	if (end - p < 4 || sp_get_be32(p) > (size_t)(end - p) - 4)
		return NULL;
	*ret = sp_hash_body(sp_slice(p + 4, sp_get_be32(p)));
	return p + 4 + sp_get_be32(p);
}

static sp_key_take *take_of_kind(enum sp_type_kind kind)
{
	switch (kind) {
	case SP_BOOLEAN: return take_boolean;
	case SP_BYTE: return take_byte;
	case SP_SHORT: return take_short;
	case SP_CHAR: return take_char;
	case SP_INT: return take_int;
	case SP_LONG: return take_long;
	case SP_FLOAT: return take_float;
	case SP_DOUBLE: return take_double;
	case SP_STRING: return take_string;
	case SP_STRING_VALUE: return take_string_value;
	case SP_ROW_DATA:
	case SP_BINARY_ROW_DATA: return take_sql_row;
	default: return NULL;
	}
}

static sp_key_take *take_of(const struct sp_type *type)
{
	enum sp_type_kind kind = sp_type_kind_of(type);

	if (kind != SP_STRING_VALUE &&
		(sp_type_is_flink_value(type, "Boolean") || sp_type_is_flink_value(type, "Long") ||
			sp_type_is_flink_value(type, "Double")))
		return NULL; /* they hash like nothing else */
	return take_of_kind(kind);
}

struct sp_key_fast sp_key_fast(const struct sp_type *type)
{
	const bool tuple = sp_type_kind_of(type) == SP_TUPLE;
	struct sp_key_fast ret = { .n = tuple ? type->n_children : 1 };

	if (ret.n > SP_KEY_FAST_MAX || (tuple && !sp_key_is_tuple(type)))
		return (struct sp_key_fast){ 0 };
	for (size_t i = 0; i < ret.n; i++) {
		ret.takes[i] = take_of(tuple ? type->children[i] : type);
		if (ret.takes[i] == NULL)
			return (struct sp_key_fast){ 0 };
	}
	return ret;
}

int sp_key_fast_hash(const struct sp_key_fast *fast, struct sp_slice key, int32_t *ret)
{
	static const uint8_t nothing;
	const uint8_t *p = key.n == 0 ? &nothing : key.p;
	const uint8_t *end = p + key.n;
	uint32_t h = 0;
	uint32_t part;

	for (size_t i = 0; i < fast->n; i++) {
		p = fast->takes[i](p, end, &part);
		if (p == NULL)
			return 0;
		h = 31 * h + part;
	}
	*ret = (int32_t)h;
	return p == end;
}
