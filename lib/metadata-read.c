/*
 * The frame of a _metadata file, big-endian without padding:
 *
 *	i32 magic 0x4960672d; i32 version; i64 checkpoint id
 *	v2+: list(master state)     i32 0xc96b1696; i32 n; n bytes: i32 version; utf name; blob
 *	list(operator)
 *	v4+: properties             a Java object stream, see properties.c
 *
 *	operator:   v5+: utf name; utf uid
 *	            16 bytes id; i32 parallelism; i32 max parallelism
 *	            v1-2: i32 chain length;  v3+: stream handle of the coordinator
 *	            i32 n, < 0: fully finished; subtask * n
 *	subtask:    i32 index, v3+ < 0: finished, index -1 - it, nothing follows
 *	            v1-2: i64 -1; list(stream handle) state of Flink 1.1
 *	            i32 k; operator handle * k     twice: managed, raw; v2+: k != 0 means one
 *	            keyed handle managed; keyed handle raw
 *	            v3+: list(channel handle) input; list(channel handle) result
 *
 * Version 3 has two dialects: the channel handles of 1.11 and the changelog handles of 1.14 lack
 * fields, and nothing says so. What neither parses nor ends exactly in the normal layout is read
 * in theirs.
 *
 * org.apache.flink.runtime.checkpoint.Checkpoints, metadata.MetadataV{1..6}Serializer and
 * MetadataV2V3SerializerBase; Flink 1.2 to 2.2.
 */
#include "metadata-internal.h"

#include <inttypes.h>

#define MASTER_STATE_MAGIC 0xc96b1696U /* MetadataV2V3SerializerBase.MASTER_STATE_MAGIC_NUMBER */

/*
 * Structs may take this many times the bytes of the file, and a sum that no file of sensible size
 * reaches: a finished subtask is four bytes in the file and hundreds in memory.
 */
#define BUDGET_FACTOR 48
#define BUDGET_BASE ((uint64_t)64 << 20)

#define NEWER_HINT "written by a Flink newer than 2.2? See savepoint-metadata(5)"

int sp_metadata_charge(struct sp_metadata_reader *r, uint64_t size, struct sp_error *err)
{
	if (size > r->budget)
		return sp_fail_at(err, &r->in,
			"what is listed so far takes more than %d times the memory of the file",
			BUDGET_FACTOR);
	r->budget -= size;
	return 0;
}

void *sp_metadata_array(struct sp_metadata_reader *r, const struct sp_elements *elements,
	size_t *ret_n, struct sp_error *err)
{
	uint32_t n;

	if (sp_take_count(&r->in, elements->least, elements->what, &n, err) < 0)
		return NULL;
	if (sp_metadata_charge(r, (uint64_t)n * elements->size, err) < 0) {
		sp_within(err, "%" PRIu32 " %s", n, elements->what);
		return NULL;
	}
	*ret_n = n;
	return sp_arena_alloc(r->arena, n, elements->size);
}

int sp_metadata_unknown(
	struct sp_metadata_reader *r, const char *what, unsigned code, struct sp_error *err)
{
	sp_fail(err, SP_EUNSUPPORTED, "offset 0x%" PRIx64 ": unknown %s type %u",
		sp_offset(&r->in) - 1, what, code);
	return sp_hint(err, NEWER_HINT);
}

static int take_header(struct sp_metadata_reader *r, struct sp_snapshot *s, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	uint32_t magic;

	if (sp_take_u32(&r->in, &magic, err) < 0)
		return err->code;
	if (magic != SP_METADATA_MAGIC)
		return sp_fail_at(err, &start,
			"not Flink metadata: magic number 0x%08" PRIx32 ", not 0x%08x", magic,
			SP_METADATA_MAGIC);
	start = r->in;
	if (sp_take_i32(&r->in, &s->version, err) < 0)
		return err->code;
	if (s->version < SP_METADATA_VERSION_MIN || s->version > SP_METADATA_VERSION_MAX) {
		sp_fail(err, SP_EUNSUPPORTED,
			"offset 0x%" PRIx64 ": unknown metadata version %" PRId32,
			sp_offset(&start), s->version);
		return s->version > 0 ? sp_hint(err, NEWER_HINT) : err->code;
	}
	r->version = s->version;
	start = r->in;
	if (sp_take_i64(&r->in, &s->checkpoint_id, err) < 0)
		return err->code;
	if (s->checkpoint_id < 0)
		return sp_fail_at(err, &start, "negative checkpoint id %" PRId64, s->checkpoint_id);
	return 0;
}

