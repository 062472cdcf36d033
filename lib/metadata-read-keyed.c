/*
 * Keyed handles: u8 code, then
 *
 *	0          none
 *	3, 7, 12   i32 start; i32 n; i64 offset * n; stream handle
 *	12         utf state handle id
 *
 *	5, 11      i64 checkpoint id; utf backend id; i32 start; i32 n
 *	11         i64 checkpointed size
 *	5, 11      stream handle meta; list(utf local path; stream handle) shared, then private
 *	11         utf state handle id
 *
 *	8, 14      i32 start; i32 n; i64 checkpointed size +
 *	           list(keyed handle) materialized; list(keyed handle 9, 10, 13) non-materialized
 *	           i64 materialization id +
 *	14         i64 checkpoint id
 *	8, 14      utf state handle id +
 *
 *	9          i32 start; i32 n; i64 from; i64 to; list(i32 key group; blob); utf id +
 *
 *	10, 13     i32 start; i32 n; list(i64 offset; stream handle); i64 size
 *	           i64 checkpointed size +; utf state handle id +
 *	13         utf storage identifier
 *
 * Fields with + are missing in codes 8, 9 and 10 as Flink 1.14 writes them.
 *
 * MetadataV2V3SerializerBase.serializeKeyedStateHandle, Flink 1.2 to 2.2.
 */
#include "metadata-internal.h"

#include <inttypes.h>
#include <stdio.h>

static int check_range(
	const struct sp_cursor *at, const struct sp_keyed_handle *h, struct sp_error *err)
{
	if (h->count < 0)
		return sp_fail_at(err, at, "%" PRId32 " key groups", h->count);
	if (h->count > 0 && (h->start < 0 || h->start > INT32_MAX - h->count))
		return sp_fail_at(
			err, at, "%" PRId32 " key groups from %" PRId32 " on", h->count, h->start);
	return 0;
}

static int take_range(struct sp_metadata_reader *r, struct sp_keyed_handle *h, struct sp_error *err)
{
	struct sp_cursor at = r->in;

	if (sp_take_i32(&r->in, &h->start, err) < 0 || sp_take_i32(&r->in, &h->count, err) < 0)
		return err->code;
	return check_range(&at, h, err);
}

int sp_take_key_groups(
	struct sp_metadata_reader *r, struct sp_keyed_handle *ret, struct sp_error *err)
{
	struct sp_cursor at = r->in;
	size_t n;

	if (sp_take_i32(&r->in, &ret->start, err) < 0 ||
		sp_take_offsets(r, &ret->offsets, &n, err) < 0)
		return err->code;
	ret->count = (int32_t)n;
	if (check_range(&at, ret, err) < 0)
		return err->code;
	return sp_take_present_handle(r, &ret->data, err);
}

static struct sp_local_file *take_files(
	struct sp_metadata_reader *r, const char *what, size_t *ret_n, struct sp_error *err)
{
	const struct sp_elements elements = { what, 2 + 1, sizeof(struct sp_local_file) };
	struct sp_local_file *files = sp_metadata_array(r, &elements, ret_n, err);

	if (files == NULL)
		return NULL;
	for (size_t i = 0; i < *ret_n; i++)
		if (sp_take_utf(&r->in, &files[i].local_path, err) < 0 ||
			sp_take_present_handle(r, &files[i].handle, err) < 0)
			return NULL;
	return files;
}

static int take_incremental(
	struct sp_metadata_reader *r, struct sp_keyed_handle *h, struct sp_error *err)
{
	h->checkpointed_size = -1;
	if (sp_take_i64(&r->in, &h->checkpoint_id, err) < 0 ||
		sp_take_utf(&r->in, &h->backend_id, err) < 0 || take_range(r, h, err) < 0)
		return err->code;
	if (h->code == SP_KEYED_INCREMENTAL_V2 &&
		sp_take_i64(&r->in, &h->checkpointed_size, err) < 0)
		return err->code;
	if (sp_take_present_handle(r, &h->data, err) < 0)
		return err->code;
	h->shared = take_files(r, "shared files", &h->n_shared, err);
	if (h->shared == NULL)
		return err->code;
	h->private = take_files(r, "private files", &h->n_private, err);
	if (h->private == NULL)
		return err->code;
	if (h->code == SP_KEYED_INCREMENTAL_V2)
		return sp_take_utf(&r->in, &h->state_handle_id, err);
	return 0;
}

