/*
 * What the metadata itself tells: numbers that do not fit together, and everything that Flink
 * accepts silently although state is lost by it.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "verify-internal.h"

static void check_whole(struct sp_findings *findings, const struct sp_snapshot *snapshot)
{
	if (snapshot->trailing_bytes > 0)
		sp_find(findings, SP_FIND_TRAILING_BYTES, NULL, NULL, "%" PRIu64 " bytes",
			snapshot->trailing_bytes);
	if (snapshot->dialect == SP_DIALECT_CHANNELS_1_11)
		sp_find(findings, SP_FIND_DIALECT_1_11, NULL, NULL,
			"channel state without subtask indexes");
	if (snapshot->dialect == SP_DIALECT_CHANGELOG_1_14)
		sp_find(findings, SP_FIND_DIALECT_1_14, NULL, NULL,
			"changelog handles without sizes and ids");
	if (snapshot->version == 1)
		sp_find(findings, SP_FIND_VERSION_1, NULL, NULL, "metadata version 1");
}

/* --- operators ---------------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b)
{
	const struct sp_operator *const *x = a, *const *y = b;
	const int r = memcmp((*x)->id, (*y)->id, SP_OPERATOR_ID_BYTES);

	return r != 0 ? r : (*x < *y ? -1 : *x > *y);
}

static void check_duplicate_operators(
	struct sp_findings *findings, const struct sp_snapshot *snapshot)
{
	const size_t n = snapshot->n_operators;
	const struct sp_operator **sorted =
		sp_arena_new_array(findings->arena, const struct sp_operator *, n);

	for (size_t i = 0; i < n; i++)
		sorted[i] = &snapshot->operators[i];
	qsort(sorted, n, sizeof(*sorted), compare_ids);
	for (size_t i = 1; i < n; i++)
		if (memcmp(sorted[i]->id, sorted[i - 1]->id, SP_OPERATOR_ID_BYTES) == 0)
			sp_find(findings, SP_FIND_DUPLICATE_OPERATOR, sorted[i], NULL,
				"offset 0x%" PRIx64 ": listed already at offset 0x%" PRIx64,
				sorted[i]->at, sorted[i - 1]->at);
}

static void check_parallelism(struct sp_findings *findings, const struct sp_operator *op)
{
	if (op->parallelism < 1)
		sp_find(findings, SP_FIND_PARALLELISM, op, NULL, "parallelism %" PRId32,
			op->parallelism);
	else if (op->parallelism > op->max_parallelism)
		sp_find(findings, SP_FIND_PARALLELISM, op, NULL,
			"parallelism %" PRId32 " is above the max parallelism %" PRId32,
			op->parallelism, op->max_parallelism);
	if (op->max_parallelism < 1 || op->max_parallelism > SP_MAX_PARALLELISM)
		sp_find(findings, SP_FIND_MAX_PARALLELISM, op, NULL, "max parallelism %" PRId32,
			op->max_parallelism);
}

static void check_uid(struct sp_findings *findings, const struct sp_operator *op)
{
	sp_auto_buffer uid = { 0 };
	uint8_t id[SP_OPERATOR_ID_BYTES];

	if (op->uid.n == 0)
		return;
	sp_mutf8_to_utf8(op->uid, &uid);
	if (memchr(uid.p, 0, uid.n) != NULL)
		return;
	sp_buffer_u8(&uid, 0);
	sp_operator_id_of_uid((const char *)uid.p, id);
	if (memcmp(id, op->id, sizeof(id)) != 0) {
		char text[33];

		sp_operator_id_text(id, text);
		sp_find(findings, SP_FIND_UID, op, NULL, "the uid hashes to %s", text);
	}
}

/* --- subtasks ----------------------------------------------------------------------------- */

