/* Makes small keyed states for tests: headers, rows, and a source to read them from. */
#ifndef KEYED_H
#define KEYED_H

#include <stdlib.h>
#include <string.h>

#include "format.h"

#define STRING_SNAPSHOT                                                                            \
	"org.apache.flink.api.common.typeutils.base.StringSerializer$StringSerializerSnapshot"
#define VOID_NAMESPACE_SNAPSHOT                                                                    \
	"org.apache.flink.runtime.state.VoidNamespaceSerializer$VoidNamespaceSerializerSnapshot"

static inline void keyed_put_snapshot(struct sp_buffer *out, const char *class)
{
	sp_buffer_u32(out, 2);
	sp_buffer_utf(out, sp_slice_of(class));
	sp_buffer_u32(out, 3);
}

/* A header of VALUE states of strings, keyed by strings. */
static inline void keyed_put_header(
	struct sp_buffer *out, bool compressed, const char *const *states, size_t n)
{
	sp_buffer_u32(out, 6);
	sp_buffer_u8(out, compressed);
	keyed_put_snapshot(out, STRING_SNAPSHOT);
	sp_buffer_u16(out, (uint16_t)n);
	for (size_t i = 0; i < n; i++) {
		sp_buffer_utf(out, sp_slice_of(states[i]));
		sp_buffer_u32(out, SP_KIND_KEY_VALUE);
		sp_buffer_u32(out, 1);
		sp_buffer_utf(out, sp_slice_of("KEYED_STATE_TYPE"));
		sp_buffer_utf(out, sp_slice_of("VALUE"));
		sp_buffer_u32(out, 2);
		sp_buffer_utf(out, sp_slice_of("VALUE_SERIALIZER"));
		keyed_put_snapshot(out, STRING_SNAPSHOT);
		sp_buffer_utf(out, sp_slice_of("NAMESPACE_SERIALIZER"));
		keyed_put_snapshot(out, VOID_NAMESPACE_SNAPSHOT);
	}
}

/* A row as it was, copied. */
struct keyed_row {
	char state[32];
	uint32_t key_group;
	struct sp_slice key, value;
};

struct keyed_rows {
	struct sp_arena *arena;
	struct keyed_row *rows;
	size_t n;
};

static inline void keyed_add(struct keyed_rows *rows, const struct sp_row *row)
{
	struct keyed_row *to;

	if ((rows->n & (rows->n - 1)) == 0) /* full: twice as many */
		rows->rows = reallocarray(rows->rows, rows->n * 2 + 1, sizeof(*rows->rows));
	if (rows->rows == NULL)
		sp_abort("out of memory");
	to = &rows->rows[rows->n++];
	memset(to, 0, sizeof(*to));
	memcpy(to->state, row->state->name.p,
		row->state->name.n < sizeof(to->state) ? row->state->name.n : 0);
	to->key_group = row->key_group;
	to->key = sp_arena_copy(rows->arena, row->key);
	to->value = sp_arena_copy(rows->arena, row->value);
}

/* Reads a stream to its end. 0, or the error. */
static inline int keyed_read(
	struct sp_stream *stream, struct keyed_rows *rows, struct sp_error *err)
{
	struct sp_row row;
	int r;

	while ((r = sp_next(stream, &row, err)) > 0)
		keyed_add(rows, &row);
	return r;
}

static inline void keyed_free(struct keyed_rows *rows)
{
	free(rows->rows);
	sp_arena_free(rows->arena);
}

#endif