static bool is_change_handle(enum sp_keyed_code code)
{
	return code == SP_KEYED_CHANGELOG_BYTES || code == SP_KEYED_CHANGELOG_FILE ||
	       code == SP_KEYED_CHANGELOG_FILE_V2;
}

static struct sp_keyed_handle *take_materialized(
	struct sp_metadata_reader *r, size_t *ret_n, struct sp_error *err)
{
	static const struct sp_elements elements = { "materialized handles", 1,
		sizeof(struct sp_keyed_handle) };
	struct sp_keyed_handle *handles = sp_metadata_array(r, &elements, ret_n, err);

	if (handles == NULL)
		return NULL;
	for (size_t i = 0; i < *ret_n; i++)
		if (sp_take_keyed_handle(r, &handles[i], err) < 0)
			return NULL;
	return handles;
}

static struct sp_keyed_handle *take_non_materialized(
	struct sp_metadata_reader *r, size_t *ret_n, struct sp_error *err)
{
	static const struct sp_elements elements = { "non-materialized handles", 1 + 8 + 4,
		sizeof(struct sp_keyed_handle) };
	struct sp_keyed_handle *handles = sp_metadata_array(r, &elements, ret_n, err);

	if (handles == NULL)
		return NULL;
	for (size_t i = 0; i < *ret_n; i++) {
		struct sp_cursor at = r->in;

		if (sp_take_keyed_handle(r, &handles[i], err) < 0)
			return NULL;
		if (!is_change_handle(handles[i].code)) {
			sp_fail_at(err, &at, "handle of type %d among the changes of a changelog",
				(int)handles[i].code);
			return NULL;
		}
	}
	return handles;
}

/* Does this handle lack sizes and ids? */
static bool is_of_1_14(const struct sp_metadata_reader *r, const struct sp_keyed_handle *h)
{
	return r->dialect == SP_DIALECT_CHANGELOG_1_14 &&
	       (h->code == SP_KEYED_CHANGELOG || h->code == SP_KEYED_CHANGELOG_BYTES ||
		       h->code == SP_KEYED_CHANGELOG_FILE);
}

/*
 * Later releases register changelog handles by an id that 1.14 did not store: one is made up in
 * the form of a UUID, from the handle's bytes and its place, so that no two handles share it and
 * equal files get equal ids.
 */
static void make_up_id(struct sp_metadata_reader *r, struct sp_keyed_handle *h)
{
	sp_auto_buffer text = { 0 };
	size_t from = (size_t)(h->at - r->in.base);
	uint8_t d[16];

	sp_buffer_u64(&text, h->at);
	sp_buffer_bytes(
		&text, sp_slice(r->in.start + from, (size_t)(r->in.at - r->in.start) - from));
	sp_murmur3_128(sp_buffer_slice(&text), d);
	h->state_handle_id = sp_slice_of(sp_arena_printf(r->arena, "%08x-%04x-%04x-%04x-%04x%08x",
		sp_get_be32(d), sp_get_be16(d + 4), sp_get_be16(d + 6), sp_get_be16(d + 8),
		sp_get_be16(d + 10), sp_get_be32(d + 12)));
}

/* The last field of a changelog handle. */
static int take_id(struct sp_metadata_reader *r, struct sp_keyed_handle *h, struct sp_error *err)
{
	if (!is_of_1_14(r, h))
		return sp_take_utf(&r->in, &h->state_handle_id, err);
	make_up_id(r, h);
	return 0;
}

static int take_checkpointed_size(
	struct sp_metadata_reader *r, struct sp_keyed_handle *h, struct sp_error *err)
{
	h->checkpointed_size = -1;
	return is_of_1_14(r, h) ? 0 : sp_take_i64(&r->in, &h->checkpointed_size, err);
}

