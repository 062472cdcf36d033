/*
 * Bytes: borrowed slices, and a cursor that reads big-endian fields and knows where it must stop.
 *
 * Every sp_take_* gives 0 and moves the cursor, or fails with SP_EDAMAGED and the offset and moves
 * nothing. All fields are as java.io.DataOutput writes them.
 */
#ifndef SP_BYTES_H
#define SP_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "error.h"

/* Bytes that belong to somebody else. */
struct sp_slice {
	const uint8_t *p;
	size_t n;
};

static inline struct sp_slice sp_slice(const void *p, size_t n)
{
	return (struct sp_slice){ .p = p, .n = n };
}

static inline struct sp_slice sp_slice_of(const char *text)
{
	return sp_slice(text, strlen(text));
}

static inline bool sp_slice_equal(struct sp_slice a, struct sp_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool sp_slice_is(struct sp_slice a, const char *text)
{
	return sp_slice_equal(a, sp_slice_of(text));
}

/* Unsigned bytewise order, the shorter first where one begins the other. < 0, 0, > 0. */
int sp_slice_compare(struct sp_slice a, struct sp_slice b);

/* A position in bytes that are in memory. */
struct sp_cursor {
	const uint8_t *at;
	const uint8_t *end;
	const uint8_t *start;
	uint64_t base;  /* offset of `start` in the file, for messages */
	size_t missing; /* after a take that failed for want of bytes: at least so many, else 0 */
};

static inline struct sp_cursor sp_cursor(struct sp_slice bytes, uint64_t base)
{
	return (struct sp_cursor){ .at = bytes.p,
		.end = bytes.n == 0 ? bytes.p : bytes.p + bytes.n, /* of nothing, it may be NULL */
		.start = bytes.p,
		.base = base };
}

/* Bytes left. */
static inline size_t sp_left(const struct sp_cursor *in)
{
	return (size_t)(in->end - in->at);
}

/* Offset in the file of the next byte. */
static inline uint64_t sp_offset(const struct sp_cursor *in)
{
	return in->base + (uint64_t)(in->at - in->start);
}

/* Fails with SP_EDAMAGED and "offset 0x…: <fmt>". */
int sp_fail_at(struct sp_error *err, const struct sp_cursor *in, const char *fmt, ...)
	sp_printf(3, 4);

int sp_take_u8(struct sp_cursor *in, uint8_t *ret, struct sp_error *err);
int sp_take_bool(struct sp_cursor *in, bool *ret, struct sp_error *err);
int sp_take_u16(struct sp_cursor *in, uint16_t *ret, struct sp_error *err);
int sp_take_i16(struct sp_cursor *in, int16_t *ret, struct sp_error *err);
int sp_take_u32(struct sp_cursor *in, uint32_t *ret, struct sp_error *err);
int sp_take_i32(struct sp_cursor *in, int32_t *ret, struct sp_error *err);
int sp_take_i64(struct sp_cursor *in, int64_t *ret, struct sp_error *err);

/* The next n bytes, borrowed from the cursor's bytes. */
int sp_take_bytes(struct sp_cursor *in, size_t n, struct sp_slice *ret, struct sp_error *err);

/* u16 byte count, then modified UTF-8 (not decoded, but checked to be well-formed). */
int sp_take_utf(struct sp_cursor *in, struct sp_slice *ret, struct sp_error *err);

/* i32 length >= 0, then that many bytes. */
int sp_take_blob(struct sp_cursor *in, struct sp_slice *ret, struct sp_error *err);

/*
 * i32 count of elements that each take at least `least` bytes (>= 1): 0 <= count and
 * count * least <= bytes left. `what` names the elements in the message.
 */
int sp_take_count(
	struct sp_cursor *in, size_t least, const char *what, uint32_t *ret, struct sp_error *err);

/* Unchecked readers and writers of big-endian numbers, for bytes known to be there. */
static inline uint16_t sp_get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t sp_get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t sp_get_be64(const uint8_t *p)
{
	return (uint64_t)sp_get_be32(p) << 32 | sp_get_be32(p + 4);
}

/* How many bytes both begin with; the first `from` are known to be the same. */
static inline size_t sp_slice_shared(struct sp_slice a, struct sp_slice b, size_t from)
{
	const size_t n = a.n < b.n ? a.n : b.n;

	for (; n - from >= 8; from += 8) {
		uint64_t differ = sp_get_be64(a.p + from) ^ sp_get_be64(b.p + from);

		if (differ != 0)
			return from + (size_t)__builtin_clzll(differ) / 8;
	}
	while (from < n && a.p[from] == b.p[from])
		from++;
	return from;
}

static inline void sp_set_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void sp_set_be32(uint8_t *p, uint32_t v)
{
	sp_set_be16(p, (uint16_t)(v >> 16));
	sp_set_be16(p + 2, (uint16_t)v);
}

static inline void sp_set_be64(uint8_t *p, uint64_t v)
{
	sp_set_be32(p, (uint32_t)(v >> 32));
	sp_set_be32(p + 4, (uint32_t)v);
}

#endif
