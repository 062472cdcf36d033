/*
 * Equality of decoded values. Sets and maps have no order: their parts are sorted by a digest that
 * equal values have in common, and only those of one digest are compared.
 */
#include "value-internal.h"

#include <stdlib.h>

#define FNV_START 0xcbf29ce484222325 /* FNV-1a, 64 bits */
#define FNV_PRIME 0x100000001b3

static bool is_set(const struct sp_value *v)
{
	return v->kind == SP_VALUE_LIST &&
	       ((v->type != NULL && v->type->kind == SP_SET) ||
		       sp_kryo_equality(v->class_name) == SP_KRYO_AS_SET);
}

static struct sp_slice shortest(struct sp_slice number)
{
	while (number.n > 1 && ((number.p[0] == 0 && number.p[1] < 0x80) ||
				       (number.p[0] == 0xff && number.p[1] >= 0x80)))
		number = sp_slice(number.p + 1, number.n - 1);
	return number;
}

static struct sp_slice bytes_of(const struct sp_value *v)
{
	return v->kind == SP_VALUE_BIG_INTEGER || v->kind == SP_VALUE_DECIMAL ? shortest(v->bytes)
									      : v->bytes;
}

static uint64_t add(uint64_t h, uint64_t v)
{
	h = (h ^ v) * FNV_PRIME;
	return h ^ h >> 29;
}

static uint64_t add_bytes(uint64_t h, struct sp_slice bytes)
{
	h = add(h, bytes.n);
	for (size_t i = 0; i < bytes.n; i++)
		h = (h ^ bytes.p[i]) * FNV_PRIME;
	return h;
}

static uint64_t digest(const struct sp_value *v);

static uint64_t digest_entry(const struct sp_value *items, size_t n)
{
	uint64_t h = FNV_START;

	for (size_t i = 0; i < n; i++)
		h = add(h, digest(&items[i]));
	return h;
}

/* All that sp_value_equal() looks at but the parts. */
static uint64_t digest_own(const struct sp_value *v)
{
	const uint64_t numbers[] = { v->kind, (uint64_t)v->number, (uint64_t)v->end,
		(uint64_t)v->scale, (uint64_t)v->nanos, (uint64_t)v->year,
		(uint64_t)v->month << 32 | (uint64_t)v->day << 24 | (uint64_t)v->hour << 16 |
			(uint64_t)v->minute << 8 | v->second,
		(uint64_t)v->row_kind << 1 | v->is_left };
	uint64_t h = FNV_START;

	for (size_t i = 0; i < sp_countof(numbers); i++)
		h = add(h, numbers[i]);
	return add_bytes(add_bytes(h, bytes_of(v)), v->name);
}

static uint64_t digest(const struct sp_value *v)
{
	uint64_t h = digest_own(v);
	size_t step = v->kind == SP_VALUE_MAP ? 2 : 1;
	uint64_t sum = 0;

	if (v->kind != SP_VALUE_MAP && !is_set(v))
		return add(h, digest_entry(v->items, v->n_items));
	for (size_t i = 0; i + step <= v->n_items; i += step)
		sum += digest_entry(&v->items[i], step);
	return add(h, sum);
}

/* A heap's order, or an object's, depends on how it came about. */
static bool has_one_reading(const struct sp_value *v)
{
	if (v->kind == SP_VALUE_JAVA || v->kind == SP_VALUE_OPAQUE)
		return false;
	if (v->kind == SP_VALUE_LIST && sp_kryo_equality(v->class_name) == SP_KRYO_BY_ITSELF)
		return false;
	for (size_t i = 0; i < v->n_items; i++)
		if (!has_one_reading(&v->items[i]))
			return false;
	return true;
}

int sp_value_digest(const struct sp_value *value, uint64_t *ret)
{
	if (!has_one_reading(value))
		return 0;
	*ret = digest(value);
	return 1;
}

/* One element of a set, or a key and its value. */
struct entry {
	uint64_t digest;
	const struct sp_value *items;
	bool taken;
};

static int compare(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;

	return (x->digest > y->digest) - (x->digest < y->digest);
}

static struct entry *sorted(const struct sp_value *v, size_t step)
{
	size_t n = v->n_items / step;
	struct entry *entries = calloc(n + 1, sizeof(*entries));

	if (entries == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < n; i++) {
		entries[i].items = &v->items[i * step];
		entries[i].digest = digest_entry(entries[i].items, step);
	}
	qsort(entries, n, sizeof(*entries), compare);
	return entries;
}

static bool equal_items(const struct sp_value *a, const struct sp_value *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!sp_value_equal(&a[i], &b[i]))
			return false;
	return true;
}

/* Takes the partner of `entry` among the n entries, the first of which may have its digest. */
static bool take_partner(const struct entry *entry, struct entry *among, size_t n, size_t step)
{
	for (size_t i = 0; i < n && among[i].digest == entry->digest; i++)
		if (!among[i].taken && equal_items(entry->items, among[i].items, step)) {
			among[i].taken = true;
			return true;
		}
	return false;
}

static bool equal_in_any_order(const struct sp_value *a, const struct sp_value *b, size_t step)
{
	struct entry *x = sorted(a, step);
	struct entry *y = sorted(b, step);
	size_t n = a->n_items / step;
	size_t first = 0;
	bool equal = true;

	for (size_t i = 0; i < n && equal; i++) {
		while (first < n && y[first].digest < x[i].digest)
			first++;
		equal = take_partner(&x[i], y + first, n - first, step);
	}
	free(x);
	free(y);
	return equal;
}

static bool equal_parts(const struct sp_value *a, const struct sp_value *b)
{
	if (a->n_items != b->n_items)
		return false;
	if (a->kind == SP_VALUE_MAP)
		return equal_in_any_order(a, b, 2);
	if (is_set(a) && is_set(b))
		return equal_in_any_order(a, b, 1);
	return equal_items(a->items, b->items, a->n_items);
}

static bool equal_times(const struct sp_value *a, const struct sp_value *b)
{
	return a->nanos == b->nanos && a->year == b->year && a->month == b->month &&
	       a->day == b->day && a->hour == b->hour && a->minute == b->minute &&
	       a->second == b->second;
}

bool sp_value_equal(const struct sp_value *a, const struct sp_value *b)
{
	if (a->kind != b->kind || a->number != b->number || a->end != b->end ||
		a->scale != b->scale || a->row_kind != b->row_kind || a->is_left != b->is_left)
		return false;
	return equal_times(a, b) && sp_slice_equal(bytes_of(a), bytes_of(b)) &&
	       sp_slice_equal(a->name, b->name) && equal_parts(a, b);
}
