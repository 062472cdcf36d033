/*
 * Values made of other values. N: as the nested serializer writes it; bools are one byte.
 *
 *	List                i32 n, n × N
 *	array, Traversable  i32 n, n × (bool present, N)
 *	Set                 i32 n, n × (bool null, N)                                   2.0+
 *	Map, SortedMap      i32 n, n × (key, bool null, value)
 *	NullAwareMap        i32 n, n × (bool null, key, bool null, value)
 *	LinkedList          i32 n, [mask of n bits,] N of those that are there
 *	Tuple, case class   fields
 *	Row                 mask of n bits, or of two bits of row kind and n; fields that are there
 *	Nullable            bool null: padding; else N
 *	Either, Try         bool left, N;  Option  bool some, [N]
 *	TTL                 i64 last access, N
 *	WindowKey           i64 window, row
 *	RawValue            i32 n, n bytes that hold N
 *
 * In a mask the first bit is the most significant of the first byte. Classes: those of
 * type-class-table.c; Flink 1.2 to 2.2.
 */
#include "value-internal.h"

static int walk_list(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	const struct sp_type *element = type->children[0];
	size_t least = sp_type_least(element);
	struct sp_value *items;
	struct sp_slice all;
	uint32_t n;

	if (sp_walk_count(walk, least, "elements", &n, err) < 0)
		return err->code;
	if (to == NULL && sp_type_any_bytes(element->kind) != 0)
		return sp_walk_bytes(walk, n * least, &all, err);
	items = sp_walk_items(walk, to, SP_VALUE_LIST, n);
	for (uint32_t i = 0; i < n; i++)
		if (sp_walk_value(walk, element, sp_walk_item(items, i), err) < 0)
			return err->code;
	return 0;
}

/* A flag, and a value unless the flag is `absent`. */
static int walk_optional(struct sp_walk *walk, const struct sp_type *type, bool absent,
	struct sp_value *to, struct sp_error *err)
{
	bool flag;

	if (sp_walk_bool(walk, &flag, err) < 0)
		return err->code;
	if (flag != absent)
		return sp_walk_value(walk, type, to, err);
	sp_walk_null(to);
	return 0;
}

static int walk_flagged_list(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	bool absent = type->kind == SP_SET;
	struct sp_value *items;
	uint32_t n;

	if (sp_walk_count(walk, 1, "elements", &n, err) < 0)
		return err->code;
	items = sp_walk_items(walk, to, SP_VALUE_LIST, n);
	for (uint32_t i = 0; i < n; i++)
		if (walk_optional(walk, type->children[0], absent, sp_walk_item(items, i), err) < 0)
			return err->code;
	return 0;
}

static int walk_map(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	bool flagged = type->kind == SP_NULL_AWARE_MAP;
	const struct sp_type *key = type->children[0];
	struct sp_value *items;
	uint32_t n;

	if (sp_walk_count(walk, 1 + (flagged ? 1 : sp_type_least(key)), "entries", &n, err) < 0)
		return err->code;
	items = sp_walk_items(walk, to, SP_VALUE_MAP, 2 * (size_t)n);
	for (size_t i = 0; i < 2 * (size_t)n; i += 2) {
		struct sp_value *item = sp_walk_item(items, i);

		if (flagged ? walk_optional(walk, key, true, item, err) < 0
			    : sp_walk_value(walk, key, item, err) < 0)
			return err->code;
		if (walk_optional(walk, type->children[1], true, sp_walk_item(items, i + 1), err) <
			0)
			return err->code;
	}
	return 0;
}

/* Which of n parts are null; NULL: none. */
struct mask {
	const uint8_t *bits;
	size_t first; /* bit of the first part */
};

static bool is_null(const struct mask *mask, size_t i)
{
	i += mask->first;
	return mask->bits != NULL && (mask->bits[i / 8] & 0x80 >> i % 8) != 0;
}

static int walk_mask(struct sp_walk *walk, size_t n, struct mask *mask, struct sp_error *err)
{
	struct sp_slice bytes;

	if (sp_walk_bytes(walk, (mask->first + n + 7) / 8, &bytes, err) < 0)
		return err->code;
	mask->bits = bytes.p;
	return 0;
}

