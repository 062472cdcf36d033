/*
 * Values as JSON, a rule for each kind:
 *
 *	integers         numbers
 *	float, double    numbers, in the fewest digits that read back the same, with a point or an
 *	                 exponent; "NaN", "Infinity", "-Infinity"
 *	char, string     strings; a lone surrogate, which is no character, is U+FFFD
 *	BigInteger       a string of digits: numbers of JSON's readers do not hold it
 *	BigDecimal       a string as BigDecimal.toString gives: "12.30", "1E+3"
 *	                 of either, above 4,096 bytes: {"bytes": hex} of the two's complement
 *	bytes            {"bytes": hex}
 *	dates            "2023-11-14T22:13:20.000Z", UTC; Timestamp and Instant with nine digits
 *	TimestampData    the same with nine digits, without Z unless the column is TIMESTAMP_LTZ
 *	SQL DATE, TIME   "2023-11-14", "22:13:20.000"
 *	LocalDate, …     "2023-11-14", "22:13:20.000000000", "2023-11-14T22:13:20.000000000"
 *	                 years as Java has them: "-0044-03-15", "+12023-01-01"
 *	UUID, enum       "01234567-89ab-…", the name of the constant
 *	windows          {"start": ms, "end": ms}, {"id": n}, "global"
 *	list, set, array arrays
 *	map              an object if all keys are strings, else an array of [key, value]
 *	tuple, row       an array; a row that is no insert {"row_kind": "-U", "fields": […]}
 *	struct           an object by field; of a subclass of a POJO with "@class" first
 *	Option           its value or null
 *	Variant          {"metadata": hex, "value": hex}
 *	Java object      {"class": name, "java": hex}
 *	what is unknown  {"class": name, "opaque": hex}
 */
#include "value-internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "mutf8.h"
#include "utf8.h"

#define MILLIS_PER_SECOND 1000
#define SECONDS_PER_DAY 86400
#define NANOS_PER_MILLI 1000000
#define MAX_INTEGER 4096           /* bytes: more takes too long in decimal */
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define POJO_IS_SUBCLASS 4         /* PojoSerializer's flags */
#define POJO_IS_TAGGED_SUBCLASS 8

static void put(struct sp_buffer *out, const char *text)
{
	sp_buffer_bytes(out, sp_slice_of(text));
}

static void put_hex(struct sp_buffer *out, struct sp_slice bytes)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t *to = sp_buffer_reserve(out, 2 * bytes.n + 2);

	*to++ = '"';
	for (size_t i = 0; i < bytes.n; i++) {
		*to++ = (uint8_t)digits[bytes.p[i] >> 4];
		*to++ = (uint8_t)digits[bytes.p[i] & 15];
	}
	*to = '"';
	out->n += 2 * bytes.n + 2;
}

static void put_escaped(struct sp_buffer *out, uint32_t c)
{
	static const char letters[] = { ['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\f'] = 'f',
		['\r'] = 'r',
		['"'] = '"',
		['\\'] = '\\' };

	if (c < sizeof(letters) && letters[c] != 0)
		sp_buffer_printf(out, "\\%c", letters[c]);
	else
		sp_buffer_printf(out, "\\u%04" PRIx32, c);
}

static void put_string(struct sp_buffer *out, struct sp_slice text)
{
	size_t length;

	sp_buffer_u8(out, '"');
	for (size_t i = 0; i < text.n; i += length) {
		uint32_t c = 0;

		length = sp_utf8_take(sp_slice(text.p + i, text.n - i), &c);
		if (length == 0 || sp_is_surrogate(c))
			put(out, REPLACEMENT);
		else if (c < 0x20 || c == '"' || c == '\\')
			put_escaped(out, c);
		else
			sp_buffer_bytes(out, sp_slice(text.p + i, length));
		length += length == 0;
	}
	sp_buffer_u8(out, '"');
}

/* A name in modified UTF-8. */
static void put_class(struct sp_buffer *out, const char *key, struct sp_slice name)
{
	sp_auto_buffer utf8 = { 0 };

	sp_mutf8_to_utf8(name, &utf8);
	sp_buffer_printf(out, "\"%s\": ", key);
	put_string(out, sp_buffer_slice(&utf8));
}

static void put_char(struct sp_buffer *out, uint32_t unit)
{
	uint8_t utf8[SP_UTF8_MAX];

	put_string(out, sp_slice(utf8, (size_t)(sp_utf8_write(utf8, unit) - utf8)));
}

/* A finite number in the fewest digits that read back the same, at most `most`. */
static void put_shortest(struct sp_buffer *out, double d, bool is_float)
{
	char text[40];

	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (is_float ? strtof(text, NULL) == (float)d : strtod(text, NULL) == d)
			break;
	}
	put(out, text);
	if (strpbrk(text, ".e") == NULL)
		put(out, ".0");
}

