/*
 * What classes of the JDK write behind class and reference. "any" is class, reference and object;
 * "element" an object whose class was named before; n a varint. Where the generations differ,
 * Kryo 2.24 (Flink 1.x) stands first.
 *
 *	int, long         zigzag varint, varlong
 *	boolean, byte     u8
 *	other numbers     fixed, in the order of the generation
 *	BigInteger        n + 1, n bytes of two's complement
 *	BigDecimal        BigInteger, zigzag varint scale
 *	dates             varlong ms
 *	Timestamp         varlong ms, in 5 those of the whole second; varint ns
 *	UUID              2 × zigzag varlong · 2 × i64
 *	BitSet            n, n × i64
 *	collection        n, n × any · varint with flag, n + 1, and
 *	                  flag clear: n × any
 *	                  flag set: class, bool "some are null", n × element; no class: all are null
 *	TreeSet, …        any comparator, collection · collection with it behind its number
 *	Arrays$ArrayList  n, class, n × any · collection
 *	map               n · n + 1, then n × (any, any)
 *	TreeMap           any comparator, map · map with it behind its number
 *	array             n + 1, n × number
 *	array of objects  n + 1, n × any; where the class is final n × element, which may be null
 *
 * com.esotericsoftware.kryo.serializers.DefaultSerializers, DefaultArraySerializers,
 * CollectionSerializer and MapSerializer; com.twitter.chill.java in Flink 1.x.
 */
#include "value-kryo.h"

#include <inttypes.h>

#define MAX_NULLS 65536

/* n numbers of the array's class, and other things of n equal parts. */
static int read_list(struct sp_kryo_walk *k, const struct sp_kryo_class *part, sp_kryo_body *body,
	uint32_t n, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items = sp_walk_items(k->walk, to, SP_VALUE_LIST, n);

	for (uint32_t i = 0; i < n; i++)
		if (body(k, part, sp_walk_item(items, i), err) < 0)
			return err->code;
	k->weight += n;
	return 0;
}

SP_KRYO_BODY(sp_kryo_read_bit_set)
{
	uint32_t n;

	if (sp_kryo_count(k, 8, 0, &n, err) < 0)
		return err->code;
	return read_list(k, class, sp_kryo_read_fixed_long, n, to, err);
}

/* The boxed class of the numbers in an array: "[I" gives java.lang.Integer. */
static struct sp_kryo_class number_class(const struct sp_kryo_class *array)
{
	static const struct {
		char code;
		uint8_t id;
	} ids[] = { { 'I', 0 }, { 'F', 2 }, { 'Z', 3 }, { 'B', 4 }, { 'C', 5 }, { 'S', 6 },
		{ 'J', 7 }, { 'D', 8 } };
	struct sp_kryo_class class = { 0 };

	for (size_t i = 0; i < sp_countof(ids); i++)
		if (array->name.p[1] == ids[i].code)
			class.known = sp_kryo_fixed(ids[i].id);
	return class;
}

SP_KRYO_BODY(sp_kryo_read_numbers)
{
	struct sp_kryo_class number = number_class(class);
	uint32_t n;
	int r = sp_kryo_count(k, 1, 1, &n, err);

	if (r < 0)
		return r;
	sp_value_number(to, SP_VALUE_NULL, 0);
	if (r == 0)
		return 0;
	return read_list(k, &number, number.known->body[k->five], n, to, err);
}

SP_KRYO_BODY(sp_kryo_read_bytes)
{
	struct sp_slice bytes = { 0 };
	uint32_t n;
	int r = sp_kryo_count(k, 1, 1, &n, err);

	(void)class;
	if (r > 0 && sp_walk_bytes(k->walk, n, &bytes, err) < 0)
		return err->code;
	if (r < 0)
		return r;
	sp_value_number(to, r == 0 ? SP_VALUE_NULL : SP_VALUE_BYTES, 0);
	if (to != NULL)
		to->bytes = bytes;
	return 0;
}

