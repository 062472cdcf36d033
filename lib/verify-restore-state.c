/*
 * What a release and its backends say to state: layouts, headers, types, tables of RocksDB.
 *
 *	                        heap                rocksdb             forst
 *	canonical, code 7       1.13+               yes                 no
 *	canonical, code 3, 12   no                  yes                 no
 *	heap native             yes                 no                  no
 *	incremental, 5, 11      no                  yes                 yes
 *
 * Headers that cannot be read are findings of another level, and passed over here.
 */
#include <inttypes.h>

#include "format.h"
#include "operator-state.h"
#include "raw-timers.h"
#include "release-limits.h"
#include "sst.h"
#include "verify-internal.h"
#include "verify-restore-internal.h"

#define NO_STATE ((struct sp_slice){ NULL, 0 })
#define HASHMAP(self) (&(self)->own[SP_BACKEND_HASHMAP])
#define ROCKSDB(self) (&(self)->own[SP_BACKEND_ROCKSDB])
#define FORST(self) (&(self)->own[SP_BACKEND_FORST])

#define ASYNC_MIN SP_RELEASE(2, 0) /* StateMetaInfoSnapshot.BackendStateType.KEY_VALUE_V2 */
#define CHANGELOG_NORMAL_MIN SP_RELEASE(1, 15) /* reads what is no dialect */
#define CHANGELOG_OFF_MIN SP_RELEASE(1, 16)    /* DeactivatedChangelogStateBackend */

/* --- layouts ------------------------------------------------------------------------------ */

static void no_incremental(struct sp_predictor *self)
{
	sp_predict(self, HASHMAP(self), SP_FIND_RESTORE_LAYOUT, NO_STATE,
		"RocksDB files; 'IllegalStateException: Unexpected state handle type, expected one "
		"of: …KeyGroupsStateHandle, but found: …IncrementalRemoteKeyedStateHandle'");
}

static void no_canonical(struct sp_predictor *self, enum sp_keyed_code code)
{
	sp_predict(self, FORST(self), SP_FIND_RESTORE_LAYOUT, NO_STATE,
		"canonical state; 'UnsupportedOperationException: Not support restoring yet'");
	if (code != SP_KEYED_SAVEPOINT)
		sp_predict(self, HASHMAP(self), SP_FIND_RESTORE_LAYOUT, NO_STATE,
			"a full snapshot of RocksDB in a handle of type %d; "
			"'IllegalStateException: Unexpected key-group in restore'",
			(int)code);
	else if (self->restore->release < SP_CANONICAL_MIN)
		sp_predict(self, HASHMAP(self), SP_FIND_RESTORE_LAYOUT, NO_STATE,
			"canonical state, which this backend restores from Flink 1.13 on");
}

static void no_heap(struct sp_predictor *self)
{
	sp_predict(self, ROCKSDB(self), SP_FIND_RESTORE_LAYOUT, NO_STATE,
		"heap-native state, taken for rows; 'BackendBuildingException: Caught unexpected "
		"exception', of an ArrayIndexOutOfBoundsException or EOFException");
	sp_predict(self, FORST(self), SP_FIND_RESTORE_LAYOUT, NO_STATE,
		"heap-native state; 'UnsupportedOperationException: Not support restoring yet'");
}

static bool is_incremental(const struct sp_keyed_handle *handle)
{
	return handle->code == SP_KEYED_INCREMENTAL || handle->code == SP_KEYED_INCREMENTAL_V2;
}

static bool is_changelog(const struct sp_keyed_handle *handle)
{
	return handle->code == SP_KEYED_CHANGELOG || handle->code == SP_KEYED_CHANGELOG_V2;
}

/* Damage and what nobody understands is told by others. */
static int pass_over(int r)
{
	return r == SP_EDAMAGED || r == SP_EUNSUPPORTED ? 0 : r;
}

static struct sp_keyed_place place_of(
	const struct sp_predictor *self, const struct sp_keyed_handle *handle)
{
	return sp_place(self->source, self->op, self->subtask, handle);
}

