/* Rows in one block of memory, sorted by their keys; part of filter-sort.c. */
#ifndef SP_SORT_BLOCK_H
#define SP_SORT_BLOCK_H

#include "buffer.h"

#define SP_SORT_HEAD_BYTES 8 /* in front of each row: the lengths of key and value */

struct sp_sort_row { /* borrowed */
	struct sp_slice key, value;
};

/* Where a row is, and the start of what is its own in its key. */
struct sp_sort_entry {
	uint64_t prefix; /* eight bytes behind those that all keys have in common, big endian */
	uint64_t at;
};

struct sp_sort_block {
	size_t limit;           /* bytes of all that is in here; set by who makes it */
	struct sp_buffer bytes; /* rows */
	struct sp_sort_entry *entries, *scratch;
	size_t n, capacity, n_scratch;
	size_t next;   /* entry to be given */
	size_t common; /* bytes that all keys begin with */
	bool ascending;
};

/* false: it has no room, but that a first row always has. */
bool sp_sort_block_put(struct sp_sort_block *block, struct sp_slice key, struct sp_slice value);

/* Brings the rows in order, the later one of equal keys last; they are given from the first on. */
void sp_sort_block_sort(struct sp_sort_block *block);

/* The next row, of equal keys the last. Borrowed until the block is changed. */
bool sp_sort_block_next(struct sp_sort_block *block, struct sp_sort_row *ret);

/* Empty again; room that only a large row needed is given back. */
void sp_sort_block_clear(struct sp_sort_block *block);

void sp_sort_block_free(struct sp_sort_block *block);

#endif
