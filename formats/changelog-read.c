/*
 * The changes of a changelog as they lie in its files.
 *
 *	handle                   of an in-memory changelog (code 9): the changes stand in it
 *	                         of a changelog on files (10, 13): (offset, stream) *
 *
 *	stream
 *	  u8   compressed        1: all that follows is snappy-framed
 *	  set *                  at the offsets, which count from behind the flag and in
 *	                         uncompressed bytes
 *
 *	set
 *	  i32  key groups        for each:
 *	    i32  changes
 *	    i32  key group       -1: metadata changes, the first if there are any
 *	    blob *               the changes, see changelog-apply.c
 *
 * One file holds the sets of several subtasks and may be referred to by several handles; the size
 * in its handle is that of the sets alone, uncompressed.
 *
 * Written by org.apache.flink.changelog.fs.StateChangeFormat and OutputStreamWithPos (1.15 to 2.2)
 * and org.apache.flink.runtime.state.changelog.inmemory.InMemoryStateChangelogWriter.
 */
#include <inttypes.h>

#include "changelog.h"
#include "interrupt.h"

#define BLOCK_BYTES ((size_t)64 * 1024)
#define FLAG_BYTES 1
#define STORAGE "filesystem" /* FsStateChangelogStorageFactory.IDENTIFIER */
#define CHECK_EVERY 1024     /* changes */

void sp_changes_init(struct sp_changes *self, const struct sp_keyed_place *place)
{
	*self = (struct sp_changes){ .place = place };
}

static void close_file(struct sp_changes *self)
{
	sp_input_free(&self->in);
	sp_file_free(self->file);
	self->file = NULL;
	self->opened = NULL;
}

void sp_changes_free(struct sp_changes *self)
{
	close_file(self);
}

static const struct sp_keyed_handle *current(const struct sp_changes *self)
{
	return &self->place->handle->non_materialized[self->handle];
}

int sp_changes_within(const struct sp_changes *self, struct sp_error *err)
{
	if (self->file == NULL)
		return sp_within(err, "%s: offset 0x%" PRIx64 ": change %" PRIu64,
			self->place->source->metadata_path, current(self)->at, self->count - 1);
	if (self->in.framed)
		return sp_within(err, "%s: uncompressed", self->file->place);
	return sp_within(err, "%s", self->file->place);
}

/* --- in memory ------------------------------------------------------------------------------- */

static int next_in_memory(struct sp_changes *self, struct sp_logged *ret)
{
	const struct sp_keyed_handle *handle = current(self);

	if (self->part == handle->n_changes)
		return 0;
	ret->key_group = handle->changes[self->part].key_group;
	ret->bytes = sp_cursor(handle->changes[self->part].bytes, 0);
	self->part++;
	return 1;
}

/* --- on files -------------------------------------------------------------------------------- */

static int open_file(struct sp_changes *self, const struct sp_handle *handle, struct sp_error *err)
{
	struct sp_handle whole = *handle;
	uint8_t flag;

	if (whole.code != SP_HANDLE_SEGMENT)
		whole.size = -1; /* it is not the file's */
	close_file(self);
	if (sp_source_open_handle(self->place->source, &whole, &self->file, err) < 0)
		return err->code;
	if (self->file->size < FLAG_BYTES)
		return sp_fail(err, SP_EDAMAGED, "%s: offset 0x0: changelog without its first byte",
			self->file->place);
	if (sp_file_read(self->file, 0, &flag, FLAG_BYTES, err) < 0)
		return err->code;
	if (flag > 1)
		return sp_fail(err, SP_EDAMAGED, "%s: offset 0x0: compression flag %u",
			self->file->place, flag);
	sp_input_init(&self->in, self->file, BLOCK_BYTES);
	sp_input_range(&self->in, FLAG_BYTES, self->file->size, flag == 1);
	self->opened = handle;
	return 0;
}

/* Moves to an offset that is not behind the position. */
static int pass_over(struct sp_changes *self, uint64_t offset, struct sp_error *err)
{
	while (self->in.taken < offset) {
		uint64_t n = offset - self->in.taken;
		int more = sp_input_more(&self->in, err);

		if (more < 0)
			return more;
		if (more == 0)
			return sp_input_fail(err, &self->in,
				"the changes at offset %" PRIu64 " are not there", offset);
		if (n > self->in.window.n - self->in.used)
			n = self->in.window.n - self->in.used;
		sp_input_skip(&self->in, (size_t)n);
		if (sp_interrupt_check(err) < 0)
			return err->code;
	}
	return 0;
}

static int begin_set(
	struct sp_changes *self, const struct sp_change_stream *stream, struct sp_error *err)
{
	uint32_t n;

