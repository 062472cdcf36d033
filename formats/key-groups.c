#include "key-groups.h"

#include <inttypes.h>
#include <stdlib.h>

#include "snappy-frame.h"

#define BLOCK_BYTES 4096
#define BLOCK_MIN ((size_t)64 * 1024)
#define BLOCK_MAX ((size_t)1024 * 1024)
#define COMPRESSED_SINCE 4 /* header version that has the flag */

static int find_ranges(const struct sp_keyed_handle *handle, const struct sp_file *data,
	struct sp_key_group_ranges *ret, struct sp_error *err)
{
	if (sp_key_group_ranges(handle, data, 0, ret, err) < 0)
		return err->code;
	for (size_t i = 0; i < ret->n; i++)
		if (ret->at[i].start == ret->at[i].end)
			return sp_fail(err, SP_EDAMAGED,
				"%s: offset 0x%" PRIx64 ": key group %" PRIu32 " has no bytes",
				data->place, ret->at[i].start, ret->at[i].key_group);
	return 0;
}

/* --- which layout it is ---------------------------------------------------------------------- */

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
static int plain_layout(struct sp_file *data, const struct sp_key_group_ranges *ranges,
	enum sp_layout *ret, struct sp_error *err)
{
	struct sp_input in;
	int r = 1;

	*ret = SP_LAYOUT_CANONICAL;
	for (size_t i = 0; i < ranges->n; i++) {
		uint8_t start[4];

		if (ranges->at[i].end - ranges->at[i].start < sizeof(start))
			return 0;
		if (sp_file_read(data, ranges->at[i].start, start, sizeof(start), err) < 0)
			return err->code;
		if (sp_get_be32(start) != ranges->at[i].key_group)
			return 0;
	}
	sp_input_init(&in, data, BLOCK_BYTES);
	for (size_t i = 0; i < ranges->n && r > 0; i++) {
		sp_input_range(&in, ranges->at[i].start, ranges->at[i].end, false);
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
	struct sp_key_group_ranges ranges = { 0 };
	uint8_t head[5];
	int r;

	if (sp_file_read(data, 0, head, sizeof(head), err) < 0)
		return err->code;
	r = find_ranges(handle, data, &ranges, err);
	if (r == 0 && ranges.n > 0)
		r = sp_get_be32(head) >= COMPRESSED_SINCE && head[4] != 0
			    ? compressed_layout(data, &ranges.at[0], ret, err)
			    : plain_layout(data, &ranges, ret, err);
	free(ranges.at);
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

/* --- opening --------------------------------------------------------------------------------- */

static size_t block_of(const struct sp_budget *budget)
{
	size_t block = budget->memory / 4;

	return block < BLOCK_MIN ? BLOCK_MIN : block > BLOCK_MAX ? BLOCK_MAX : block;
}

int sp_key_group_data_open(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_key_group_data *ret, struct sp_error *err)
{
	*ret = (struct sp_key_group_data){ .arena = sp_arena_new(),
		.handle = &place->handle->data };
	if (sp_check_key_groups(place, err) < 0 ||
		sp_source_read_keyed_header(
			place->source, place->handle, ret->arena, &ret->header, err) < 0 ||
		sp_source_open_handle(place->source, &place->handle->data, &ret->file, err) < 0 ||
		find_ranges(place->handle, ret->file, &ret->groups, err) < 0)
		return err->code;
	sp_key_group_ranges_keep(&ret->groups, sp_place_groups(place));
	sp_input_init(&ret->in, ret->file, block_of(budget));
	return 0;
}

void sp_key_group_data_close(struct sp_key_group_data *data)
{
	sp_input_free(&data->in);
	free(data->groups.at);
	sp_file_free(data->file);
	sp_arena_free(data->arena);
}

struct sp_row_spot sp_key_group_data_spot(const struct sp_key_group_data *data, uint64_t taken)
{
	const struct sp_input *in = &data->in;
	struct sp_row_spot spot = { data->file->place, in->start + (in->framed ? 0 : taken) };

	if (data->handle->code == SP_HANDLE_BYTES)
		spot.offset = data->handle->at;
	else if (data->handle->code == SP_HANDLE_SEGMENT)
		spot.offset += (uint64_t)data->handle->start;
	return spot;
}