static int take_changelog(
	struct sp_metadata_reader *r, struct sp_keyed_handle *h, struct sp_error *err)
{
	if (take_range(r, h, err) < 0 || take_checkpointed_size(r, h, err) < 0)
		return err->code;
	h->materialized = take_materialized(r, &h->n_materialized, err);
	if (h->materialized == NULL)
		return err->code;
	h->non_materialized = take_non_materialized(r, &h->n_non_materialized, err);
	if (h->non_materialized == NULL)
		return err->code;
	if (!is_of_1_14(r, h) && sp_take_i64(&r->in, &h->materialization_id, err) < 0)
		return err->code;
	h->checkpoint_id = h->materialization_id;
	if (h->code == SP_KEYED_CHANGELOG_V2 && sp_take_i64(&r->in, &h->checkpoint_id, err) < 0)
		return err->code;
	return take_id(r, h, err);
}

static int take_changelog_bytes(
	struct sp_metadata_reader *r, struct sp_keyed_handle *h, struct sp_error *err)
{
	static const struct sp_elements elements = { "changes", 4 + 4, sizeof(struct sp_change) };

	if (take_range(r, h, err) < 0 || sp_take_i64(&r->in, &h->from, err) < 0 ||
		sp_take_i64(&r->in, &h->to, err) < 0)
		return err->code;
	h->changes = sp_metadata_array(r, &elements, &h->n_changes, err);
	if (h->changes == NULL)
		return err->code;
	for (size_t i = 0; i < h->n_changes; i++)
		if (sp_take_i32(&r->in, &h->changes[i].key_group, err) < 0 ||
			sp_take_blob(&r->in, &h->changes[i].bytes, err) < 0)
			return err->code;
	return take_id(r, h, err);
}

static int take_changelog_file(
	struct sp_metadata_reader *r, struct sp_keyed_handle *h, struct sp_error *err)
{
	static const struct sp_elements elements = { "changelog streams", 8 + 1,
		sizeof(struct sp_change_stream) };

	if (take_range(r, h, err) < 0)
		return err->code;
	h->streams = sp_metadata_array(r, &elements, &h->n_streams, err);
	if (h->streams == NULL)
		return err->code;
	for (size_t i = 0; i < h->n_streams; i++)
		if (sp_take_i64(&r->in, &h->streams[i].offset, err) < 0 ||
			sp_take_handle(r, &h->streams[i].handle, err) < 0)
			return err->code;
	if (sp_take_i64(&r->in, &h->size, err) < 0 || take_checkpointed_size(r, h, err) < 0 ||
		take_id(r, h, err) < 0)
		return err->code;
	if (h->code == SP_KEYED_CHANGELOG_FILE_V2)
		return sp_take_utf(&r->in, &h->storage_identifier, err);
	h->storage_identifier = sp_slice_of("filesystem");
	return 0;
}

static int take_key_groups_v2(
	struct sp_metadata_reader *r, struct sp_keyed_handle *h, struct sp_error *err)
{
	if (sp_take_key_groups(r, h, err) < 0)
		return err->code;
	return sp_take_utf(&r->in, &h->state_handle_id, err);
}

static int take_keyed_body(
	struct sp_metadata_reader *r, struct sp_keyed_handle *h, struct sp_error *err)
{
	switch (h->code) {
	case SP_KEYED_NONE: return 0;
	case SP_KEYED_KEY_GROUPS:
	case SP_KEYED_SAVEPOINT: return sp_take_key_groups(r, h, err);
	case SP_KEYED_KEY_GROUPS_V2: return take_key_groups_v2(r, h, err);
	case SP_KEYED_INCREMENTAL:
	case SP_KEYED_INCREMENTAL_V2: return take_incremental(r, h, err);
	case SP_KEYED_CHANGELOG: r->saw_changelog = true; return take_changelog(r, h, err);
	case SP_KEYED_CHANGELOG_BYTES:
		r->saw_changelog = true;
		return take_changelog_bytes(r, h, err);
	case SP_KEYED_CHANGELOG_FILE:
		r->saw_changelog = true;
		return take_changelog_file(r, h, err);
	case SP_KEYED_CHANGELOG_V2: return take_changelog(r, h, err);
	case SP_KEYED_CHANGELOG_FILE_V2: return take_changelog_file(r, h, err);
	}
	return sp_metadata_unknown(r, "keyed state handle", h->code, err);
}

int sp_take_keyed_handle(
	struct sp_metadata_reader *r, struct sp_keyed_handle *ret, struct sp_error *err)
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
	status = take_keyed_body(r, ret, err);
	r->depth--;
	return status;
}
