/*
 * UTF-8 as Java's strings need it: a surrogate is a character of its own, of three bytes, where it
 * has no other half.
 */
#ifndef SP_UTF8_H
#define SP_UTF8_H

#include "buffer.h"
#include "bytes.h"

#define SP_UTF8_MAX 4 /* bytes of a character */

/* The length of the character that `text` (n > 0) begins with; 0: it begins with none. */
size_t sp_utf8_take(struct sp_slice text, uint32_t *ret);

/* Writes the character, at most SP_UTF8_MAX bytes, and gives where it ends. */
uint8_t *sp_utf8_write(uint8_t *to, uint32_t c);

void sp_utf8_put(struct sp_buffer *out, uint32_t c);

static inline bool sp_is_surrogate(uint32_t c)
{
	return c >= 0xd800 && c < 0xe000;
}

/* The character of a pair of surrogates. */
static inline uint32_t sp_join_surrogates(uint32_t high, uint32_t low)
{
	return 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
}

#endif
