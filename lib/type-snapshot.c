/*
 * Serializer snapshots.
 *
 *	proxied    i32 2, versioned  ·  i32 1, legacy
 *	           TypeSerializerSnapshotSerializationUtil.TypeSerializerSnapshotSerializationProxy
 *	versioned  utf snapshot class, i32 version, body        the body by class; no length
 *	simple     version 3: nothing; version 2: utf           SimpleTypeSerializerSnapshot
 *	generic    utf class of the value                       GenericTypeSerializerSnapshot
 *	composite  i32 911108, i32 outer version, outer data, nested
 *	           (Flink 1.7: outer data, nested)              CompositeTypeSerializerSnapshot
 *	nested     i32 1333245, i32 1, i32 n, n × versioned     NestedSerializersSnapshotDelegate
 *
 * Written by Flink 1.7 to 2.2; proxy version 1 by 1.4 to 1.6.
 */
#include "type-internal.h"

#include <inttypes.h>

#include "mutf8.h"

#define COMPOSITE_MAGIC 911108 /* CompositeTypeSerializerSnapshot.MAGIC_NUMBER */
#define NESTED_MAGIC 1333245   /* NestedSerializersSnapshotDelegate.MAGIC_NUMBER */
#define NESTED_VERSION 1
#define PROXY_VERSION 2
#define PROXY_VERSION_LEGACY 1

struct sp_type *sp_type_new(struct sp_arena *arena)
{
	return sp_arena_new_array(arena, struct sp_type, 1);
}

bool sp_type_is_class_name(struct sp_slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];
		bool digit = c >= '0' && c <= '9';
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;

		if (!letter && c != '_' && c != '$' && (i == 0 || (!digit && c != '.')))
			return false;
	}
	return name.n != 0;
}

const char *sp_type_printable(struct sp_arena *arena, struct sp_slice name)
{
	sp_auto_buffer text = { 0 };

	sp_mutf8_to_utf8(sp_slice(name.p, name.n < 200 ? name.n : 200), &text);
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] == 0x7f)
			text.p[i] = '?';
	return sp_arena_string(arena, sp_buffer_slice(&text));
}

SP_TYPE_BODY(sp_type_body_simple)
{
	struct sp_slice serializer;

	(void)class;
	return type->version == 2 ? sp_take_utf(&r->in, &serializer, err) : 0;
}

SP_TYPE_BODY(sp_type_body_generic)
{
	(void)class;
	return sp_take_utf(&r->in, &type->class_name, err);
}

SP_TYPE_BODY(sp_type_body_ttl_aware)
{
	(void)class;
	if (sp_take_bool(&r->in, &type->flag, err) < 0)
		return err->code;
	return sp_type_read_children(r, type, 1, err);
}

static bool snapshot_may_start(struct sp_cursor in)
{
	struct sp_slice name;

	if (sp_left(&in) < SP_TYPE_LEAST_SNAPSHOT)
		return false;
	name = sp_slice(in.at + 2, sp_get_be16(in.at));
	if (name.n > sp_left(&in) - 6 || !sp_type_is_class_name(name))
		return false;
	return sp_get_be32(name.p + name.n) <= UINT16_MAX ||
	       sp_get_be32(name.p + name.n) == SP_TYPE_ADAPTER_VERSION;
}

static int read_snapshots(struct sp_type_reader *r, size_t n, struct sp_error *err);

static const struct sp_type_rest_ops more_snapshots = { snapshot_may_start, read_snapshots };

/* The next of n snapshots, `left` of which come behind it. */
static int read_one_of(
	struct sp_type_reader *r, size_t left, const struct sp_type **ret, struct sp_error *err)
{
	struct sp_type_rest rest = { &more_snapshots, left, r->depth, r->rest };
	int status;

	r->rest = &rest;
	status = sp_type_read_versioned(r, ret, err);
	r->rest = rest.up;
	return status;
}

static int read_snapshots(struct sp_type_reader *r, size_t n, struct sp_error *err)
{
	const struct sp_type *type;

	while (n-- > 0)
		if (read_one_of(r, n, &type, err) < 0)
			return err->code;
	return 0;
}

