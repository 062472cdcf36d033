/* Keyed state handles: key-group ranges, offsets, and the files of RocksDB handles. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "key-group.h"
#include "verify-internal.h"

struct place {
	struct sp_findings *findings;
	const struct sp_operator *op;
	const struct sp_subtask *subtask;
	bool raw;
};

static bool is_incremental(const struct sp_keyed_handle *handle)
{
	return handle->code == SP_KEYED_INCREMENTAL || handle->code == SP_KEYED_INCREMENTAL_V2;
}

static bool has_sane_parallelism(const struct place *place)
{
	const struct sp_operator *op = place->op;

	return op->parallelism >= 1 && op->parallelism <= op->max_parallelism &&
	       op->max_parallelism <= SP_MAX_PARALLELISM && place->subtask->index >= 0 &&
	       place->subtask->index < op->parallelism;
}

/* An incremental handle may hold more than the subtask's: the backend clips it. */
static void check_range(const struct place *place, const struct sp_keyed_handle *handle)
{
	struct sp_key_groups own;
	const int64_t end = (int64_t)handle->start + handle->count;

	if (!has_sane_parallelism(place))
		return;
	own = sp_key_groups_of_subtask(
		place->subtask->index, place->op->parallelism, place->op->max_parallelism);
	if (handle->start == own.start && handle->count == own.count)
		return;
	if (is_incremental(handle) && handle->start <= own.start &&
		end >= (int64_t)own.start + own.count)
		return;
	sp_find(place->findings, SP_FIND_KEY_GROUP_RANGE, place->op, place->subtask,
		"offset 0x%" PRIx64 ": %" PRId32 " key groups from %" PRId32
		" on instead of %" PRId32 " from %" PRId32 " on",
		handle->at, handle->count, handle->start, own.count, own.start);
}

static void check_data(const struct place *place, const struct sp_handle *handle, const char *what)
{
	if (handle->code == SP_HANDLE_NONE)
		sp_find(place->findings, SP_FIND_NO_DATA, place->op, place->subtask,
			"offset 0x%" PRIx64 ": %s", handle->at, what);
}

/*
 * Offset of a key group in the data: managed state has 0 for a group that is absent, raw state -1
 * for one that was never started.
 */
static bool is_offset(const struct place *place, int64_t offset, int64_t size)
{
	if (place->raw)
		return offset >= -1 && (size < 0 || offset <= size);
	return offset >= 0 && (size < 0 || offset == 0 || offset < size);
}

static void check_offsets(const struct place *place, const struct sp_keyed_handle *handle)
{
	const struct sp_handle *data = &handle->data;
	const int64_t size = data->code == SP_HANDLE_BYTES ? (int64_t)data->data.n : data->size;
	int64_t last = 0;

	for (int32_t i = 0; i < handle->count; i++) {
		const int64_t offset = handle->offsets[i];

		if (!is_offset(place, offset, size)) {
			sp_find(place->findings, SP_FIND_KEY_GROUP_OFFSET, place->op,
				place->subtask,
				"key group %" PRId32 ": offset %" PRId64 " in %" PRId64 " bytes",
				handle->start + i, offset, size);
			return;
		}
		if (offset > 0 && offset < last) {
			sp_find(place->findings, SP_FIND_KEY_GROUP_ORDER, place->op, place->subtask,
				"key group %" PRId32 ": offset %" PRId64 " behind %" PRId64,
				handle->start + i, offset, last);
			return;
		}
		if (offset > 0)
			last = offset;
	}
}

/* --- files of a RocksDB directory --------------------------------------------------------- */

static bool is_file_name(struct sp_slice name)
{
	return name.n > 0 && memchr(name.p, '/', name.n) == NULL &&
	       memchr(name.p, '\\', name.n) == NULL && !sp_slice_is(name, ".") &&
	       !sp_slice_is(name, "..");
}

static int compare_names(const void *a, const void *b)
{
	const struct sp_local_file *const *x = a, *const *y = b;
	const int r = sp_slice_compare((*x)->local_path, (*y)->local_path);

	return r != 0 ? r : (*x < *y ? -1 : *x > *y);
}

/* A list may name one file twice (1.16.3 and 1.17.2 on); that is harmless. */
static bool is_replaced(const struct sp_local_file *a, const struct sp_local_file *b)
{
	return sp_slice_equal(a->local_path, b->local_path) &&
	       !sp_handle_same(&a->handle, &b->handle);
}

