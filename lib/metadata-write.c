/*
 * The writer of _metadata, versions 2 to 6. Layouts are drawn in metadata-read.c,
 * metadata-read-handle.c and metadata-read-keyed.c; this is their mirror image.
 *
 * Handle codes are written as they are: Flink gave them out without raising the version.
 */
#include "metadata-internal.h"

#include <inttypes.h>

#include "buffer.h"

#define MASTER_STATE_MAGIC 0xc96b1696U

/* Expanding merged channels repeats their handles; no real snapshot comes near this sum. */
#define EXPANSION_LIMIT ((uint64_t)INT32_MAX)

struct writer {
	struct sp_buffer *out;
	int32_t version;
	uint64_t expanded; /* bytes of handles repeated for merged channels */
	bool too_long;     /* something has no length in this format; told at the end */
};

static void put_utf(struct writer *w, struct sp_slice text)
{
	if (text.n > UINT16_MAX)
		w->too_long = true;
	else
		sp_buffer_utf(w->out, text);
}

static void put_blob(struct writer *w, struct sp_slice bytes)
{
	if (bytes.n > INT32_MAX)
		w->too_long = true;
	else
		sp_buffer_blob(w->out, bytes);
}

static void put_u8(struct writer *w, int v)
{
	sp_buffer_u8(w->out, (uint8_t)v);
}

static void put_i32(struct writer *w, int32_t v)
{
	sp_buffer_u32(w->out, (uint32_t)v);
}

static void put_i64(struct writer *w, int64_t v)
{
	sp_buffer_u64(w->out, (uint64_t)v);
}

static void put_count(struct writer *w, size_t n)
{
	if (n > INT32_MAX)
		w->too_long = true;
	put_i32(w, (int32_t)n);
}

static void put_offsets(struct writer *w, const int64_t *offsets, size_t n)
{
	put_count(w, n);
	for (size_t i = 0; i < n; i++)
		put_i64(w, offsets[i]);
}

static void put_key_groups(struct writer *w, const struct sp_keyed_handle *h);

static void put_handle(struct writer *w, const struct sp_handle *h)
{
	put_u8(w, h->code);
	switch (h->code) {
	case SP_HANDLE_NONE:
	case SP_HANDLE_EMPTY_SEGMENT: break;
	case SP_HANDLE_BYTES:
		put_utf(w, h->name);
		put_blob(w, h->data);
		break;
	case SP_HANDLE_FILE:
		put_i64(w, h->size);
		put_utf(w, h->name);
		break;
	case SP_HANDLE_KEY_GROUPS: put_key_groups(w, h->key_groups); break;
	case SP_HANDLE_RELATIVE:
		put_utf(w, h->name);
		put_i64(w, h->size);
		break;
	case SP_HANDLE_SEGMENT:
		put_i64(w, h->start);
		put_i64(w, h->size);
		put_i32(w, h->scope);
		put_utf(w, h->name);
		put_utf(w, h->logical_file_id);
		break;
	}
}

static void put_key_groups(struct writer *w, const struct sp_keyed_handle *h)
{
	put_i32(w, h->start);
	put_offsets(w, h->offsets, (size_t)h->count);
	put_handle(w, &h->data);
}

static void put_files(struct writer *w, const struct sp_local_file *files, size_t n)
{
	put_count(w, n);
	for (size_t i = 0; i < n; i++) {
		put_utf(w, files[i].local_path);
		put_handle(w, &files[i].handle);
	}
}

static void put_incremental(struct writer *w, const struct sp_keyed_handle *h)
{
	put_i64(w, h->checkpoint_id);
	put_utf(w, h->backend_id);
	put_i32(w, h->start);
	put_i32(w, h->count);
	if (h->code == SP_KEYED_INCREMENTAL_V2)
		put_i64(w, h->checkpointed_size);
	put_handle(w, &h->data);
	put_files(w, h->shared, h->n_shared);
	put_files(w, h->private, h->n_private);
	if (h->code == SP_KEYED_INCREMENTAL_V2)
		put_utf(w, h->state_handle_id);
}

