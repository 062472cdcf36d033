/*
 * Random types, their serializer snapshots and random values of them, all from one seed. Written
 * from the layouts, without the code that is tested with it.
 */
#ifndef SCHEMA_H
#define SCHEMA_H

#include "arena.h"
#include "buffer.h"

#define SCHEMA_BASE "org.apache.flink.api.common.typeutils.base."
#define SCHEMA_RUNTIME "org.apache.flink.api.java.typeutils.runtime."
#define SCHEMA_WINDOWS "org.apache.flink.streaming.api.windowing.windows."

struct schema_random {
	uint64_t state;
};

/* splitmix64 */
static inline uint64_t schema_next(struct schema_random *r)
{
	uint64_t x = r->state += 0x9e3779b97f4a7c15U;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
	x = (x ^ x >> 27) * 0x94d049bb133111ebU;
	return x ^ x >> 31;
}

/* 0 to n - 1. */
static inline uint32_t schema_below(struct schema_random *r, uint32_t n)
{
	return (uint32_t)(schema_next(r) % n);
}

enum schema_kind {
	SCHEMA_INT,
	SCHEMA_LONG,
	SCHEMA_BOOLEAN,
	SCHEMA_DOUBLE,
	SCHEMA_STRING,
	SCHEMA_BYTES,
	SCHEMA_BIG_DECIMAL,
	SCHEMA_INSTANT,
	SCHEMA_SIMPLE, /* number of those without parts */
	SCHEMA_LIST = SCHEMA_SIMPLE,
	SCHEMA_MAP,
	SCHEMA_TUPLE,
	SCHEMA_ROW,
	SCHEMA_EITHER,
	SCHEMA_NULLABLE,
	SCHEMA_RANDOM, /* number of those chosen at random */
	SCHEMA_VOID_NAMESPACE = SCHEMA_RANDOM,
	SCHEMA_TIME_WINDOW,
	SCHEMA_TTL,
	SCHEMA_TIMER,
};

#define SCHEMA_PARTS 3

struct schema_type {
	enum schema_kind kind;
	struct schema_type *parts[SCHEMA_PARTS];
	size_t n;
};

static inline struct schema_type *schema_type(
	struct sp_arena *arena, enum schema_kind kind, struct schema_type *a, struct schema_type *b)
{
	struct schema_type *type = sp_arena_new_array(arena, struct schema_type, 1);

	*type = (struct schema_type){ .kind = kind, .parts = { a, b } };
	type->n = a == NULL ? 0 : b == NULL ? 1 : 2;
	return type;
}

/* `deep` levels of parts at most. */
static inline struct schema_type *schema_make(
	struct schema_random *r, struct sp_arena *arena, int deep)
{
	static const size_t parts[] = { [SCHEMA_LIST] = 1,
		[SCHEMA_MAP] = 2,
		[SCHEMA_TUPLE] = 3,
		[SCHEMA_ROW] = 3,
		[SCHEMA_EITHER] = 2,
		[SCHEMA_NULLABLE] = 1 };
	enum schema_kind kind = schema_below(r, deep == 0 ? SCHEMA_SIMPLE : SCHEMA_RANDOM);
	struct schema_type *type = schema_type(arena, kind, NULL, NULL);

	if (kind < SCHEMA_SIMPLE)
		return type;
	type->n = parts[kind];
	for (size_t i = 0; i < type->n; i++)
		type->parts[i] = schema_make(r, arena, deep - 1);
	return type;
}

