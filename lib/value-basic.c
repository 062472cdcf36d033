/*
 * Values without parts: numbers, strings, times, arrays of these, windows, constants.
 *
 *	numbers       big endian; boolean 0 or 1; floats as their bits
 *	strings       value-string.c
 *	BigInteger    i32 code: 0 null, 1: 0, 2: 1, 3: 10, else code - 4 bytes     BigIntSerializer
 *	BigDecimal    BigInteger, i32 scale; null: 0                       BigDecSerializer
 *	dates         i64 ms; null: 1 << 63                 DateSerializer, SqlDateSerializer, …
 *	Timestamp     i64 ms, i32 ns of the second; null: as above         SqlTimestampSerializer
 *	Instant       i64 s, i32 ns; null: 1 << 63, 1 << 31                InstantSerializer
 *	LocalDate     i32 year, u8 month, u8 day; null: year 1 << 31       LocalDateSerializer
 *	LocalTime     u8 hour, u8 minute, u8 second, i32 ns; null: hour 80 LocalTimeSerializer
 *	arrays        i32 n, n elements
 *	void-likes    one byte 0; Tuple0: 2a; NullValue: nothing, as a Value: 0
 *	TimeWindow    i64 start, i64 end;  CountWindow  i64 id;  GlobalWindow  u8 0
 *	enum          i32 index into the snapshot's constants, Scala: i32 id
 *
 * Written by Flink 1.2 to 2.2 in this form.
 */
#include "value-internal.h"

#include <inttypes.h>

#define TUPLE0_MARK 42 /* Tuple0Serializer */
#define NO_HOUR 0x80   /* LocalTimeSerializer: Byte.MIN_VALUE */
#define NANOS_PER_SECOND 1000000000

int sp_walk_number(struct sp_walk *walk, enum sp_value_kind kind, size_t n, struct sp_value *to,
	struct sp_error *err)
{
	struct sp_slice bytes;
	int64_t number;

	if (sp_walk_bytes(walk, n, &bytes, err) < 0)
		return err->code;
	if (to == NULL)
		return 0;
	switch (n) {
	case 1: number = (int8_t)bytes.p[0]; break;
	case 2: number = (int16_t)sp_get_be16(bytes.p); break;
	case 4: number = (int32_t)sp_get_be32(bytes.p); break;
	default: number = (int64_t)sp_get_be64(bytes.p); break;
	}
	if (kind == SP_VALUE_CHAR)
		number &= UINT16_MAX;
	if (kind == SP_VALUE_FLOAT)
		number &= UINT32_MAX;
	sp_value_number(to, kind, number);
	return 0;
}

static int walk_boolean(struct sp_walk *walk, struct sp_value *to, struct sp_error *err)
{
	bool b;

	if (sp_walk_bool(walk, &b, err) < 0)
		return err->code;
	sp_value_number(to, SP_VALUE_BOOLEAN, b);
	return 0;
}

/* BigIntSerializer: the codes below 4. */
static const struct {
	enum sp_value_kind kind;
	struct sp_slice bytes;
} small_integers[] = {
	{ SP_VALUE_NULL, { (const uint8_t *)"", 0 } },
	{ SP_VALUE_BIG_INTEGER, { (const uint8_t *)"\0", 1 } },
	{ SP_VALUE_BIG_INTEGER, { (const uint8_t *)"\1", 1 } },
	{ SP_VALUE_BIG_INTEGER, { (const uint8_t *)"\12", 1 } },
};

/* *there: it is not null. */
static int walk_big_integer(
	struct sp_walk *walk, struct sp_value *to, bool *there, struct sp_error *err)
{
	struct sp_slice bytes;
	int32_t code;

	if (sp_walk_i32(walk, &code, err) < 0)
		return err->code;
	*there = code != 0;
	if (code < 0 || code == sp_countof(small_integers))
		return sp_walk_fail(walk, err, "big integer of code %" PRId32, code);
	if ((size_t)code < sp_countof(small_integers)) {
		if (to != NULL) {
			to->kind = small_integers[code].kind;
			to->bytes = small_integers[code].bytes;
		}
		return 0;
	}
	if (sp_walk_bytes(walk, (size_t)code - sp_countof(small_integers), &bytes, err) < 0)
		return err->code;
	if (to != NULL) {
		to->kind = SP_VALUE_BIG_INTEGER;
		to->bytes = bytes;
	}
	return 0;
}

