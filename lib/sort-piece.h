/*
 * Pieces: rows in order, one behind the other in a scratch file, or held in memory.
 *
 *	row     u32 bytes of the key, u32 bytes of the value, u32 group, key, value
 */
#ifndef SP_SORT_PIECE_H
#define SP_SORT_PIECE_H

#include "scratch-file.h"
#include "sort-block.h"

#define SP_SORT_HEAD_BYTES ((size_t)8) /* the lengths */
#define SP_SORT_GROUP_BYTES ((size_t)4)

struct sp_sort_piece {
	struct sp_scratch_file *file; /* borrowed; NULL: it is held */
	uint64_t start, end;          /* in the file */
	struct sp_slice held;         /* borrowed */
	size_t largest_key;           /* with the group */
};

/* Writes pieces, one at a time; zero but for `memory`. */
struct sp_sort_writer {
	size_t memory;          /* bytes kept before they are written */
	struct sp_buffer bytes; /* not yet written */
	uint64_t at;            /* in the file, of what is written next */
	struct sp_sort_piece piece;
};

/* Bytes of a piece of what is in the block, at most. */
static inline uint64_t sp_sort_block_size(const struct sp_sort_block *block)
{
	return block->bytes.n + block->n * SP_SORT_GROUP_BYTES;
}

/* A piece in the file, of at most `size` bytes; without a file: held, in writer->bytes. */
int sp_sort_writer_begin(struct sp_sort_writer *writer, struct sp_scratch_file *file, uint64_t size,
	struct sp_error *err);

/* Rows come strictly ascending. */
int sp_sort_writer_put(
	struct sp_sort_writer *writer, const struct sp_sort_row *row, struct sp_error *err);

/* Bytes of the rows put so far. */
static inline uint64_t sp_sort_writer_size(const struct sp_sort_writer *writer)
{
	return writer->at - writer->piece.start + writer->bytes.n;
}

int sp_sort_writer_end(
	struct sp_sort_writer *writer, struct sp_sort_piece *ret, struct sp_error *err);

void sp_sort_writer_free(struct sp_sort_writer *writer);

#endif