int sp_type_read_children(
	struct sp_type_reader *r, struct sp_type *type, size_t n, struct sp_error *err)
{
	sp_type_spend(r, n);
	type->children = sp_arena_new_array(r->arena, const struct sp_type *, n);
	for (size_t i = 0; i < n; i++) {
		if (read_one_of(r, n - i - 1, &type->children[i], err) < 0)
			return err->code;
		type->n_children = i + 1;
	}
	return 0;
}

int sp_type_read_nested(
	struct sp_type_reader *r, struct sp_type *type, size_t expected, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	int32_t magic;
	int32_t version;
	uint32_t n;

	if (sp_take_i32(&r->in, &magic, err) < 0 || sp_take_i32(&r->in, &version, err) < 0)
		return err->code;
	if (magic != NESTED_MAGIC || version != NESTED_VERSION)
		return sp_fail_at(err, &start, "no nested serializers where they must be");
	if (sp_take_count(&r->in, SP_TYPE_LEAST_SNAPSHOT, "nested serializers", &n, err) < 0)
		return err->code;
	if (expected != 0 && n != expected)
		return sp_fail_at(
			err, &start, "%" PRIu32 " nested serializers, expected %zu", n, expected);
	return sp_type_read_children(r, type, n, err);
}

SP_TYPE_OUTER(sp_type_outer_class)
{
	return sp_take_utf(&r->in, &type->class_name, err);
}

SP_TYPE_OUTER(sp_type_outer_padding)
{
	struct sp_cursor at = r->in;

	if (sp_take_i32(&r->in, &type->padding, err) < 0)
		return err->code;
	if (type->padding < 0)
		return sp_fail_at(err, &at, "negative padding");
	return 0;
}

/* A flag that outer versions from `from` on have, and the one before it implies. */
static int take_flag(struct sp_type_reader *r, struct sp_type *type, int32_t from, bool implied,
	struct sp_error *err)
{
	if (type->outer_version >= from)
		return sp_take_bool(&r->in, &type->flag, err);
	type->flag = implied && type->outer_version == from - 1;
	return 0;
}

SP_TYPE_OUTER(sp_type_outer_flag_4)
{
	return take_flag(r, type, 4, true, err);
}

SP_TYPE_OUTER(sp_type_outer_flag_3)
{
	return take_flag(r, type, 3, true, err);
}

SP_TYPE_OUTER(sp_type_outer_flag_2)
{
	return take_flag(r, type, 2, false, err);
}

static int read_outer_and_nested(struct sp_type_reader *r, const struct sp_type_class *class,
	struct sp_type *type, struct sp_error *err)
{
	if (class->outer != NULL && class->outer(r, type, err) < 0)
		return err->code;
	return sp_type_read_nested(r, type, class->n_children, err);
}

SP_TYPE_BODY(sp_type_body_composite)
{
	struct sp_cursor start = r->in;
	int32_t magic;

	if (type->version == class->bare) {
		type->outer_version = type->version;
		return read_outer_and_nested(r, class, type, err);
	}
	if (sp_take_i32(&r->in, &magic, err) < 0 ||
		sp_take_i32(&r->in, &type->outer_version, err) < 0)
		return err->code;
	if (magic != COMPOSITE_MAGIC)
		return sp_fail_at(err, &start, "not a composite serializer: 0x%08" PRIx32, magic);
	if (type->outer_version >= class->min_outer && type->outer_version <= class->max_outer)
		return read_outer_and_nested(r, class, type, err);
	r->in = start;
	return sp_type_read_unknown(r, type, err);
}

static bool reads_version(const struct sp_type_class *class, int32_t version)
{
	return (version >= class->min && version <= class->max) ||
	       (class->bare != 0 && version == class->bare);
}

static int read_body(struct sp_type_reader *r, struct sp_type *type, struct sp_error *err)
{
	const struct sp_type_class *class = sp_type_class_find(type->snapshot_class);

	if (type->version == SP_TYPE_ADAPTER_VERSION)
		return sp_type_read_adapter(r, type, err);
	if (class == NULL || !reads_version(class, type->version))
		return sp_type_read_unknown(r, type, err);
	type->kind = class->kind;
	return class->body(r, class, type, err);
}

