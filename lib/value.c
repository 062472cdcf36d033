#include "value-internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "mutf8.h"

/* Values of no bytes: as many as this, and more where there are bytes around them. */
#define MOST_EMPTY 65536
#define MOST_EMPTY_PER_BYTE 4

/* Each version was written by releases of Flink 1.x only, or of 2.x only. */
enum sp_kryo sp_kryo_of(const struct sp_snapshot *snapshot)
{
	struct sp_releases releases = { 0 };

	if (snapshot != NULL)
		sp_releases_of_version(snapshot->version, &releases);
	return releases.written_from >= SP_RELEASE(2, 0) ? SP_KRYO_5 : SP_KRYO_2;
}

int sp_walk_short(struct sp_walk *walk, size_t missing, struct sp_error *err)
{
	walk->reader->missing = missing;
	return sp_fail_at(err, &walk->reader->in, "cut short: %zu bytes are missing", missing);
}

int sp_walk_fail(struct sp_walk *walk, struct sp_error *err, const char *fmt, ...)
{
	char cause[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(cause, sizeof(cause), fmt, args);
	va_end(args);
	walk->reader->missing = 0;
	return sp_fail_at(err, &walk->reader->in, "%s", cause);
}

int sp_walk_unsupported(struct sp_walk *walk, const struct sp_type *type, struct sp_error *err)
{
	sp_auto_buffer text = { 0 };

	sp_type_text(type, &text);
	return sp_fail(err, SP_EUNSUPPORTED,
		"offset 0x%" PRIx64 ": nothing tells where a value of %.*s ends",
		sp_offset(&walk->reader->in), (int)(text.n < 500 ? text.n : 500), text.p);
}

int sp_walk_bytes(struct sp_walk *walk, size_t n, struct sp_slice *ret, struct sp_error *err)
{
	struct sp_cursor *in = &walk->reader->in;

	if (sp_left(in) < n)
		return sp_walk_short(walk, n - sp_left(in), err);
	*ret = sp_slice(in->at, n);
	in->at += n;
	return 0;
}

int sp_walk_u8(struct sp_walk *walk, uint8_t *ret, struct sp_error *err)
{
	struct sp_slice bytes;

	if (sp_walk_bytes(walk, 1, &bytes, err) < 0)
		return err->code;
	*ret = bytes.p[0];
	return 0;
}

int sp_walk_bool(struct sp_walk *walk, bool *ret, struct sp_error *err)
{
	uint8_t byte;

	if (sp_walk_u8(walk, &byte, err) < 0)
		return err->code;
	*ret = byte == 1;
	if (byte <= 1)
		return 0;
	walk->reader->in.at--;
	return sp_walk_fail(walk, err, "neither true nor false: 0x%02x", byte);
}

int sp_walk_i32(struct sp_walk *walk, int32_t *ret, struct sp_error *err)
{
	struct sp_slice bytes;

	if (sp_walk_bytes(walk, 4, &bytes, err) < 0)
		return err->code;
	*ret = (int32_t)sp_get_be32(bytes.p);
	return 0;
}

int sp_walk_i64(struct sp_walk *walk, int64_t *ret, struct sp_error *err)
{
	struct sp_slice bytes;

	if (sp_walk_bytes(walk, 8, &bytes, err) < 0)
		return err->code;
	*ret = (int64_t)sp_get_be64(bytes.p);
	return 0;
}

int sp_walk_count(
	struct sp_walk *walk, size_t least, const char *what, uint32_t *ret, struct sp_error *err)
{
	struct sp_cursor *in = &walk->reader->in;
	int32_t n;

	if (sp_walk_i32(walk, &n, err) < 0)
		return err->code;
	if (n < 0 || (least == 0 && n > MOST_EMPTY)) {
		in->at -= 4;
		return sp_walk_fail(walk, err, "%" PRId32 " %s cannot be", n, what);
	}
	if ((uint64_t)n * least > sp_left(in))
		return sp_walk_short(walk, (size_t)n * least - sp_left(in), err);
	*ret = (uint32_t)n;
	return 0;
}

int sp_walk_blob(struct sp_walk *walk, struct sp_slice *ret, struct sp_error *err)
{
	uint32_t n;

	if (sp_walk_count(walk, 1, "bytes", &n, err) < 0)
		return err->code;
	return sp_walk_bytes(walk, n, ret, err);
}

int sp_walk_enter(struct sp_walk *walk, struct sp_error *err)
{
	if (walk->depth == SP_VALUE_DEPTH)
		return sp_walk_fail(walk, err, "values are nested too deeply");
	walk->depth++;
	return 0;
}

struct sp_value *sp_walk_items(
	struct sp_walk *walk, struct sp_value *to, enum sp_value_kind kind, size_t n)
{
	if (to == NULL)
		return NULL;
	to->kind = kind;
	to->n_items = n;
	to->items = sp_arena_new_array(walk->arena, struct sp_value, n);
	return to->items;
}

struct sp_slice sp_walk_utf8(struct sp_walk *walk, struct sp_slice text)
{
	sp_auto_buffer utf8 = { 0 };
	size_t ascii = 0;

	while (ascii < text.n && text.p[ascii] < 0x80)
		ascii++;
	if (ascii == text.n)
		return text;
	sp_mutf8_to_utf8(text, &utf8);
	return sp_arena_copy(walk->arena, sp_buffer_slice(&utf8));
}

bool sp_walk_flag(const struct sp_walk *walk, const struct sp_type *type)
{
	int32_t doubtful = type->kind == SP_LINKED_LIST ? 2 : 3;

	return type->flag && !(walk->flags_off && type->outer_version == doubtful);
}

typedef int family(struct sp_walk *walk, const struct sp_type *type, struct sp_value *to,
	struct sp_error *err);

static family *family_of(enum sp_type_kind kind)
{
	switch (kind) {
	case SP_OPAQUE:
	case SP_COMPOSITE:
	case SP_NOTHING:
	case SP_LEGACY: return NULL;
	case SP_POJO: return sp_walk_pojo;
	case SP_AVRO: return sp_walk_avro;
	case SP_KRYO: return sp_walk_kryo;
	case SP_JAVA_OBJECT: return sp_walk_java;
	case SP_DEWEY_NUMBER:
	case SP_EVENT_ID:
	case SP_NFA_STATE:
	case SP_LOCKABLE:
	case SP_NODE_ID:
	case SP_SHARED_BUFFER_EDGE:
	case SP_SHARED_BUFFER_NODE:
	case SP_SHARED_BUFFER_NODE_V2: return sp_walk_cep;
	case SP_ROW_DATA:
	case SP_BINARY_ROW_DATA:
	case SP_ARRAY_DATA:
	case SP_MAP_DATA:
	case SP_STRING_DATA:
	case SP_DECIMAL_DATA:
	case SP_TIMESTAMP_DATA:
	case SP_VARIANT: return sp_walk_sql;
	case SP_ENUM:
	case SP_SCALA_ENUM:
	case SP_VALUE:
	case SP_COPYABLE_VALUE: return sp_walk_basic;
	default: return kind >= SP_LIST ? sp_walk_composite : sp_walk_basic;
	}
}

static int walk_family(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	enum sp_type_kind kind = sp_type_kind_of(type);
	family *f = family_of(kind);
	struct sp_type now;

	if (f == NULL)
		return sp_walk_unsupported(walk, type, err);
	if (kind == type->kind)
		return f(walk, type, to, err);
	now = *type;
	now.kind = kind;
	return f(walk, &now, to, err);
}

/* All bytes that are left: the value that ends them, which cannot be decoded. */
static int walk_opaque(struct sp_walk *walk, const struct sp_type *type, struct sp_value *to)
{
	struct sp_cursor *in = &walk->reader->in;

	if (to != NULL) {
		*to = (struct sp_value){ .kind = SP_VALUE_OPAQUE, .type = type, .name = to->name };
		to->class_name = type->class_name.n != 0 ? type->class_name : type->snapshot_class;
		to->bytes = sp_slice(in->at, sp_left(in));
	}
	walk->reader->opaque = true;
	in->at = in->end;
	return 0;
}

static int count_empty(struct sp_walk *walk, struct sp_error *err)
{
	size_t crossed = (size_t)(walk->reader->in.at - walk->start);

	if (walk->n_empty++ < MOST_EMPTY + crossed * MOST_EMPTY_PER_BYTE)
		return 0;
	return sp_walk_fail(walk, err, "too many values of no bytes");
}

int sp_walk_last(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_cursor *in = &walk->reader->in;
	const uint8_t *start = in->at;
	int status;

	if (sp_walk_enter(walk, err) < 0)
		return err->code;
	if (to != NULL)
		to->type = type;
	status = walk_family(walk, type, to, err);
	walk->depth--;
	if (status == SP_EUNSUPPORTED && walk->open) {
		in->at = start;
		status = walk_opaque(walk, type, to);
	}
	if (status < 0)
		return status;
	if (to != NULL)
		to->raw = sp_slice(start, (size_t)(in->at - start));
	return in->at == start ? count_empty(walk, err) : 0;
}

int sp_walk_value(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	bool open = walk->open;
	int status;

	walk->open = false;
	status = sp_walk_last(walk, type, to, err);
	walk->open = open;
	return status;
}

int sp_walk_within(struct sp_walk *walk, struct sp_slice bytes, const struct sp_type *type,
	struct sp_value *to, struct sp_error *err)
{
	struct sp_cursor outer = walk->reader->in;
	struct sp_cursor *in = &walk->reader->in;
	bool open = walk->open;
	int status;

	in->at = bytes.p;
	in->end = bytes.p + bytes.n;
	walk->open = true;
	status = sp_walk_last(walk, type, to, err);
	if (status == 0 && in->at != in->end)
		status = sp_walk_fail(walk, err, "the value ends %zu bytes early", sp_left(in));
	walk->open = open;
	walk->reader->missing = 0; /* its frame is all there */
	in->end = outer.end;
	if (status == 0)
		in->at = outer.at;
	return status;
}

static bool has_doubtful_flag(const struct sp_type *type)
{
	if (type->flag && ((type->kind == SP_LINKED_LIST && type->outer_version == 2) ||
				  ((type->kind == SP_ROW || type->kind == SP_TWO_PHASE_COMMIT) &&
					  type->outer_version == 3)))
		return true;
	for (size_t i = 0; i < type->n_children; i++)
		if (has_doubtful_flag(type->children[i]))
			return true;
	for (size_t i = 0; i < type->n_fields; i++)
		if (has_doubtful_flag(type->fields[i].type))
			return true;
	return false;
}

static int walk_once(struct sp_walk walk, const struct sp_type *type, struct sp_value *to, bool all,
	struct sp_error *err)
{
	struct sp_cursor *in = &walk.reader->in;

	walk.reader->missing = 0;
	walk.reader->opaque = false;
	walk.start = in->at;
	if (to != NULL)
		*to = (struct sp_value){ 0 };
	if (sp_walk_last(&walk, type, to, err) < 0)
		return err->code;
	if (all && in->at != in->end)
		return sp_walk_fail(&walk, err, "%zu bytes behind the value", sp_left(in));
	return 0;
}

/* Is the value's end where the flags put it? Then they are right, whatever lies before it. */
static bool is_crossed(const struct sp_walk *walk, const struct sp_type *type)
{
	struct sp_walk cross = { .reader = walk->reader };
	const uint8_t *start = walk->reader->in.at;
	size_t missing = walk->reader->missing;
	struct sp_error err;
	bool crossed = walk_once(cross, type, NULL, walk->open, &err) == 0;

	walk->reader->in.at = start;
	walk->reader->missing = missing;
	return crossed;
}

static int walk_from_outside(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_cursor *in = &walk->reader->in;
	const uint8_t *start = in->at;
	int status = walk_once(*walk, type, to, walk->open, err);
	size_t missing = walk->reader->missing;
	struct sp_error again;

	if (status == 0)
		return 0;
	in->at = start;
	if (status != SP_EDAMAGED || (missing != 0 && !walk->open) || !has_doubtful_flag(type) ||
		is_crossed(walk, type))
		return status;
	walk->flags_off = true;
	if (walk_once(*walk, type, to, walk->open, &again) == 0)
		return 0;
	in->at = start;
	walk->reader->missing = missing;
	return status;
}

int sp_value_skip(struct sp_value_reader *reader, const struct sp_type *type, struct sp_error *err)
{
	struct sp_walk walk = { .reader = reader };
	size_t width = sp_type_any_bytes(type->kind);

	if (width != 0 && width <= sp_left(&reader->in)) {
		reader->in.at += width;
		reader->missing = 0;
		return 0;
	}
	return walk_from_outside(&walk, type, NULL, err);
}

int sp_value_cross_all(struct sp_slice bytes, uint64_t base, enum sp_kryo kryo,
	const struct sp_type *type, struct sp_error *err)
{
	struct sp_value_reader reader = sp_value_reader(bytes, base, kryo);
	struct sp_walk walk = { .reader = &reader, .open = true };
	int r;

	if (sp_type_any_bytes(type->kind) == bytes.n && bytes.n != 0)
		return 0;
	r = walk_from_outside(&walk, type, NULL, err);
	return r < 0 ? r : reader.opaque;
}

int sp_value_read(struct sp_value_reader *reader, const struct sp_type *type,
	struct sp_arena *arena, struct sp_value *ret, struct sp_error *err)
{
	struct sp_walk walk = { .reader = reader, .arena = arena };

	return walk_from_outside(&walk, type, ret, err);
}

int sp_value_read_all(struct sp_slice bytes, uint64_t base, enum sp_kryo kryo,
	const struct sp_type *type, struct sp_arena *arena, struct sp_value *ret,
	struct sp_error *err)
{
	struct sp_value_reader reader = sp_value_reader(bytes, base, kryo);
	struct sp_walk walk = { .reader = &reader, .arena = arena, .open = true };

	return walk_from_outside(&walk, type, ret, err);
}
