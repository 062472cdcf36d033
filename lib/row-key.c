#include "row-key.h"

#include <inttypes.h>

#include "key-group.h"

#define TIMESTAMP_BYTES 8
#define SIGN_BIT 0x8000000000000000U /* MathUtils.flipSignBit: byte order is time order */
#define LENGTH_DIGITS 4              /* of a length below 2^31 in base 256 */
#define LIST_DELIMITER ','           /* ListDelimitedSerializer.DELIMITER */

/* --- the types of a state -------------------------------------------------------------------- */

static const struct sp_type *unwrapped(const struct sp_type *type)
{
	while (type != NULL && type->kind == SP_WRAPPER && type->n_children == 1)
		type = type->children[0];
	return type;
}

/* The i-th child of the value's serializer, if that is of this kind (or of Flink 1.6 and before).
 */
static const struct sp_type *child_of(
	const struct sp_state *state, enum sp_type_kind kind, size_t i)
{
	const struct sp_type *type = unwrapped(state->value);

	if (type == NULL || (type->kind != kind && type->kind != SP_LEGACY))
		return NULL;
	return i < type->n_children ? type->children[i] : NULL;
}

const struct sp_type *sp_state_element(const struct sp_state *state)
{
	if (state->kind == SP_KIND_PRIORITY_QUEUE || state->type != SP_STATE_LIST)
		return NULL;
	return state->kind == SP_KIND_KEY_VALUE_V2 ? state->value : child_of(state, SP_LIST, 0);
}

const struct sp_type *sp_state_user_key(const struct sp_state *state)
{
	if (state->kind == SP_KIND_PRIORITY_QUEUE || state->type != SP_STATE_MAP)
		return NULL;
	return state->kind == SP_KIND_KEY_VALUE_V2 ? state->user_key : child_of(state, SP_MAP, 0);
}

const struct sp_type *sp_state_user_value(const struct sp_state *state)
{
	if (state->kind == SP_KIND_PRIORITY_QUEUE || state->type != SP_STATE_MAP)
		return NULL;
	return state->kind == SP_KIND_KEY_VALUE_V2 ? state->value : child_of(state, SP_MAP, 1);
}

static int find_user_key(
	const struct sp_state *state, struct sp_key_layout *ret, struct sp_error *err)
{
	if (state->type != SP_STATE_MAP)
		return 0;
	ret->user_key = sp_state_user_key(state);
	if (ret->user_key == NULL)
		return sp_fail(err, SP_EUNSUPPORTED,
			"the map's serializer does not tell the type of its keys");
	ret->user_key_width = sp_type_width(ret->user_key);
	return 0;
}

int sp_key_layout(const struct sp_keyed_header *header, const struct sp_state *state,
	int32_t max_parallelism, enum sp_kryo kryo, struct sp_key_layout *ret, struct sp_error *err)
{
	*ret = (struct sp_key_layout){
		.key = header->key,
		.ns = state->ns,
		.prefix = sp_key_group_prefix(max_parallelism),
		.timer = state->kind == SP_KIND_PRIORITY_QUEUE,
		.kryo = kryo,
	};
	if (ret->timer) {
		ret->ns = child_of(state, SP_TIMER, 1);
		if (ret->ns == NULL)
			return sp_fail(err, SP_EUNSUPPORTED, "a queue of other things than timers");
	}
	if (ret->key == NULL || ret->ns == NULL || state->value == NULL)
		return sp_fail(err, SP_EDAMAGED, "the header lacks a serializer");
	ret->key_width = sp_type_width(ret->key);
	ret->ns_width = sp_type_width(ret->ns);
	ret->ambiguous = !ret->timer && sp_type_length(ret->key) < 0 && sp_type_length(ret->ns) < 0;
	return ret->timer ? 0 : find_user_key(state, ret, err);
}

/* --- taking apart ---------------------------------------------------------------------------- */

static size_t digits_of(size_t length)
{
	size_t n = 1;

	while ((length >>= 8) != 0)
		n++;
	return n;
}

/* Do these bytes say this length? As many as the length has digits are there. */
static bool says_length(const uint8_t *digits, size_t length)
{
	size_t n = digits_of(length);

	for (size_t i = 0; i < n; i++)
		if (digits[i] != (uint8_t)(length >> (8 * i)))
			return false;
	return true;
}

