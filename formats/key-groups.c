#include "key-groups.h"

#include <inttypes.h>
#include <stdlib.h>

#include "input.h"
#include "snappy-frame.h"

#define BLOCK_BYTES 4096
#define COMPRESSED_SINCE 4 /* header version that has the flag */

static int by_start(const void *a, const void *b)
{
	const struct sp_key_group_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static int by_key_group(const void *a, const void *b)
{
	const struct sp_key_group_range *x = a, *y = b;

	return (x->key_group > y->key_group) - (x->key_group < y->key_group);
}

int sp_key_groups_ranges(const struct sp_keyed_handle *handle, const struct sp_file *data,
	struct sp_key_group_range **ret, size_t *n, struct sp_error *err)
{
	struct sp_key_group_range *ranges = calloc((size_t)handle->count + 1, sizeof(*ranges));
	size_t m = 0;

	if (ranges == NULL)
		sp_abort("out of memory");
	for (int32_t i = 0; i < handle->count; i++) {
		int64_t offset = handle->offsets[i];

		if (offset == 0)
			continue;
		if (offset < 0 || (uint64_t)offset >= data->size) {
			free(ranges);
			return sp_fail(err, SP_EDAMAGED,
				"%s: key group %" PRId32 ": offset 0x%" PRIx64
				" is beyond the end at 0x%" PRIx64,
				data->place, handle->start + i, (uint64_t)offset, data->size);
		}
		ranges[m++] =
			(struct sp_key_group_range){ .key_group = (uint32_t)(handle->start + i),
				.start = (uint64_t)offset };
	}
	qsort(ranges, m, sizeof(*ranges), by_start);
	for (size_t i = 0; i < m; i++) {
		ranges[i].end = i + 1 < m ? ranges[i + 1].start : data->size;
		if (ranges[i].end == ranges[i].start) {
			sp_fail(err, SP_EDAMAGED,
				"%s: key groups %" PRIu32 " and %" PRIu32
				" have the same offset 0x%" PRIx64,
				data->place, ranges[i].key_group, ranges[i + 1].key_group,
				ranges[i].start);
			free(ranges);
			return err->code;
		}
	}
	qsort(ranges, m, sizeof(*ranges), by_key_group);
	*ret = ranges;
	*n = m;
	return 0;
}

/* Passes over n bytes, which are there, without holding them all. */
static int pass_over(struct sp_input *in, uint32_t n, struct sp_error *err)
{
	while (n > 0) {
		uint32_t part = n < BLOCK_BYTES ? n : BLOCK_BYTES;

		if (sp_input_need(in, part, err) < 0)
			return err->code;
		sp_input_skip(in, part);
		n -= part;
	}
	return 0;
}

/* Does the input hold key groups' canonical framing to its exact end? 1, 0, < 0. */
static int is_framed(struct sp_input *in, struct sp_error *err)
{
	for (;;) {
		bool last = false;

		if (!sp_input_can_hold(in, 2) || sp_input_need(in, 2, err) < 0)
			return 0;
		if (sp_get_be16(sp_input_bytes(in)) == 0xffff) {
			sp_input_skip(in, 2);
			return !sp_input_can_hold(in, 1);
		}
		sp_input_skip(in, 2);
		while (!last) {
			for (int part = 0; part < 2; part++) {
				uint32_t n;

				if (!sp_input_can_hold(in, 4) || sp_input_need(in, 4, err) < 0)
					return 0;
				n = sp_get_be32(sp_input_bytes(in));
				sp_input_skip(in, 4);
				if ((part == 0 && n == 0) || n > INT32_MAX ||
					!sp_input_can_hold(in, n))
					return 0;
				if (part == 0 && sp_input_need(in, 1, err) < 0)
					return 0;
				if (part == 0)
					last = (sp_input_bytes(in)[0] & 0x80) != 0;
				if (pass_over(in, n, err) < 0)
					return 0;
			}
		}
	}
}

/* Compressed key groups: canonical ones start with a snappy stream, heap ones with their number. */
static int compressed_layout(struct sp_file *data, const struct sp_key_group_range *first,
	enum sp_layout *ret, struct sp_error *err)
{
	uint8_t start[SP_SNAPPY_IDENTIFIER_BYTES];

	if (first->end - first->start < sizeof(start)) {
		*ret = SP_LAYOUT_HEAP;
		return 0;
	}
	if (sp_file_read(data, first->start, start, sizeof(start), err) < 0)
		return err->code;
	*ret = memcmp(start, sp_snappy_identifier, sizeof(start)) == 0 ? SP_LAYOUT_CANONICAL
								       : SP_LAYOUT_HEAP;
	return 0;
}

/* Heap key groups start with their own number. If all do, only the canonical framing decides. */
static int plain_layout(struct sp_file *data, const struct sp_key_group_range *ranges, size_t n,
	enum sp_layout *ret, struct sp_error *err)
{
	struct sp_input in;
	int r = 1;

	*ret = SP_LAYOUT_CANONICAL;
	for (size_t i = 0; i < n; i++) {
		uint8_t start[4];

		if (ranges[i].end - ranges[i].start < sizeof(start))
			return 0;
		if (sp_file_read(data, ranges[i].start, start, sizeof(start), err) < 0)
			return err->code;
		if (sp_get_be32(start) != ranges[i].key_group)
			return 0;
	}
	sp_input_init(&in, data, BLOCK_BYTES);
	for (size_t i = 0; i < n && r > 0; i++) {
		sp_input_range(&in, ranges[i].start, ranges[i].end, false);
		r = is_framed(&in, err);
	}
	sp_input_free(&in);
	if (r == 0)
		*ret = SP_LAYOUT_HEAP;
	return r < 0 ? r : 0;
}

static int look_into(const struct sp_keyed_handle *handle, struct sp_file *data,
	enum sp_layout *ret, struct sp_error *err)
{
	struct sp_key_group_range *ranges;
	uint8_t head[5];
	size_t n;
	int r;

	if (sp_file_read(data, 0, head, sizeof(head), err) < 0 ||
		sp_key_groups_ranges(handle, data, &ranges, &n, err) < 0)
		return err->code;
	if (n == 0)
		r = 0;
	else if (sp_get_be32(head) >= COMPRESSED_SINCE && head[4] != 0)
		r = compressed_layout(data, &ranges[0], ret, err);
	else
		r = plain_layout(data, ranges, n, ret, err);
	free(ranges);
	return r;
}

int sp_key_groups_layout(
	const struct sp_keyed_place *place, enum sp_layout *ret, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = place->handle;
	sp_auto(sp_file) *data = NULL;

	*ret = SP_LAYOUT_CANONICAL;
	if (handle->code == SP_KEYED_SAVEPOINT)
		return 0;
	if (handle->code != SP_KEYED_KEY_GROUPS && handle->code != SP_KEYED_KEY_GROUPS_V2) {
		*ret = SP_LAYOUT_NONE;
		return 0;
	}
	for (int32_t i = 0; i < handle->count; i++)
		if (handle->offsets[i] == 0) /* heap data has every key group */
			return 0;
	if (sp_source_open_handle(place->source, &handle->data, &data, err) < 0)
		return err->code;
	return look_into(handle, data, ret, err);
}
