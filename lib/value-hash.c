/*
 * Java hash codes of decoded values: java.lang and java.util, Flink's tuples, rows, windows and
 * SQL data, Scala's products, Avro's records. All arithmetic wraps at 32 bits.
 */
#include "value-hash.h"

#include <math.h>

struct hasher {
	enum sp_row_rule rule;
	bool is_avro; /* below an Avro record */
	const struct sp_hash_hook *hook;
};

static int hash(const struct hasher *h, const struct sp_value *v, uint32_t *ret);

static enum sp_type_kind kind_of(const struct sp_value *v)
{
	return v->type == NULL ? SP_OPAQUE : sp_type_kind_of(v->type);
}

static bool starts_with(struct sp_slice text, const char *prefix)
{
	return text.n >= strlen(prefix) && memcmp(text.p, prefix, strlen(prefix)) == 0;
}

/* The 31-rule: h = 31 * h + element. */
static int hash_items(
	const struct hasher *h, const struct sp_value *v, uint32_t from, uint32_t *ret)
{
	uint32_t sum = from;
	uint32_t e;

	for (size_t i = 0; i < v->n_items; i++) {
		if (hash(h, &v->items[i], &e) == 0)
			return 0;
		sum = 31 * sum + e;
	}
	*ret = sum;
	return 1;
}

static int hash_set(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	uint32_t sum = 0;
	uint32_t e;

	for (size_t i = 0; i < v->n_items; i++) {
		if (hash(h, &v->items[i], &e) == 0)
			return 0;
		sum += e;
	}
	*ret = sum;
	return 1;
}

static int hash_map(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	uint32_t sum = 0;
	uint32_t key, value;

	for (size_t i = 0; i + 1 < v->n_items; i += 2) {
		if (hash(h, &v->items[i], &key) == 0 || hash(h, &v->items[i + 1], &value) == 0)
			return 0;
		sum += key ^ value;
	}
	*ret = sum;
	return 1;
}

/* What Java's arrays hold; in Row they count by content. */
enum array {
	NO_ARRAY,
	PRIMITIVES,
	OBJECTS,
};

static enum array array_of(const struct sp_value *v)
{
	enum sp_type_kind kind = kind_of(v);

	if (kind == SP_OBJECT_ARRAY || kind == SP_STRING_ARRAY)
		return OBJECTS;
	if (kind >= SP_BOOLEAN_ARRAY && kind <= SP_DOUBLE_ARRAY)
		return PRIMITIVES;
	if (v->kind == SP_VALUE_LIST && starts_with(v->class_name, "["))
		return starts_with(v->class_name, "[L") || starts_with(v->class_name, "[[")
			       ? OBJECTS
			       : PRIMITIVES;
	return NO_ARRAY;
}

static int hash_list(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	if (array_of(v) != NO_ARRAY || kind_of(v) == SP_TRAVERSABLE)
		return 0; /* Scala's collections hash in ways of their own */
	if (kind_of(v) == SP_SET)
		return hash_set(h, v, ret);
	switch (sp_kryo_equality(v->class_name)) {
	case SP_KRYO_AS_SET: return hash_set(h, v, ret);
	case SP_KRYO_BY_ITSELF: return 0;
	default: return hash_items(h, v, 1, ret);
	}
}

/* RowUtils.deepHashCodeInternal, from 1.12 on. */
static int row_element(const struct hasher *h, const struct sp_value *v, uint32_t *ret);

static int row_elements(
	const struct hasher *h, const struct sp_value *v, uint32_t from, uint32_t *ret)
{
	uint32_t sum = from;
	uint32_t e;

	for (size_t i = 0; i < v->n_items; i++) {
		if (row_element(h, &v->items[i], &e) == 0)
			return 0;
		sum = 31 * sum + e;
	}
	*ret = sum;
	return 1;
}

static int row_map(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	uint32_t sum = 1;
	uint32_t key, value;

	for (size_t i = 0; i + 1 < v->n_items; i += 2) {
		if (row_element(h, &v->items[i], &key) == 0 ||
			row_element(h, &v->items[i + 1], &value) == 0)
			return 0;
		sum += key ^ value;
	}
	*ret = sum;
	return 1;
}

/* The content of an array, or else the value's own hash code. */
static int content(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	if (v->kind == SP_VALUE_BYTES && kind_of(v) != SP_BYTE_ARRAY_WRAPPER) {
		*ret = sp_hash_bytes(v->bytes);
		return 1;
	}
	return array_of(v) == PRIMITIVES ? hash_items(h, v, 1, ret) : hash(h, v, ret);
}