static int take_master_state(
	struct sp_metadata_reader *r, struct sp_master_state *ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	struct sp_cursor body;
	struct sp_slice bytes;
	uint32_t magic;

	ret->at = sp_offset(&r->in);
	if (sp_take_u32(&r->in, &magic, err) < 0)
		return err->code;
	if (magic != MASTER_STATE_MAGIC)
		return sp_fail_at(err, &start, "magic number 0x%08" PRIx32 ", not 0x%08x", magic,
			MASTER_STATE_MAGIC);
	body = r->in;
	if (sp_take_blob(&r->in, &bytes, err) < 0)
		return err->code;
	body.at = bytes.p;
	body.end = bytes.p + bytes.n;
	if (sp_take_i32(&body, &ret->version, err) < 0 || sp_take_utf(&body, &ret->name, err) < 0 ||
		sp_take_blob(&body, &ret->payload, err) < 0)
		return err->code;
	if (sp_left(&body) != 0)
		return sp_fail_at(err, &body, "%zu bytes left over", sp_left(&body));
	return 0;
}

static int take_master_states(
	struct sp_metadata_reader *r, struct sp_snapshot *s, struct sp_error *err)
{
	static const struct sp_elements elements = { "master states", 4 + 4 + 4 + 2 + 4,
		sizeof(struct sp_master_state) };

	s->master_states = sp_metadata_array(r, &elements, &s->n_master_states, err);
	if (s->master_states == NULL)
		return err->code;
	for (size_t i = 0; i < s->n_master_states; i++)
		if (take_master_state(r, &s->master_states[i], err) < 0)
			return sp_within(err, "master state %zu", i);
	return 0;
}

static int take_legacy(struct sp_metadata_reader *r, struct sp_subtask *ret, struct sp_error *err)
{
	static const struct sp_elements elements = { "legacy handles", 1,
		sizeof(struct sp_handle) };
	int64_t duration;

	if (sp_take_i64(&r->in, &duration, err) < 0)
		return err->code;
	ret->legacy = sp_metadata_array(r, &elements, &ret->n_legacy, err);
	if (ret->legacy == NULL)
		return err->code;
	for (size_t i = 0; i < ret->n_legacy; i++)
		if (sp_take_handle(r, &ret->legacy[i], err) < 0)
			return sp_within(err, "legacy state");
	return 0;
}

/* Version 1: a handle per chained operator. From version 2: none, or for whatever number, one. */
static struct sp_operator_handle *take_operator_handles(
	struct sp_metadata_reader *r, size_t *ret_n, struct sp_error *err)
{
	static const struct sp_elements elements = { "operator handles", 1,
		sizeof(struct sp_operator_handle) };
	struct sp_operator_handle *handles;
	int32_t any;

	if (r->version == 1) {
		handles = sp_metadata_array(r, &elements, ret_n, err);
		if (handles == NULL)
			return NULL;
	} else {
		if (sp_take_i32(&r->in, &any, err) < 0)
			return NULL;
		*ret_n = any != 0;
		handles = sp_arena_new_array(r->arena, struct sp_operator_handle, *ret_n);
	}
	for (size_t i = 0; i < *ret_n; i++)
		if (sp_take_operator_handle(r, &handles[i], err) < 0)
			return NULL;
	return handles;
}

static struct sp_channel_handle *take_channels(
	struct sp_metadata_reader *r, bool input, size_t *ret_n, struct sp_error *err)
{
	/* Least: the 1.11 dialect's, or a merged handle of version 6. */
	const struct sp_elements elements = { input ? "input channels" : "result subpartitions",
		r->version < 6 ? 4 + 4 + 4 + 8 + 1 : 1 + 4 + 8 + 1 + 4,
		sizeof(struct sp_channel_handle) };
	struct sp_channel_handle *handles = sp_metadata_array(r, &elements, ret_n, err);

	if (handles == NULL)
		return NULL;
	for (size_t i = 0; i < *ret_n; i++)
		if (sp_take_channel_handle(r, input, &handles[i], err) < 0) {
			sp_within(
				err, "%s %zu", input ? "input channel" : "result subpartition", i);
			return NULL;
		}
	return handles;
}

static int take_subtask_state(
	struct sp_metadata_reader *r, struct sp_subtask *ret, struct sp_error *err)
{
	if (r->version <= 2 && take_legacy(r, ret, err) < 0)
		return err->code;
	ret->managed_operator = take_operator_handles(r, &ret->n_managed_operator, err);
	if (ret->managed_operator == NULL)
		return sp_within(err, "managed operator state");
	ret->raw_operator = take_operator_handles(r, &ret->n_raw_operator, err);
	if (ret->raw_operator == NULL)
		return sp_within(err, "raw operator state");
	if (sp_take_keyed_handle(r, &ret->managed_keyed, err) < 0)
		return sp_within(err, "managed keyed state");
	if (sp_take_keyed_handle(r, &ret->raw_keyed, err) < 0)
		return sp_within(err, "raw keyed state");
	if (r->version <= 2)
		return 0;
	ret->input_channels = take_channels(r, true, &ret->n_input_channels, err);
	if (ret->input_channels == NULL)
		return err->code;
	ret->result_subpartitions = take_channels(r, false, &ret->n_result_subpartitions, err);
	return ret->result_subpartitions == NULL ? err->code : 0;
}

