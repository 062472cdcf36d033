/*
 * The data of keyed state: headers, stream identifiers of compressed key groups, and what the
 * drivers of the layouts say of the files of other handles.
 */
#include <inttypes.h>

#include "format.h"
#include "snappy-frame.h"
#include "verify-internal.h"

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

/* --- files of other handles --------------------------------------------------------------- */

/* A layout that nobody claims is a finding of those who want its rows. */
static int check_files(const struct place *place, const struct sp_keyed_handle *handle)
{
	const struct sp_keyed_place at = sp_place(place->source, place->op, place->subtask, handle);
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	const struct sp_format *format;
	int r = check_header(place, handle, arena, &header);

	if (r < 0)
		return r;
	r = sp_format_of(&at, &format, place->err);
	if (r == SP_EUNSUPPORTED || r == SP_EDAMAGED)
		return 0;
	if (r < 0 || format->verify_files == NULL)
		return r;
	return format->verify_files(&at, place->findings, place->err);
}

static int check_handle(const struct place *place, const struct sp_keyed_handle *handle)
{
	int r = 0;

	switch (handle->code) {
	case SP_KEYED_KEY_GROUPS:
	case SP_KEYED_SAVEPOINT:
	case SP_KEYED_KEY_GROUPS_V2: r = check_key_groups(place, handle); break;
	case SP_KEYED_INCREMENTAL:
	case SP_KEYED_INCREMENTAL_V2:
	case SP_KEYED_CHANGELOG:
	case SP_KEYED_CHANGELOG_V2:
	case SP_KEYED_CHANGELOG_FILE:
	case SP_KEYED_CHANGELOG_FILE_V2:
	case SP_KEYED_CHANGELOG_BYTES: r = check_files(place, handle); break;
	case SP_KEYED_NONE: break;
	}
	for (size_t i = 0; r == 0 && i < handle->n_materialized; i++)
		r = check_handle(place, &handle->materialized[i]);
	for (size_t i = 0; r == 0 && i < handle->n_non_materialized; i++)
		r = check_handle(place, &handle->non_materialized[i]);
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