/* The number of elements, which may all be null, and their mask. */
static int walk_masked_count(
	struct sp_walk *walk, struct mask *mask, uint32_t *ret, struct sp_error *err)
{
	int32_t n;

	if (sp_walk_i32(walk, &n, err) < 0)
		return err->code;
	if (n < 0)
		return sp_walk_fail(walk, err, "negative number of elements");
	*ret = (uint32_t)n;
	return walk_mask(walk, (size_t)n, mask, err);
}

static int walk_linked_list(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	const struct sp_type *element = type->children[0];
	struct mask mask = { 0 };
	struct sp_value *items;
	uint32_t n;
	int status = sp_walk_flag(walk, type)
			     ? walk_masked_count(walk, &mask, &n, err)
			     : sp_walk_count(walk, sp_type_least(element), "elements", &n, err);

	if (status < 0)
		return status;
	items = sp_walk_items(walk, to, SP_VALUE_LIST, n);
	for (uint32_t i = 0; i < n; i++) {
		struct sp_value *item = sp_walk_item(items, i);

		if (is_null(&mask, i))
			sp_walk_null(item);
		else if (sp_walk_value(walk, element, item, err) < 0)
			return err->code;
	}
	return 0;
}

/* The children but for null ones; the last that is there ends the value. */
static int walk_fields(struct sp_walk *walk, const struct sp_type *type, const struct mask *mask,
	struct sp_value *items, struct sp_error *err)
{
	size_t n = type->n_children;
	int status = 0;

	while (n > 0 && is_null(mask, n - 1))
		sp_walk_null(sp_walk_item(items, --n));
	for (size_t i = 0; i < n && status == 0; i++) {
		struct sp_value *item = sp_walk_item(items, i);

		if (is_null(mask, i))
			sp_walk_null(item);
		else if (i + 1 < n)
			status = sp_walk_value(walk, type->children[i], item, err);
		else
			status = sp_walk_last(walk, type->children[i], item, err);
	}
	return status;
}

static int walk_tuple(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	static const struct mask none;
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_TUPLE, type->n_children);

	if (to != NULL)
		to->class_name = type->class_name;
	return walk_fields(walk, type, &none, items, err);
}

static int walk_row(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct mask mask = { .first = sp_walk_flag(walk, type) ? 2 : 0 };

	if (walk_mask(walk, type->n_children, &mask, err) < 0)
		return err->code;
	if (to != NULL && mask.first != 0) /* the low bit comes first */
		to->row_kind = (uint8_t)(mask.bits[0] >> 7 | (mask.bits[0] >> 5 & 2));
	return walk_fields(
		walk, type, &mask, sp_walk_items(walk, to, SP_VALUE_TUPLE, type->n_children), err);
}

/* A struct of the children under these names. */
static int walk_named(struct sp_walk *walk, const struct sp_type *type, const char *const *names,
	struct sp_value *to, struct sp_error *err)
{
	static const struct mask none;
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_STRUCT, type->n_children);

	for (size_t i = 0; i < type->n_children; i++)
		sp_walk_named(items, i, names[i]);
	return walk_fields(walk, type, &none, items, err);
}

static int walk_nullable(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_slice padding;
	bool null;

	if (sp_walk_bool(walk, &null, err) < 0)
		return err->code;
	if (!null)
		return sp_walk_last(walk, type->children[0], to, err);
	sp_walk_null(to);
	return sp_walk_bytes(walk, (size_t)type->padding, &padding, err);
}

/* One of two: the struct has one field, which says which. */
static int walk_either(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	bool try = type->kind == SP_TRY;
	struct sp_value *items;
	bool left;

	if (sp_walk_bool(walk, &left, err) < 0)
		return err->code;
	items = sp_walk_items(walk, to, SP_VALUE_STRUCT, 1);
	if (to != NULL)
		to->is_left = left;
	return sp_walk_last(walk, type->children[left ? 0 : 1],
		sp_walk_named(
			items, 0, left ? (try ? "success" : "left") : (try ? "failure" : "right")),
		err);
}

static int walk_option(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items;
	bool some;

	if (sp_walk_bool(walk, &some, err) < 0)
		return err->code;
	items = sp_walk_items(walk, to, SP_VALUE_STRUCT, some);
	if (to != NULL)
		to->is_left = some;
	if (!some)
		return 0;
	return sp_walk_last(walk, type->children[0], sp_walk_named(items, 0, "some"), err);
}

