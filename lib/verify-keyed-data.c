/*
 * The data of keyed state: headers, stream identifiers of compressed key groups, and the parts
 * that make a RocksDB directory.
 *
 * Last bytes of an SST file (rocksdb::Footer, table/format.cc): version, magic number, both
 * little-endian.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "snappy-frame.h"
#include "sst.h"
#include "verify-internal.h"

#define CURRENT_MAX 64
#define KEY_GROUP_PREFIX 4 /* heap layout: the key group stands before the stream identifier */

struct place {
	struct sp_source *source;
	struct sp_findings *findings;
	const struct sp_operator *op;
	const struct sp_subtask *subtask;
	struct sp_error *err;
};

int sp_verify_open(struct sp_source *source, const struct sp_handle *handle, struct sp_file **ret,
	struct sp_error *err)
{
	int r;

	if (handle->code == SP_HANDLE_NONE || handle->code == SP_HANDLE_EMPTY_SEGMENT)
		return 0;
	r = sp_source_open_handle(source, handle, ret, err);
	if (r == SP_EDAMAGED || r == SP_EUNSUPPORTED)
		return 0;
	return r < 0 ? r : 1;
}

/* 1: the handle's bytes are there. */
static int is_there(const struct place *place, const struct sp_handle *handle)
{
	sp_auto(sp_file) *file = NULL;

	return sp_verify_open(place->source, handle, &file, place->err);
}

/* --- headers and key groups --------------------------------------------------------------- */

static bool is_identifier(const uint8_t *bytes)
{
	return memcmp(bytes, sp_snappy_identifier, SP_SNAPPY_IDENTIFIER_BYTES) == 0;
}

static int check_group(
	const struct place *place, struct sp_file *file, int32_t group, uint64_t offset)
{
	uint8_t bytes[KEY_GROUP_PREFIX + SP_SNAPPY_IDENTIFIER_BYTES] = { 0 };
	const uint64_t left = file->size - offset;

	if (sp_file_read(file, offset, bytes, left < sizeof(bytes) ? (size_t)left : sizeof(bytes),
		    place->err) < 0)
		return place->err->code;
	if (!is_identifier(bytes) && !is_identifier(bytes + KEY_GROUP_PREFIX))
		sp_find(place->findings, SP_FIND_COMPRESSED_GROUP, place->op, place->subtask,
			"%s: offset 0x%" PRIx64 ": key group %" PRId32, file->place, offset, group);
	return 0;
}

static int check_compressed(const struct place *place, const struct sp_keyed_handle *handle)
{
	sp_auto(sp_file) *file = NULL;
	int r = sp_verify_open(place->source, &handle->data, &file, place->err);

	for (int32_t i = 0; r > 0 && i < handle->count; i++)
		if (handle->offsets[i] > 0 && (uint64_t)handle->offsets[i] < file->size &&
			check_group(place, file, handle->start + i, (uint64_t)handle->offsets[i]) <
				0)
			return place->err->code;
	return r < 0 ? r : 0;
}

/* 1: the header was read. */
static int check_header(const struct place *place, const struct sp_keyed_handle *handle,
	struct sp_arena *arena, const struct sp_keyed_header **ret)
{
	int r = is_there(place, &handle->data);

	if (r <= 0)
		return r;
	r = sp_source_read_keyed_header(place->source, handle, arena, ret, place->err);
	if (r == SP_EDAMAGED)
		sp_find(place->findings, SP_FIND_KEYED_HEADER, place->op, place->subtask, "%s",
			place->err->message);
	else if (r == SP_EUNSUPPORTED)
		sp_find(place->findings, SP_FIND_KEYED_HEADER_UNKNOWN, place->op, place->subtask,
			"%s", place->err->message);
	else
		return r;
	return 0;
}

static int check_key_groups(const struct place *place, const struct sp_keyed_handle *handle)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	int r = check_header(place, handle, arena, &header);

	return r > 0 && header->compressed ? check_compressed(place, handle) : r < 0 ? r : 0;
}

/* --- RocksDB directories ------------------------------------------------------------------ */

static const struct sp_local_file *file_at(const struct sp_keyed_handle *handle, size_t i)
{
	return i < handle->n_shared ? &handle->shared[i] : &handle->private[i - handle->n_shared];
}

static const struct sp_local_file *file_named(
	const struct sp_keyed_handle *handle, struct sp_slice name)
{
	for (size_t i = 0; i < handle->n_shared + handle->n_private; i++)
		if (sp_slice_equal(file_at(handle, i)->local_path, name))
			return file_at(handle, i);
	return NULL;
}

/* CURRENT is the name of the manifest and a line feed. */
static int check_current(const struct place *place, const struct sp_keyed_handle *handle)
{
	const struct sp_local_file *current = file_named(handle, sp_slice_of("CURRENT"));
	sp_auto(sp_file) *file = NULL;
	char name[CURRENT_MAX];
	int r;

	if (current == NULL) {
		sp_find(place->findings, SP_FIND_NO_CURRENT, place->op, place->subtask,
			"offset 0x%" PRIx64 ": no file 'CURRENT' in the handle", handle->at);
		return 0;
	}
	r = sp_verify_open(place->source, &current->handle, &file, place->err);
	if (r <= 0)
		return r;
	if (file->size < 2 || file->size > sizeof(name)) {
		sp_find(place->findings, SP_FIND_NO_CURRENT, place->op, place->subtask,
			"%s: %" PRIu64 " bytes", file->place, file->size);
		return 0;
	}
	if (sp_file_read(file, 0, name, (size_t)file->size, place->err) < 0)
		return place->err->code;
	if (name[file->size - 1] != '\n')
		sp_find(place->findings, SP_FIND_NO_CURRENT, place->op, place->subtask,
			"%s: does not end with a line feed", file->place);
	else if (file_named(handle, sp_slice(name, (size_t)file->size - 1)) == NULL)
		sp_find(place->findings, SP_FIND_NO_MANIFEST, place->op, place->subtask,
			"%s: '%.*s' is not in the handle", file->place, (int)file->size - 1, name);
	return 0;
}