static int walk_big_decimal(struct sp_walk *walk, struct sp_value *to, struct sp_error *err)
{
	int32_t scale;
	bool there;

	if (walk_big_integer(walk, to, &there, err) < 0)
		return err->code;
	if (!there)
		return 0;
	if (sp_walk_i32(walk, &scale, err) < 0)
		return err->code;
	if (to != NULL) {
		to->kind = SP_VALUE_DECIMAL;
		to->scale = scale;
	}
	return 0;
}

static int walk_date(
	struct sp_walk *walk, enum sp_value_kind kind, struct sp_value *to, struct sp_error *err)
{
	if (sp_walk_number(walk, kind, 8, to, err) < 0)
		return err->code;
	if (to != NULL && to->number == INT64_MIN)
		sp_walk_null(to);
	return 0;
}

/* Timestamp and Instant: i64, i32 nanoseconds. */
static int walk_moment(
	struct sp_walk *walk, enum sp_value_kind kind, struct sp_value *to, struct sp_error *err)
{
	int32_t no_nanos = kind == SP_VALUE_INSTANT ? INT32_MIN : 0;
	int64_t number;
	int32_t nanos;

	if (sp_walk_i64(walk, &number, err) < 0 || sp_walk_i32(walk, &nanos, err) < 0)
		return err->code;
	if (number == INT64_MIN && nanos == no_nanos) {
		sp_walk_null(to);
		return 0;
	}
	if (nanos < 0 || nanos >= NANOS_PER_SECOND)
		return sp_walk_fail(walk, err, "%" PRId32 " nanoseconds in a second", nanos);
	sp_value_number(to, kind, number);
	if (to != NULL)
		to->nanos = nanos;
	return 0;
}

/* *there: it is not null. */
static int walk_day(struct sp_walk *walk, struct sp_value *to, bool *there, struct sp_error *err)
{
	struct sp_slice b;
	int32_t year;

	if (sp_walk_bytes(walk, 6, &b, err) < 0)
		return err->code;
	year = (int32_t)sp_get_be32(b.p);
	*there = year != INT32_MIN;
	if (*there && (b.p[4] < 1 || b.p[4] > 12 || b.p[5] < 1 || b.p[5] > 31))
		return sp_walk_fail(walk, err, "no date: month %u, day %u", b.p[4], b.p[5]);
	sp_value_number(to, *there ? SP_VALUE_LOCAL_DATE : SP_VALUE_NULL, 0);
	if (to != NULL && *there) {
		to->year = year;
		to->month = b.p[4];
		to->day = b.p[5];
	}
	return 0;
}

static int walk_time(struct sp_walk *walk, struct sp_value *to, bool *there, struct sp_error *err)
{
	struct sp_slice b;
	uint32_t nanos;

	if (sp_walk_bytes(walk, 7, &b, err) < 0)
		return err->code;
	nanos = sp_get_be32(b.p + 3);
	*there = b.p[0] != NO_HOUR;
	if (*there && (b.p[0] > 23 || b.p[1] > 59 || b.p[2] > 59 || nanos >= NANOS_PER_SECOND))
		return sp_walk_fail(walk, err, "no time of day: %u:%u:%u", b.p[0], b.p[1], b.p[2]);
	sp_value_number(to, *there ? SP_VALUE_LOCAL_TIME : SP_VALUE_NULL, 0);
	if (to != NULL && *there) {
		to->hour = b.p[0];
		to->minute = b.p[1];
		to->second = b.p[2];
		to->nanos = (int32_t)nanos;
	}
	return 0;
}

static int walk_date_time(struct sp_walk *walk, struct sp_value *to, struct sp_error *err)
{
	bool day, time;

	if (walk_day(walk, to, &day, err) < 0 || walk_time(walk, to, &time, err) < 0)
		return err->code;
	if (day != time)
		return sp_walk_fail(walk, err, "half of a date and time");
	if (day)
		sp_value_number(to, SP_VALUE_LOCAL_DATE_TIME, 0);
	return 0;
}

/* One byte that is always the same. */
static int walk_mark(struct sp_walk *walk, enum sp_value_kind kind, uint8_t mark,
	struct sp_value *to, struct sp_error *err)
{
	uint8_t byte;