static void put_floating(struct sp_buffer *out, double d, bool is_float)
{
	if (isnan(d))
		put(out, "\"NaN\"");
	else if (isinf(d))
		put(out, d < 0 ? "\"-Infinity\"" : "\"Infinity\"");
	else
		put_shortest(out, d, is_float);
}

static void put_float(struct sp_buffer *out, int64_t bits)
{
	uint32_t word = (uint32_t)bits;
	float f;

	memcpy(&f, &word, sizeof(f));
	put_floating(out, (double)f, true);
}

static void put_double(struct sp_buffer *out, int64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof(d));
	put_floating(out, d, false);
}

/* The digits of the magnitude of a number in two's complement. */
static void magnitude(struct sp_slice number, struct sp_buffer *digits)
{
	enum { LIMB = 1000000000 };
	bool negative = number.n != 0 && number.p[0] >= 0x80;
	uint32_t limbs[MAX_INTEGER / 3 + 1]; /* base 10^9: more than three bytes each */
	size_t n = 0;

	for (size_t i = 0; i < number.n; i++) {
		uint64_t carry = negative ? (uint8_t)~number.p[i] : number.p[i];

		carry += i == number.n - 1 && negative;
		for (size_t j = 0; j < n || carry != 0; j++) {
			carry += (j < n ? (uint64_t)limbs[j] : 0) << 8;
			limbs[j] = (uint32_t)(carry % LIMB);
			carry /= LIMB;
			n = j < n ? n : j + 1;
		}
	}
	sp_buffer_printf(digits, "%" PRIu32, n == 0 ? 0 : limbs[n - 1]);
	while (n-- > 1)
		sp_buffer_printf(digits, "%09" PRIu32, limbs[n - 1]);
}

/* BigDecimal.toString. */
static void put_scaled(struct sp_buffer *out, struct sp_slice digits, int32_t scale)
{
	int64_t exponent = (int64_t)digits.n - 1 - scale;
	size_t whole = digits.n > (size_t)(scale > 0 ? scale : 0) ? digits.n - (size_t)scale : 0;

	if (scale == 0) {
		sp_buffer_bytes(out, digits);
	} else if (scale > 0 && exponent >= -6) {
		sp_buffer_bytes(out, whole == 0 ? sp_slice_of("0") : sp_slice(digits.p, whole));
		sp_buffer_u8(out, '.');
		for (size_t zeros = digits.n; zeros < (size_t)scale; zeros++)
			sp_buffer_u8(out, '0');
		sp_buffer_bytes(out, sp_slice(digits.p + whole, digits.n - whole));
	} else {
		sp_buffer_u8(out, digits.p[0]);
		if (digits.n > 1)
			sp_buffer_u8(out, '.');
		sp_buffer_bytes(out, sp_slice(digits.p + 1, digits.n - 1));
		if (exponent != 0)
			sp_buffer_printf(out, "E%+" PRId64, exponent);
	}
}

static void put_bytes(struct sp_buffer *out, const char *key, struct sp_slice bytes)
{
	sp_buffer_printf(out, "{\"%s\": ", key);
	put_hex(out, bytes);
	put(out, "}");
}

