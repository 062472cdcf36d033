/*
 * Stream, operator and channel handles.
 *
 * Stream handle: u8 code, then
 *	0  none
 *	1  bytes           utf name; blob data
 *	2  file            i64 size; utf path
 *	3  key groups      i32 start; i32 n; i64 offset * n; stream handle
 *	6  relative file   utf path; i64 size
 *	15 segment         i64 start; i64 size; i32 scope; utf path; utf logical file id
 *	16 empty segment
 *
 * Operator handle: u8 code, then
 *	4, 17  list(utf name; i8 mode; list(i64) offsets)
 *	17     utf task-owned directory; utf shared directory; bool empty
 *	4, 17  stream handle
 *
 * Channel handle: from version 6 a u8 code (1, 3 input; 2, 4 result), then
 *	plain          i32 subtask (not in 1.11); i32 a; i32 b; list(i64) offsets; i64 size;
 *	               stream handle
 *	merged (3, 4)  i32 subtask; i64 size; stream handle;
 *	               blob: list(i32 a; i32 b; i64 size; list(i64) offsets)
 *
 * MetadataV2V3SerializerBase, MetadataV{3..6}Serializer, ChannelStateHandleSerializerV{1,2};
 * Flink 1.2 to 2.2.
 */
#include "metadata-internal.h"

#include <inttypes.h>

static bool is_blank(struct sp_slice path) /* Path trims before it looks */
{
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] > ' ')
			return false;
	return true;
}

static int take_path(struct sp_metadata_reader *r, struct sp_slice *ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	if (sp_take_utf(&r->in, ret, err) < 0)
		return err->code;
	if (is_blank(*ret))
		return sp_fail_at(err, &start, "empty path");
	return 0;
}

static int take_size(struct sp_metadata_reader *r, int64_t *ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	if (sp_take_i64(&r->in, ret, err) < 0)
		return err->code;
	if (*ret < -1)
		return sp_fail_at(err, &start, "size %" PRId64 " of a file", *ret);
	return 0;
}

static int take_bytes_handle(
	struct sp_metadata_reader *r, struct sp_handle *ret, struct sp_error *err)
{
	if (sp_take_utf(&r->in, &ret->name, err) < 0 || sp_take_blob(&r->in, &ret->data, err) < 0)
		return err->code;
	ret->size = (int64_t)ret->data.n;
	return 0;
}

static int take_segment(struct sp_metadata_reader *r, struct sp_handle *ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	if (sp_take_i64(&r->in, &ret->start, err) < 0 || take_size(r, &ret->size, err) < 0 ||
		sp_take_i32(&r->in, &ret->scope, err) < 0)
		return err->code;
	if (ret->start < 0)
		return sp_fail_at(err, &start, "segment starts at %" PRId64, ret->start);
	if (ret->scope < 0 || ret->scope > 1)
		return sp_fail_at(err, &start, "segment has scope %" PRId32, ret->scope);
	if (take_path(r, &ret->name, err) < 0)
		return err->code;
	return sp_take_utf(&r->in, &ret->logical_file_id, err);
}

static int take_key_groups_stream(
	struct sp_metadata_reader *r, struct sp_handle *ret, struct sp_error *err)
{
	struct sp_keyed_handle *inner;

	if (sp_metadata_charge(r, sizeof(*inner), err) < 0)
		return err->code;
	inner = sp_arena_new_array(r->arena, struct sp_keyed_handle, 1);
	inner->code = SP_KEYED_KEY_GROUPS;
	inner->at = ret->at;
	ret->key_groups = inner;
	return sp_take_key_groups(r, inner, err);
}

static int take_handle_body(
	struct sp_metadata_reader *r, struct sp_handle *ret, struct sp_error *err)
{
	switch (ret->code) {
	case SP_HANDLE_NONE:
	case SP_HANDLE_EMPTY_SEGMENT: return 0;
	case SP_HANDLE_BYTES: return take_bytes_handle(r, ret, err);
	case SP_HANDLE_FILE:
		if (take_size(r, &ret->size, err) < 0)
			return err->code;
		return take_path(r, &ret->name, err);
	case SP_HANDLE_KEY_GROUPS: return take_key_groups_stream(r, ret, err);
	case SP_HANDLE_RELATIVE:
		if (take_path(r, &ret->name, err) < 0)
			return err->code;
		return take_size(r, &ret->size, err);
	case SP_HANDLE_SEGMENT: return take_segment(r, ret, err);
	}
	return sp_metadata_unknown(r, "stream state handle", ret->code, err);
}

