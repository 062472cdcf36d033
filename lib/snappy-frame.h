/*
 * The snappy framing format: https://github.com/google/snappy framing_format.txt, as
 * org.xerial.snappy.SnappyFramedOutputStream writes it for Flink (blocks of 64 KiB, a block that
 * shrinks to no less than 85 % is stored plain).
 */
#ifndef SP_SNAPPY_FRAME_H
#define SP_SNAPPY_FRAME_H

#include "buffer.h"

#define SP_SNAPPY_BLOCK 65536 /* uncompressed bytes of a chunk, at most */
#define SP_SNAPPY_IDENTIFIER_BYTES 10
extern const uint8_t sp_snappy_identifier[SP_SNAPPY_IDENTIFIER_BYTES];

/* Appends the chunks of `bytes` (without the stream identifier). */
void sp_snappy_frame(struct sp_slice bytes, struct sp_buffer *out);

/*
 * Appends the content of one chunk: `type`, and `body` as it stands behind the length. Checks the
 * checksum, which Flink ignores. Gives 0, or SP_EDAMAGED with the cause and no place.
 */
int sp_snappy_unframe(
	uint8_t type, struct sp_slice body, struct sp_buffer *out, struct sp_error *err);

#endif