int sp_type_read_versioned(
	struct sp_type_reader *r, const struct sp_type **ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	struct sp_type *type = sp_type_new(r->arena);
	int status;

	if (!sp_type_spend(r, 16))
		return sp_fail_at(err, &start, "too much in doubt about serializer snapshots");
	if (r->depth == SP_TYPE_MAX_DEPTH)
		return sp_fail_at(err, &start, "serializers are nested too deeply");
	if (sp_take_utf(&r->in, &type->snapshot_class, err) < 0 ||
		sp_take_i32(&r->in, &type->version, err) < 0)
		return err->code;
	if (!sp_type_is_class_name(type->snapshot_class))
		return sp_fail_at(err, &start, "no serializer snapshot: '%s' is no class name",
			sp_type_printable(r->arena, type->snapshot_class));
	r->depth++;
	status = read_body(r, type, err);
	r->depth--;
	if (status < 0)
		return status;
	type->bytes = sp_slice(start.at, (size_t)(r->in.at - start.at));
	*ret = type;
	return 0;
}

int sp_type_read_proxied(struct sp_type_reader *r, const struct sp_type **ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	int32_t version;

	if (sp_take_i32(&r->in, &version, err) < 0)
		return err->code;
	if (version == PROXY_VERSION)
		return sp_type_read_versioned(r, ret, err);
	if (version == PROXY_VERSION_LEGACY)
		return sp_type_read_legacy(r, ret, err);
	return sp_fail_at(err, &start, "serializer snapshot of proxy version %" PRId32, version);
}

struct sp_type_reader sp_type_reader_within(const struct sp_type_reader *r, struct sp_slice bytes)
{
	struct sp_type_reader within = *r;

	within.in.at = bytes.p;
	within.in.end = bytes.p + bytes.n;
	within.bounded = true;
	within.rest = NULL;
	within.trial = false;
	within.proved = false;
	return within;
}

int sp_type_read_frame(const struct sp_type_reader *r, struct sp_slice frame,
	const struct sp_type **ret, struct sp_error *err)
{
	struct sp_type_reader within = sp_type_reader_within(r, frame);

	if (sp_type_read_versioned(&within, ret, err) < 0)
		return err->code;
	if (sp_left(&within.in) != 0)
		return sp_fail_at(err, &within.in, "%zu bytes behind a serializer snapshot",
			sp_left(&within.in));
	return 0;
}

typedef int read_fn(struct sp_type_reader *r, const struct sp_type **ret, struct sp_error *err);

/*
 * Reads twice: first to find the end, then from a copy in the arena, so that the result borrows
 * nothing from `in`, however much there is behind it.
 */
static int read_and_copy(struct sp_cursor *in, struct sp_arena *arena, read_fn *read,
	const struct sp_type **ret, struct sp_error *err)
{
	sp_auto(sp_arena) *scratch = sp_arena_new();
	struct sp_type_search search = sp_type_search_for(sp_left(in));
	struct sp_type_reader r = { .in = *in, .arena = scratch, .search = &search };
	const struct sp_type *type;
	struct sp_slice copy;

	if (read(&r, &type, err) < 0)
		return err->code;
	copy = sp_arena_copy(arena, sp_slice(in->at, (size_t)(r.in.at - in->at)));
	search = sp_type_search_for(copy.n);
	r = (struct sp_type_reader){
		.in = sp_cursor(copy, sp_offset(in)), .arena = arena, .search = &search
	};
	if (read(&r, ret, err) < 0)
		return err->code;
	in->at += copy.n;
	return 0;
}

int sp_type_read(struct sp_cursor *in, struct sp_arena *arena, const struct sp_type **ret,
	struct sp_error *err)
{
	return read_and_copy(in, arena, sp_type_read_versioned, ret, err);
}

int sp_type_read_proxy(struct sp_cursor *in, struct sp_arena *arena, const struct sp_type **ret,
	struct sp_error *err)
{
	return read_and_copy(in, arena, sp_type_read_proxied, ret, err);
}
