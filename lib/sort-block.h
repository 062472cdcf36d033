/* Rows in one block of memory, sorted by group and key. */
#ifndef SP_SORT_BLOCK_H
#define SP_SORT_BLOCK_H

#include "buffer.h"

struct sp_sort_row { /* borrowed */
	uint32_t group;
	struct sp_slice key, value;
};

struct sp_sort_entry {
	uint64_t word; /* eight bytes of the key, big endian: those by which it is being sorted */
	uint32_t group;
	uint32_t at; /* where the row is */
};

struct sp_sort_block {
	size_t limit;           /* bytes of all that is in here; set by who makes it */
	struct sp_buffer bytes; /* rows */
	struct sp_sort_entry *entries, *scratch;
	size_t n, capacity, n_scratch;
	size_t next;   /* entry to be given */
	size_t shared; /* bytes that all keys begin with */
	bool ascending;
};

/* false: it has no room, but that a first row always has. */
bool sp_sort_block_put(struct sp_sort_block *block, const struct sp_sort_row *row);

/* Brings the rows in order, the later one of equal ones last; they are given from the first on. */
void sp_sort_block_sort(struct sp_sort_block *block);

/* The next row, of equal ones the last. Borrowed until the block is changed. */
bool sp_sort_block_next(struct sp_sort_block *block, struct sp_sort_row *ret);

/* Empty again; room that only a large row needed is given back. */
void sp_sort_block_clear(struct sp_sort_block *block);

void sp_sort_block_free(struct sp_sort_block *block);

#endif