static int check_sst(const struct place *place, const struct sp_local_file *sst)
{
	sp_auto(sp_file) *file = NULL;
	struct sp_sst_footer footer;
	int r = sp_verify_open(place->source, &sst->handle, &file, place->err);

	if (r <= 0)
		return r;
	if (file->size < SP_SST_FOOTER_BYTES) {
		sp_find(place->findings, SP_FIND_SST, place->op, place->subtask,
			"%s: %" PRIu64 " bytes", file->place, file->size);
		return 0;
	}
	if (sp_sst_footer_read(file, &footer, place->err) < 0)
		return place->err->code;
	if (!footer.table)
		sp_find(place->findings, SP_FIND_SST, place->op, place->subtask,
			"%s: offset 0x%" PRIx64 ": magic number %016" PRIx64, file->place,
			file->size - 8, footer.magic);
	else if (footer.version > SP_SST_VERSION_MAX)
		sp_find(place->findings, SP_FIND_SST_VERSION, place->op, place->subtask,
			"%s: table version %" PRIu32, file->place, footer.version);
	return 0;
}

static bool is_sst(struct sp_slice name)
{
	return name.n > 4 && memcmp(name.p + name.n - 4, ".sst", 4) == 0;
}

static bool has_timers(const struct sp_keyed_header *header)
{
	for (size_t i = 0; i < header->n_states; i++)
		if (header->states[i].kind == SP_KIND_PRIORITY_QUEUE)
			return true;
	return false;
}

static void check_timers(const struct place *place, const struct sp_keyed_header *header)
{
	const struct sp_properties *properties = &place->source->snapshot->properties;

	if (properties->type == SP_TYPE_SAVEPOINT && properties->native && !has_timers(header) &&
		place->subtask->raw_keyed.code == SP_KEYED_NONE)
		sp_find(place->findings, SP_FIND_NO_TIMERS, place->op, place->subtask,
			"%zu states, none of them timers", header->n_states);
}

static int check_directory(const struct place *place, const struct sp_keyed_handle *handle)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	int r = check_header(place, handle, arena, &header);

	if (r > 0)
		check_timers(place, header);
	if (r >= 0)
		r = check_current(place, handle);
	for (size_t i = 0; r == 0 && i < handle->n_shared + handle->n_private; i++)
		if (is_sst(file_at(handle, i)->local_path))
			r = check_sst(place, file_at(handle, i));
	return r;
}

/* --- changelogs --------------------------------------------------------------------------- */

/* The first byte tells whether the rest is compressed. Its size is not the handle's. */
static int check_changelog(const struct place *place, const struct sp_handle *stream)
{
	sp_auto(sp_file) *file = NULL;
	struct sp_located at;
	uint8_t flag;
	int r = sp_source_locate(place->source, stream, &at, place->err);

	if (r < 0)
		return r == SP_EUNSUPPORTED ? 0 : r;
	if (at.path != NULL && at.presence != SP_MISSING && !at.outside && at.file_size > 0 &&
		stream->code != SP_HANDLE_SEGMENT)
		r = sp_file_open(place->source->store, at.path, &file, place->err);
	sp_located_free(&at);
	if (r < 0 || file == NULL)
		return r;
	if (sp_file_read(file, 0, &flag, 1, place->err) < 0)
		return place->err->code;
	if (flag > 1)
		sp_find(place->findings, SP_FIND_CHANGELOG_HEADER, place->op, place->subtask,
			"%s: first byte 0x%02x", file->place, flag);
	return 0;
}

static int check_handle(const struct place *place, const struct sp_keyed_handle *handle)
{
	int r = 0;

	switch (handle->code) {
	case SP_KEYED_KEY_GROUPS:
	case SP_KEYED_SAVEPOINT:
	case SP_KEYED_KEY_GROUPS_V2: r = check_key_groups(place, handle); break;
	case SP_KEYED_INCREMENTAL:
	case SP_KEYED_INCREMENTAL_V2: r = check_directory(place, handle); break;
	case SP_KEYED_CHANGELOG:
	case SP_KEYED_CHANGELOG_V2:
	case SP_KEYED_CHANGELOG_FILE:
	case SP_KEYED_CHANGELOG_FILE_V2:
	case SP_KEYED_CHANGELOG_BYTES:
	case SP_KEYED_NONE: break;
	}
	for (size_t i = 0; r == 0 && i < handle->n_materialized; i++)
		r = check_handle(place, &handle->materialized[i]);
	for (size_t i = 0; r == 0 && i < handle->n_non_materialized; i++)
		r = check_handle(place, &handle->non_materialized[i]);
	for (size_t i = 0; r == 0 && i < handle->n_streams; i++)
		r = check_changelog(place, &handle->streams[i].handle);
	return r;
}

int sp_verify_keyed_data(struct sp_source *source, struct sp_findings *findings,
	const struct sp_operator *op, struct sp_error *err)
{
	for (size_t i = 0; i < op->n_subtasks; i++) {
		const struct place place = { source, findings, op, &op->subtasks[i], err };
		int r = check_handle(&place, &op->subtasks[i].managed_keyed);

		if (r < 0)
			return r;
	}
	return 0;
}
