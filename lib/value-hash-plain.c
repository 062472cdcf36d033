/* Hash codes of values without parts, by the rules of their Java classes. */
#include "value-hash.h"

static enum sp_type_kind kind_of(const struct sp_value *v)
{
	return v->type == NULL ? SP_OPAQUE : sp_type_kind_of(v->type);
}

static bool is_flink_value(const struct sp_value *v, const char *name)
{
	return v->type != NULL && sp_type_is_flink_value(v->type, name);
}

uint32_t sp_hash_long(uint64_t v)
{
	return (uint32_t)(v ^ v >> 32);
}

uint32_t sp_hash_float_bits(int64_t bits)
{
	return ((uint32_t)bits & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : (uint32_t)bits;
}

uint64_t sp_hash_double_bits(int64_t bits)
{
	return ((uint64_t)bits & INT64_MAX) > 0x7ff0000000000000 ? 0x7ff8000000000000
								 : (uint64_t)bits;
}

uint32_t sp_hash_string(struct sp_slice text)
{
	uint32_t h = 0;

	for (size_t i = 0; i < text.n;) {
		uint32_t c = text.p[i];
		size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

		c &= n == 1 ? 0x7f : 0xffU >> (n + 1);
		for (size_t j = 1; j < n && i + j < text.n; j++)
			c = c << 6 | (text.p[i + j] & 0x3f);
		if (n == 4) {
			h = 31 * h + (0xd800 + ((c - 0x10000) >> 10 & 0x3ff));
			c = 0xdc00 | (c & 0x3ff);
		}
		h = 31 * h + c;
		i += n;
	}
	return h;
}

uint32_t sp_hash_bytes(struct sp_slice bytes)
{
	uint32_t h = 1;

	for (size_t i = 0; i < bytes.n; i++)
		h = 31 * h + (uint32_t)(int8_t)bytes.p[i];
	return h;
}

uint32_t sp_hash_byte_buffer(struct sp_slice bytes)
{
	uint32_t h = 1;

	for (size_t i = bytes.n; i-- > 0;)
		h = 31 * h + (uint32_t)(int8_t)bytes.p[i];
	return h;
}

/* BigInteger.hashCode: the magnitude's words, the most significant first, times the sign. */
static uint32_t hash_big_integer(struct sp_slice bytes)
{
	bool negative = bytes.n != 0 && bytes.p[0] >= 0x80;
	uint32_t carry = negative;
	uint32_t h = 0;
	uint32_t power = 1;

	for (size_t end = bytes.n; end > 0;) { /* words from the least significant on */
		size_t n = end < 4 ? end : 4;
		uint32_t word = negative ? UINT32_MAX : 0;

		for (size_t i = end - n; i < end; i++)
			word = word << 8 | bytes.p[i];
		if (negative) {
			word = ~word + carry;
			carry &= word == 0;
		}
		h += word * power;
		power *= 31;
		end -= n;
	}
	return negative ? -h : h;
}

static uint32_t rotate(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

uint32_t sp_hash_mix(uint32_t h, uint32_t k)
{
	h ^= rotate(k * 0xcc9e2d51, 15) * 0x1b873593;
	return rotate(h, 13) * 5 + 0xe6546b64;
}

uint32_t sp_hash_finish(uint32_t h, uint32_t n)
{
	h ^= n;
	h = (h ^ h >> 16) * 0x85ebca6b;
	h = (h ^ h >> 13) * 0xc2b2ae35;
	return h ^ h >> 16;
}

uint32_t sp_hash_body(struct sp_slice body)
{
	uint32_t h = 42;
	size_t i = 0;

	for (; i + 4 <= body.n; i += 4)
		h = sp_hash_mix(h, (uint32_t)body.p[i + 3] << 24 | (uint32_t)body.p[i + 2] << 16 |
					   (uint32_t)body.p[i + 1] << 8 | body.p[i]);
	for (; i < body.n; i++)
		h = sp_hash_mix(h, (uint32_t)(int8_t)body.p[i]);
	return sp_hash_finish(h, (uint32_t)body.n);
}

/* MathUtils.longToIntWithBitMixing. */
static uint32_t mix_long(uint64_t v)
{
	v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9;
	v = (v ^ v >> 27) * 0x94d049bb133111eb;
	return (uint32_t)(v ^ v >> 31);
}

/* SQL's TimeWindow: start + the inverse of 2 * end + 1 modulo 2^32 (MathUtils-like Newton). */
static uint32_t hash_sql_window(const struct sp_value *v)
{
	uint32_t x = 2 * (uint32_t)v->end + 1;
	uint32_t inverse = x * x * x;

	for (int i = 0; i < 3; i++)
		inverse *= 2 - x * inverse;
	return (uint32_t)v->number + inverse;
}

static uint32_t hash_date(const struct sp_value *v)
{
	uint32_t year = (uint32_t)v->year;

	return (year & 0xfffff800) ^ ((year << 11) + ((uint32_t)v->month << 6) + v->day);
}

static uint32_t hash_time(const struct sp_value *v)
{
	uint64_t seconds = (uint64_t)v->hour * 3600 + (uint64_t)v->minute * 60 + v->second;

	return sp_hash_long(seconds * 1000000000 + (uint64_t)v->nanos);
}

static uint32_t hash_void(const struct sp_value *v)
{
	if (is_flink_value(v, "Null") || kind_of(v) == SP_NULL_VALUE)
		return 53; /* NullValue.hashCode */
	return kind_of(v) == SP_VOID_NAMESPACE ? 99 : 0;
}

static uint32_t hash_uuid(struct sp_slice bytes)
{
	return sp_hash_long(sp_get_be64(bytes.p) ^ sp_get_be64(bytes.p + 8));
}

int sp_hash_plain(const struct sp_value *v, uint32_t *ret)
{
	uint64_t number = (uint64_t)v->number;

	switch (v->kind) {
	case SP_VALUE_NULL: *ret = 0; return 1;
	case SP_VALUE_VOID: *ret = hash_void(v); return 1;
	case SP_VALUE_BOOLEAN:
		*ret = is_flink_value(v, "Boolean") ? (uint32_t)number : number ? 1231 : 1237;
		return 1;
	case SP_VALUE_BYTE:
	case SP_VALUE_SHORT:
	case SP_VALUE_INT:
	case SP_VALUE_CHAR: *ret = (uint32_t)number; return 1;
	case SP_VALUE_LONG:
		*ret = sp_hash_long(number) + (is_flink_value(v, "Long") ? 43 : 0);
		return 1;
	case SP_VALUE_FLOAT: *ret = sp_hash_float_bits(v->number); return 1;
	case SP_VALUE_DOUBLE:
		*ret = sp_hash_long(sp_hash_double_bits(v->number)) +
		       (is_flink_value(v, "Double") ? 31 : 0);
		return 1;
	case SP_VALUE_STRING: /* of Kryo also StringBuilder and the like */
		*ret = sp_hash_string(v->bytes);
		return sp_kryo_equality(v->class_name) == SP_KRYO_BY_KIND;
	case SP_VALUE_BIG_INTEGER: *ret = hash_big_integer(v->bytes); return 1;
	case SP_VALUE_DECIMAL:
		*ret = 31 * hash_big_integer(v->bytes) + (uint32_t)v->scale;
		return 1;
	case SP_VALUE_DATE:
	case SP_VALUE_SQL_DATE:
	case SP_VALUE_SQL_TIME:
	case SP_VALUE_SQL_TIMESTAMP: *ret = sp_hash_long(number); return 1;
	case SP_VALUE_INSTANT: *ret = sp_hash_long(number) + 51 * (uint32_t)v->nanos; return 1;
	case SP_VALUE_LOCAL_DATE: *ret = hash_date(v); return 1;
	case SP_VALUE_LOCAL_TIME: *ret = hash_time(v); return 1;
	case SP_VALUE_LOCAL_DATE_TIME: *ret = hash_date(v) ^ hash_time(v); return 1;
	case SP_VALUE_TIMESTAMP_DATA:
		*ret = 31 * sp_hash_long(number) + (uint32_t)v->nanos;
		return 1;
	case SP_VALUE_ENUM: /* scala.Enumeration: its id; of Java's, the identity */
		*ret = (uint32_t)number;
		return kind_of(v) == SP_SCALA_ENUM;
	case SP_VALUE_UUID: *ret = hash_uuid(v->bytes); return 1;
	case SP_VALUE_TIME_WINDOW:
		*ret = kind_of(v) == SP_SQL_TIME_WINDOW ? hash_sql_window(v)
							: mix_long(number + (uint64_t)v->end);
		return 1;
	case SP_VALUE_COUNT_WINDOW: *ret = mix_long(number); return 1;
	case SP_VALUE_GLOBAL_WINDOW: *ret = 0; return 1;
	default: return 0;
	}
}
