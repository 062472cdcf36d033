/*
 * Which Flink releases have to do with a snapshot's metadata. The version says little: type codes
 * came without raising it, and two layouts changed without any sign (see metadata-read.c).
 */
#include "snapshot.h"

#include <stdio.h>

#define R SP_RELEASE
#define NEWEST SP_RELEASE_NEWEST

/* Indexed by version. */
static const struct sp_releases versions[] = {
	[1] = { R(1, 2), R(1, 2), R(1, 2), R(1, 10) },
	[2] = { R(1, 3), R(1, 10), R(1, 3), NEWEST },
	[3] = { R(1, 11), R(1, 15), R(1, 11), NEWEST },
	[4] = { R(1, 16), R(1, 20), R(1, 16), NEWEST },
	[5] = { R(2, 0), R(2, 0), R(2, 0), NEWEST },
	[6] = { R(2, 1), NEWEST, R(2, 1), NEWEST },
};

/* Indexed by type code: enum sp_handle_code, sp_operator_code and sp_keyed_code. */
static const struct sp_releases stream_codes[] = {
	[SP_HANDLE_KEY_GROUPS] = { R(1, 13), NEWEST, R(1, 13), NEWEST },
	[SP_HANDLE_RELATIVE] = { R(1, 11), NEWEST, R(1, 11), NEWEST },
	[SP_HANDLE_SEGMENT] = { R(1, 20), NEWEST, R(1, 20), NEWEST },
	[SP_HANDLE_EMPTY_SEGMENT] = { R(1, 20), NEWEST, R(1, 20), NEWEST },
};

static const struct sp_releases operator_codes[] = {
	[SP_OPERATOR_MERGED] = { R(1, 20), NEWEST, R(1, 20), NEWEST },
};

/* Codes 8, 9 and 10 in the normal dialect; that of 1.14 is narrowed as a whole. */
static const struct sp_releases keyed_codes[] = {
	[SP_KEYED_KEY_GROUPS] = { R(1, 2), R(1, 14), R(1, 2), NEWEST },
	[SP_KEYED_INCREMENTAL] = { R(1, 3), R(1, 14), R(1, 3), NEWEST },
	[SP_KEYED_SAVEPOINT] = { R(1, 13), NEWEST, R(1, 13), NEWEST },
	[SP_KEYED_CHANGELOG] = { R(1, 15), R(1, 15), R(1, 15), NEWEST },
	[SP_KEYED_CHANGELOG_BYTES] = { R(1, 15), NEWEST, R(1, 15), NEWEST },
	[SP_KEYED_CHANGELOG_FILE] = { R(1, 15), R(1, 15), R(1, 15), NEWEST },
	[SP_KEYED_INCREMENTAL_V2] = { R(1, 15), NEWEST, R(1, 15), NEWEST },
	[SP_KEYED_KEY_GROUPS_V2] = { R(1, 15), NEWEST, R(1, 15), NEWEST },
	[SP_KEYED_CHANGELOG_FILE_V2] = { R(1, 16), NEWEST, R(1, 16), NEWEST },
	[SP_KEYED_CHANGELOG_V2] = { R(1, 16), NEWEST, R(1, 16), NEWEST },
};

static const struct sp_releases channels = { R(1, 12), NEWEST, R(1, 12), NEWEST };
static const struct sp_releases channels_1_11 = { R(1, 11), R(1, 11), R(1, 11), R(1, 11) };
static const struct sp_releases changelog_1_14 = { R(1, 14), R(1, 14), R(1, 14), R(1, 14) };
static const struct sp_releases finished = { R(1, 14), NEWEST, R(1, 14), NEWEST };
static const struct sp_releases legacy = { R(1, 2), R(1, 3), R(1, 2), R(1, 3) };
static const struct sp_releases coordinator = { R(1, 11), NEWEST, R(1, 11), NEWEST };
static const struct sp_releases merged_channels = { R(2, 1), NEWEST, R(2, 1), NEWEST };

static void narrow(struct sp_releases *r, const struct sp_releases *by)
{
	if (by->read_to == 0) /* a code without an entry: all releases */
		return;
	r->written_from = r->written_from > by->written_from ? r->written_from : by->written_from;
	r->written_to = r->written_to < by->written_to ? r->written_to : by->written_to;
	r->read_from = r->read_from > by->read_from ? r->read_from : by->read_from;
	r->read_to = r->read_to < by->read_to ? r->read_to : by->read_to;
}

#define narrow_by_code(r, table, code)                                                             \
	do {                                                                                       \
		if ((size_t)(code) < sp_countof(table))                                            \
			narrow(r, &(table)[code]);                                                 \
	} while (0)

/* The reader bounds how deep handles nest. */
static void narrow_by_handle(struct sp_releases *r, const struct sp_handle *h)
{
	narrow_by_code(r, stream_codes, h->code);
	if (h->code == SP_HANDLE_KEY_GROUPS)
		narrow_by_handle(r, &h->key_groups->data);
}

static void narrow_by_files(struct sp_releases *r, const struct sp_local_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		narrow_by_handle(r, &files[i].handle);
}