static void check_duplicate_names(
	const struct place *place, const struct sp_local_file **files, size_t n)
{
	qsort(files, n, sizeof(*files), compare_names);
	for (size_t i = 1; i < n; i++)
		if (is_replaced(files[i - 1], files[i])) {
			sp_auto_buffer name = { 0 };

			sp_mutf8_to_utf8(files[i]->local_path, &name);
			sp_find(place->findings, SP_FIND_DUPLICATE_LOCAL_PATH, place->op,
				place->subtask, "offset 0x%" PRIx64 ": file '%.*s'",
				files[i]->handle.at, (int)name.n, (const char *)name.p);
		}
}

static void check_local_files(
	const struct place *place, const struct sp_local_file **files, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sp_auto_buffer name = { 0 };

		sp_mutf8_to_utf8(files[i]->local_path, &name);
		check_data(place, &files[i]->handle, "database file");
		if (!is_file_name(files[i]->local_path))
			sp_find(place->findings, SP_FIND_LOCAL_PATH, place->op, place->subtask,
				"offset 0x%" PRIx64 ": '%.*s'", files[i]->handle.at, (int)name.n,
				(const char *)name.p);
	}
	check_duplicate_names(place, files, n);
}

static void check_incremental(const struct place *place, const struct sp_keyed_handle *handle)
{
	const size_t n = handle->n_shared + handle->n_private;
	const struct sp_local_file **files =
		sp_arena_new_array(place->findings->arena, const struct sp_local_file *, n);
	size_t relative = 0;

	for (size_t i = 0; i < n; i++)
		files[i] = i < handle->n_shared ? &handle->shared[i]
						: &handle->private[i - handle->n_shared];
	for (size_t i = 0; i < handle->n_shared; i++)
		relative += handle->shared[i].handle.code == SP_HANDLE_RELATIVE;
	check_data(place, &handle->data, "metadata of an incremental handle");
	check_local_files(place, files, n);
	if (relative > 0)
		sp_find(place->findings, SP_FIND_RELATIVE_SHARED, place->op, place->subtask,
			"%zu of %zu shared files", relative, handle->n_shared);
}

/* --- changelogs --------------------------------------------------------------------------- */

/* Both count uncompressed bytes behind the flag byte. */
static void check_stream(const struct place *place, const struct sp_change_stream *stream)
{
	const struct sp_handle *data = &stream->handle;
	const int64_t size = data->code == SP_HANDLE_BYTES ? (int64_t)data->data.n : data->size;

	check_data(place, data, "changelog file");
	if (stream->offset < 0 ||
		(data->code != SP_HANDLE_NONE && size >= 0 && stream->offset > size))
		sp_find(place->findings, SP_FIND_CHANGELOG_OFFSET, place->op, place->subtask,
			"offset 0x%" PRIx64 ": offset %" PRId64 " in %" PRId64 " bytes", data->at,
			stream->offset, size);
}

/* --- all kinds ---------------------------------------------------------------------------- */

static void check_handle(const struct place *place, const struct sp_keyed_handle *handle)
{
	switch (handle->code) {
	case SP_KEYED_KEY_GROUPS:
	case SP_KEYED_SAVEPOINT:
	case SP_KEYED_KEY_GROUPS_V2:
		check_data(place, &handle->data, "key groups");
		if (handle->data.code != SP_HANDLE_NONE)
			check_offsets(place, handle);
		break;
	case SP_KEYED_INCREMENTAL:
	case SP_KEYED_INCREMENTAL_V2: check_incremental(place, handle); break;
	case SP_KEYED_CHANGELOG:
	case SP_KEYED_CHANGELOG_V2:
	case SP_KEYED_CHANGELOG_FILE:
	case SP_KEYED_CHANGELOG_FILE_V2:
	case SP_KEYED_CHANGELOG_BYTES:
	case SP_KEYED_NONE: break;
	}
	for (size_t i = 0; i < handle->n_materialized; i++)
		check_handle(place, &handle->materialized[i]);
	for (size_t i = 0; i < handle->n_non_materialized; i++)
		check_handle(place, &handle->non_materialized[i]);
	for (size_t i = 0; i < handle->n_streams; i++)
		check_stream(place, &handle->streams[i]);
}

void sp_verify_keyed(struct sp_findings *findings, const struct sp_operator *op,
	const struct sp_subtask *subtask)
{
	struct place place = { .findings = findings, .op = op, .subtask = subtask };

	if (subtask->managed_keyed.code != SP_KEYED_NONE) {
		check_range(&place, &subtask->managed_keyed);
		check_handle(&place, &subtask->managed_keyed);
	}
	place.raw = true;
	if (subtask->raw_keyed.code != SP_KEYED_NONE) {
		check_range(&place, &subtask->raw_keyed);
		check_handle(&place, &subtask->raw_keyed);
	}
}
