#include "key-group-ranges.h"

#include <inttypes.h>
#include <stdlib.h>

static int by_key_group(const void *a, const void *b)
{
	const struct sp_key_group_range *x = a, *y = b;

	return (x->key_group > y->key_group) - (x->key_group < y->key_group);
}

/* Of several at one place the last has the bytes. */
static int by_start(const void *a, const void *b)
{
	const struct sp_key_group_range *x = a, *y = b;

	return x->start != y->start ? (x->start > y->start) - (x->start < y->start)
				    : by_key_group(a, b);
}

int sp_key_group_ranges(const struct sp_keyed_handle *handle, const struct sp_file *data,
	int64_t none, struct sp_key_group_ranges *ret, struct sp_error *err)
{
	struct sp_key_group_range *ranges = calloc((size_t)handle->count + 1, sizeof(*ranges));
	size_t n = 0;

	if (ranges == NULL)
		sp_abort("out of memory");
	for (int32_t i = 0; i < handle->count; i++) {
		int64_t offset = handle->offsets[i];

		if (offset == none)
			continue;
		if (offset < 0 || (uint64_t)offset > data->size) {
			free(ranges);
			return sp_fail(err, SP_EDAMAGED,
				"%s: key group %" PRId32 ": offset 0x%" PRIx64
				" is beyond the end at 0x%" PRIx64,
				data->place, handle->start + i, (uint64_t)offset, data->size);
		}
		ranges[n++] =
			(struct sp_key_group_range){ .key_group = (uint32_t)(handle->start + i),
				.start = (uint64_t)offset };
	}
	qsort(ranges, n, sizeof(*ranges), by_start);
	for (size_t i = 0; i < n; i++)
		ranges[i].end = i + 1 < n ? ranges[i + 1].start : data->size;
	qsort(ranges, n, sizeof(*ranges), by_key_group);
	*ret = (struct sp_key_group_ranges){ .at = ranges, .n = n };
	return 0;
}

void sp_key_group_ranges_keep(struct sp_key_group_ranges *ranges, struct sp_key_groups groups)
{
	size_t n = 0;

	for (size_t i = 0; i < ranges->n; i++)
		if (sp_key_groups_have(groups, ranges->at[i].key_group))
			ranges->at[n++] = ranges->at[i];
	ranges->n = n;
}