static void narrow_by_keyed(
	struct sp_releases *r, const struct sp_keyed_handle *h, enum sp_dialect dialect)
{
	bool own = dialect == SP_DIALECT_CHANGELOG_1_14 && h->code >= SP_KEYED_CHANGELOG &&
		   h->code <= SP_KEYED_CHANGELOG_FILE;

	if (own)
		narrow(r, &changelog_1_14);
	else
		narrow_by_code(r, keyed_codes, h->code);
	narrow_by_handle(r, &h->data);
	narrow_by_files(r, h->shared, h->n_shared);
	narrow_by_files(r, h->private, h->n_private);
	for (size_t i = 0; i < h->n_materialized; i++)
		narrow_by_keyed(r, &h->materialized[i], dialect);
	for (size_t i = 0; i < h->n_non_materialized; i++)
		narrow_by_keyed(r, &h->non_materialized[i], dialect);
	for (size_t i = 0; i < h->n_streams; i++)
		narrow_by_handle(r, &h->streams[i].handle);
}

static void narrow_by_operator_handles(
	struct sp_releases *r, const struct sp_operator_handle *handles, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		narrow_by_code(r, operator_codes, handles[i].code);
		narrow_by_handle(r, &handles[i].data);
	}
}

static void narrow_by_channels(struct sp_releases *r, const struct sp_channel_handle *handles,
	size_t n, enum sp_dialect dialect)
{
	for (size_t i = 0; i < n; i++) {
		narrow(r, dialect == SP_DIALECT_CHANNELS_1_11 ? &channels_1_11 : &channels);
		if (handles[i].merged)
			narrow(r, &merged_channels);
		narrow_by_handle(r, &handles[i].data);
	}
}

/* State of Flink 1.1: version 1 has empty slots in its place, version 2 must have none at all. */
static void narrow_by_legacy(
	struct sp_releases *r, const struct sp_snapshot *snapshot, const struct sp_subtask *s)
{
	for (size_t i = 0; i < s->n_legacy; i++)
		if (snapshot->version >= 2 || s->legacy[i].code != SP_HANDLE_NONE)
			narrow(r, &legacy);
}

static void narrow_by_subtask(
	struct sp_releases *r, const struct sp_snapshot *snapshot, const struct sp_subtask *s)
{
	enum sp_dialect dialect = snapshot->dialect;

	if (s->finished)
		narrow(r, &finished);
	narrow_by_legacy(r, snapshot, s);
	narrow_by_operator_handles(r, s->managed_operator, s->n_managed_operator);
	narrow_by_operator_handles(r, s->raw_operator, s->n_raw_operator);
	narrow_by_keyed(r, &s->managed_keyed, dialect);
	narrow_by_keyed(r, &s->raw_keyed, dialect);
	narrow_by_channels(r, s->input_channels, s->n_input_channels, dialect);
	narrow_by_channels(r, s->result_subpartitions, s->n_result_subpartitions, dialect);
}

static void narrow_by_operator(
	struct sp_releases *r, const struct sp_snapshot *snapshot, const struct sp_operator *op)
{
	if (op->fully_finished)
		narrow(r, &finished);
	if (op->coordinator.code != SP_HANDLE_NONE)
		narrow(r, &coordinator);
	for (size_t i = 0; i < op->n_subtasks; i++)
		narrow_by_subtask(r, snapshot, &op->subtasks[i]);
}

/* No release wrote such a mixture, or none reads it. */
static void clear_empty(sp_release *from, sp_release *to)
{
	if (*from > *to)
		*from = *to = 0;
}

void sp_releases_of_version(int32_t version, struct sp_releases *ret)
{
	*ret = (struct sp_releases){ 0 };
	if (version >= SP_METADATA_VERSION_MIN && version <= SP_METADATA_VERSION_MAX)
		*ret = versions[version];
}

void sp_keyed_handle_fit(struct sp_keyed_handle *handle, sp_release oldest)
{
	static const struct {
		enum sp_keyed_code code, instead;
	} older[] = {
		{ SP_KEYED_KEY_GROUPS_V2, SP_KEYED_KEY_GROUPS },
		{ SP_KEYED_INCREMENTAL_V2, SP_KEYED_INCREMENTAL },
		{ SP_KEYED_SAVEPOINT, SP_KEYED_KEY_GROUPS },
	};

	for (size_t i = 0; i < sp_countof(older); i++)
		if (handle->code == older[i].code && oldest < keyed_codes[handle->code].read_from) {
			handle->code = older[i].instead;
			return;
		}
}

void sp_releases_of(const struct sp_snapshot *snapshot, struct sp_releases *ret)
{
	struct sp_releases r;

	sp_releases_of_version(snapshot->version, &r);
	for (size_t i = 0; i < snapshot->n_operators; i++)
		narrow_by_operator(&r, snapshot, &snapshot->operators[i]);
	clear_empty(&r.written_from, &r.written_to);
	clear_empty(&r.read_from, &r.read_to);
	*ret = r;
}

const char *sp_release_text(sp_release release, char ret[16])
{
	if (release <= 0)
		snprintf(ret, 16, "none");
	else
		snprintf(ret, 16, "%d.%d", release / 1000, release % 1000);
	return ret;
}
