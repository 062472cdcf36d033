/* The rows of several pieces in one order. */
#ifndef SP_SORT_MERGE_H
#define SP_SORT_MERGE_H

#include "format.h"
#include "sort-piece.h"

struct sp_sort_merge;

/*
 * The pieces come from the earliest to the latest, and what they borrow outlives the merge. More
 * than can be read at once in the budget's memory are first merged to fewer, in a scratch file.
 */
int sp_sort_merge_open(const struct sp_sort_piece *pieces, size_t n, const struct sp_budget *budget,
	struct sp_sort_merge **ret, struct sp_error *err);

/* The next row, of equal keys that of the latest piece; borrowed until the next call. */
int sp_sort_merge_next(struct sp_sort_merge *merge, struct sp_sort_row *ret, struct sp_error *err);

/* Takes NULL. */
void sp_sort_merge_free(struct sp_sort_merge *merge);
SP_DEFINE_CLEANUP(sp_sort_merge, sp_sort_merge_free)

#endif
