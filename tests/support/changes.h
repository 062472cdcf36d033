/*
 * Changelogs made by hand: changes, the three ways in which they may lie in a snapshot, canonical
 * parts to put them on, and the rows that come of both as text.
 */
#ifndef CHANGES_H
#define CHANGES_H

#include <ctype.h>

#include "formats.h"
#include "keyed.h"
#include "row-key.h"
#include "scratch.h"
#include "shapes.h"
#include "snappy-frame.h"

#define CHANGES_GROUPS 128
#define CHANGES_MAX 64

/* How the changes lie in the snapshot. */
enum changes_framing { CHANGES_INLINE, CHANGES_PLAIN, CHANGES_COMPRESSED };

struct changes {
	struct sp_arena *arena;
	struct sp_change list[CHANGES_MAX];
	size_t n;
	struct sp_buffer bytes; /* of the change being made */
};

static inline void changes_text(struct sp_buffer *out, const char *text)
{
	sp_buffer_u8(out, (uint8_t)(strlen(text) + 1));
	sp_buffer_bytes(out, sp_slice_of(text));
}

static inline struct sp_buffer *changes_begin(struct changes *changes, int op)
{
	changes->bytes.n = 0;
	sp_buffer_u8(&changes->bytes, (uint8_t)op);
	return &changes->bytes;
}

static inline void changes_end(struct changes *changes, int32_t key_group)
{
	ck_assert_uint_lt(changes->n, CHANGES_MAX);
	changes->list[changes->n++] = (struct sp_change){ .key_group = key_group,
		.bytes = sp_arena_copy(changes->arena, sp_buffer_slice(&changes->bytes)) };
}

/* Announces a state under a log id; `settings` are TTL and default value of key/value states. */
static inline void changes_announce_with(
	struct changes *changes, int id, const struct shape *shape, struct sp_slice settings)
{
	struct sp_buffer *out = changes_begin(changes, 8);

	sp_buffer_u32(out, 7);
	shapes_put_state(out, shape);
	if (shape->type != NULL)
		sp_buffer_bytes(out, settings);
	sp_buffer_u16(out, (uint16_t)id);
	sp_buffer_u8(out, shape->type == NULL ? 3 : 0);
	changes_end(changes, -1);
}

static inline void changes_announce(struct changes *changes, int id, const struct shape *shape)
{
	changes_announce_with(changes, id, shape, sp_slice("\0", 2));
}

/* A change of a key/value state with keys of String, up to its operand. */
static inline struct sp_buffer *changes_keyed(
	struct changes *changes, int op, int id, const char *key, struct sp_slice ns)
{
	struct sp_buffer *out = changes_begin(changes, op);

	sp_buffer_u16(out, (uint16_t)id);
	changes_text(out, key);
	sp_buffer_bytes(out, ns);
	return out;
}

/* --- as they lie in a snapshot --------------------------------------------------------------- */

static inline void changes_put_set(struct sp_buffer *out, const struct changes *changes)
{
	sp_buffer_u32(out, (uint32_t)changes->n);
	for (size_t i = 0; i < changes->n; i++) {
		sp_buffer_u32(out, 1);
		sp_buffer_u32(out, (uint32_t)changes->list[i].key_group);
		sp_buffer_blob(out, changes->list[i].bytes);
	}
}

/* A stream of one set behind bytes of somebody else's. */
static inline struct sp_handle changes_stream(
	struct changes *changes, bool compressed, int64_t *offset)
{
	sp_auto_buffer sets = { 0 };
	sp_auto_buffer stream = { 0 };

	for (int i = 0; i < 1000; i++)
		sp_buffer_u32(&sets, (uint32_t)i);
	*offset = (int64_t)sets.n;
	changes_put_set(&sets, changes);
	sp_buffer_u8(&stream, compressed);
	if (compressed) {
		sp_buffer_bytes(
			&stream, sp_slice(sp_snappy_identifier, SP_SNAPPY_IDENTIFIER_BYTES));
		sp_snappy_frame(sp_buffer_slice(&sets), &stream);
	} else {
		sp_buffer_bytes(&stream, sp_buffer_slice(&sets));
	}
	return (struct sp_handle){ .code = SP_HANDLE_BYTES,
		.data = sp_arena_copy(changes->arena, sp_buffer_slice(&stream)) };
}

