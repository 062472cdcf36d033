/* The N largest of something, exactly; of equal ones those that come first by their place. */
#ifndef SP_TALLY_TOP_H
#define SP_TALLY_TOP_H

#include "buffer.h"

/* What an entry is of. */
struct sp_top_place {
	size_t op;             /* number of the operator in the snapshot */
	const char *kind;      /* of the state; lives forever */
	struct sp_slice state; /* its name, modified UTF-8; lives longer than the entry */
	uint32_t key_group;
	struct sp_slice key; /* composite */
};

struct sp_top_entry {
	struct sp_top_place place;
	uint64_t bytes, rows;
	struct sp_buffer key;  /* what place.key points at */
	struct sp_buffer json; /* the key, readable */
};

/* With `max` and else zeroed it holds nothing. */
struct sp_top {
	struct sp_top_entry *list; /* the largest first */
	size_t n, max;
};

/* Would an entry of this size be taken, if its place comes first? */
static inline bool sp_top_may_take(const struct sp_top *top, uint64_t bytes)
{
	return top->n < top->max || (top->max > 0 && bytes >= top->list[top->n - 1].bytes);
}

/* Would this one be taken? */
bool sp_top_takes(
	const struct sp_top *top, const struct sp_top_place *place, uint64_t bytes, uint64_t rows);

/*
 * Takes the entry, copying its key, or does not. NULL, or the new entry, whose json is to be put
 * in before the next call.
 */
struct sp_top_entry *sp_top_take(
	struct sp_top *top, const struct sp_top_place *place, uint64_t bytes, uint64_t rows);
void sp_top_free(struct sp_top *top);

#endif
