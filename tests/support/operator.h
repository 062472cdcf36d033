/* Makes small streams of operator state: header, elements, and the handle that lists them. */
#ifndef OPERATOR_H
#define OPERATOR_H

#include "keyed.h"
#include "operator-state.h"
#include "shapes.h"
#include "snappy-frame.h"

#define INT_SNAPSHOT                                                                               \
	"org.apache.flink.api.common.typeutils.base.IntSerializer$IntSerializerSnapshot"

/* A Java-serialized serializer and its old snapshot, as Flink 1.3 to 1.6 wrote them. */
static inline void operator_put_resilient(struct sp_buffer *out, uint32_t n)
{
	sp_auto_buffer body = { 0 };
	sp_auto_buffer heads = { 0 };

	for (uint32_t i = 0; i < n; i++) {
		sp_buffer_u32(&heads, (uint32_t)body.n);
		sp_buffer_u32(&body, 1);
		sp_buffer_blob(&body, sp_slice("\xac\xed\x00\x05\x70", 5));
		sp_buffer_u32(&heads, (uint32_t)body.n);
		sp_buffer_u32(&body, 1);
		sp_buffer_utf(&body, sp_slice_of("org.apache.flink.api.common.typeutils."
						 "ParameterlessTypeSerializerConfig"));
		sp_buffer_u32(&body, 1);
		sp_buffer_utf(&body,
			sp_slice_of("org.apache.flink.api.common.typeutils.base.IntSerializer"));
	}
	sp_buffer_u32(out, n);
	sp_buffer_bytes(out, sp_buffer_slice(&heads));
	sp_buffer_blob(out, sp_buffer_slice(&body));
}

struct operator_stream {
	struct sp_buffer bytes;
	struct sp_operator_state states[8];
	int64_t offsets[8][32];
	struct sp_operator_handle handle;
	int32_t version;
	bool compressed;
	const char *broadcast; /* type of its values, as in shapes.h; NULL: Integer; version 5 */
};

static inline void operator_begin(struct operator_stream *s, int32_t version, bool compressed)
{
	*s = (struct operator_stream){ .version = version, .compressed = compressed };
	sp_buffer_u32(&s->bytes, (uint32_t)version);
	if (version >= 6)
		sp_buffer_u8(&s->bytes, compressed);
}

/* Kind, options and roles of versions 4 and later. */
static inline void operator_put_meta(
	struct operator_stream *s, enum sp_mode mode, const char *const *roles, uint32_t n)
{
	static const char *const names[] = { "SPLIT_DISTRIBUTE", "UNION", "BROADCAST" };

	sp_buffer_u32(&s->bytes, mode == SP_MODE_BROADCAST ? SP_KIND_BROADCAST : SP_KIND_OPERATOR);
	sp_buffer_u32(&s->bytes, 1);
	sp_buffer_utf(&s->bytes, sp_slice_of("OPERATOR_STATE_DISTRIBUTION_MODE"));
	sp_buffer_utf(&s->bytes, sp_slice_of(names[mode]));
	sp_buffer_u32(&s->bytes, n);
	for (uint32_t i = 0; i < n; i++) {
		sp_buffer_utf(&s->bytes, sp_slice_of(roles[i]));
		if (s->version >= 5 && mode == SP_MODE_BROADCAST && i == 1 && s->broadcast != NULL)
			shapes_put_proxy(&s->bytes, s->broadcast);
		else if (s->version >= 5)
			keyed_put_snapshot(&s->bytes, INT_SNAPSHOT);
	}
	if (s->version == 4)
		operator_put_resilient(&s->bytes, n);
}

/* Declares a state, and lists it in the handle. */
static inline void operator_declare(struct operator_stream *s, const char *name, enum sp_mode mode)
{
	static const char *const roles[] = { "KEY_SERIALIZER", "VALUE_SERIALIZER" };
	uint32_t n = mode == SP_MODE_BROADCAST ? 2 : 1;
	size_t i = s->handle.n_states++;

	s->states[i] = (struct sp_operator_state){
		.name = sp_slice_of(name), .mode = mode, .offsets = s->offsets[i]
	};
	sp_buffer_utf(&s->bytes, sp_slice_of(name));
	if (s->version >= 4) {
		operator_put_meta(s, mode, roles + 2 - n, n);
		return;
	}
	sp_buffer_u8(&s->bytes, (uint8_t)mode);
	operator_put_resilient(&s->bytes, n);
}

/* Ends the header. */
static inline void operator_begin_elements(struct operator_stream *s)
{
	if (s->version < 3)
		sp_buffer_u32(&s->bytes, 1);
	if (s->compressed)
		sp_buffer_bytes(
			&s->bytes, sp_slice(sp_snappy_identifier, SP_SNAPPY_IDENTIFIER_BYTES));
}

static inline void operator_put(struct operator_stream *s, size_t state, struct sp_slice element)
{
	s->offsets[state][s->states[state].n_offsets++] = (int64_t)s->bytes.n;
	if (s->compressed)
		sp_snappy_frame(element, &s->bytes);
	else
		sp_buffer_bytes(&s->bytes, element);
}

static inline void operator_end(struct operator_stream *s)
{
	s->handle.code = SP_OPERATOR_STREAM;
	s->handle.states = s->states;
	s->handle.data = (struct sp_handle){ .code = SP_HANDLE_BYTES,
		.name = sp_slice_of("made"),
		.data = sp_buffer_slice(&s->bytes) };
}

static inline void operator_free(struct operator_stream *s)
{
	sp_buffer_free(&s->bytes);
}

/* A list with elements "a1", "a2" and the third, a union list with "u", and a broadcast state of 1
 * = 2. */
static inline void operator_make_with(
	struct operator_stream *s, int32_t version, bool compressed, const char *third)
{
	operator_begin(s, version, compressed);
	sp_buffer_u16(&s->bytes, 2);
	operator_declare(s, "list", SP_MODE_SPLIT_DISTRIBUTE);
	operator_declare(s, "union", SP_MODE_UNION);
	if (version >= 3) {
		sp_buffer_u16(&s->bytes, 1);
		operator_declare(s, "broadcast", SP_MODE_BROADCAST);
	}
	operator_begin_elements(s);
	operator_put(s, 0, sp_slice_of("a1"));
	operator_put(s, 0, sp_slice_of("a2"));
	operator_put(s, 0, sp_slice_of(third));
	operator_put(s, 1, sp_slice_of("u"));
	if (version >= 3)
		operator_put(s, 2, sp_slice("\0\0\0\1\0\0\0\1\0\0\0\0\2", 13));
	operator_end(s);
}

/* The third is empty, where it can be: see sp_operator_reader_check(). */
static inline void operator_make(struct operator_stream *s, int32_t version, bool compressed)
{
	operator_make_with(s, version, compressed, compressed ? "a3" : "");
}

#endif
