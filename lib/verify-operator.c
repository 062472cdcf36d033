/* Operator state handles: offsets of elements, modes, and streams that subtasks share. */
#include <inttypes.h>
#include <stdlib.h>

#include "verify-internal.h"

struct place {
	struct sp_findings *findings;
	const struct sp_operator *op;
	const struct sp_subtask *subtask;
};

static int64_t size_of(const struct sp_handle *handle)
{
	return handle->code == SP_HANDLE_BYTES ? (int64_t)handle->data.n : handle->size;
}

/* An element may have no bytes, also at the very end. */
static void check_offsets(
	const struct place *place, const struct sp_operator_state *state, int64_t size)
{
	sp_auto_buffer name = { 0 };

	sp_mutf8_to_utf8(state->name, &name);
	for (size_t i = 0; i < state->n_offsets; i++) {
		const int64_t offset = state->offsets[i];

		if (offset < 0 || (size >= 0 && offset > size)) {
			sp_find(place->findings, SP_FIND_ELEMENT_OFFSET, place->op, place->subtask,
				"state '%.*s': element %zu: offset %" PRId64 " in %" PRId64
				" bytes",
				(int)name.n, (const char *)name.p, i, offset, size);
			return;
		}
		if (i > 0 && offset < state->offsets[i - 1]) {
			sp_find(place->findings, SP_FIND_ELEMENT_ORDER, place->op, place->subtask,
				"state '%.*s': element %zu: offset %" PRId64 " behind %" PRId64,
				(int)name.n, (const char *)name.p, i, offset,
				state->offsets[i - 1]);
			return;
		}
	}
}

static void check_broadcast(const struct place *place, const struct sp_operator_state *state)
{
	sp_auto_buffer name = { 0 };

	if (state->mode != SP_MODE_BROADCAST || state->n_offsets == 1)
		return;
	sp_mutf8_to_utf8(state->name, &name);
	sp_find(place->findings, SP_FIND_BROADCAST_OFFSETS, place->op, place->subtask,
		"state '%.*s': %zu offsets", (int)name.n, (const char *)name.p, state->n_offsets);
}

static int compare_names(const void *a, const void *b)
{
	const struct sp_operator_state *const *x = a, *const *y = b;

	return sp_slice_compare((*x)->name, (*y)->name);
}

static void check_duplicate_names(
	const struct place *place, const struct sp_operator_handle *handle)
{
	const size_t n = handle->n_states;
	const struct sp_operator_state **sorted =
		sp_arena_new_array(place->findings->arena, const struct sp_operator_state *, n);

	for (size_t i = 0; i < n; i++)
		sorted[i] = &handle->states[i];
	qsort(sorted, n, sizeof(*sorted), compare_names);
	for (size_t i = 1; i < n; i++)
		if (compare_names(&sorted[i - 1], &sorted[i]) == 0) {
			sp_auto_buffer name = { 0 };

			sp_mutf8_to_utf8(sorted[i]->name, &name);
			sp_find(place->findings, SP_FIND_DUPLICATE_STATE, place->op, place->subtask,
				"offset 0x%" PRIx64 ": state '%.*s'", handle->at, (int)name.n,
				(const char *)name.p);
		}
}

static void check_handle(const struct place *place, const struct sp_operator_handle *handle)
{
	if (handle->code == SP_OPERATOR_NONE)
		return;
	if (handle->data.code == SP_HANDLE_NONE) {
		sp_find(place->findings, SP_FIND_NO_DATA, place->op, place->subtask,
			"offset 0x%" PRIx64 ": operator state", handle->at);
		return;
	}
	if (handle->empty && handle->n_states > 0)
		sp_find(place->findings, SP_FIND_EMPTY_MERGED, place->op, place->subtask,
			"offset 0x%" PRIx64 ": %zu states", handle->at, handle->n_states);
	for (size_t i = 0; i < handle->n_states; i++) {
		check_offsets(place, &handle->states[i], size_of(&handle->data));
		check_broadcast(place, &handle->states[i]);
	}
	check_duplicate_names(place, handle);
}