static void put_keyed(struct writer *w, const struct sp_keyed_handle *h);

static void put_changelog(struct writer *w, const struct sp_keyed_handle *h)
{
	put_i32(w, h->start);
	put_i32(w, h->count);
	put_i64(w, h->checkpointed_size);
	put_count(w, h->n_materialized);
	for (size_t i = 0; i < h->n_materialized; i++)
		put_keyed(w, &h->materialized[i]);
	put_count(w, h->n_non_materialized);
	for (size_t i = 0; i < h->n_non_materialized; i++)
		put_keyed(w, &h->non_materialized[i]);
	put_i64(w, h->materialization_id);
	if (h->code == SP_KEYED_CHANGELOG_V2)
		put_i64(w, h->checkpoint_id);
	put_utf(w, h->state_handle_id);
}

static void put_changelog_bytes(struct writer *w, const struct sp_keyed_handle *h)
{
	put_i32(w, h->start);
	put_i32(w, h->count);
	put_i64(w, h->from);
	put_i64(w, h->to);
	put_count(w, h->n_changes);
	for (size_t i = 0; i < h->n_changes; i++) {
		put_i32(w, h->changes[i].key_group);
		put_blob(w, h->changes[i].bytes);
	}
	put_utf(w, h->state_handle_id);
}

static void put_changelog_file(struct writer *w, const struct sp_keyed_handle *h)
{
	put_i32(w, h->start);
	put_i32(w, h->count);
	put_count(w, h->n_streams);
	for (size_t i = 0; i < h->n_streams; i++) {
		put_i64(w, h->streams[i].offset);
		put_handle(w, &h->streams[i].handle);
	}
	put_i64(w, h->size);
	put_i64(w, h->checkpointed_size);
	put_utf(w, h->state_handle_id);
	if (h->code == SP_KEYED_CHANGELOG_FILE_V2)
		put_utf(w, h->storage_identifier);
}

static void put_keyed(struct writer *w, const struct sp_keyed_handle *h)
{
	put_u8(w, h->code);
	switch (h->code) {
	case SP_KEYED_NONE: break;
	case SP_KEYED_KEY_GROUPS:
	case SP_KEYED_SAVEPOINT: put_key_groups(w, h); break;
	case SP_KEYED_KEY_GROUPS_V2:
		put_key_groups(w, h);
		put_utf(w, h->state_handle_id);
		break;
	case SP_KEYED_INCREMENTAL:
	case SP_KEYED_INCREMENTAL_V2: put_incremental(w, h); break;
	case SP_KEYED_CHANGELOG:
	case SP_KEYED_CHANGELOG_V2: put_changelog(w, h); break;
	case SP_KEYED_CHANGELOG_BYTES: put_changelog_bytes(w, h); break;
	case SP_KEYED_CHANGELOG_FILE:
	case SP_KEYED_CHANGELOG_FILE_V2: put_changelog_file(w, h); break;
	}
}

static void put_operator_handle(struct writer *w, const struct sp_operator_handle *h)
{
	put_u8(w, h->code);
	if (h->code == SP_OPERATOR_NONE)
		return;
	put_count(w, h->n_states);
	for (size_t i = 0; i < h->n_states; i++) {
		put_utf(w, h->states[i].name);
		put_u8(w, h->states[i].mode);
		put_offsets(w, h->states[i].offsets, h->states[i].n_offsets);
	}
	if (h->code == SP_OPERATOR_MERGED) {
		put_utf(w, h->task_owned_directory);
		put_utf(w, h->shared_directory);
		put_u8(w, h->empty);
	}
	put_handle(w, &h->data);
}