static int fail_length(size_t n, const char *what, struct sp_error *err)
{
	return sp_fail(err, SP_EDAMAGED, "key of %zu bytes is too %s for its serializers", n, what);
}

/* The bytes of a value at the front of `rest`, which moves on. */
static int cross(const struct sp_key_layout *layout, const struct sp_type *type, int32_t width,
	struct sp_slice *rest, struct sp_slice *ret, struct sp_error *err)
{
	size_t n = (size_t)width;

	if (width < 0) {
		struct sp_value_reader reader = sp_value_reader(*rest, 0, layout->kryo);

		if (sp_value_skip(&reader, type, err) < 0)
			return err->code;
		n = rest->n - sp_left(&reader.in);
	}
	if (n > rest->n)
		return fail_length(rest->n, "short", err);
	*ret = sp_slice(rest->p, n);
	*rest = sp_slice(rest->p + n, rest->n - n);
	return 0;
}

/* Crosses the length that stands behind what it measures. */
static int cross_length(struct sp_slice measured, struct sp_slice *rest, struct sp_error *err)
{
	size_t n = digits_of(measured.n);

	if (n > rest->n || !says_length(rest->p, measured.n))
		return sp_fail(err, SP_EDAMAGED,
			"key of which a part of %zu bytes is followed by another length",
			measured.n);
	*rest = sp_slice(rest->p + n, rest->n - n);
	return 0;
}

/* Finds key and namespace from the front; what is left is the user key. */
static int split_forward(const struct sp_key_layout *layout, struct sp_slice rest,
	struct sp_key_parts *ret, struct sp_error *err)
{
	if (cross(layout, layout->key, layout->key_width, &rest, &ret->key, err) < 0 ||
		(layout->ambiguous && cross_length(ret->key, &rest, err) < 0) ||
		cross(layout, layout->ns, layout->ns_width, &rest, &ret->ns, err) < 0 ||
		(layout->ambiguous && cross_length(ret->ns, &rest, err) < 0))
		return err->code;
	if (layout->user_key != NULL)
		ret->user_key = rest;
	else if (rest.n != 0)
		return fail_length(rest.n, "long", err);
	return 0;
}

/*
 * Two parts with their lengths behind them, ending where `bytes` end, the second of which has a
 * length of so many digits. At most one split has: 1 and the parts, or 0.
 */
static bool split_lengths(struct sp_slice bytes, size_t digits, struct sp_key_parts *ret)
{
	const uint8_t *end = bytes.p + bytes.n;
	size_t ns = 0, left;

	if (digits > bytes.n)
		return false;
	for (size_t i = 0; i < digits; i++)
		ns |= (size_t)end[(ptrdiff_t)i - (ptrdiff_t)digits] << (8 * i);
	if (digits_of(ns) != digits || ns > bytes.n - digits)
		return false;
	left = bytes.n - digits - ns;
	for (size_t n = 1; n <= LENGTH_DIGITS && n <= left; n++) {
		size_t key = left - n;

		if (digits_of(key) != n || !says_length(bytes.p + key, key))
			continue;
		ret->key = sp_slice(bytes.p, key);
		ret->ns = sp_slice(bytes.p + left, ns);
		return true;
	}
	return false;
}

/*
 * Finds key and namespace from their lengths alone, if only one split agrees with them. The right
 * one always does, so that one is right for certain.
 */
static bool split_by_lengths(
	const struct sp_key_layout *layout, struct sp_slice rest, struct sp_key_parts *ret)
{
	size_t tail = layout->user_key == NULL ? 0 : (size_t)layout->user_key_width;
	struct sp_key_parts found;
	int n = 0;

	if (layout->user_key_width < 0 || tail > rest.n)
		return false;
	for (size_t digits = 1; digits <= LENGTH_DIGITS; digits++) {
		if (!split_lengths(sp_slice(rest.p, rest.n - tail), digits, &found))
			continue;
		ret->key = found.key;
		ret->ns = found.ns;
		n++;
	}
	if (layout->user_key != NULL)
		ret->user_key = sp_slice(rest.p + rest.n - tail, tail);
	return n == 1;
}