static int take_subtask(struct sp_metadata_reader *r, const struct sp_operator *op,
	struct sp_subtask *ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	ret->at = sp_offset(&r->in);
	if (sp_take_i32(&r->in, &ret->index, err) < 0)
		return err->code;
	ret->finished = r->version >= 3 && ret->index < 0;
	if (ret->finished)
		ret->index = -1 - ret->index;
	if (ret->index < 0 || ret->index >= op->parallelism)
		return sp_fail_at(err, &start,
			"subtask index %" PRId32 " with parallelism %" PRId32, ret->index,
			op->parallelism);
	r->subtask = ret->index;
	if (!ret->finished && take_subtask_state(r, ret, err) < 0)
		return sp_within(err, "subtask %" PRId32, ret->index);
	return 0;
}

static int take_parallelism(
	struct sp_metadata_reader *r, struct sp_operator *ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	if (sp_take_i32(&r->in, &ret->parallelism, err) < 0 ||
		sp_take_i32(&r->in, &ret->max_parallelism, err) < 0)
		return err->code;
	if (ret->parallelism < 0)
		return sp_fail_at(err, &start, "negative parallelism %" PRId32, ret->parallelism);
	if (ret->parallelism > ret->max_parallelism)
		return sp_fail_at(err, &start,
			"parallelism %" PRId32 " exceeds max parallelism %" PRId32,
			ret->parallelism, ret->max_parallelism);
	if (r->version <= 2)
		return sp_take_i32(&r->in, &ret->chain_length, err);
	return 0;
}

static int take_coordinator(
	struct sp_metadata_reader *r, struct sp_operator *ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	if (sp_take_handle(r, &ret->coordinator, err) < 0)
		return sp_within(err, "coordinator state");
	if (ret->coordinator.code != SP_HANDLE_NONE && ret->coordinator.code != SP_HANDLE_BYTES)
		return sp_fail_at(err, &start, "coordinator state is of type %d, not inline",
			(int)ret->coordinator.code);
	return 0;
}

static int take_subtasks(
	struct sp_metadata_reader *r, struct sp_operator *ret, struct sp_error *err)
{
	const struct sp_elements elements = { "subtasks",
		r->version <= 2 ? 4 + 8 + 4 + 4 + 4 + 1 + 1 : 4, sizeof(struct sp_subtask) };

	ret->subtasks = sp_metadata_array(r, &elements, &ret->n_subtasks, err);
	if (ret->subtasks == NULL)
		return err->code;
	for (size_t i = 0; i < ret->n_subtasks; i++)
		if (take_subtask(r, ret, &ret->subtasks[i], err) < 0)
			return err->code;
	return 0;
}

static int take_subtasks_or_finished(
	struct sp_metadata_reader *r, struct sp_operator *ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	int32_t n;

	if (r->version <= 2)
		return take_subtasks(r, ret, err);
	if (sp_take_i32(&r->in, &n, err) < 0)
		return err->code;
	if (n >= 0) {
		r->in = start;
		return take_subtasks(r, ret, err);
	}
	if (ret->coordinator.code != SP_HANDLE_NONE)
		return sp_fail_at(err, &start, "fully finished, but with coordinator state");
	ret->fully_finished = true;
	return 0;
}

static int take_operator_body(
	struct sp_metadata_reader *r, struct sp_operator *ret, struct sp_error *err)
{
	if (take_parallelism(r, ret, err) < 0)
		return err->code;
	if (r->version >= 3 && take_coordinator(r, ret, err) < 0)
		return err->code;
	return take_subtasks_or_finished(r, ret, err);
}

/* Puts the operator's id and uid in front of the message. */
static int within_operator(const struct sp_operator *op, struct sp_error *err)
{
	sp_auto_buffer uid = { 0 };
	char id[33];
	size_t n;

	sp_operator_id_text(op->id, id);
	sp_mutf8_to_utf8(op->uid, &uid);
	if (uid.n == 0)
		return sp_within(err, "operator %s", id);
	n = uid.n < 64 ? uid.n : 64;
	while (n < uid.n && (uid.p[n] & 0xc0) == 0x80) /* no half characters */
		n--;
	for (size_t i = 0; i < n; i++)
		if (uid.p[i] < ' ' || uid.p[i] == 0x7f)
			uid.p[i] = '?';
	return sp_within(err, "operator %s (uid '%.*s%s')", id, (int)n, (const char *)uid.p,
		n < uid.n ? "…" : "");
}