static int compare_indexes(const void *a, const void *b)
{
	const struct sp_subtask *const *x = a, *const *y = b;

	if ((*x)->index != (*y)->index)
		return (*x)->index < (*y)->index ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static void check_duplicate_subtasks(struct sp_findings *findings, const struct sp_operator *op)
{
	const struct sp_subtask **sorted =
		sp_arena_new_array(findings->arena, const struct sp_subtask *, op->n_subtasks);

	for (size_t i = 0; i < op->n_subtasks; i++)
		sorted[i] = &op->subtasks[i];
	qsort(sorted, op->n_subtasks, sizeof(*sorted), compare_indexes);
	for (size_t i = 1; i < op->n_subtasks; i++)
		if (sorted[i]->index == sorted[i - 1]->index)
			sp_find(findings, SP_FIND_DUPLICATE_SUBTASK, op, sorted[i],
				"offset 0x%" PRIx64 ": listed already at offset 0x%" PRIx64,
				sorted[i]->at, sorted[i - 1]->at);
}

static void check_channels(struct sp_findings *findings, const struct sp_operator *op,
	const struct sp_subtask *subtask, const struct sp_channel_handle *handle)
{
	const struct sp_handle *data = &handle->data;
	const int64_t size = data->code == SP_HANDLE_BYTES ? (int64_t)data->data.n : data->size;

	for (size_t i = 0; i < handle->n_channels; i++)
		for (size_t j = 0; j < handle->channels[i].n_offsets; j++) {
			const int64_t offset = handle->channels[i].offsets[j];

			if (offset >= 0 && (size < 0 || offset <= size))
				continue;
			sp_find(findings, SP_FIND_CHANNEL_OFFSET, op, subtask,
				"offset 0x%" PRIx64 ": channel %" PRId32 ", %" PRId32
				": offset %" PRId64 " in %" PRId64 " bytes",
				handle->at, handle->channels[i].a, handle->channels[i].b, offset,
				size);
			return;
		}
}

static void check_subtask(struct sp_findings *findings, const struct sp_snapshot *snapshot,
	const struct sp_operator *op, const struct sp_subtask *subtask)
{
	const size_t channels = subtask->n_input_channels + subtask->n_result_subpartitions;

	if (subtask->index >= op->parallelism && op->parallelism > 0)
		sp_find(findings, SP_FIND_SUBTASK_INDEX, op, subtask,
			"index %" PRId32 " with a parallelism of %" PRId32, subtask->index,
			op->parallelism);
	if (subtask->n_legacy > 0 && snapshot->version > 1)
		sp_find(findings, SP_FIND_LEGACY_STATE, op, subtask,
			"offset 0x%" PRIx64 ": legacy state handle", subtask->legacy[0].at);
	if (channels > 0)
		sp_find(findings, SP_FIND_IN_FLIGHT, op, subtask, "%zu handles of channel state",
			channels);
	for (size_t i = 0; i < subtask->n_input_channels; i++)
		check_channels(findings, op, subtask, &subtask->input_channels[i]);
	for (size_t i = 0; i < subtask->n_result_subpartitions; i++)
		check_channels(findings, op, subtask, &subtask->result_subpartitions[i]);
	sp_verify_keyed(findings, op, subtask);
}

static void check_finished(struct sp_findings *findings, const struct sp_operator *op)
{
	size_t finished = 0;

	for (size_t i = 0; i < op->n_subtasks; i++)
		finished += op->subtasks[i].finished;
	if (finished > 0 && !op->fully_finished)
		sp_find(findings, SP_FIND_PARTLY_FINISHED, op, NULL,
			"%zu of %" PRId32 " subtasks had finished", finished, op->parallelism);
}

void sp_verify_metadata(struct sp_source *source, struct sp_findings *findings)
{
	const struct sp_snapshot *snapshot = source->snapshot;

	check_whole(findings, snapshot);
	check_duplicate_operators(findings, snapshot);
	for (size_t i = 0; i < snapshot->n_operators; i++) {
		const struct sp_operator *op = &snapshot->operators[i];

		check_parallelism(findings, op);
		check_uid(findings, op);
		check_duplicate_subtasks(findings, op);
		check_finished(findings, op);
		for (size_t j = 0; j < op->n_subtasks; j++)
			check_subtask(findings, snapshot, op, &op->subtasks[j]);
		if (snapshot->version > 1)
			sp_verify_operator_state(findings, op);
	}
	sp_verify_references(source, findings);
}