/* BigInteger, of scale 0, and BigDecimal. */
static void put_decimal(struct sp_buffer *out, const struct sp_value *v)
{
	sp_auto_buffer digits = { 0 };

	if (v->bytes.n > MAX_INTEGER) {
		put_bytes(out, "bytes", v->bytes);
		return;
	}
	magnitude(v->bytes, &digits);
	put(out, v->bytes.n != 0 && v->bytes.p[0] >= 0x80 ? "\"-" : "\"");
	put_scaled(out, sp_buffer_slice(&digits), v->scale);
	put(out, "\"");
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t floor_mod(int64_t a, int64_t b)
{
	return a % b + (a % b < 0 ? b : 0);
}

static void put_date(struct sp_buffer *out, int64_t year, unsigned month, unsigned day)
{
	const char *sign = year < 0 ? "-" : year > 9999 ? "+" : "";

	sp_buffer_printf(
		out, "%s%04" PRId64 "-%02u-%02u", sign, year < 0 ? -year : year, month, day);
}

/* Days since the epoch, in the proleptic Gregorian calendar, whose eras of 400 years are alike. */
static void put_day(struct sp_buffer *out, int64_t days)
{
	int64_t from_march = days + 719468; /* days since 0000-03-01 */
	int64_t era = floor_div(from_march, 146097);
	int64_t of_era = from_march - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153; /* from March */
	int64_t day = of_year - (153 * month + 2) / 5 + 1;

	month = month < 10 ? month + 3 : month - 9;
	put_date(out, year + era * 400 + (month <= 2), (unsigned)month, (unsigned)day);
}

static void put_clock(struct sp_buffer *out, int64_t second_of_day)
{
	sp_buffer_printf(out, "%02d:%02d:%02d", (int)(second_of_day / 3600),
		(int)(second_of_day / 60 % 60), (int)(second_of_day % 60));
}

static void put_moment(struct sp_buffer *out, int64_t seconds)
{
	put_day(out, floor_div(seconds, SECONDS_PER_DAY));
	sp_buffer_u8(out, 'T');
	put_clock(out, floor_mod(seconds, SECONDS_PER_DAY));
}

/* Milliseconds since the epoch, with as many digits. */
static void put_millis(struct sp_buffer *out, int64_t millis)
{
	put_moment(out, floor_div(millis, MILLIS_PER_SECOND));
	sp_buffer_printf(out, ".%03d", (int)floor_mod(millis, MILLIS_PER_SECOND));
}

static void put_timestamp_data(struct sp_buffer *out, const struct sp_value *v)
{
	put_moment(out, floor_div(v->number, MILLIS_PER_SECOND));
	sp_buffer_printf(out, ".%03d%06" PRId32, (int)floor_mod(v->number, MILLIS_PER_SECOND),
		v->nanos % NANOS_PER_MILLI);
	if (v->logical != NULL && v->logical->root == SP_LOGICAL_TIMESTAMP_LTZ)
		sp_buffer_u8(out, 'Z');
}

static void put_time_of_day(struct sp_buffer *out, int64_t millis)
{
	put_clock(out, floor_mod(floor_div(millis, MILLIS_PER_SECOND), SECONDS_PER_DAY));
	sp_buffer_printf(out, ".%03d", (int)floor_mod(millis, MILLIS_PER_SECOND));
}

static void put_local_time(struct sp_buffer *out, const struct sp_value *v)
{
	sp_buffer_printf(out, "%02u:%02u:%02u.%09" PRId32, v->hour, v->minute, v->second, v->nanos);
}

/* Points in time, without the quotes. */
static void put_time(struct sp_buffer *out, const struct sp_value *v)
{
	switch (v->kind) {
	case SP_VALUE_SQL_TIMESTAMP:
		put_moment(out, floor_div(v->number, MILLIS_PER_SECOND));
		sp_buffer_printf(out, ".%09" PRId32 "Z", v->nanos);
		break;
	case SP_VALUE_INSTANT:
		put_moment(out, v->number);
		sp_buffer_printf(out, ".%09" PRId32 "Z", v->nanos);
		break;
	case SP_VALUE_TIMESTAMP_DATA: put_timestamp_data(out, v); break;
	case SP_VALUE_DAYS: put_day(out, v->number); break;
	case SP_VALUE_TIME_OF_DAY: put_time_of_day(out, v->number); break;
	case SP_VALUE_LOCAL_DATE: put_date(out, v->year, v->month, v->day); break;
	case SP_VALUE_LOCAL_TIME: put_local_time(out, v); break;
	case SP_VALUE_LOCAL_DATE_TIME:
		put_date(out, v->year, v->month, v->day);
		sp_buffer_u8(out, 'T');
		put_local_time(out, v);
		break;
	default: put_millis(out, v->number); sp_buffer_u8(out, 'Z');
	}
}

static void put_uuid(struct sp_buffer *out, struct sp_slice bytes)
{
	sp_buffer_u8(out, '"');
	for (size_t i = 0; i < bytes.n; i++)
		sp_buffer_printf(
			out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", bytes.p[i]);
	sp_buffer_u8(out, '"');
}

static void put_list(struct sp_buffer *out, const struct sp_value *v)
{
	put(out, "[");
	for (size_t i = 0; i < v->n_items; i++) {
		put(out, i == 0 ? "" : ", ");
		sp_value_json(&v->items[i], out);
	}
	put(out, "]");
}

static void put_map(struct sp_buffer *out, const struct sp_value *v)
{
	bool is_object = true;

	for (size_t i = 0; i < v->n_items; i += 2)
		is_object &= v->items[i].kind == SP_VALUE_STRING;
	put(out, is_object ? "{" : "[");
	for (size_t i = 0; i + 1 < v->n_items; i += 2) {
		put(out, i == 0 ? "" : ", ");
		put(out, is_object ? "" : "[");
		sp_value_json(&v->items[i], out);
		put(out, is_object ? ": " : ", ");
		sp_value_json(&v->items[i + 1], out);
		put(out, is_object ? "" : "]");
	}
	put(out, is_object ? "}" : "]");
}

static void put_tuple(struct sp_buffer *out, const struct sp_value *v)
{
	static const char *const kinds[] = { "+I", "-U", "+U", "-D" }; /* RowKind.shortString */

	if (v->row_kind == 0) {
		put_list(out, v);
		return;
	}
	sp_buffer_printf(out, "{\"row_kind\": \"%s\", \"fields\": ", kinds[v->row_kind & 3]);
	put_list(out, v);
	put(out, "}");
}

static bool is_subclass(const struct sp_value *v)
{
	return v->type != NULL && sp_type_kind_of(v->type) == SP_POJO && v->raw.n != 0 &&
	       (v->raw.p[0] == POJO_IS_SUBCLASS || v->raw.p[0] == POJO_IS_TAGGED_SUBCLASS);
}

static void put_struct(struct sp_buffer *out, const struct sp_value *v)
{
	bool with_class = is_subclass(v);

	if (v->type != NULL && sp_type_kind_of(v->type) == SP_OPTION) {
		if (v->n_items == 0)
			put(out, "null");
		else
			sp_value_json(&v->items[0], out);
		return;
	}
	put(out, "{");
	if (with_class)
		put_class(out, "@class", v->class_name);
	for (size_t i = 0; i < v->n_items; i++) {
		put(out, i == 0 && !with_class ? "" : ", ");
		put_string(out, v->items[i].name);
		put(out, ": ");
		sp_value_json(&v->items[i], out);
	}
	put(out, "}");
}

static void put_variant(struct sp_buffer *out, const struct sp_value *v)
{
	put(out, "{\"metadata\": ");
	put_hex(out, v->items[0].bytes);
	put(out, ", \"value\": ");
	put_hex(out, v->items[1].bytes);
	put(out, "}");
}

static void put_opaque(struct sp_buffer *out, const char *key, const struct sp_value *v)
{
	put(out, "{");
	if (v->class_name.n != 0) {
		put_class(out, "class", v->class_name);
		put(out, ", ");
	}
	sp_buffer_printf(out, "\"%s\": ", key);
	put_hex(out, v->bytes);
	put(out, "}");
}

void sp_value_json(const struct sp_value *v, struct sp_buffer *out)
{
	switch (v->kind) {
	case SP_VALUE_NULL:
	case SP_VALUE_VOID: put(out, "null"); break;
	case SP_VALUE_BOOLEAN: put(out, v->number != 0 ? "true" : "false"); break;
	case SP_VALUE_BYTE:
	case SP_VALUE_SHORT:
	case SP_VALUE_INT:
	case SP_VALUE_LONG: sp_buffer_printf(out, "%" PRId64, v->number); break;
	case SP_VALUE_CHAR: put_char(out, (uint32_t)v->number & UINT16_MAX); break;
	case SP_VALUE_FLOAT: put_float(out, v->number); break;
	case SP_VALUE_DOUBLE: put_double(out, v->number); break;
	case SP_VALUE_ENUM:
	case SP_VALUE_STRING: put_string(out, v->bytes); break;
	case SP_VALUE_BYTES: put_bytes(out, "bytes", v->bytes); break;
	case SP_VALUE_BIG_INTEGER:
	case SP_VALUE_DECIMAL: put_decimal(out, v); break;
	case SP_VALUE_DATE:
	case SP_VALUE_SQL_DATE:
	case SP_VALUE_SQL_TIME:
	case SP_VALUE_SQL_TIMESTAMP:
	case SP_VALUE_INSTANT:
	case SP_VALUE_LOCAL_DATE:
	case SP_VALUE_LOCAL_TIME:
	case SP_VALUE_LOCAL_DATE_TIME:
	case SP_VALUE_TIMESTAMP_DATA:
	case SP_VALUE_DAYS:
	case SP_VALUE_TIME_OF_DAY:
		sp_buffer_u8(out, '"');
		put_time(out, v);
		sp_buffer_u8(out, '"');
		break;
	case SP_VALUE_UUID: put_uuid(out, v->bytes); break;
	case SP_VALUE_TIME_WINDOW:
		sp_buffer_printf(
			out, "{\"start\": %" PRId64 ", \"end\": %" PRId64 "}", v->number, v->end);
		break;
	case SP_VALUE_COUNT_WINDOW:
		sp_buffer_printf(out, "{\"id\": %" PRId64 "}", v->number);
		break;
	case SP_VALUE_GLOBAL_WINDOW: put(out, "\"global\""); break;
	case SP_VALUE_LIST: put_list(out, v); break;
	case SP_VALUE_MAP: put_map(out, v); break;
	case SP_VALUE_TUPLE: put_tuple(out, v); break;
	case SP_VALUE_STRUCT: put_struct(out, v); break;
	case SP_VALUE_VARIANT: put_variant(out, v); break;
	case SP_VALUE_JAVA: put_opaque(out, "java", v); break;
	case SP_VALUE_OPAQUE: put_opaque(out, "opaque", v); break;
	}
}
