/* Sorted pieces in scratch files, merged; part of filter-sort.c. */
#ifndef SP_SORT_MERGE_H
#define SP_SORT_MERGE_H

#include "format.h"
#include "sort-block.h"

struct sp_sort_merge;

/* The budget's strings are borrowed. */
struct sp_sort_merge *sp_sort_merge_new(const struct sp_budget *budget);

/* A new piece; its rows come strictly ascending. */
int sp_sort_merge_begin(struct sp_sort_merge *merge, struct sp_error *err);
int sp_sort_merge_put(
	struct sp_sort_merge *merge, const struct sp_sort_row *row, struct sp_error *err);
int sp_sort_merge_end(struct sp_sort_merge *merge, struct sp_error *err);

/* All pieces are there: begins to merge them. */
int sp_sort_merge_start(struct sp_sort_merge *merge, struct sp_error *err);

/*
 * The next row, of equal keys that of the latest piece; borrowed until the next call. 1: a row;
 * 0: the end, after which the first piece of another run may begin.
 */
int sp_sort_merge_next(struct sp_sort_merge *merge, struct sp_sort_row *ret, struct sp_error *err);

/* Takes NULL. */
void sp_sort_merge_free(struct sp_sort_merge *merge);

#endif