	if (stream->offset < 0)
		return sp_fail(err, SP_EDAMAGED,
			"%s: offset 0x%" PRIx64 ": changes at offset %" PRId64,
			self->place->source->metadata_path, current(self)->at, stream->offset);
	if (self->opened == NULL || !sp_handle_same(self->opened, &stream->handle) ||
		self->in.taken > (uint64_t)stream->offset) {
		if (open_file(self, &stream->handle, err) < 0)
			return err->code;
	}
	if (pass_over(self, (uint64_t)stream->offset, err) < 0 ||
		sp_input_need(&self->in, 4, err) < 0)
		return err->code;
	n = sp_get_be32(sp_input_bytes(&self->in));
	if (n > INT32_MAX)
		return sp_input_fail(err, &self->in, "%" PRId32 " key groups", (int32_t)n);
	sp_input_skip(&self->in, 4);
	self->sets = n;
	self->left = 0;
	self->open = true;
	return 0;
}

/* 1: there is a change in the set at hand; 0: it is at its end. */
static int find_change(struct sp_changes *self, struct sp_error *err)
{
	while (self->left == 0) {
		if (self->sets == 0)
			return 0;
		if (sp_input_need(&self->in, 8, err) < 0)
			return err->code;
		self->left = sp_get_be32(sp_input_bytes(&self->in));
		self->group = (int32_t)sp_get_be32(sp_input_bytes(&self->in) + 4);
		if (self->left > INT32_MAX)
			return sp_input_fail(
				err, &self->in, "%" PRId32 " changes", (int32_t)self->left);
		sp_input_skip(&self->in, 8);
		self->sets--;
	}
	return 1;
}

static int take_change(struct sp_changes *self, struct sp_logged *ret, struct sp_error *err)
{
	uint32_t n;

	if (sp_input_need(&self->in, 4, err) < 0)
		return err->code;
	n = sp_get_be32(sp_input_bytes(&self->in));
	if (n > INT32_MAX - 4 || !sp_input_can_hold(&self->in, (uint64_t)n + 4))
		return sp_input_fail(err, &self->in,
			"change of %" PRIu32 " bytes is longer than what is left", n);
	if (sp_input_need(&self->in, (size_t)n + 4, err) < 0)
		return err->code;
	sp_input_skip(&self->in, 4);
	self->taken = n;
	self->left--;
	ret->key_group = self->group;
	ret->bytes = sp_cursor(sp_slice(sp_input_bytes(&self->in), n),
		self->in.taken + (self->in.framed ? 0 : self->in.start));
	return 1;
}

static int next_on_files(struct sp_changes *self, struct sp_logged *ret, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = current(self);
	int r;

	for (;;) {
		if (self->open) {
			sp_input_skip(&self->in, self->taken);
			self->taken = 0;
			r = find_change(self, err);
			if (r != 0)
				return r < 0 ? r : take_change(self, ret, err);
			self->open = false;
		}
		if (self->part == handle->n_streams)
			return 0;
		if (begin_set(self, &handle->streams[self->part], err) < 0)
			return err->code;
		self->part++;
	}
}

/* --- both ------------------------------------------------------------------------------------ */

static int next_of_handle(struct sp_changes *self, struct sp_logged *ret, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = current(self);

	switch (handle->code) {
	case SP_KEYED_CHANGELOG_BYTES: return next_in_memory(self, ret);
	case SP_KEYED_CHANGELOG_FILE: return next_on_files(self, ret, err);
	case SP_KEYED_CHANGELOG_FILE_V2:
		if (sp_slice_is(handle->storage_identifier, STORAGE))
			return next_on_files(self, ret, err);
		return sp_fail(err, SP_EUNSUPPORTED,
			"%s: offset 0x%" PRIx64 ": changelog storage '%.*s', only '" STORAGE
			"' can be read",
			self->place->source->metadata_path, handle->at,
			(int)handle->storage_identifier.n, handle->storage_identifier.p);
	case SP_KEYED_NONE: return 0;
	default:
		return sp_fail(err, SP_EDAMAGED,
			"%s: offset 0x%" PRIx64 ": handle of type %d among the changes",
			self->place->source->metadata_path, handle->at, (int)handle->code);
	}
}

int sp_changes_next(struct sp_changes *self, struct sp_logged *ret, struct sp_error *err)
{
	while (self->handle < self->place->handle->n_non_materialized) {
		int r = next_of_handle(self, ret, err);

		if (r > 0 && ++self->count % CHECK_EVERY == 0 && sp_interrupt_check(err) < 0)
			return err->code;
		if (r != 0)
			return r;
		close_file(self);
		self->handle++;
		self->part = 0;
	}
	return 0;
}