int sp_take_handle(struct sp_metadata_reader *r, struct sp_handle *ret, struct sp_error *err)
{
	uint8_t code;
	int status;

	ret->at = sp_offset(&r->in);
	if (sp_take_u8(&r->in, &code, err) < 0)
		return err->code;
	if (r->depth >= SP_METADATA_DEPTH)
		return sp_fail_at(err, &r->in, "state handles are nested too deeply");
	ret->code = code;
	r->depth++;
	status = take_handle_body(r, ret, err);
	r->depth--;
	return status;
}

int sp_take_present_handle(
	struct sp_metadata_reader *r, struct sp_handle *ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	if (sp_take_handle(r, ret, err) < 0)
		return err->code;
	if (ret->code == SP_HANDLE_NONE)
		return sp_fail_at(err, &start, "a state handle without data");
	return 0;
}

int sp_take_offsets(
	struct sp_metadata_reader *r, int64_t **ret, size_t *ret_n, struct sp_error *err)
{
	static const struct sp_elements elements = { "offsets", 8, sizeof(int64_t) };
	int64_t *offsets = sp_metadata_array(r, &elements, ret_n, err);

	if (offsets == NULL)
		return err->code;
	for (size_t i = 0; i < *ret_n; i++)
		if (sp_take_i64(&r->in, &offsets[i], err) < 0)
			return err->code;
	*ret = offsets;
	return 0;
}

static int take_operator_state(
	struct sp_metadata_reader *r, struct sp_operator_state *ret, struct sp_error *err)
{
	struct sp_cursor start;
	uint8_t mode;

	if (sp_take_utf(&r->in, &ret->name, err) < 0)
		return err->code;
	start = r->in;
	if (sp_take_u8(&r->in, &mode, err) < 0)
		return err->code;
	if (mode > SP_MODE_BROADCAST)
		return sp_fail_at(err, &start, "distribution mode %u of an operator state", mode);
	ret->mode = mode;
	return sp_take_offsets(r, &ret->offsets, &ret->n_offsets, err);
}

static int take_operator_states(
	struct sp_metadata_reader *r, struct sp_operator_handle *ret, struct sp_error *err)
{
	static const struct sp_elements elements = { "operator states", 2 + 1 + 4,
		sizeof(struct sp_operator_state) };

	ret->states = sp_metadata_array(r, &elements, &ret->n_states, err);
	if (ret->states == NULL)
		return err->code;
	for (size_t i = 0; i < ret->n_states; i++)
		if (take_operator_state(r, &ret->states[i], err) < 0)
			return err->code;
	return 0;
}

static int take_merged_operator(
	struct sp_metadata_reader *r, struct sp_operator_handle *ret, struct sp_error *err)
{
	struct sp_cursor start;

	if (sp_take_utf(&r->in, &ret->task_owned_directory, err) < 0 ||
		sp_take_utf(&r->in, &ret->shared_directory, err) < 0 ||
		sp_take_bool(&r->in, &ret->empty, err) < 0)
		return err->code;
	start = r->in;
	if (sp_take_handle(r, &ret->data, err) < 0)
		return err->code;
	if (ret->data.code != SP_HANDLE_SEGMENT && ret->data.code != SP_HANDLE_EMPTY_SEGMENT)
		return sp_fail_at(err, &start,
			"data of merged operator state is of type %d, not a segment",
			(int)ret->data.code);
	return 0;
}

int sp_take_operator_handle(
	struct sp_metadata_reader *r, struct sp_operator_handle *ret, struct sp_error *err)
{
	uint8_t code;