static int predict_key_groups(
	struct sp_predictor *self, const struct sp_keyed_handle *handle, struct sp_error *err)
{
	const struct sp_keyed_place place = place_of(self, handle);
	const struct sp_format *format;
	int r = sp_format_of(&place, &format, err);

	if (r < 0)
		return pass_over(r);
	if (format->canonical)
		no_canonical(self, handle->code);
	else
		no_heap(self);
	return 0;
}

/* --- tables ------------------------------------------------------------------------------- */

/* What frocksdbjni 5.17, 6.20 and 8.10 open. */
static const struct {
	sp_release from;
	uint32_t version; /* of the format */
	enum sp_sst_checksum checksum;
} opens[] = {
	{ SP_RELEASE(2, 0), 6, SP_SST_XXH3 },
	{ SP_RELEASE(1, 14), 5, SP_SST_XXHASH64 },
	{ 0, 4, SP_SST_XXHASH },
};

static void predict_footer(
	struct sp_predictor *self, struct sp_slice name, const struct sp_sst_footer *footer)
{
	size_t i = 0;

	while (self->restore->release < opens[i].from)
		i++;
	if (footer->version > opens[i].version)
		sp_predict(self, ROCKSDB(self), SP_FIND_RESTORE_SST, NO_STATE,
			"%.*s: format version %" PRIu32 ", at most %" PRIu32 " is read; "
			"'RocksDBException: Unknown Footer version'",
			(int)name.n, (const char *)name.p, footer->version, opens[i].version);
	else if (footer->checksum > (int)opens[i].checksum)
		sp_predict(self, ROCKSDB(self), SP_FIND_RESTORE_SST, NO_STATE,
			"%.*s: 'RocksDBException: unknown checksum type %d'", (int)name.n,
			(const char *)name.p, footer->checksum);
}

static int predict_file(
	struct sp_predictor *self, const struct sp_local_file *local, struct sp_error *err)
{
	sp_auto(sp_file) *file = NULL;
	struct sp_sst_footer footer;
	int r;

	if (local->local_path.n < 4 ||
		memcmp(local->local_path.p + local->local_path.n - 4, ".sst", 4) != 0)
		return 0;
	r = sp_verify_open(self->source, &local->handle, &file, err);
	if (r <= 0 || file->size < SP_SST_FOOTER_BYTES)
		return r < 0 ? r : 0;
	if (sp_sst_footer_read(file, &footer, err) < 0)
		return err->code;
	if (footer.table)
		predict_footer(self, local->local_path, &footer);
	return 0;
}

static int predict_files(
	struct sp_predictor *self, const struct sp_keyed_handle *handle, struct sp_error *err)
{
	for (size_t i = 0; i < handle->n_shared; i++)
		if (predict_file(self, &handle->shared[i], err) < 0)
			return err->code;
	for (size_t i = 0; i < handle->n_private; i++)
		if (predict_file(self, &handle->private[i], err) < 0)
			return err->code;
	return 0;
}

/* --- types -------------------------------------------------------------------------------- */

static void predict_type(struct sp_predictor *self, struct sp_slice state, const char *role,
	const struct sp_type *type)
{
	sp_auto_buffer text = { 0 };
	sp_auto_buffer class = { 0 };
	const struct sp_type *part;

	if (type == NULL)
		return;
	sp_type_releases(type, self->kryo, self->restore->release, &part);
	if (part == NULL)
		return;
	sp_type_unread_text(part, self->kryo, self->restore->release, &text);
	sp_mutf8_to_utf8(part->snapshot_class, &class);
	if (part->kind == SP_KRYO)
		sp_predict(self, self->findings, SP_FIND_RESTORE_KRYO, state,
			"%s: %.*s; 'IllegalStateException: Missing value for the key', or a "
			"KryoException when a value is read",
			role, (int)text.n, (const char *)text.p);
	else
		sp_predict(self, self->findings, SP_FIND_RESTORE_TYPE, state,
			"%s: %.*s; 'IOException: Could not find class '%.*s' in classpath'", role,
			(int)text.n, (const char *)text.p, (int)class.n, (const char *)class.p);
}

