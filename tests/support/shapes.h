/*
 * Keyed states of many shapes: headers made of short texts for types, and values of them.
 *
 *	I Integer  L Long  S String  V VoidNamespace  W TimeWindow  N NullValue
 *	l(x) List  m(x)(y) Map  t(x)(y) Timer, written without the brackets: "lS", "mSL", "tLW"
 *	U a user's class, of which nothing is known; E scala.Unit, only in Flink 1.x
 */
#ifndef SHAPES_H
#define SHAPES_H

#include <stdio.h>

#include "format.h"
#include "test-data.h"
#include "unit.h"

#define SHAPES_BASE "org.apache.flink.api.common.typeutils.base."
#define SHAPES_STREAMING "org.apache.flink.streaming.api."

struct shape {
	const char *name;
	const char *type; /* KEYED_STATE_TYPE; NULL: a queue */
	const char *ns;   /* NULL: a queue */
	const char *value;
};

static const struct {
	char letter;
	int n_children;
	const char *class;
} shapes_types[] = {
	{ 'I', 0, SHAPES_BASE "IntSerializer$IntSerializerSnapshot" },
	{ 'L', 0, SHAPES_BASE "LongSerializer$LongSerializerSnapshot" },
	{ 'S', 0, SHAPES_BASE "StringSerializer$StringSerializerSnapshot" },
	{ 'N', 0, SHAPES_BASE "NullValueSerializer$NullValueSerializerSnapshot" },
	{ 'V', 0,
		"org.apache.flink.runtime.state.VoidNamespaceSerializer$"
		"VoidNamespaceSerializerSnapshot" },
	{ 'W', 0,
		SHAPES_STREAMING "windowing.windows.TimeWindow$Serializer$"
				 "TimeWindowSerializerSnapshot" },
	{ 'E', 0, "org.apache.flink.api.scala.typeutils.UnitSerializer$UnitSerializerSnapshot" },
	{ 'l', 1, SHAPES_BASE "ListSerializerSnapshot" },
	{ 'm', 2, SHAPES_BASE "MapSerializerSnapshot" },
	{ 't', 2, SHAPES_STREAMING "operators.TimerSerializerSnapshot" },
	{ 'U', -1, "com.example.User$Snapshot" },
};

/* The versioned snapshot of the type at *text, which moves on. */
static inline void shapes_put_snapshot(struct sp_buffer *out, const char **text)
{
	char letter = *(*text)++;
	size_t i = 0;

	while (shapes_types[i].letter != letter) {
		i++;
		ck_assert_uint_lt(i, sp_countof(shapes_types));
	}
	sp_buffer_utf(out, sp_slice_of(shapes_types[i].class));
	sp_buffer_u32(out, shapes_types[i].n_children < 0 ? 1 : 3);
	if (shapes_types[i].n_children < 0)
		sp_buffer_utf(out, sp_slice_of("only its class knows"));
	if (shapes_types[i].n_children <= 0)
		return;
	sp_buffer_u32(out, 911108);
	sp_buffer_u32(out, letter == 't' ? 2 : 1);
	sp_buffer_u32(out, 1333245);
	sp_buffer_u32(out, 1);
	sp_buffer_u32(out, (uint32_t)shapes_types[i].n_children);
	for (int child = 0; child < shapes_types[i].n_children; child++)
		shapes_put_snapshot(out, text);
}

static inline void shapes_put_proxy(struct sp_buffer *out, const char *type)
{
	sp_buffer_u32(out, 2);
	shapes_put_snapshot(out, &type);
}

