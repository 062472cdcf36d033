#include <inttypes.h>

#include "dump.h"

int sp_dump_coordinator(struct sp_dump *dump, const struct sp_operator *op, struct sp_error *err)
{
	const struct sp_slice no_name = { 0 };

	if (op->coordinator.code != SP_HANDLE_BYTES)
		return 0;
	sp_dump_begin(&dump->out, op, "COORDINATOR", no_name);
	sp_dump_bytes(&dump->out, op->coordinator.data);
	return sp_dump_end(&dump->out, err);
}

int sp_dump_master_states(struct sp_dump *dump, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = dump->source->snapshot;
	int r = 0;

	for (size_t i = 0; r == 0 && i < snapshot->n_master_states; i++) {
		sp_dump_begin(&dump->out, NULL, "MASTER", snapshot->master_states[i].name);
		sp_dump_bytes(&dump->out, snapshot->master_states[i].payload);
		r = sp_dump_end(&dump->out, err);
	}
	return r;
}

struct place {
	struct sp_dump *dump;
	const struct sp_operator *op;
	const struct sp_subtask *subtask;
};

/* What is in flight is named and counted, not decoded: its types are the job's. */
static int put_channels(const struct place *place, const struct sp_channel_handle *handle,
	bool input, struct sp_error *err)
{
	const char *const names[] = { input ? "gate" : "partition",
		input ? "channel" : "subpartition" };
	struct sp_dump_output *out = &place->dump->out;
	const struct sp_slice no_name = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < handle->n_channels; i++) {
		const struct sp_channel *channel = &handle->channels[i];

		sp_dump_begin(
			out, place->op, input ? "INPUT_CHANNEL" : "RESULT_SUBPARTITION", no_name);
		sp_dump_number(out, SP_DUMP_SUBTASK, place->subtask->index);
		sp_buffer_printf(&out->cells[SP_DUMP_VALUE],
			"{\"%s\": %" PRId32 ", \"%s\": %" PRId32
			", \"buffers\": %zu, \"bytes\": %" PRId64 "}",
			names[0], channel->a, names[1], channel->b, channel->n_offsets,
			channel->size);
		r = sp_dump_end(out, err);
	}
	return r;
}

int sp_dump_channels(struct sp_dump *dump, const struct sp_operator *op,
	const struct sp_subtask *subtask, struct sp_error *err)
{
	const struct place place = { dump, op, subtask };
	int r = 0;

	for (size_t i = 0; r == 0 && i < subtask->n_input_channels; i++)
		r = put_channels(&place, &subtask->input_channels[i], true, err);
	for (size_t i = 0; r == 0 && i < subtask->n_result_subpartitions; i++)
		r = put_channels(&place, &subtask->result_subpartitions[i], false, err);
	return r;
}