static bool is_plain_list(const struct sp_value *v)
{
	enum sp_type_kind kind = kind_of(v);

	return v->kind == SP_VALUE_LIST && kind != SP_SET && kind != SP_ARRAY_DATA &&
	       array_of(v) == NO_ARRAY && sp_kryo_equality(v->class_name) == SP_KRYO_BY_KIND;
}

static int row_element(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	bool deep = h->rule >= SP_ROW_RULE_1_12;

	if (v->kind == SP_VALUE_NULL) {
		*ret = 0;
		return 1;
	}
	if (array_of(v) == OBJECTS || (deep && is_plain_list(v)))
		return row_elements(h, v, 1, ret);
	if (deep && v->kind == SP_VALUE_MAP && kind_of(v) != SP_MAP_DATA)
		return row_map(h, v, ret);
	if (content(h, v, ret) == 0)
		return 0;
	if (deep && !(kind_of(v) == SP_ROW && h->rule == SP_ROW_RULE_1_12))
		*ret += 31;
	return 1;
}

static int hash_row(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	if (row_elements(h, v, h->rule == SP_ROW_RULE_1_12 ? v->row_kind : 1, ret) == 0)
		return 0;
	if (h->rule == SP_ROW_RULE_1_11 || h->rule == SP_ROW_RULE_1_13)
		*ret += 31U * v->row_kind;
	return 1;
}

/* Java's casts of floating point to integers stop at the ends and know no NaN. */
static int64_t to_integer(double d, double least, double beyond, int64_t min, int64_t max)
{
	if (isnan(d))
		return 0;
	return d >= beyond ? max : d < least ? min : (int64_t)d;
}

/* scala.runtime.Statics.doubleHash and floatHash. */
static bool hash_integral(double d, uint32_t *ret)
{
	int64_t i = to_integer(d, -0x1p31, 0x1p31, INT32_MIN, INT32_MAX);
	int64_t l = to_integer(d, -0x1p63, 0x1p63, INT64_MIN, INT64_MAX);

	if ((double)i == d)
		*ret = (uint32_t)i;
	else if ((double)l == d)
		*ret = sp_hash_long((uint64_t)l);
	else
		return false;
	return true;
}

static uint32_t hash_scala_float(int64_t bits)
{
	uint32_t word = (uint32_t)bits;
	uint32_t ret;
	float f;

	memcpy(&f, &word, sizeof(f));
	return hash_integral((double)f, &ret) ? ret : sp_hash_float_bits(bits);
}

static uint32_t hash_scala_double(int64_t bits)
{
	uint32_t word, ret;
	double d;
	float f;

	memcpy(&d, &bits, sizeof(d));
	if (hash_integral(d, &ret))
		return ret;
	f = (float)d;
	if ((double)f != d)
		return sp_hash_long(sp_hash_double_bits(bits));
	memcpy(&word, &f, sizeof(word));
	return sp_hash_float_bits(word);
}

/* Scala's ##. */
static int hash_scala(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	switch (v->kind) {
	case SP_VALUE_LONG:
		*ret = v->number == (int32_t)v->number ? (uint32_t)v->number
						       : sp_hash_long((uint64_t)v->number);
		return 1;
	case SP_VALUE_FLOAT: *ret = hash_scala_float(v->number); return 1;
	case SP_VALUE_DOUBLE: *ret = hash_scala_double(v->number); return 1;
	default: return hash(h, v, ret);
	}
}

/* scala.util.hashing.MurmurHash3.productHash. */
static int hash_product(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	uint32_t sum = SP_HASH_PRODUCT_SEED;
	uint32_t e;

	if (v->n_items == 0) /* the hash code of its name, which is not known */
		return 0;
	for (size_t i = 0; i < v->n_items; i++) {
		if (hash_scala(h, &v->items[i], &e) == 0)
			return 0;
		sum = sp_hash_mix(sum, e);
	}
	*ret = sp_hash_finish(sum, (uint32_t)v->n_items);
	return 1;
}

static int hash_tuple(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	switch (kind_of(v)) {
	case SP_ROW: return hash_row(h, v, ret);
	case SP_CASE_CLASS: return hash_product(h, v, ret);
	case SP_TUPLE: /* a legacy snapshot of a case class looks the same */
		return starts_with(v->class_name, "org.apache.flink.api.java.tuple.")
			       ? hash_items(h, v, 0, ret)
			       : hash_product(h, v, ret);
	default: return 0;
	}
}

static bool is_scala(const struct sp_type *type)
{
	return starts_with(type->snapshot_class, "org.apache.flink.api.scala.");
}