	if (sp_walk_u8(walk, &byte, err) < 0)
		return err->code;
	if (byte != mark) {
		walk->reader->in.at--;
		return sp_walk_fail(walk, err, "0x%02x where 0x%02x must be", byte, mark);
	}
	sp_value_number(to, kind, 0);
	return 0;
}

static int walk_time_window(struct sp_walk *walk, struct sp_value *to, struct sp_error *err)
{
	int64_t start, end;

	if (sp_walk_i64(walk, &start, err) < 0 || sp_walk_i64(walk, &end, err) < 0)
		return err->code;
	sp_value_number(to, SP_VALUE_TIME_WINDOW, start);
	if (to != NULL)
		to->end = end;
	return 0;
}

static int walk_bytes(struct sp_walk *walk, struct sp_value *to, struct sp_error *err)
{
	struct sp_slice bytes;

	if (sp_walk_blob(walk, &bytes, err) < 0)
		return err->code;
	if (to != NULL) {
		to->kind = SP_VALUE_BYTES;
		to->bytes = bytes;
	}
	return 0;
}

/* The arrays of elements of one width. */
static const struct {
	enum sp_value_kind kind;
	uint8_t width;
} arrays[] = {
	[SP_SHORT_ARRAY] = { SP_VALUE_SHORT, 2 },
	[SP_INT_ARRAY] = { SP_VALUE_INT, 4 },
	[SP_LONG_ARRAY] = { SP_VALUE_LONG, 8 },
	[SP_CHAR_ARRAY] = { SP_VALUE_CHAR, 2 },
	[SP_FLOAT_ARRAY] = { SP_VALUE_FLOAT, 4 },
	[SP_DOUBLE_ARRAY] = { SP_VALUE_DOUBLE, 8 },
};

static int walk_number_array(
	struct sp_walk *walk, enum sp_type_kind kind, struct sp_value *to, struct sp_error *err)
{
	size_t width = arrays[kind].width;
	struct sp_value *items;
	struct sp_slice all;
	uint32_t n;

	if (sp_walk_count(walk, width, "elements", &n, err) < 0)
		return err->code;
	if (to == NULL)
		return sp_walk_bytes(walk, n * width, &all, err);
	items = sp_walk_items(walk, to, SP_VALUE_LIST, n);
	for (uint32_t i = 0; i < n; i++)
		if (sp_walk_number(walk, arrays[kind].kind, width, &items[i], err) < 0)
			return err->code;
	return 0;
}

/* boolean[] and String[]: each element is looked at. */
static int walk_array(
	struct sp_walk *walk, enum sp_type_kind kind, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items;
	uint32_t n;

	if (sp_walk_count(walk, 1, "elements", &n, err) < 0)
		return err->code;
	items = sp_walk_items(walk, to, SP_VALUE_LIST, n);
	for (uint32_t i = 0; i < n; i++) {
		struct sp_value *item = sp_walk_item(items, i);
		int status = kind == SP_STRING_ARRAY ? sp_walk_string(walk, 1, item, err)
						     : walk_boolean(walk, item, err);

		if (status < 0)
			return status;
	}
	return 0;
}

/* The place of the constant of this number; n: there is none. */
static size_t find_constant(const struct sp_type *type, int32_t number)
{
	if (type->kind == SP_ENUM)
		return number < 0 || (size_t)number > type->n_constants ? type->n_constants
									: (size_t)number;
	for (size_t i = 0; i < type->n_constants; i++)
		if (type->constant_ids[i] == number)
			return i;
	return type->n_constants;
}

static int walk_enum(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	int32_t number;
	size_t i;

	if (sp_walk_i32(walk, &number, err) < 0)
		return err->code;
	i = find_constant(type, number);
	if (i == type->n_constants) {
		walk->reader->in.at -= 4;
		return sp_walk_fail(walk, err, "no enum constant %" PRId32, number);
	}
	sp_value_number(to, SP_VALUE_ENUM, number);
	if (to != NULL) {
		to->class_name = type->class_name;
		to->bytes = sp_walk_utf8(walk, type->constants[i]);
	}
	return 0;
}

