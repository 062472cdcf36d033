/*
 * The text of a value:
 *
 *	null  true  42  c:unit  f:bits  d:bits  "string"  s:UTF-8 of SQL and Avro in hex  x:bytes
 *	D:unscaled:scale  date:ms  sqldate:ms  sqltime:ms  timestamp:ms:ns  instant:s:ns
 *	localdate:y:m:d  localtime:h:m:s:ns  localdatetime:y:m:d:h:m:s:ns  timestampdata:ms:ns
 *	uuid:hex  E:constant  timewindow:start:end  timewindow2: of SQL  countwindow:id
 *	[a,b]  S(a,b)  {k=v}  T(a,b)  C(a,b)  R0(a,b)  RD0(a,b)  P:Class{f=a}  A:Record{f=a}
 *	L(a)  Rt(a)  Some(a)  None  nullvalue  tuple0  voidns  globalwindow
 *	java:Class  K:Class{f=a}
 */
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>

static enum sp_type_kind kind_of(const struct sp_value *v)
{
	return v->type == NULL ? SP_OPAQUE : v->type->kind;
}

static void put(struct sp_buffer *out, const char *text)
{
	sp_buffer_bytes(out, sp_slice_of(text));
}

static void put_hex(struct sp_buffer *out, const char *prefix, struct sp_slice bytes)
{
	put(out, prefix);
	for (size_t i = 0; i < bytes.n; i++)
		sp_buffer_printf(out, "%02x", bytes.p[i]);
}

static void put_unit(struct sp_buffer *out, uint32_t unit)
{
	if (unit < 0x20 || unit > 0x7e || unit == '"' || unit == '\\')
		sp_buffer_printf(out, "\\u%04x", unit);
	else
		sp_buffer_u8(out, (uint8_t)unit);
}

static void put_string(struct sp_buffer *out, struct sp_slice text)
{
	sp_buffer_u8(out, '"');
	for (size_t i = 0; i < text.n;) {
		uint32_t c = text.p[i];
		size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

		c &= n == 1 ? 0x7f : 0xffU >> (n + 1);
		for (size_t j = 1; j < n; j++)
			c = c << 6 | (text.p[i + j] & 0x3f);
		i += n;
		if (c < 0x10000) {
			put_unit(out, c);
			continue;
		}
		put_unit(out, 0xd800 + ((c - 0x10000) >> 10));
		put_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
	}
	sp_buffer_u8(out, '"');
}

/* Two's complement as decimal digits, by long division. */
static void put_integer(struct sp_buffer *out, struct sp_slice number)
{
	bool negative = number.p[0] >= 0x80;
	uint8_t *digits = calloc(number.n, 3);
	size_t n = 0;

	for (size_t i = 0; i < number.n; i++) {
		uint32_t carry = negative ? (uint8_t)~number.p[i] : number.p[i];

		if (i == number.n - 1 && negative)
			carry++;
		for (size_t j = 0; j < n || carry != 0; j++) {
			carry += (j < n ? digits[j] : 0U) * 256;
			digits[j] = (uint8_t)(carry % 10);
			carry /= 10;
			n = j + 1 > n ? j + 1 : n;
		}
	}
	if (negative)
		sp_buffer_u8(out, '-');
	for (size_t j = n; j-- > 0;)
		sp_buffer_u8(out, (uint8_t)('0' + digits[j]));
	if (n == 0)
		sp_buffer_u8(out, '0');
	free(digits);
}

/* Elements or entries, in the order of the bytes. */
static void put_entries(struct sp_buffer *out, const struct sp_value *v, size_t step)
{
	for (size_t i = 0; i + step <= v->n_items; i += step) {
		if (i != 0)
			put(out, ",");
		text_of_value(&v->items[i], out);
		if (step == 1)
			continue;
		put(out, "=");
		text_of_value(&v->items[i + 1], out);
	}
}