/* n objects of any class, or, where `class` is not NULL, of that one. */
static int read_objects(struct sp_kryo_walk *k, uint32_t n, const struct sp_kryo_class *class,
	bool nullable, struct sp_value *items, struct sp_error *err)
{
	for (uint32_t i = 0; i < n; i++) {
		struct sp_value *item = sp_walk_item(items, i);
		int r = class == NULL ? sp_kryo_any(k, item, err)
				      : sp_kryo_object(k, class, nullable, item, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Arrays of objects; Java's arrays are classes that nothing can extend. */
SP_KRYO_BODY(sp_kryo_read_array)
{
	struct sp_slice name = class->name;
	struct sp_kryo_class element = { 0 };
	struct sp_value *items;
	uint32_t n;
	int r;

	if (name.n > 3 && name.p[1] == 'L' && name.p[name.n - 1] == ';')
		element.name = sp_slice(name.p + 2, name.n - 3);
	else
		element.name = sp_slice(name.p + 1, name.n - 1);
	element.known = sp_kryo_find(element.name);
	r = sp_kryo_count(k, 1, 1, &n, err);
	if (r < 0)
		return r;
	if (r == 0) {
		sp_value_number(to, SP_VALUE_NULL, 0);
		return 0;
	}
	if (n != 0 && element.known == NULL)
		return sp_kryo_no_end(k, name, err);
	items = sp_walk_items(k->walk, to, SP_VALUE_LIST, n);
	return read_objects(k, n,
		element.known != NULL && element.known->is_final ? &element : NULL, true, items,
		err);
}

SP_KRYO_BODY(sp_kryo_read_collection_2)
{
	uint32_t n;

	(void)class;
	if (sp_kryo_count(k, 1, 0, &n, err) < 0)
		return err->code;
	return read_objects(k, n, NULL, false, sp_walk_items(k->walk, to, SP_VALUE_LIST, n), err);
}

/* A comparator has nothing to tell: it is crossed. In a value of its own, as it may be referred to.
 */
static int cross_comparator(struct sp_kryo_walk *k, struct sp_error *err)
{
	struct sp_value *to = k->walk->arena == NULL
				      ? NULL
				      : sp_arena_new_array(k->walk->arena, struct sp_value, 1);

	return sp_kryo_any(k, to, err);
}

/* Elements that are all of one class, or null. */
static int read_same(
	struct sp_kryo_walk *k, uint32_t n, struct sp_value *items, struct sp_error *err)
{
	struct sp_kryo_class class;
	bool nullable;
	int r = sp_kryo_class(k, &class, err);

	if (r <= 0)
		return r;
	if (sp_walk_bool(k->walk, &nullable, err) < 0)
		return err->code;
	if (sp_kryo_fits(k, n, 1, err) < 0)
		return err->code;
	return read_objects(k, n, &class, nullable, items, err);
}

/* All are null: their number has nothing behind it, so it is limited. */
static int read_nulls(struct sp_kryo_walk *k, uint32_t n, struct sp_value *to, struct sp_error *err)
{
	uint8_t no_class;

	if (n > MAX_NULLS)
		return sp_fail(err, SP_EUNSUPPORTED,
			"offset 0x%" PRIx64 ": Kryo list of %" PRIu32 " nulls",
			sp_offset(&k->walk->reader->in), n);
	if (sp_walk_u8(k->walk, &no_class, err) < 0)
		return err->code;
	sp_walk_items(k->walk, to, SP_VALUE_LIST, n);
	k->weight += n;
	return 0;
}

static int read_collection(
	struct sp_kryo_walk *k, bool sorted, struct sp_value *to, struct sp_error *err)
{
	const struct sp_cursor *in = &k->walk->reader->in;
	struct sp_value *items;
	bool same;
	uint32_t n;

	if (sp_kryo_varint_flag(k, &same, &n, err) < 0)
		return err->code;
	if (n == 0) {
		sp_value_number(to, SP_VALUE_NULL, 0);
		return 0;
	}
	if (sorted && cross_comparator(k, err) < 0)
		return err->code;
	n--;
	if (n > 0 && same && sp_left(in) == 0)
		return sp_walk_short(k->walk, 1, err);
	if (n > 0 && same && *in->at == 0)
		return read_nulls(k, n, to, err);
	if (sp_kryo_fits(k, n, 1, err) < 0)
		return err->code;
	items = sp_walk_items(k->walk, to, SP_VALUE_LIST, n);
	if (n == 0)
		return 0;
	return same ? read_same(k, n, items, err) : read_objects(k, n, NULL, false, items, err);
}

SP_KRYO_BODY(sp_kryo_read_collection_5)
{
	(void)class;
	return read_collection(k, false, to, err);
}

SP_KRYO_BODY(sp_kryo_read_sorted_2)
{
	if (cross_comparator(k, err) < 0)
		return err->code;
	return sp_kryo_read_collection_2(k, class, to, err);
}

SP_KRYO_BODY(sp_kryo_read_sorted_5)
{
	(void)class;
	return read_collection(k, true, to, err);
}

/* Behind the number the class of the array within: nothing depends on it. */
SP_KRYO_BODY(sp_kryo_read_as_list_2)
{
	struct sp_kryo_class element;
	uint32_t n;

	(void)class;
	if (sp_kryo_varint(k, &n, err) < 0 || sp_kryo_class(k, &element, err) < 0 ||
		sp_kryo_fits(k, n, 1, err) < 0)
		return err->code;
	return read_objects(k, n, NULL, false, sp_walk_items(k->walk, to, SP_VALUE_LIST, n), err);
}

SP_KRYO_BODY(sp_kryo_read_empty)
{
	(void)err;
	sp_walk_items(k->walk, to, class->known->kind, 0);
	return 0;
}

SP_KRYO_BODY(sp_kryo_read_single)
{
	(void)class;
	return read_objects(k, 1, NULL, false, sp_walk_items(k->walk, to, SP_VALUE_LIST, 1), err);
}

SP_KRYO_BODY(sp_kryo_read_single_entry)
{
	(void)class;
	return read_objects(k, 2, NULL, false, sp_walk_items(k->walk, to, SP_VALUE_MAP, 2), err);
}

static int read_entries(
	struct sp_kryo_walk *k, bool sorted, struct sp_value *to, struct sp_error *err)
{
	uint32_t n;
	int r;

	if (sorted && !k->five && cross_comparator(k, err) < 0)
		return err->code;
	r = sp_kryo_count(k, 2, k->five, &n, err);
	if (r < 0)
		return r;
	if (r == 0) {
		sp_value_number(to, SP_VALUE_NULL, 0);
		return 0;
	}
	if (sorted && k->five && cross_comparator(k, err) < 0)
		return err->code;
	return read_objects(k, 2 * n, NULL, false,
		sp_walk_items(k->walk, to, SP_VALUE_MAP, 2 * (size_t)n), err);
}

SP_KRYO_BODY(sp_kryo_read_map)
{
	(void)class;
	return read_entries(k, false, to, err);
}

SP_KRYO_BODY(sp_kryo_read_sorted_map)
{
	(void)class;
	return read_entries(k, true, to, err);
}