	ret->at = sp_offset(&r->in);
	if (sp_take_u8(&r->in, &code, err) < 0)
		return err->code;
	if (code == SP_OPERATOR_NONE)
		return 0;
	if (code != SP_OPERATOR_STREAM && code != SP_OPERATOR_MERGED)
		return sp_metadata_unknown(r, "operator state handle", code, err);
	ret->code = code;
	if (take_operator_states(r, ret, err) < 0)
		return err->code;
	if (code == SP_OPERATOR_MERGED)
		return take_merged_operator(r, ret, err);
	return sp_take_present_handle(r, &ret->data, err);
}

static int take_plain_channel(
	struct sp_metadata_reader *r, struct sp_channel_handle *ret, struct sp_error *err)
{
	struct sp_channel *channel;

	if (r->dialect == SP_DIALECT_CHANNELS_1_11)
		ret->subtask_index = r->subtask;
	else if (sp_take_i32(&r->in, &ret->subtask_index, err) < 0)
		return err->code;
	if (sp_metadata_charge(r, sizeof(*channel), err) < 0)
		return err->code;
	channel = sp_arena_new_array(r->arena, struct sp_channel, 1);
	if (sp_take_i32(&r->in, &channel->a, err) < 0 ||
		sp_take_i32(&r->in, &channel->b, err) < 0 ||
		sp_take_offsets(r, &channel->offsets, &channel->n_offsets, err) < 0 ||
		sp_take_i64(&r->in, &channel->size, err) < 0)
		return err->code;
	ret->size = channel->size;
	ret->channels = channel;
	ret->n_channels = 1;
	return sp_take_present_handle(r, &ret->data, err);
}

static int take_merged_parts(
	struct sp_metadata_reader *r, struct sp_channel_handle *ret, struct sp_error *err)
{
	static const struct sp_elements elements = { "channels", 4 + 4 + 8 + 4,
		sizeof(struct sp_channel) };

	ret->channels = sp_metadata_array(r, &elements, &ret->n_channels, err);
	if (ret->channels == NULL)
		return err->code;
	for (size_t i = 0; i < ret->n_channels; i++) {
		struct sp_channel *channel = &ret->channels[i];

		if (sp_take_i32(&r->in, &channel->a, err) < 0 ||
			sp_take_i32(&r->in, &channel->b, err) < 0 ||
			sp_take_i64(&r->in, &channel->size, err) < 0 ||
			sp_take_offsets(r, &channel->offsets, &channel->n_offsets, err) < 0)
			return err->code;
	}
	if (sp_left(&r->in) != 0)
		return sp_fail_at(
			err, &r->in, "%zu bytes behind the last merged channel", sp_left(&r->in));
	return 0;
}

static int take_merged_channels(
	struct sp_metadata_reader *r, struct sp_channel_handle *ret, struct sp_error *err)
{
	const uint8_t *end = r->in.end;
	struct sp_slice blob;
	int status;

	ret->merged = true;
	if (sp_take_i32(&r->in, &ret->subtask_index, err) < 0 ||
		sp_take_i64(&r->in, &ret->size, err) < 0 ||
		sp_take_present_handle(r, &ret->data, err) < 0 ||
		sp_take_blob(&r->in, &blob, err) < 0)
		return err->code;
	r->in.at = blob.p;
	r->in.end = blob.p + blob.n;
	status = take_merged_parts(r, ret, err);
	r->in.end = end;
	return status;
}

int sp_take_channel_handle(struct sp_metadata_reader *r, bool input, struct sp_channel_handle *ret,
	struct sp_error *err)
{
	uint8_t plain = input ? 1 : 2;
	uint8_t merged = input ? 3 : 4;
	uint8_t code;

	r->saw_channels = true;
	ret->at = sp_offset(&r->in);
	if (r->version < 6)
		return take_plain_channel(r, ret, err);
	if (sp_take_u8(&r->in, &code, err) < 0)
		return err->code;
	if (code == plain)
		return take_plain_channel(r, ret, err);
	if (code == merged)
		return take_merged_channels(r, ret, err);
	return sp_metadata_unknown(r, "channel state handle", code, err);
}