static void put_list(struct sp_buffer *out, const struct sp_value *v)
{
	static const char *const sets[] = { "java.util.HashSet", "java.util.LinkedHashSet",
		"java.util.TreeSet", "java.util.Collections$SingletonSet",
		"java.util.Collections$EmptySet", "java.util.concurrent.ConcurrentSkipListSet" };
	bool is_set = kind_of(v) == SP_SET;

	for (size_t i = 0; i < sp_countof(sets); i++)
		is_set |= sp_slice_is(v->class_name, sets[i]);
	put(out, is_set ? "S(" : "[");
	put_entries(out, v, 1);
	put(out, is_set ? ")" : "]");
}

static void put_items(struct sp_buffer *out, const struct sp_value *v)
{
	put(out, "(");
	put_entries(out, v, 1);
	put(out, ")");
}

static void put_tuple(struct sp_buffer *out, const struct sp_value *v)
{
	switch (kind_of(v)) {
	case SP_ROW: sp_buffer_printf(out, "R%u", v->row_kind); break;
	case SP_CASE_CLASS: put(out, "C"); break;
	case SP_TUPLE: put(out, "T"); break;
	default: sp_buffer_printf(out, "RD%u", v->row_kind); break;
	}
	put_items(out, v);
}

static void put_fields(struct sp_buffer *out, const struct sp_value *v, const char *prefix)
{
	struct sp_slice class = v->class_name;
	const uint8_t *dot = class.n == 0 ? NULL : memrchr(class.p, '.', class.n);

	if (dot != NULL)
		class = sp_slice(dot + 1, (size_t)(class.p + class.n - dot - 1));
	put(out, prefix);
	sp_buffer_bytes(out, class);
	put(out, "{");
	for (size_t i = 0; i < v->n_items; i++) {
		if (i != 0)
			put(out, ",");
		sp_buffer_bytes(out, v->items[i].name);
		put(out, "=");
		text_of_value(&v->items[i], out);
	}
	put(out, "}");
}

static void put_struct(struct sp_buffer *out, const struct sp_value *v)
{
	if (v->logical != NULL) {
		put_tuple(out, v);
		return;
	}
	switch (kind_of(v)) {
	case SP_EITHER: put(out, v->is_left ? "L" : "Rt"); break;
	case SP_OPTION: put(out, v->is_left ? "Some" : "None"); break;
	case SP_POJO: put_fields(out, v, "P:"); return;
	case SP_KRYO: put_fields(out, v, "K:"); return;
	case SP_WINDOW_KEY:
		put(out, "windowkey:");
		text_of_value(&v->items[0], out);
		put(out, ":");
		text_of_value(&v->items[1], out);
		return;
	default: put_fields(out, v, "A:"); return;
	}
	if (v->n_items != 0)
		put_items(out, v);
}

static void put_void(struct sp_buffer *out, const struct sp_value *v)
{
	switch (kind_of(v)) {
	case SP_VOID_NAMESPACE: put(out, "voidns"); break;
	case SP_TUPLE0: put(out, "tuple0"); break;
	case SP_VOID: put(out, "void"); break;
	default: put(out, "nullvalue"); break;
	}
}

static void put_time(struct sp_buffer *out, const struct sp_value *v)
{
	sp_buffer_printf(out, "%u:%u:%u:%" PRId32, v->hour, v->minute, v->second, v->nanos);
}

static void put_date(struct sp_buffer *out, const struct sp_value *v)
{
	sp_buffer_printf(out, "%" PRId32 ":%u:%u", v->year, v->month, v->day);
}

/* Is it in a body of SQL or Avro, or such a body itself? */
static bool is_utf8(const struct sp_value *v, bool inside)
{
	return inside || v->logical != NULL || kind_of(v) == SP_STRING_DATA;
}

static void put_number(struct sp_buffer *out, const char *prefix, const struct sp_value *v)
{
	sp_buffer_printf(out, "%s%" PRId64, prefix, v->number);
}

