/*
 * Handles of key groups (codes 3, 7, 12): which of the two layouts their data has, and how the
 * key groups lie in it.
 */
#ifndef SP_KEY_GROUPS_H
#define SP_KEY_GROUPS_H

#include "format.h"

enum sp_layout {
	SP_LAYOUT_NONE, /* not a handle of key groups */
	SP_LAYOUT_CANONICAL,
	SP_LAYOUT_HEAP,
};

/*
 * The layout behind a handle (keyed-state: code 7 is canonical, 3 and 12 may be either and are
 * looked into). < 0 on errors.
 */
int sp_key_groups_layout(
	const struct sp_keyed_place *place, enum sp_layout *ret, struct sp_error *err);

/* One key group of the data. */
struct sp_key_group_range {
	uint32_t key_group;
	uint64_t start, end; /* in the stream */
};

/*
 * The key groups that are there, ascending by key group; a group ends where the next one in the
 * stream starts. SP_EDAMAGED for offsets beyond the stream or shared by two groups. To be freed.
 */
int sp_key_groups_ranges(const struct sp_keyed_handle *handle, const struct sp_file *data,
	struct sp_key_group_range **ret, size_t *n, struct sp_error *err);

#endif