static int take_operator(
	struct sp_metadata_reader *r, struct sp_operator *ret, struct sp_error *err)
{
	struct sp_slice id;

	ret->at = sp_offset(&r->in);
	if (r->version >= 5 && (sp_take_utf(&r->in, &ret->name, err) < 0 ||
				       sp_take_utf(&r->in, &ret->uid, err) < 0))
		return err->code;
	if (sp_take_bytes(&r->in, SP_OPERATOR_ID_BYTES, &id, err) < 0)
		return err->code;
	memcpy(ret->id, id.p, SP_OPERATOR_ID_BYTES);
	if (take_operator_body(r, ret, err) < 0)
		return within_operator(ret, err);
	return 0;
}

static int take_operators(struct sp_metadata_reader *r, struct sp_snapshot *s, struct sp_error *err)
{
	size_t least = SP_OPERATOR_ID_BYTES + 4 + 4 + 4 +
		       (r->version <= 2          ? 4
			       : r->version <= 4 ? 1
						 : 1 + 2 + 2);
	const struct sp_elements elements = { "operators", least, sizeof(struct sp_operator) };

	s->operators = sp_metadata_array(r, &elements, &s->n_operators, err);
	if (s->operators == NULL)
		return err->code;
	for (size_t i = 0; i < s->n_operators; i++)
		if (take_operator(r, &s->operators[i], err) < 0)
			return err->code;
	return 0;
}

static int take_snapshot(struct sp_metadata_reader *r, struct sp_snapshot *s, struct sp_error *err)
{
	if (take_header(r, s, err) < 0)
		return err->code;
	if (s->version >= 2 && take_master_states(r, s, err) < 0)
		return err->code;
	if (take_operators(r, s, err) < 0)
		return err->code;
	if (s->version >= 4 && sp_properties_read(&r->in, &s->properties, err) < 0)
		return sp_within(err, "checkpoint properties");
	s->trailing_bytes = sp_left(&r->in);
	return 0;
}

void sp_snapshot_free(struct sp_snapshot *snapshot)
{
	if (snapshot != NULL)
		sp_arena_free(snapshot->arena);
}

/* Reads in `r->dialect`; the rest of `r` is set here. */
static int read_in_dialect(struct sp_metadata_reader *r, struct sp_slice bytes,
	struct sp_snapshot **ret, struct sp_error *err)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_snapshot *s = sp_arena_new_array(arena, struct sp_snapshot, 1);

	*r = (struct sp_metadata_reader){ .in = sp_cursor(sp_arena_copy(arena, bytes), 0),
		.arena = arena,
		.budget = BUDGET_BASE + BUDGET_FACTOR * (uint64_t)bytes.n,
		.dialect = r->dialect };
	s->dialect = r->dialect;
	s->metadata_size = bytes.n;
	if (take_snapshot(r, s, err) < 0)
		return err->code;
	s->arena = sp_steal(arena);
	*ret = s;
	return 0;
}

/* 1 and the snapshot if it parses in this dialect and ends at the end of the file, else 0. */
static int try_dialect(enum sp_dialect dialect, struct sp_slice bytes, struct sp_snapshot **ret)
{
	struct sp_metadata_reader r = { .dialect = dialect };
	sp_auto(sp_snapshot) *s = NULL;
	struct sp_error ignored;

	if (read_in_dialect(&r, bytes, &s, &ignored) < 0 || s->trailing_bytes != 0)
		return 0;
	*ret = sp_steal(s);
	return 1;
}

int sp_metadata_read(struct sp_slice bytes, struct sp_snapshot **ret, struct sp_error *err)
{
	struct sp_metadata_reader r = { .dialect = SP_DIALECT_NORMAL };
	sp_auto(sp_snapshot) *normal = NULL;
	int status = read_in_dialect(&r, bytes, &normal, err);

	if (r.version == 3 && (status < 0 || normal->trailing_bytes != 0)) {
		if (r.saw_channels && try_dialect(SP_DIALECT_CHANNELS_1_11, bytes, ret) > 0)
			return 0;
		if (r.saw_changelog && try_dialect(SP_DIALECT_CHANGELOG_1_14, bytes, ret) > 0)
			return 0;
	}
	if (status < 0)
		return status;
	*ret = sp_steal(normal);
	return 0;
}