/* Flink's own classes write themselves as their serializers do. */
static int walk_flink_value(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	enum sp_type_kind kind = sp_type_of_flink_value(type->class_name);
	struct sp_type now = *type;

	if (kind == SP_OPAQUE)
		return sp_walk_unsupported(walk, type, err);
	now.kind = kind == SP_NULL_VALUE ? SP_VOID : kind;
	return sp_walk_basic(walk, &now, to, err);
}

static int walk_time_type(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	bool there;

	switch (type->kind) {
	case SP_DATE: return walk_date(walk, SP_VALUE_DATE, to, err);
	case SP_SQL_DATE: return walk_date(walk, SP_VALUE_SQL_DATE, to, err);
	case SP_SQL_TIME: return walk_date(walk, SP_VALUE_SQL_TIME, to, err);
	case SP_SQL_TIMESTAMP: return walk_moment(walk, SP_VALUE_SQL_TIMESTAMP, to, err);
	case SP_INSTANT: return walk_moment(walk, SP_VALUE_INSTANT, to, err);
	case SP_LOCAL_DATE: return walk_day(walk, to, &there, err);
	case SP_LOCAL_TIME: return walk_time(walk, to, &there, err);
	case SP_LOCAL_DATE_TIME: return walk_date_time(walk, to, err);
	case SP_TIME_WINDOW:
	case SP_SQL_TIME_WINDOW: return walk_time_window(walk, to, err);
	case SP_SQL_COUNT_WINDOW: return sp_walk_number(walk, SP_VALUE_COUNT_WINDOW, 8, to, err);
	default: return sp_walk_unsupported(walk, type, err);
	}
}

int sp_walk_basic(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	bool there;

	switch (type->kind) {
	case SP_BOOLEAN: return walk_boolean(walk, to, err);
	case SP_BYTE: return sp_walk_number(walk, SP_VALUE_BYTE, 1, to, err);
	case SP_SHORT: return sp_walk_number(walk, SP_VALUE_SHORT, 2, to, err);
	case SP_INT: return sp_walk_number(walk, SP_VALUE_INT, 4, to, err);
	case SP_LONG: return sp_walk_number(walk, SP_VALUE_LONG, 8, to, err);
	case SP_CHAR: return sp_walk_number(walk, SP_VALUE_CHAR, 2, to, err);
	case SP_FLOAT: return sp_walk_number(walk, SP_VALUE_FLOAT, 4, to, err);
	case SP_DOUBLE: return sp_walk_number(walk, SP_VALUE_DOUBLE, 8, to, err);
	case SP_STRING: return sp_walk_string(walk, 1, to, err);
	case SP_STRING_VALUE: return sp_walk_string(walk, 0, to, err);
	case SP_BIG_INT: return walk_big_integer(walk, to, &there, err);
	case SP_BIG_DEC: return walk_big_decimal(walk, to, err);
	case SP_VOID:
	case SP_VOID_NAMESPACE:
	case SP_UNIT: return walk_mark(walk, SP_VALUE_VOID, 0, to, err);
	case SP_TUPLE0: return walk_mark(walk, SP_VALUE_VOID, TUPLE0_MARK, to, err);
	case SP_GLOBAL_WINDOW:
	case SP_SQL_GLOBAL_WINDOW: return walk_mark(walk, SP_VALUE_GLOBAL_WINDOW, 0, to, err);
	case SP_NULL_VALUE: sp_value_number(to, SP_VALUE_VOID, 0); return 0;
	case SP_BYTE_ARRAY:
	case SP_BYTE_ARRAY_WRAPPER: return walk_bytes(walk, to, err);
	case SP_BOOLEAN_ARRAY:
	case SP_STRING_ARRAY: return walk_array(walk, type->kind, to, err);
	case SP_SHORT_ARRAY:
	case SP_INT_ARRAY:
	case SP_LONG_ARRAY:
	case SP_CHAR_ARRAY:
	case SP_FLOAT_ARRAY:
	case SP_DOUBLE_ARRAY: return walk_number_array(walk, type->kind, to, err);
	case SP_ENUM:
	case SP_SCALA_ENUM: return walk_enum(walk, type, to, err);
	case SP_VALUE:
	case SP_COPYABLE_VALUE: return walk_flink_value(walk, type, to, err);
	default: return walk_time_type(walk, type, to, err);
	}
}