static void predict_kind(struct sp_predictor *self, const struct sp_state *state)
{
	if (state->kind != SP_KIND_KEY_VALUE_V2)
		return;
	if (self->restore->release < ASYNC_MIN) {
		sp_predict(self, self->findings, SP_FIND_RESTORE_KIND, state->name,
			"kind 4, known from Flink 2.0 on; 'ArrayIndexOutOfBoundsException: Index 4 "
			"out of bounds for length 4'");
		return;
	}
	sp_predict(self, ROCKSDB(self), SP_FIND_RESTORE_ASYNC, state->name,
		"kind 4; 'ClassCastException: class "
		"…state.v2.RegisteredKeyValueStateBackendMetaInfo "
		"cannot be cast to class …state.RegisteredKeyValueStateBackendMetaInfo'");
}

static void predict_state(struct sp_predictor *self, const struct sp_state *state)
{
	predict_kind(self, state);
	predict_type(self, state->name, "key", state->key);
	predict_type(self, state->name, "namespace", state->ns);
	predict_type(self, state->name, "map key", state->user_key);
	predict_type(self, state->name, "value", state->value);
}

static void old_header(struct sp_predictor *self, enum sp_finding_code code, int32_t version)
{
	sp_predict(self, self->findings, code, NO_STATE,
		"version %" PRId32 "; 'VersionMismatchException: Incompatible version: found "
		"%" PRId32 "'",
		version, version);
}

/* States with names that column families cannot have are legal on the heap. */
static int predict_families(struct sp_predictor *self, const struct sp_keyed_handle *handle,
	const struct sp_keyed_header *header, struct sp_error *err)
{
	const struct sp_format *rocksdb = sp_format_by_name("rocksdb");
	int r = 0;

	if (!is_incremental(handle) && rocksdb->check != NULL)
		r = rocksdb->check(header, err);
	if (r == SP_EUNSUPPORTED)
		sp_predict(
			self, ROCKSDB(self), SP_FIND_RESTORE_FAMILY, NO_STATE, "%s", err->message);
	return pass_over(r);
}

static int predict_header(
	struct sp_predictor *self, const struct sp_keyed_handle *handle, struct sp_error *err)
{
	const struct sp_keyed_place place = place_of(self, handle);
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	const struct sp_format *format;
	int r = sp_format_of(&place, &format, err);

	if (r == 0)
		r = sp_format_header(format, &place, arena, &header, err);
	if (r <= 0)
		return pass_over(r);
	if (header->version < SP_KEYED_HEADER_CURRENT &&
		self->restore->release > SP_OLD_HEADERS_MAX)
		old_header(self, SP_FIND_RESTORE_KEYED_HEADER, header->version);
	predict_type(self, NO_STATE, "key", header->key);
	for (size_t i = 0; i < header->n_states; i++)
		predict_state(self, &header->states[i]);
	return predict_families(self, handle, header, err);
}

/* --- keyed state -------------------------------------------------------------------------- */

static int predict_layout(
	struct sp_predictor *self, const struct sp_keyed_handle *handle, struct sp_error *err)
{
	int r = 0;

	if (is_incremental(handle)) {
		no_incremental(self);
		return predict_files(self, handle, err);
	}
	if (!is_changelog(handle))
		return predict_key_groups(self, handle, err);
	if (self->restore->release < CHANGELOG_OFF_MIN &&
		(self->restore->release >= CHANGELOG_NORMAL_MIN ||
			self->source->snapshot->dialect == SP_DIALECT_CHANGELOG_1_14))
		sp_predict(self, self->findings, SP_FIND_RESTORE_CHANGELOG, NO_STATE,
			"a changelog on top of %zu snapshots", handle->n_materialized);
	for (size_t i = 0; i < handle->n_materialized && r == 0;
		i++) /* nested: the reader bounds it */
		r = predict_layout(self, &handle->materialized[i], err);
	return r;
}

static int predict_keyed(struct sp_predictor *self, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = &self->subtask->managed_keyed;

	if (handle->code == SP_KEYED_NONE)
		return 0;
	if (predict_layout(self, handle, err) < 0)
		return err->code;
	return predict_header(self, handle, err);
}