static int put_operator_handles(
	struct writer *w, const struct sp_operator_handle *handles, size_t n, struct sp_error *err)
{
	if (n > 1) /* Flink reads "not 0" as "one follows" */
		return sp_fail(err, SP_EUNSUPPORTED,
			"%zu operator state handles, but a subtask has room for one", n);
	put_count(w, n);
	for (size_t i = 0; i < n; i++)
		put_operator_handle(w, &handles[i]);
	return 0;
}

static void put_merged_channels(struct writer *w, const struct sp_channel_handle *h, bool input)
{
	sp_auto_buffer blob = { 0 };
	struct writer inner = { .out = &blob };

	put_u8(w, input ? 3 : 4);
	put_i32(w, h->subtask_index);
	put_i64(w, h->size);
	put_handle(w, &h->data);
	put_count(&inner, h->n_channels);
	for (size_t i = 0; i < h->n_channels; i++) {
		put_i32(&inner, h->channels[i].a);
		put_i32(&inner, h->channels[i].b);
		put_i64(&inner, h->channels[i].size);
		put_offsets(&inner, h->channels[i].offsets, h->channels[i].n_offsets);
	}
	w->too_long |= inner.too_long;
	put_blob(w, sp_buffer_slice(&blob));
}

/* A plain handle for each channel; below version 6 merged handles come here, too. */
static void put_plain_channels(struct writer *w, const struct sp_channel_handle *h, bool input)
{
	for (size_t i = 0; i < h->n_channels && !w->too_long; i++) {
		size_t before;

		if (w->version >= 6)
			put_u8(w, input ? 1 : 2);
		put_i32(w, h->subtask_index);
		put_i32(w, h->channels[i].a);
		put_i32(w, h->channels[i].b);
		put_offsets(w, h->channels[i].offsets, h->channels[i].n_offsets);
		put_i64(w, h->channels[i].size);
		before = w->out->n;
		put_handle(w, &h->data);
		w->expanded += i == 0 ? 0 : w->out->n - before;
		if (w->expanded > EXPANSION_LIMIT)
			w->too_long = true;
	}
}

static void put_channels(
	struct writer *w, const struct sp_channel_handle *handles, size_t n, bool input)
{
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += handles[i].merged && w->version >= 6 ? 1 : handles[i].n_channels;
	put_count(w, total);
	for (size_t i = 0; i < n; i++)
		if (handles[i].merged && w->version >= 6)
			put_merged_channels(w, &handles[i], input);
		else
			put_plain_channels(w, &handles[i], input);
}

static int fail_version(const struct writer *w, const char *what, struct sp_error *err)
{
	return sp_fail(err, SP_EUNSUPPORTED, "metadata version %" PRId32 " cannot hold %s",
		w->version, what);
}

static int put_legacy(struct writer *w, const struct sp_subtask *s, struct sp_error *err)
{
	if (w->version >= 3)
		return s->n_legacy == 0 ? 0 : fail_version(w, "state of Flink 1.1", err);
	put_i64(w, -1); /* was once the duration of the checkpoint */
	put_count(w, s->n_legacy);
	for (size_t i = 0; i < s->n_legacy; i++)
		put_handle(w, &s->legacy[i]);
	return 0;
}

static int put_subtask_state(struct writer *w, const struct sp_subtask *s, struct sp_error *err)
{
	if (put_legacy(w, s, err) < 0 ||
		put_operator_handles(w, s->managed_operator, s->n_managed_operator, err) < 0 ||
		put_operator_handles(w, s->raw_operator, s->n_raw_operator, err) < 0)
		return err->code;
	put_keyed(w, &s->managed_keyed);
	put_keyed(w, &s->raw_keyed);
	if (w->version < 3) {
		if (s->n_input_channels != 0 || s->n_result_subpartitions != 0)
			return fail_version(w, "channel state", err);
		return 0;
	}
	put_channels(w, s->input_channels, s->n_input_channels, true);
	put_channels(w, s->result_subpartitions, s->n_result_subpartitions, false);
	return 0;
}