static bool put_moment(struct sp_buffer *out, const struct sp_value *v)
{
	static const char *const prefixes[] = { [SP_VALUE_DATE] = "date:",
		[SP_VALUE_SQL_DATE] = "sqldate:",
		[SP_VALUE_SQL_TIME] = "sqltime:",
		[SP_VALUE_SQL_TIMESTAMP] = "timestamp:",
		[SP_VALUE_INSTANT] = "instant:",
		[SP_VALUE_TIMESTAMP_DATA] = "timestampdata:",
		[SP_VALUE_COUNT_WINDOW] = "countwindow:" };

	if (v->kind >= sp_countof(prefixes) || prefixes[v->kind] == NULL)
		return false;
	put_number(out, prefixes[v->kind], v);
	if (v->kind == SP_VALUE_SQL_TIMESTAMP || v->kind == SP_VALUE_INSTANT ||
		v->kind == SP_VALUE_TIMESTAMP_DATA)
		sp_buffer_printf(out, ":%" PRId32, v->nanos);
	return true;
}

static void put_window(struct sp_buffer *out, const struct sp_value *v)
{
	sp_buffer_printf(out, "timewindow%s:%" PRId64 ":%" PRId64,
		kind_of(v) == SP_SQL_TIME_WINDOW ? "2" : "", v->number, v->end);
}

static void put_map(struct sp_buffer *out, const struct sp_value *v)
{
	put(out, "{");
	put_entries(out, v, 2);
	put(out, "}");
}

static bool avro; /* below an Avro record */

void text_of_value(const struct sp_value *v, struct sp_buffer *out)
{
	if (kind_of(v) == SP_AVRO) {
		struct sp_value record = *v;

		record.type = NULL;
		avro = true;
		text_of_value(&record, out);
		avro = false;
		return;
	}
	if (put_moment(out, v))
		return;
	switch (v->kind) {
	case SP_VALUE_NULL: put(out, "null"); break;
	case SP_VALUE_VOID: put_void(out, v); break;
	case SP_VALUE_BOOLEAN: put(out, v->number ? "true" : "false"); break;
	case SP_VALUE_CHAR: put_number(out, "c:", v); break;
	case SP_VALUE_FLOAT: sp_buffer_printf(out, "f:%08" PRIx32, (uint32_t)v->number); break;
	case SP_VALUE_DOUBLE: sp_buffer_printf(out, "d:%016" PRIx64, (uint64_t)v->number); break;
	case SP_VALUE_STRING:
		if (is_utf8(v, avro))
			put_hex(out, "s:", v->bytes);
		else
			put_string(out, v->bytes);
		break;
	case SP_VALUE_BYTES: put_hex(out, "x:", v->bytes); break;
	case SP_VALUE_BIG_INTEGER: put_integer(out, v->bytes); break;
	case SP_VALUE_DECIMAL:
		put(out, "D:");
		put_integer(out, v->bytes);
		sp_buffer_printf(out, ":%" PRId32, v->scale);
		break;
	case SP_VALUE_LOCAL_DATE:
		put(out, "localdate:");
		put_date(out, v);
		break;
	case SP_VALUE_LOCAL_TIME:
		put(out, "localtime:");
		put_time(out, v);
		break;
	case SP_VALUE_LOCAL_DATE_TIME:
		put(out, "localdatetime:");
		put_date(out, v);
		put(out, ":");
		put_time(out, v);
		break;
	case SP_VALUE_UUID: put_hex(out, "uuid:", v->bytes); break;
	case SP_VALUE_ENUM:
		put(out, "E:");
		sp_buffer_bytes(out, v->bytes);
		break;
	case SP_VALUE_TIME_WINDOW: put_window(out, v); break;
	case SP_VALUE_GLOBAL_WINDOW: put(out, "globalwindow"); break;
	case SP_VALUE_LIST: put_list(out, v); break;
	case SP_VALUE_MAP: put_map(out, v); break;
	case SP_VALUE_TUPLE: put_tuple(out, v); break;
	case SP_VALUE_STRUCT: put_struct(out, v); break;
	case SP_VALUE_JAVA:
		put(out, "java:");
		sp_buffer_bytes(out, v->class_name);
		break;
	case SP_VALUE_OPAQUE:
		put_hex(out,
			kind_of(v) == SP_BINARY_ROW_DATA ? "binaryrow:x:" : "opaque:", v->bytes);
		break;
	default: put_number(out, "", v); break;
	}
}
