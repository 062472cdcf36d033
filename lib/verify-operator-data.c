/*
 * The data of operator state and of channels:
 *
 *	i32 version (1 to 6), 6: bool compressed, i16 list states, …
 *OperatorBackendSerializationProxy i32 0 ChannelStateSerializerImpl
 */
#include <inttypes.h>

#include "snappy-frame.h"
#include "verify-internal.h"

#define OPERATOR_VERSION_MAX 6 /* Flink 1.18 to 2.2 */

struct place {
	struct sp_source *source;
	struct sp_findings *findings;
	const struct sp_operator *op;
	const struct sp_subtask *subtask;
	struct sp_error *err;
};

/* Offset of the first element, or the end of the data. */
static uint64_t first_element(const struct sp_operator_handle *handle, uint64_t size)
{
	uint64_t first = size;

	for (size_t i = 0; i < handle->n_states; i++)
		for (size_t j = 0; j < handle->states[i].n_offsets; j++)
			if (handle->states[i].offsets[j] >= 0 &&
				(uint64_t)handle->states[i].offsets[j] < first)
				first = (uint64_t)handle->states[i].offsets[j];
	return first;
}

static void report(const struct place *place, const struct sp_file *file, const char *what)
{
	sp_find(place->findings, SP_FIND_OPERATOR_HEADER, place->op, place->subtask, "%s: %s",
		file->place, what);
}

static int check_identifier(const struct place *place, struct sp_file *file, uint64_t end)
{
	uint8_t bytes[SP_SNAPPY_IDENTIFIER_BYTES];

	if (end < sizeof(bytes)) {
		report(place, file, "compressed, but too short");
		return 0;
	}
	if (sp_file_read(file, end - sizeof(bytes), bytes, sizeof(bytes), place->err) < 0)
		return place->err->code;
	if (memcmp(bytes, sp_snappy_identifier, sizeof(bytes)) != 0)
		report(place, file, "compressed, but without a stream identifier");
	return 0;
}

static int check_managed(const struct place *place, const struct sp_operator_handle *handle)
{
	sp_auto(sp_file) *file = NULL;
	uint8_t bytes[5];
	uint64_t end;
	uint32_t version;
	int r = sp_verify_open(place->source, &handle->data, &file, place->err);

	if (r <= 0)
		return r;
	end = first_element(handle, file->size);
	if (end < sizeof(bytes)) {
		report(place, file, "too short for a header");
		return 0;
	}
	if (sp_file_read(file, 0, bytes, sizeof(bytes), place->err) < 0)
		return place->err->code;
	version = sp_get_be32(bytes);
	if (version < 1 || version > OPERATOR_VERSION_MAX)
		report(place, file, "unknown version");
	else if (version == 6 && bytes[4] > 1)
		report(place, file, "compression flag is neither 0 nor 1");
	else if (version == 6 && bytes[4] == 1 && end < file->size)
		return check_identifier(place, file, end);
	return 0;
}

static int check_channel(const struct place *place, const struct sp_channel_handle *handle)
{
	sp_auto(sp_file) *file = NULL;
	uint8_t bytes[4];
	int r = sp_verify_open(place->source, &handle->data, &file, place->err);

	if (r <= 0)
		return r;
	if (file->size >= sizeof(bytes) &&
		sp_file_read(file, 0, bytes, sizeof(bytes), place->err) < 0)
		return place->err->code;
	if (file->size < sizeof(bytes) || sp_get_be32(bytes) != 0)
		sp_find(place->findings, SP_FIND_CHANNEL_HEADER, place->op, place->subtask,
			"%s: unknown format", file->place);
	return 0;
}

static int check_subtask(const struct place *place)
{
	const struct sp_subtask *subtask = place->subtask;
	int r = 0;

	for (size_t i = 0; r == 0 && i < subtask->n_managed_operator; i++)
		if (subtask->managed_operator[i].code != SP_OPERATOR_NONE)
			r = check_managed(place, &subtask->managed_operator[i]);
	for (size_t i = 0; r == 0 && i < subtask->n_input_channels; i++)
		r = check_channel(place, &subtask->input_channels[i]);
	for (size_t i = 0; r == 0 && i < subtask->n_result_subpartitions; i++)
		r = check_channel(place, &subtask->result_subpartitions[i]);
	return r;
}

int sp_verify_operator_data(struct sp_source *source, struct sp_findings *findings,
	const struct sp_operator *op, struct sp_error *err)
{
	for (size_t i = 0; i < op->n_subtasks; i++) {
		const struct place place = { source, findings, op, &op->subtasks[i], err };
		int r = check_subtask(&place);

		if (r < 0)
			return r;
	}
	return 0;
}