static void predict_service(struct sp_predictor *self, const struct sp_raw_timer *service)
{
	predict_type(self, service->service, "key", service->key_type);
	predict_type(self, service->service, "namespace", service->ns_type);
}

/* The types of the first key group: the others have the same. */
static int predict_raw_keyed(struct sp_predictor *self, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = &self->subtask->raw_keyed;
	sp_auto(sp_raw_timers) *timers = NULL;
	struct sp_raw_timer service;
	int32_t version = 0;
	int64_t first = -1;
	int r;

	if (handle->code == SP_KEYED_NONE)
		return 0;
	r = sp_timers_version(self->source, handle, &version, err);
	if (r <= 0)
		return pass_over(r);
	if (version < SP_TIMERS_CURRENT && self->restore->release > SP_OLD_HEADERS_MAX)
		old_header(self, SP_FIND_RESTORE_TIMERS, version);
	r = sp_raw_timers_open(self->source, handle, &timers, err);
	while (r > 0 && (r = sp_raw_timers_next_service(timers, &service, err)) > 0 &&
		(first < 0 || service.key_group == first)) {
		predict_service(self, &service);
		first = service.key_group;
	}
	return r > 0 ? 0 : pass_over(r);
}

/* --- operator state ----------------------------------------------------------------------- */

/* 1.18.0 and 1.18.1 look for a stream identifier in front of each state; the first one has it. */
static bool has_several_states(const struct sp_operator_handle *handle)
{
	size_t n = 0;

	for (size_t i = 0; i < handle->n_states; i++)
		n += handle->states[i].n_offsets > 0;
	return n > 1;
}

static void predict_operator_header(struct sp_predictor *self,
	const struct sp_operator_handle *handle, int32_t version, bool compressed)
{
	sp_release from, to;

	sp_operator_header_releases(version, false, &from, &to);
	if (self->restore->release < from || self->restore->release > to) {
		old_header(self, SP_FIND_RESTORE_OPERATOR_HEADER, version);
		return;
	}
	sp_operator_header_releases(version, compressed, &from, &to);
	if (self->restore->release < from && has_several_states(handle))
		sp_predict(self, self->findings, SP_FIND_RESTORE_COMPRESSED, NO_STATE,
			"FLINK-34063; 'IOException: invalid stream header'");
}

static int predict_operator_handle(
	struct sp_predictor *self, const struct sp_operator_handle *handle, struct sp_error *err)
{
	sp_auto(sp_operator_reader) *reader = NULL;
	const struct sp_operator_header *header;
	sp_auto(sp_file) *file = NULL;
	bool compressed;
	int32_t version;
	int r = sp_verify_open(self->source, &handle->data, &file, err);

	if (r <= 0)
		return r;
	if (sp_operator_peek(file, &version, &compressed, err) < 0)
		return pass_over(err->code);
	predict_operator_header(self, handle, version, compressed);
	r = sp_operator_reader_open(self->source, handle, &reader, err);
	if (r < 0)
		return pass_over(r);
	header = sp_operator_reader_header(reader);
	for (size_t i = 0; i < header->n_states; i++)
		predict_state(self, &header->states[i]);
	return 0;
}

static int predict_subtask(struct sp_predictor *self, struct sp_error *err)
{
	for (size_t i = 0; i < self->subtask->n_managed_operator; i++)
		if (self->subtask->managed_operator[i].code != SP_OPERATOR_NONE &&
			predict_operator_handle(self, &self->subtask->managed_operator[i], err) < 0)
			return err->code;
	if (predict_raw_keyed(self, err) < 0)
		return err->code;
	return predict_keyed(self, err);
}

int sp_predict_state(struct sp_predictor *self, struct sp_error *err)
{
	for (size_t i = 0; i < self->op->n_subtasks; i++) {
		self->subtask = &self->op->subtasks[i];
		if (predict_subtask(self, err) < 0)
			return err->code;
	}
	self->subtask = NULL;
	return 0;
}