static int put_subtask(struct writer *w, const struct sp_subtask *s, struct sp_error *err)
{
	if (s->finished && w->version < 3)
		return fail_version(w, "finished subtasks", err);
	put_i32(w, s->finished ? -1 - s->index : s->index);
	return s->finished ? 0 : put_subtask_state(w, s, err);
}

static int put_head(struct writer *w, const struct sp_operator *op, struct sp_error *err)
{
	if (w->version >= 5) {
		put_utf(w, op->name);
		put_utf(w, op->uid);
	}
	sp_buffer_bytes(w->out, sp_slice(op->id, sizeof(op->id)));
	put_i32(w, op->parallelism);
	put_i32(w, op->max_parallelism);
	if (w->version >= 3) {
		put_handle(w, &op->coordinator);
		return 0;
	}
	if (op->coordinator.code != SP_HANDLE_NONE)
		return fail_version(w, "coordinator state", err);
	put_i32(w, op->chain_length == 0 ? 1 : op->chain_length);
	return 0;
}

static int put_operator(struct writer *w, const struct sp_operator *op, struct sp_error *err)
{
	if (put_head(w, op, err) < 0)
		return err->code;
	if (op->fully_finished) {
		put_i32(w, -1);
		return w->version >= 3 ? 0 : fail_version(w, "finished operators", err);
	}
	put_count(w, op->n_subtasks);
	for (size_t i = 0; i < op->n_subtasks; i++)
		if (put_subtask(w, &op->subtasks[i], err) < 0)
			return sp_within(err, "subtask %" PRId32, op->subtasks[i].index);
	return 0;
}

static int put_operators(struct writer *w, const struct sp_snapshot *s, struct sp_error *err)
{
	char id[33];

	put_count(w, s->n_operators);
	for (size_t i = 0; i < s->n_operators; i++) {
		if (put_operator(w, &s->operators[i], err) < 0) {
			sp_operator_id_text(s->operators[i].id, id);
			return sp_within(err, "operator %s", id);
		}
	}
	return 0;
}

static void put_master_states(struct writer *w, const struct sp_snapshot *s)
{
	put_count(w, s->n_master_states);
	for (size_t i = 0; i < s->n_master_states; i++) {
		const struct sp_master_state *m = &s->master_states[i];

		put_i32(w, (int32_t)MASTER_STATE_MAGIC);
		put_count(w, 4 + 2 + m->name.n + 4 + m->payload.n);
		put_i32(w, m->version);
		put_utf(w, m->name);
		put_blob(w, m->payload);
	}
}

static void put_properties(struct writer *w, const struct sp_properties *properties)
{
	static const uint8_t null[] = { 0xac, 0xed, 0, 5, 0x70 }; /* a Java object stream of null */

	sp_buffer_bytes(w->out,
		properties->bytes.n == 0 ? sp_slice(null, sizeof(null)) : properties->bytes);
}

static int put_snapshot(struct writer *w, const struct sp_snapshot *s, struct sp_error *err)
{
	put_i32(w, SP_METADATA_MAGIC);
	put_i32(w, s->version);
	put_i64(w, s->checkpoint_id);
	put_master_states(w, s);
	if (put_operators(w, s, err) < 0)
		return err->code;
	if (s->version >= 4)
		put_properties(w, &s->properties);
	if (w->too_long)
		return sp_fail(err, SP_EUNSUPPORTED,
			"a string of more than 65535 bytes, or 2 GiB or more of anything");
	return 0;
}

int sp_metadata_write(
	const struct sp_snapshot *snapshot, struct sp_buffer *out, struct sp_error *err)
{
	struct writer w = { .out = out, .version = snapshot->version };
	size_t before = out->n;

	if (snapshot->version < 2 || snapshot->version > SP_METADATA_VERSION_MAX)
		return sp_fail(err, SP_EUNSUPPORTED,
			"metadata of version %" PRId32 " cannot be written", snapshot->version);
	if (put_snapshot(&w, snapshot, err) < 0) {
		out->n = before;
		return err->code;
	}
	return 0;
}
