/*
 * How the key groups of a handle (codes 3, 7, 12) lie in its data.
 */
#ifndef SP_KEY_GROUP_RANGES_H
#define SP_KEY_GROUP_RANGES_H

#include "key-group.h"
#include "snapshot.h"
#include "store.h"

/* One key group of the data. */
struct sp_key_group_range {
	uint32_t key_group;
	uint64_t start, end; /* in the stream */
};

struct sp_key_group_ranges {
	struct sp_key_group_range *at; /* to be freed */
	size_t n;
};

/*
 * The key groups that are there, ascending by key group; a group ends where the next one in the
 * stream starts. `none` is the offset of those that are not there: 0 in keyed state, -1 in raw
 * keyed state. SP_EDAMAGED for offsets beyond the stream.
 */
int sp_key_group_ranges(const struct sp_keyed_handle *handle, const struct sp_file *data,
	int64_t none, struct sp_key_group_ranges *ret, struct sp_error *err);

/* Drops those that are not among `groups`. */
void sp_key_group_ranges_keep(struct sp_key_group_ranges *ranges, struct sp_key_groups groups);

#endif