/* Key, namespace and user key of which all but one have a fixed width. */
static int split_by_widths(const struct sp_key_layout *layout, struct sp_slice rest,
	struct sp_key_parts *ret, struct sp_error *err)
{
	size_t key = (size_t)layout->key_width, ns = (size_t)layout->ns_width;
	size_t tail = (size_t)layout->user_key_width;
	size_t fixed = (layout->key_width < 0 ? 0 : key) + (layout->ns_width < 0 ? 0 : ns) +
		       (layout->user_key_width < 0 ? 0 : tail);

	if (fixed > rest.n)
		return fail_length(rest.n, "short", err);
	if (layout->key_width < 0)
		key = rest.n - fixed;
	else if (layout->ns_width < 0)
		ns = rest.n - fixed;
	else if (layout->user_key_width < 0)
		tail = rest.n - fixed;
	else if (fixed != rest.n)
		return fail_length(rest.n, "long", err);
	ret->key = sp_slice(rest.p, key);
	ret->ns = sp_slice(rest.p + key, ns);
	if (layout->user_key != NULL)
		ret->user_key = sp_slice(rest.p + key + ns, tail);
	return 0;
}

int sp_key_split(const struct sp_key_layout *layout, struct sp_slice key, struct sp_key_parts *ret,
	struct sp_error *err)
{
	size_t head = layout->prefix + (layout->timer ? TIMESTAMP_BYTES : 0);
	int variable =
		(layout->key_width < 0) + (layout->ns_width < 0) + (layout->user_key_width < 0);
	struct sp_slice rest;
	int r;

	*ret = (struct sp_key_parts){ 0 };
	if (key.n < head)
		return fail_length(key.n, "short", err);
	ret->key_group = sp_key_group_of_prefix(key.p, layout->prefix);
	if (layout->timer)
		ret->timestamp = (int64_t)(sp_get_be64(key.p + layout->prefix) ^ SIGN_BIT);
	rest = sp_slice(key.p + head, key.n - head);
	if (!layout->ambiguous && variable <= 1)
		return split_by_widths(layout, rest, ret, err);
	r = split_forward(layout, rest, ret, err);
	return r == SP_EUNSUPPORTED && layout->ambiguous && split_by_lengths(layout, rest, ret) ? 0
												: r;
}

/* --- putting together ------------------------------------------------------------------------ */

static void put_length(size_t length, struct sp_buffer *out)
{
	size_t n = digits_of(length);

	for (size_t i = 0; i < n; i++)
		sp_buffer_u8(out, (uint8_t)(length >> (8 * i)));
}

void sp_key_join(
	const struct sp_key_layout *layout, const struct sp_key_parts *parts, struct sp_buffer *out)
{
	if (layout->prefix == 1)
		sp_buffer_u8(out, (uint8_t)parts->key_group);
	else
		sp_buffer_u16(out, (uint16_t)parts->key_group);
	if (layout->timer)
		sp_buffer_u64(out, (uint64_t)parts->timestamp ^ SIGN_BIT);
	sp_buffer_bytes(out, parts->key);
	if (layout->ambiguous)
		put_length(parts->key.n, out);
	sp_buffer_bytes(out, parts->ns);
	if (layout->ambiguous)
		put_length(parts->ns.n, out);
	sp_buffer_bytes(out, parts->user_key);
}

/* --- lists ----------------------------------------------------------------------------------- */

int sp_list_next(struct sp_value_reader *reader, const struct sp_type *element,
	struct sp_slice *ret, struct sp_error *err)
{
	const uint8_t *start = reader->in.at;

	if (sp_left(&reader->in) == 0)
		return 0;
	if (sp_value_skip(reader, element, err) < 0)
		return err->code;
	*ret = sp_slice(start, (size_t)(reader->in.at - start));
	if (sp_left(&reader->in) == 0)
		return 1;
	if (*reader->in.at != LIST_DELIMITER)
		return sp_fail_at(err, &reader->in, "no ',' behind an element of a list");
	reader->in.at++;
	if (sp_left(&reader->in) == 0 && ret->n != 0)
		return sp_fail_at(err, &reader->in, "a list ends with ','");
	return 1;
}
