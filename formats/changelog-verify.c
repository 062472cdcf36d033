/* What can be said of a changelog without reading its rows. */
#include "changelog.h"
#include "formats.h"
#include "verify.h"

#define FLAG_MAX 1 /* StateChangeFsUploader: 0 plain, 1 compressed */

/*
 * Opens a file of changes, of which the handle's size is not that of the file; a part of a merged
 * file does not begin where the file does. 0: it is not there, which is a finding of its own.
 */
static int open_stream(const struct sp_keyed_place *place, const struct sp_handle *stream,
	struct sp_file **ret, struct sp_error *err)
{
	struct sp_located at;
	int r = sp_source_locate(place->source, stream, &at, err);

	if (r < 0)
		return r == SP_EUNSUPPORTED ? 0 : r;
	if (at.path != NULL && at.presence != SP_MISSING && !at.outside &&
		stream->code != SP_HANDLE_SEGMENT)
		r = sp_file_open(place->source->store, at.path, ret, err);
	sp_located_free(&at);
	return r < 0 ? r : *ret != NULL;
}

/* The first byte tells whether the rest is compressed. */
static int check_stream(const struct sp_keyed_place *place, const struct sp_handle *stream,
	struct sp_findings *findings, struct sp_error *err)
{
	struct sp_finding_place where = SP_FINDING_PLACE(place->op, place->subtask);
	sp_auto(sp_file) *file = NULL;
	uint8_t flag;
	int r = open_stream(place, stream, &file, err);

	if (r <= 0)
		return r;
	where.file = file->place;
	where.offset = 0;
	if (file->size == 0) {
		sp_find_at(findings, SP_FIND_CHANGELOG_HEADER, &where, "%s: offset 0x0: no bytes",
			file->place);
		return 0;
	}
	if (sp_file_read(file, 0, &flag, 1, err) < 0)
		return err->code;
	if (flag > FLAG_MAX)
		sp_find_at(findings, SP_FIND_CHANGELOG_HEADER, &where,
			"%s: offset 0x0: first byte 0x%02x", file->place, flag);
	return 0;
}

int sp_changelog_verify_files(
	const struct sp_keyed_place *place, struct sp_findings *findings, struct sp_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < place->handle->n_streams; i++)
		r = check_stream(place, &place->handle->streams[i].handle, findings, err);
	return r;
}

/* The parts that it stands on; its own changes are read with the rows. */
int sp_changelog_verify(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_findings *findings, struct sp_error *err)
{
	for (size_t i = 0; i < place->handle->n_materialized; i++) {
		struct sp_keyed_place part = *place;
		const struct sp_format *format;
		int r;

		part.handle = &place->handle->materialized[i];
		r = sp_format_of(&part, &format, err);
		if (r == SP_EUNSUPPORTED || r == SP_EDAMAGED)
			continue;
		if (r == 0 && format->verify != NULL && format != &sp_changelog)
			r = format->verify(&part, budget, findings, err);
		if (r < 0)
			return r;
	}
	return 0;
}