static int walk_window_key(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_STRUCT, 2);

	if (sp_walk_number(walk, SP_VALUE_LONG, 8, sp_walk_named(items, 0, "window"), err) < 0)
		return err->code;
	return sp_walk_last(walk, type->children[0], sp_walk_named(items, 1, "key"), err);
}

static int walk_raw_value(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_slice bytes;

	if (sp_walk_blob(walk, &bytes, err) < 0)
		return err->code;
	if (to == NULL)
		return 0;
	if (sp_walk_within(walk, bytes, type->children[0], to, err) < 0)
		return err->code;
	to->type = type; /* it hashes as these bytes */
	return 0;
}

/* Outside of SQL it is an object of another class: it hashes in ways of its own. */
static int walk_external(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	if (sp_walk_last(walk, type->children[0], to, err) < 0)
		return err->code;
	if (to != NULL)
		to->type = type;
	return 0;
}

static const char *const ttl_names[] = { "lastAccessTimestamp", "userValue" };
static const char *const meta_names[] = { "highSqn", "size" };    /* MetaSqnInfo */
static const char *const row_names[] = { "firstSqn", "lastSqn" }; /* RowSqnInfo */
static const char *const node_names[] = { "row", "sqn", "prevSqn", "nextSqn", "nextSqnForRecord",
	"timestamp" }; /* Node */

/* The least number of children that each kind needs; a legacy snapshot may have lost some. */
static size_t children_of(enum sp_type_kind kind)
{
	switch (kind) {
	case SP_TUPLE:
	case SP_CASE_CLASS:
	case SP_ROW: return 0;
	case SP_SQN_NODE: return sp_countof(node_names);
	case SP_MAP:
	case SP_EITHER:
	case SP_TTL:
	case SP_TIMER:
	case SP_UNION:
	case SP_TWO_PHASE_COMMIT:
	case SP_TRY:
	case SP_NULL_AWARE_MAP:
	case SP_SORTED_MAP:
	case SP_META_SQN_INFO:
	case SP_ROW_SQN_INFO: return 2;
	default: return 1;
	}
}

int sp_walk_composite(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	if (type->n_children < children_of(type->kind))
		return sp_walk_unsupported(walk, type, err);
	switch (type->kind) {
	case SP_LIST: return walk_list(walk, type, to, err);
	case SP_SET:
	case SP_OBJECT_ARRAY:
	case SP_TRAVERSABLE: return walk_flagged_list(walk, type, to, err);
	case SP_MAP:
	case SP_SORTED_MAP:
	case SP_NULL_AWARE_MAP: return walk_map(walk, type, to, err);
	case SP_LINKED_LIST: return walk_linked_list(walk, type, to, err);
	case SP_TUPLE:
	case SP_CASE_CLASS: return walk_tuple(walk, type, to, err);
	case SP_ROW: return walk_row(walk, type, to, err);
	case SP_EITHER:
	case SP_TRY: return walk_either(walk, type, to, err);
	case SP_OPTION: return walk_option(walk, type, to, err);
	case SP_NULLABLE: return walk_nullable(walk, type, to, err);
	case SP_TTL: return walk_named(walk, type, ttl_names, to, err);
	case SP_TIMER:
	case SP_STREAM_ELEMENT:
	case SP_BUFFER_ENTRY:
	case SP_UNION:
	case SP_TWO_PHASE_COMMIT: return sp_walk_streaming(walk, type, to, err);
	case SP_WINDOW_KEY: return walk_window_key(walk, type, to, err);
	case SP_RAW_VALUE: return walk_raw_value(walk, type, to, err);
	case SP_META_SQN_INFO: return walk_named(walk, type, meta_names, to, err);
	case SP_ROW_SQN_INFO: return walk_named(walk, type, row_names, to, err);
	case SP_SQN_NODE: return walk_named(walk, type, node_names, to, err);
	case SP_EXTERNAL: return walk_external(walk, type, to, err);
	case SP_WRAPPER:
	case SP_SQN_ROW_KEY: return sp_walk_last(walk, type->children[0], to, err);
	default: return sp_walk_unsupported(walk, type, err);
	}
}