static int hash_window_key(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	uint32_t row;

	if (v->n_items != 2 || hash(h, &v->items[1], &row) == 0)
		return 0;
	*ret = 31 * (31 + sp_hash_long((uint64_t)v->items[0].number)) + row;
	return 1;
}

/* GenericData.hashCode of a record. */
static int hash_record(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	uint32_t sum = 1;
	uint32_t e;

	for (size_t i = 0; i < v->n_items; i++) {
		if (v->items[i].is_ignored)
			continue;
		if (hash(h, &v->items[i], &e) == 0)
			return 0;
		sum = 31 * sum + e;
	}
	*ret = sum;
	return 1;
}

static int hash_struct(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	if (h->is_avro)
		return hash_record(h, v, ret);
	switch (kind_of(v)) {
	case SP_EITHER:
		return is_scala(v->type) ? hash_product(h, v, ret) : hash(h, &v->items[0], ret);
	case SP_TRY: return hash_product(h, v, ret);
	case SP_OPTION:
		if (v->n_items != 0)
			return hash_product(h, v, ret);
		*ret = sp_hash_string(sp_slice_of("None"));
		return 1;
	case SP_WINDOW_KEY: return hash_window_key(h, v, ret);
	default: return 0;
	}
}

/* Avro's own rules where they differ from Java's; -1: they do not. */
static int hash_avro(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	switch (v->kind) {
	case SP_VALUE_ENUM: *ret = (uint32_t)v->number; return 1;
	case SP_VALUE_STRING: /* Utf8.hashCode */
		*ret = 0;
		for (size_t i = 0; i < v->bytes.n; i++)
			*ret = 31 * *ret + (uint32_t)(int8_t)v->bytes.p[i];
		return 1;
	case SP_VALUE_BYTES: /* a fixed has a name */
		*ret = v->class_name.n != 0 ? sp_hash_bytes(v->bytes)
					    : sp_hash_byte_buffer(v->bytes);
		return 1;
	case SP_VALUE_LIST: return hash_items(h, v, 1, ret);
	case SP_VALUE_MAP: return 0; /* of Utf8 or of String: the class decides */
	default: return -1;
	}
}

static int hash(const struct hasher *h, const struct sp_value *v, uint32_t *ret)
{
	struct hasher avro = { h->rule, true, h->hook };
	int status = h->hook == NULL ? -1 : h->hook->hash(h->hook, v, ret);

	if (status >= 0)
		return status;
	switch (kind_of(v)) {
	case SP_AVRO: h = &avro; break;
	case SP_ROW_DATA:
	case SP_BINARY_ROW_DATA:
	case SP_ARRAY_DATA:
	case SP_MAP_DATA:
	case SP_STRING_DATA:
	case SP_RAW_VALUE: /* all but the length in front */
		*ret = sp_hash_body(sp_slice(v->raw.p + 4, v->raw.n - 4));
		return 1;
	case SP_EXTERNAL: return 0;
	default: break;
	}
	status = h->is_avro ? hash_avro(h, v, ret) : -1;
	if (status >= 0)
		return status;
	switch (v->kind) {
	case SP_VALUE_LIST: return hash_list(h, v, ret);
	case SP_VALUE_MAP: return hash_map(h, v, ret);
	case SP_VALUE_TUPLE: return hash_tuple(h, v, ret);
	case SP_VALUE_STRUCT: return hash_struct(h, v, ret);
	default: return sp_hash_plain(v, ret);
	}
}

int sp_value_hash_by(const struct sp_value *value, enum sp_row_rule rule,
	const struct sp_hash_hook *hook, uint32_t *ret)
{
	struct hasher h = { .rule = rule, .hook = hook };

	return hash(&h, value, ret);
}

int sp_value_hash_scala(const struct sp_value *value, enum sp_row_rule rule,
	const struct sp_hash_hook *hook, uint32_t *ret)
{
	struct hasher h = { .rule = rule, .hook = hook };

	return hash_scala(&h, value, ret);
}

int sp_value_hash_content(const struct sp_value *value, enum sp_row_rule rule,
	const struct sp_hash_hook *hook, uint32_t *ret)
{
	struct hasher h = { .rule = rule, .hook = hook };

	if (kind_of(value) == SP_AVRO)
		return hash(&h, value, ret);
	return array_of(value) == OBJECTS ? hash_items(&h, value, 1, ret) : content(&h, value, ret);
}

int sp_value_hash(const struct sp_value *value, enum sp_row_rule rule, int32_t *ret)
{
	uint32_t sum;

	if (sp_value_hash_by(value, rule, NULL, &sum) == 0)
		return 0;
	*ret = (int32_t)sum;
	return 1;
}