static inline void shapes_put_state(struct sp_buffer *out, const struct shape *shape)
{
	sp_buffer_utf(out, sp_slice_of(shape->name));
	sp_buffer_u32(out, shape->type == NULL ? SP_KIND_PRIORITY_QUEUE : SP_KIND_KEY_VALUE);
	sp_buffer_u32(out, shape->type != NULL);
	if (shape->type != NULL) {
		sp_buffer_utf(out, sp_slice_of("KEYED_STATE_TYPE"));
		sp_buffer_utf(out, sp_slice_of(shape->type));
	}
	sp_buffer_u32(out, shape->type == NULL ? 1 : 2);
	sp_buffer_utf(out, sp_slice_of("VALUE_SERIALIZER"));
	shapes_put_proxy(out, shape->value);
	if (shape->type != NULL) {
		sp_buffer_utf(out, sp_slice_of("NAMESPACE_SERIALIZER"));
		shapes_put_proxy(out, shape->ns);
	}
}

static inline const struct sp_keyed_header *shapes_header(struct sp_arena *arena, bool compressed,
	const char *key, const struct shape *shapes, size_t n)
{
	const struct sp_keyed_header *header;
	sp_auto_buffer bytes = { 0 };
	struct sp_error err;

	sp_buffer_u32(&bytes, 6);
	sp_buffer_u8(&bytes, compressed);
	shapes_put_proxy(&bytes, key);
	sp_buffer_u16(&bytes, (uint16_t)n);
	for (size_t i = 0; i < n; i++)
		shapes_put_state(&bytes, &shapes[i]);
	ck_ok(sp_keyed_header_read(sp_buffer_slice(&bytes), 0, arena, &header, &err), err);
	return header;
}

/* A String as StringValue.writeString() has it, of so many 'a' to 'z' and ','. */
static inline void shapes_put_string(struct sp_buffer *out, size_t n, uint64_t *seed)
{
	size_t length = n + 1; /* 0 is null */

	for (; length >= 0x80; length >>= 7)
		sp_buffer_u8(out, (uint8_t)(length | 0x80));
	sp_buffer_u8(out, (uint8_t)length);
	for (size_t i = 0; i < n; i++) {
		uint64_t letter = test_random(seed) % 27;

		sp_buffer_u8(out, (uint8_t)(letter == 26 ? ',' : 'a' + letter));
	}
}

static inline size_t shapes_length(uint64_t *seed)
{
	static const size_t lengths[] = { 0, 1, 2, 3, 4, 5, 8, 13, 43, 126, 127, 128, 254, 255, 256,
		300, 511, 5000 };
	uint64_t random = test_random(seed);

	return lengths[random % (random % 64 == 0 ? sp_countof(lengths) : sp_countof(lengths) - 3)];
}

/* A value of the type at *text, which moves on. */
static inline void shapes_put_value(struct sp_buffer *out, const char **text, uint64_t *seed)
{
	char letter = *(*text)++;
	const char *children = *text;
	uint32_t n = (uint32_t)(test_random(seed) % 4);

	switch (letter) {
	case 'I': sp_buffer_u32(out, (uint32_t)test_random(seed)); break;
	case 'L': sp_buffer_u64(out, test_random(seed)); break;
	case 'S': shapes_put_string(out, shapes_length(seed), seed); break;
	case 'V': sp_buffer_u8(out, 0); break;
	case 'N': break;
	case 'W':
		sp_buffer_u64(out, test_random(seed) >> 20);
		sp_buffer_u64(out, test_random(seed) >> 20);
		break;
	case 'l':
	case 'm':
		sp_buffer_u32(out, n);
		while (n-- > 0) {
			*text = children;
			shapes_put_value(out, text, seed);
			if (letter == 'm') {
				sp_buffer_u8(out, 0);
				shapes_put_value(out, text, seed);
			}
		}
		for (*text = children; **text != 0; ++*text)
			; /* lists and maps are the last part of a type here */
		break;
	case 't':
		sp_buffer_u64(out, test_random(seed));
		shapes_put_value(out, text, seed);
		shapes_put_value(out, text, seed);
		break;
	case 'U':
		for (uint64_t i = test_random(seed) % 20; i > 0; i--)
			sp_buffer_u8(out, (uint8_t)test_random(seed));
		break;
	default: ck_abort();
	}
}

static inline void shapes_value(struct sp_buffer *out, const char *type, uint64_t *seed)
{
	shapes_put_value(out, &type, seed);
}

#endif