static inline struct sp_keyed_handle *changes_handle(
	struct changes *changes, enum changes_framing framing)
{
	struct sp_keyed_handle *handle =
		sp_arena_new_array(changes->arena, struct sp_keyed_handle, 1);

	handle->count = CHANGES_GROUPS;
	if (framing == CHANGES_INLINE) {
		handle->code = SP_KEYED_CHANGELOG_BYTES;
		handle->changes = changes->list;
		handle->n_changes = changes->n;
		return handle;
	}
	handle->code = SP_KEYED_CHANGELOG_FILE_V2;
	handle->storage_identifier = sp_slice_of("filesystem");
	handle->streams = sp_arena_new_array(changes->arena, struct sp_change_stream, 1);
	handle->n_streams = 1;
	handle->streams[0].handle =
		changes_stream(changes, framing == CHANGES_COMPRESSED, &handle->streams[0].offset);
	return handle;
}

/* --- materialized parts ---------------------------------------------------------------------- */

struct changes_base {
	struct sp_writer *writer;
	struct sp_arena *arena;
	const struct sp_keyed_header *header;
};

static inline struct changes_base changes_base_begin(
	struct sp_arena *arena, const struct sp_keyed_header *header, int32_t start, int32_t count)
{
	struct sp_writer_plan plan = { .name = "base",
		.header = header,
		.start = start,
		.count = count,
		.max_parallelism = CHANGES_GROUPS,
		.inline_threshold = SIZE_MAX };
	struct changes_base base = { .arena = arena, .header = header };
	struct sp_error err;

	ck_ok(sp_canonical.create(&plan, &base.writer, &err), err);
	return base;
}

/* A row: `key` is what follows the key group. */
static inline void changes_base_put(struct changes_base *base, uint32_t group, uint32_t state,
	struct sp_slice key, struct sp_slice value)
{
	sp_auto_buffer whole = { 0 };
	struct sp_row row = {
		.state = &base->header->states[state], .key_group = group, .value = value
	};
	struct sp_error err;

	sp_buffer_u8(&whole, (uint8_t)group);
	sp_buffer_bytes(&whole, key);
	row.key = sp_buffer_slice(&whole);
	ck_ok(sp_put(base->writer, &row, &err), err);
}

static inline struct sp_keyed_handle changes_base_end(struct changes_base *base)
{
	struct sp_keyed_handle handle;
	struct sp_error err;

	ck_ok(base->writer->ops->finish(base->writer, base->arena, &handle, &err), err);
	sp_writer_free(base->writer);
	return handle;
}

/* --- rows as text ---------------------------------------------------------------------------- */

static inline void changes_escape(struct sp_buffer *out, struct sp_slice bytes)
{
	for (size_t i = 0; i < bytes.n; i++)
		if (isalnum(bytes.p[i]) || bytes.p[i] == ',')
			sp_buffer_u8(out, bytes.p[i]);
		else
			sp_buffer_printf(out, "<%x>", bytes.p[i]);
}

/* Reads all rows: "state group key=value;" each, bytes that are no letters as <hex>. */
static inline int changes_rows(
	const struct sp_keyed_place *place, struct sp_buffer *out, struct sp_error *err)
{
	char *scratch = scratch_make();
	struct sp_budget budget = { .memory = 1 << 20, .tmpdir = scratch };
	struct sp_stream *stream = NULL;
	struct sp_row row;
	int r = sp_changelog.open(place, &budget, &stream, err);

	while (r >= 0 && (r = sp_next(stream, &row, err)) > 0) {
		ck_assert_uint_eq(row.key.p[0], row.key_group);
		sp_buffer_printf(
			out, "%.*s %u ", (int)row.state->name.n, row.state->name.p, row.key_group);
		changes_escape(out, sp_slice(row.key.p + 1, row.key.n - 1));
		sp_buffer_u8(out, '=');
		changes_escape(out, row.value);
		sp_buffer_u8(out, ';');
	}
	sp_stream_free(stream);
	ck_assert_int_eq(scratch_count(scratch), 0);
	scratch_remove(scratch);
	return r;
}

#endif
