/*
 * A growing buffer of bytes, and writers of big-endian fields into it. Running out of memory
 * aborts: sizes that come from input were checked before.
 */
#ifndef SP_BUFFER_H
#define SP_BUFFER_H

#include <stdlib.h>

#include "bytes.h"

struct sp_buffer {
	uint8_t *p; /* owned; NULL until something is put in */
	size_t n;
	size_t capacity;
};

/* Frees the bytes; the buffer is empty and usable again. */
void sp_buffer_free(struct sp_buffer *buffer);

#define sp_auto_buffer __attribute__((cleanup(sp_buffer_free))) struct sp_buffer

/* Makes room for n more bytes and gives where they go; sp_buffer.n is not moved. */
uint8_t *sp_buffer_reserve(struct sp_buffer *buffer, size_t n);

static inline struct sp_slice sp_buffer_slice(const struct sp_buffer *buffer)
{
	return sp_slice(buffer->p, buffer->n);
}

static inline void sp_buffer_bytes(struct sp_buffer *buffer, struct sp_slice bytes)
{
	if (bytes.n == 0)
		return;
	memcpy(sp_buffer_reserve(buffer, bytes.n), bytes.p, bytes.n);
	buffer->n += bytes.n;
}

static inline void sp_buffer_u8(struct sp_buffer *buffer, uint8_t v)
{
	*sp_buffer_reserve(buffer, 1) = v;
	buffer->n += 1;
}

static inline void sp_buffer_u16(struct sp_buffer *buffer, uint16_t v)
{
	sp_set_be16(sp_buffer_reserve(buffer, 2), v);
	buffer->n += 2;
}

static inline void sp_buffer_u32(struct sp_buffer *buffer, uint32_t v)
{
	sp_set_be32(sp_buffer_reserve(buffer, 4), v);
	buffer->n += 4;
}

static inline void sp_buffer_u64(struct sp_buffer *buffer, uint64_t v)
{
	sp_set_be64(sp_buffer_reserve(buffer, 8), v);
	buffer->n += 8;
}

/* u16 byte count and the bytes, which are modified UTF-8 of at most 65,535 bytes. */
void sp_buffer_utf(struct sp_buffer *buffer, struct sp_slice text);

/* i32 length and the bytes, fewer than 2^31. */
void sp_buffer_blob(struct sp_buffer *buffer, struct sp_slice bytes);

/* Appends formatted text, without a terminating zero. */
void sp_buffer_printf(struct sp_buffer *buffer, const char *fmt, ...) sp_printf(2, 3);

#endif