static const char *const schema_classes[] = {
	[SCHEMA_INT] = SCHEMA_BASE "IntSerializer$IntSerializerSnapshot",
	[SCHEMA_LONG] = SCHEMA_BASE "LongSerializer$LongSerializerSnapshot",
	[SCHEMA_BOOLEAN] = SCHEMA_BASE "BooleanSerializer$BooleanSerializerSnapshot",
	[SCHEMA_DOUBLE] = SCHEMA_BASE "DoubleSerializer$DoubleSerializerSnapshot",
	[SCHEMA_STRING] = SCHEMA_BASE "StringSerializer$StringSerializerSnapshot",
	[SCHEMA_BYTES] = SCHEMA_BASE
	"array.BytePrimitiveArraySerializer$BytePrimitiveArraySerializerSnapshot",
	[SCHEMA_BIG_DECIMAL] = SCHEMA_BASE "BigDecSerializer$BigDecSerializerSnapshot",
	[SCHEMA_INSTANT] = SCHEMA_BASE "InstantSerializer$InstantSerializerSnapshot",
	[SCHEMA_LIST] = SCHEMA_BASE "ListSerializerSnapshot",
	[SCHEMA_MAP] = SCHEMA_BASE "MapSerializerSnapshot",
	[SCHEMA_TUPLE] = SCHEMA_RUNTIME "TupleSerializerSnapshot",
	[SCHEMA_ROW] = SCHEMA_RUNTIME "RowSerializer$RowSerializerSnapshot",
	[SCHEMA_EITHER] = SCHEMA_RUNTIME "JavaEitherSerializerSnapshot",
	[SCHEMA_NULLABLE] = SCHEMA_RUNTIME "NullableSerializer$NullableSerializerSnapshot",
	[SCHEMA_VOID_NAMESPACE] = "org.apache.flink.runtime.state.VoidNamespaceSerializer$"
				  "VoidNamespaceSerializerSnapshot",
	[SCHEMA_TIME_WINDOW] = SCHEMA_WINDOWS "TimeWindow$Serializer$TimeWindowSerializerSnapshot",
	[SCHEMA_TTL] = "org.apache.flink.runtime.state.ttl.TtlStateFactory$TtlSerializerSnapshot",
	[SCHEMA_TIMER] = "org.apache.flink.streaming.api.operators.TimerSerializerSnapshot",
};

/* Outer versions of the composites, as Flink 1.14 and later write them. */
static const uint8_t schema_outer[] = { [SCHEMA_LIST] = 1,
	[SCHEMA_MAP] = 1,
	[SCHEMA_TUPLE] = 2,
	[SCHEMA_ROW] = 4,
	[SCHEMA_EITHER] = 1,
	[SCHEMA_NULLABLE] = 2,
	[SCHEMA_TTL] = 2,
	[SCHEMA_TIMER] = 2 };

/* A versioned snapshot, without the version of the proxy. */
static inline void schema_put_nested(struct sp_buffer *out, const struct schema_type *type)
{
	sp_buffer_utf(out, sp_slice_of(schema_classes[type->kind]));
	sp_buffer_u32(out, 3);
	if (type->n == 0)
		return;
	sp_buffer_u32(out, 911108);
	sp_buffer_u32(out, schema_outer[type->kind]);
	if (type->kind == SCHEMA_TUPLE)
		sp_buffer_utf(out, sp_slice_of("org.apache.flink.api.java.tuple.Tuple3"));
	if (type->kind == SCHEMA_ROW)
		sp_buffer_u8(out, 1); /* has the row's kind */
	if (type->kind == SCHEMA_NULLABLE)
		sp_buffer_u32(out, 0); /* padding */
	sp_buffer_u32(out, 1333245);
	sp_buffer_u32(out, 1);
	sp_buffer_u32(out, (uint32_t)type->n);
	for (size_t i = 0; i < type->n; i++)
		schema_put_nested(out, type->parts[i]);
}

static inline void schema_put_snapshot(struct sp_buffer *out, const struct schema_type *type)
{
	sp_buffer_u32(out, 2);
	schema_put_nested(out, type);
}

static inline void schema_put_varint(struct sp_buffer *out, uint32_t v)
{
	for (; v >= 0x80; v >>= 7)
		sp_buffer_u8(out, (uint8_t)(v | 0x80));
	sp_buffer_u8(out, (uint8_t)v);
}

/* Mostly short and ASCII, sometimes long, sometimes of any UTF-16 units. */
static inline void schema_put_string(struct schema_random *r, struct sp_buffer *out)
{
	uint32_t n = schema_below(r, 20) == 0 ? schema_below(r, 700) : schema_below(r, 12);
	bool any = schema_below(r, 4) == 0;

	schema_put_varint(out, n + 1);
	for (uint32_t i = 0; i < n; i++)
		schema_put_varint(
			out, any ? schema_below(r, 0x10000) : 0x20 + schema_below(r, 0x5f));
}

static inline void schema_put_random(struct schema_random *r, struct sp_buffer *out, size_t n)
{
	for (size_t i = 0; i < n; i++) /* 0x2c, which lists have between elements, more often */
		sp_buffer_u8(out, schema_below(r, 5) == 0 ? 0x2c : (uint8_t)schema_next(r));
}