/* --- streams that two subtasks share ------------------------------------------------------ */

/* Flink's identity of a stream: its path, or the name of inline data. */
struct stream {
	const struct sp_subtask *subtask;
	const struct sp_handle *handle;
};

static int compare_streams(const void *a, const void *b)
{
	const struct stream *x = a, *y = b;
	int r;

	if (x->handle->code != y->handle->code)
		return x->handle->code < y->handle->code ? -1 : 1;
	r = sp_slice_compare(x->handle->name, y->handle->name);
	if (r != 0 || x->handle->code != SP_HANDLE_SEGMENT)
		return r;
	if (x->handle->start != y->handle->start)
		return x->handle->start < y->handle->start ? -1 : 1;
	return x->handle->size < y->handle->size ? -1 : x->handle->size > y->handle->size;
}

static bool is_stream(const struct sp_handle *handle)
{
	return handle->code != SP_HANDLE_NONE && handle->code != SP_HANDLE_EMPTY_SEGMENT;
}

static void check_shared(struct sp_findings *findings, const struct sp_operator *op, bool managed)
{
	struct stream *streams = sp_arena_new_array(findings->arena, struct stream, op->n_subtasks);
	size_t n = 0;

	for (size_t i = 0; i < op->n_subtasks; i++) {
		const struct sp_subtask *subtask = &op->subtasks[i];
		const size_t handles =
			managed ? subtask->n_managed_operator : subtask->n_raw_operator;
		const struct sp_operator_handle *handle =
			managed ? subtask->managed_operator : subtask->raw_operator;

		if (handles > 0 && is_stream(&handle->data))
			streams[n++] = (struct stream){ subtask, &handle->data };
	}
	qsort(streams, n, sizeof(*streams), compare_streams);
	for (size_t i = 1; i < n; i++)
		if (compare_streams(&streams[i - 1], &streams[i]) == 0)
			sp_find(findings, SP_FIND_SHARED_STREAM, op, streams[i].subtask,
				"offset 0x%" PRIx64 ": the stream of subtask %" PRId32,
				streams[i].handle->at, streams[i - 1].subtask->index);
}

/* --- union state that somebody replicated ------------------------------------------------- */

static const struct sp_operator_state *union_of(const struct sp_subtask *subtask)
{
	if (subtask->n_managed_operator == 0 ||
		subtask->managed_operator->data.code != SP_HANDLE_BYTES)
		return NULL;
	for (size_t i = 0; i < subtask->managed_operator->n_states; i++)
		if (subtask->managed_operator->states[i].mode == SP_MODE_UNION &&
			subtask->managed_operator->states[i].n_offsets > 0)
			return &subtask->managed_operator->states[i];
	return NULL;
}

static void check_union(struct sp_findings *findings, const struct sp_operator *op)
{
	if (op->n_subtasks < 2 || union_of(&op->subtasks[0]) == NULL)
		return;
	for (size_t i = 1; i < op->n_subtasks; i++)
		if (union_of(&op->subtasks[i]) == NULL ||
			!sp_slice_equal(op->subtasks[i].managed_operator->data.data,
				op->subtasks[0].managed_operator->data.data))
			return;
	sp_find(findings, SP_FIND_UNION_REPLICATED, op, NULL,
		"the data of all %zu subtasks is equal", op->n_subtasks);
}

void sp_verify_operator_state(struct sp_findings *findings, const struct sp_operator *op)
{
	for (size_t i = 0; i < op->n_subtasks; i++) {
		const struct sp_subtask *subtask = &op->subtasks[i];
		const struct place place = { findings, op, subtask };

		for (size_t j = 0; j < subtask->n_managed_operator; j++)
			check_handle(&place, &subtask->managed_operator[j]);
		for (size_t j = 0; j < subtask->n_raw_operator; j++)
			check_handle(&place, &subtask->raw_operator[j]);
	}
	check_shared(findings, op, true);
	check_shared(findings, op, false);
	check_union(findings, op);
}
