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

/* Goes over all that the metadata has: narrows `range`, or tells what `release` cannot read. */
struct walk {
	struct sp_releases range;
	sp_release release; /* 0: nothing is told */
	struct sp_unread at;
	sp_unread_fn *tell;
	void *arg;
};

static void meet(struct sp_releases *r, const struct sp_releases *by)
{
	r->written_from = r->written_from > by->written_from ? r->written_from : by->written_from;
	r->written_to = r->written_to < by->written_to ? r->written_to : by->written_to;
	r->read_from = r->read_from > by->read_from ? r->read_from : by->read_from;
	r->read_to = r->read_to < by->read_to ? r->read_to : by->read_to;
}

static void narrow(
	struct walk *self, const struct sp_releases *by, enum sp_unread_what what, int code)
{
	if (by->read_to == 0) /* a code without an entry: all releases */
		return;
	meet(&self->range, by);
	if (self->release == 0 || (self->release >= by->read_from && self->release <= by->read_to))
		return;
	self->at.what = what;
	self->at.code = code;
	self->at.from = by->read_from;
	self->at.to = by->read_to;
	self->tell(&self->at, self->arg);
}

#define narrow_by_code(self, table, code, what)                                                    \
	do {                                                                                       \
		if ((size_t)(code) < sp_countof(table))                                            \
			narrow(self, &(table)[code], what, (int)(code));                           \
	} while (0)

/* The reader bounds how deep handles nest. */
static void narrow_by_handle(struct walk *self, const struct sp_handle *h)
{
	narrow_by_code(self, stream_codes, h->code, SP_UNREAD_STREAM);
	if (h->code == SP_HANDLE_KEY_GROUPS)
		narrow_by_handle(self, &h->key_groups->data);
}

static void narrow_by_files(struct walk *self, const struct sp_local_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		narrow_by_handle(self, &files[i].handle);
}

static void narrow_by_keyed(
	struct walk *self, const struct sp_keyed_handle *h, enum sp_dialect dialect)
{
	bool own = dialect == SP_DIALECT_CHANGELOG_1_14 && h->code >= SP_KEYED_CHANGELOG &&
		   h->code <= SP_KEYED_CHANGELOG_FILE;

	if (own)
		narrow(self, &changelog_1_14, SP_UNREAD_CHANGELOG_1_14, (int)h->code);
	else
		narrow_by_code(self, keyed_codes, h->code, SP_UNREAD_KEYED);
	narrow_by_handle(self, &h->data);
	narrow_by_files(self, h->shared, h->n_shared);
	narrow_by_files(self, h->private, h->n_private);
	for (size_t i = 0; i < h->n_materialized; i++)
		narrow_by_keyed(self, &h->materialized[i], dialect);
	for (size_t i = 0; i < h->n_non_materialized; i++)
		narrow_by_keyed(self, &h->non_materialized[i], dialect);
	for (size_t i = 0; i < h->n_streams; i++)
		narrow_by_handle(self, &h->streams[i].handle);
}

static void narrow_by_operator_handles(
	struct walk *self, const struct sp_operator_handle *handles, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		narrow_by_code(self, operator_codes, handles[i].code, SP_UNREAD_OPERATOR);
		narrow_by_handle(self, &handles[i].data);
	}
}

static void narrow_by_channels(struct walk *self, const struct sp_channel_handle *handles, size_t n,
	enum sp_dialect dialect)
{
	for (size_t i = 0; i < n; i++) {
		if (dialect == SP_DIALECT_CHANNELS_1_11)
			narrow(self, &channels_1_11, SP_UNREAD_CHANNELS_1_11, 0);
		else
			narrow(self, &channels, SP_UNREAD_CHANNELS, 0);
		if (handles[i].merged)
			narrow(self, &merged_channels, SP_UNREAD_CHANNELS, 0);
		narrow_by_handle(self, &handles[i].data);
	}
}

/* State of Flink 1.1: version 1 has empty slots in its place, version 2 must have none at all. */
static void narrow_by_legacy(
	struct walk *self, const struct sp_snapshot *snapshot, const struct sp_subtask *s)
{
	for (size_t i = 0; i < s->n_legacy; i++)
		if (snapshot->version >= 2 || s->legacy[i].code != SP_HANDLE_NONE)
			narrow(self, &legacy, SP_UNREAD_LEGACY, 0);
}

static void narrow_by_subtask(
	struct walk *self, const struct sp_snapshot *snapshot, const struct sp_subtask *s)
{
	enum sp_dialect dialect = snapshot->dialect;

	self->at.subtask = s;
	if (s->finished)
		narrow(self, &finished, SP_UNREAD_FINISHED, 0);
	narrow_by_legacy(self, snapshot, s);
	narrow_by_operator_handles(self, s->managed_operator, s->n_managed_operator);
	narrow_by_operator_handles(self, s->raw_operator, s->n_raw_operator);
	narrow_by_keyed(self, &s->managed_keyed, dialect);
	narrow_by_keyed(self, &s->raw_keyed, dialect);
	narrow_by_channels(self, s->input_channels, s->n_input_channels, dialect);
	narrow_by_channels(self, s->result_subpartitions, s->n_result_subpartitions, dialect);
}

static void narrow_by_operator(
	struct walk *self, const struct sp_snapshot *snapshot, const struct sp_operator *op)
{
	self->at.op = op;
	self->at.subtask = NULL;
	if (op->fully_finished)
		narrow(self, &finished, SP_UNREAD_FINISHED, 0);
	if (op->coordinator.code != SP_HANDLE_NONE)
		narrow(self, &coordinator, SP_UNREAD_COORDINATOR, 0);
	for (size_t i = 0; i < op->n_subtasks; i++)
		narrow_by_subtask(self, snapshot, &op->subtasks[i]);
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
	struct walk self = { .release = 0 };

	sp_releases_of_version(snapshot->version, &self.range);
	for (size_t i = 0; i < snapshot->n_operators; i++)
		narrow_by_operator(&self, snapshot, &snapshot->operators[i]);
	clear_empty(&self.range.written_from, &self.range.written_to);
	clear_empty(&self.range.read_from, &self.range.read_to);
	*ret = self.range;
}

void sp_release_unread(
	const struct sp_snapshot *snapshot, sp_release release, sp_unread_fn *tell, void *arg)
{
	struct walk self = { .release = release, .tell = tell, .arg = arg };
	struct sp_releases of_version;

	sp_releases_of_version(snapshot->version, &of_version);
	sp_releases_of_version(snapshot->version, &self.range);
	narrow(&self, &of_version, SP_UNREAD_VERSION, snapshot->version);
	for (size_t i = 0; i < snapshot->n_operators; i++)
		narrow_by_operator(&self, snapshot, &snapshot->operators[i]);
}

const char *sp_release_text(sp_release release, char ret[16])
{
	if (release <= 0)
		snprintf(ret, 16, "none");
	else
		snprintf(ret, 16, "%d.%d", release / 1000, release % 1000);
	return ret;
}