static inline void schema_put_value(
	struct schema_random *r, struct sp_buffer *out, const struct schema_type *type);

static inline void schema_put_row(
	struct schema_random *r, struct sp_buffer *out, const struct schema_type *type)
{
	uint8_t nulls = (uint8_t)schema_below(r, 8); /* of the three fields, behind the kind */

	sp_buffer_u8(out, (uint8_t)(schema_below(r, 4) << 6 | nulls << 3));
	for (size_t i = 0; i < type->n; i++)
		if ((nulls >> (2 - i) & 1) == 0)
			schema_put_value(r, out, type->parts[i]);
}

static inline void schema_put_many(
	struct schema_random *r, struct sp_buffer *out, const struct schema_type *type)
{
	uint32_t n = schema_below(r, 4);

	sp_buffer_u32(out, n);
	for (uint32_t i = 0; i < n; i++) {
		bool null = type->kind == SCHEMA_MAP && schema_below(r, 4) == 0;

		schema_put_value(r, out, type->parts[0]);
		if (type->kind != SCHEMA_MAP)
			continue;
		sp_buffer_u8(out, null);
		if (!null)
			schema_put_value(r, out, type->parts[1]);
	}
}

static inline void schema_put_value(
	struct schema_random *r, struct sp_buffer *out, const struct schema_type *type)
{
	uint32_t n;

	switch (type->kind) {
	case SCHEMA_INT: sp_buffer_u32(out, (uint32_t)schema_next(r)); return;
	case SCHEMA_LONG: sp_buffer_u64(out, schema_next(r)); return;
	case SCHEMA_BOOLEAN: sp_buffer_u8(out, schema_below(r, 2) != 0); return;
	case SCHEMA_DOUBLE: sp_buffer_u64(out, schema_next(r) >> 2); return; /* no NaN */
	case SCHEMA_STRING: schema_put_string(r, out); return;
	case SCHEMA_BYTES:
		n = schema_below(r, 30);
		sp_buffer_u32(out, n);
		schema_put_random(r, out, n);
		return;
	case SCHEMA_BIG_DECIMAL:
		n = 1 + schema_below(r, 9);
		sp_buffer_u32(out, n + 4);
		schema_put_random(r, out, n);
		sp_buffer_u32(out, schema_below(r, 10));
		return;
	case SCHEMA_INSTANT:
		sp_buffer_u64(out, schema_below(r, 2000000000));
		sp_buffer_u32(out, schema_below(r, 1000000000));
		return;
	case SCHEMA_LIST:
	case SCHEMA_MAP: schema_put_many(r, out, type); return;
	case SCHEMA_ROW: schema_put_row(r, out, type); return;
	case SCHEMA_EITHER:
		n = schema_below(r, 2);
		sp_buffer_u8(out, n == 0);
		schema_put_value(r, out, type->parts[n]);
		return;
	case SCHEMA_NULLABLE:
		n = schema_below(r, 2);
		sp_buffer_u8(out, n == 0);
		if (n != 0)
			schema_put_value(r, out, type->parts[0]);
		return;
	case SCHEMA_VOID_NAMESPACE: sp_buffer_u8(out, 0); return;
	case SCHEMA_TIME_WINDOW:
		sp_buffer_u64(out, schema_below(r, 1000));
		sp_buffer_u64(out, 1000 + schema_below(r, 1000));
		return;
	default:
		for (size_t i = 0; i < type->n; i++)
			schema_put_value(r, out, type->parts[i]);
	}
}

/* TypeSerializer.getLength(); -1: variable. */
static inline int schema_length(const struct schema_type *type)
{
	int sum = 0;

	switch (type->kind) {
	case SCHEMA_INT: return 4;
	case SCHEMA_LONG:
	case SCHEMA_DOUBLE: return 8;
	case SCHEMA_BOOLEAN: return 1;
	case SCHEMA_INSTANT: return 12;
	case SCHEMA_VOID_NAMESPACE: return 0;
	case SCHEMA_TIME_WINDOW: return 16;
	case SCHEMA_TUPLE:
		for (size_t i = 0; i < type->n; i++) {
			if (schema_length(type->parts[i]) <= 0)
				return -1;
			sum += schema_length(type->parts[i]);
		}
		return sum;
	default: return -1;
	}
}

#endif
