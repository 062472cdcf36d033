/*
 * Input: the bytes of one range of a file through a window that slides over them, plain or
 * snappy-framed (the public framing format, as org.xerial.snappy.SnappyFramedInputStream reads
 * it; Flink's SnappyStreamCompressionDecorator).
 *
 * The window is the reader's own memory and may be written to.
 */
#ifndef SP_INPUT_H
#define SP_INPUT_H

#include "store.h"

struct sp_input {
	struct sp_file *file; /* borrowed */
	uint64_t at;          /* next byte of the file to be read */
	uint64_t end;         /* of the range in the file */
	bool framed;
	struct sp_buffer window; /* [used, window.n) are the bytes read and not yet taken */
	size_t used;
	size_t block;           /* bytes read at a time */
	uint64_t taken;         /* bytes of the range taken, uncompressed */
	uint64_t start;         /* of the range */
	struct sp_buffer chunk; /* framed: one compressed chunk */
	bool begun;             /* framed: the stream identifier was seen */
};

/* Reads from `file` in blocks of `block` bytes. Free with sp_input_free(). */
void sp_input_init(struct sp_input *in, struct sp_file *file, size_t block);
void sp_input_free(struct sp_input *in);

/* Starts over with the bytes [start, end) of the file; `end` is not beyond the file's. */
void sp_input_range(struct sp_input *in, uint64_t start, uint64_t end, bool framed);

/* The window's bytes from the position on become at least n; SP_EDAMAGED if the range ends. */
int sp_input_fill(struct sp_input *in, size_t n, struct sp_error *err);

/* The same, but where the range ends before, they become all that it has. */
int sp_input_gather(struct sp_input *in, size_t n, struct sp_error *err);

static inline int sp_input_need(struct sp_input *in, size_t n, struct sp_error *err)
{
	return in->window.n - in->used >= n ? 0 : sp_input_fill(in, n, err);
}

/*
 * The bytes at the position; as many as were needed are there. Valid until the next need. NULL
 * before the first one.
 */
static inline uint8_t *sp_input_bytes(struct sp_input *in)
{
	return in->used == 0 ? in->window.p : in->window.p + in->used;
}

/* Moves on by n bytes that are there. */
static inline void sp_input_skip(struct sp_input *in, size_t n)
{
	in->used += n;
	in->taken += n;
}

/* 1: there are more bytes; 0: the range is used up. */
int sp_input_more(struct sp_input *in, struct sp_error *err);

/* Is a length of n bytes from the position possible? (Framed: not known, but bounded.) */
bool sp_input_can_hold(const struct sp_input *in, uint64_t n);

/* Fails with SP_EDAMAGED and "place: offset 0x…: <fmt>". */
int sp_input_fail(struct sp_error *err, const struct sp_input *in, const char *fmt, ...)
	sp_printf(3, 4);

#endif
