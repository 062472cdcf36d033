/*
 * The states of a changelog snapshot: those of the headers of its materialized parts, and those
 * that its log announces.
 *
 *	metadata change          u8 8, i32 6 or 7, state (as in a header of version 6), then
 *	  of key/value states    bool TTL [Java object: StateTtlConfig], bool default [value]
 *	  of all                 i16 log id, u8 0 key/value or 3 priority queue
 *
 * A log id stands for a state until it is announced again. The log does not tell the type of the
 * keys; where nothing is materialized, the TimerSerializer of a queue does, and as it is the same
 * for the whole operator, so does any other subtask.
 *
 * Written by org.apache.flink.state.changelog.AbstractStateChangeLogger and
 * KvStateChangeLoggerImpl, read by ChangelogBackendLogApplier; 1.15 to 2.2.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "changelog.h"
#include "java-object.h"
#include "keyed-header-write.h"
#include "state-same.h"

#define OP_METADATA 8     /* StateChangeOperation.METADATA */
#define DESCRIPTION_MIN 6 /* StateMetaInfoSnapshotReadersWriters: versions of one layout */
#define DESCRIPTION_MAX 7
#define TAIL_BYTES 3        /* log id, type */
#define NO_TTL_NO_DEFAULT 2 /* bytes of the two flags */
#define TYPE_KEY_VALUE 0    /* BackendStateType.getCode() */
#define TYPE_PRIORITY_QUEUE 3
#define PROXY_VERSION 2 /* TypeSerializerSnapshotSerializationUtil */

/* The states while they are gathered. */
struct gathering {
	struct sp_changelog_states *to;
	const struct sp_keyed_place *place;
	struct sp_state_set set;
	size_t announced; /* capacity of to->announced */
};

/* --- materialized parts ---------------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
	const struct sp_key_groups x = ((const struct sp_base *)a)->groups;
	const struct sp_key_groups y = ((const struct sp_base *)b)->groups;

	return (x.start > y.start) - (x.start < y.start);
}

static int read_base(struct gathering *self, struct sp_base *base, struct sp_error *err)
{
	int r;

	base->place = *self->place;
	base->place.handle = &base->handle;
	if (sp_check_key_groups(&base->place, err) < 0)
		return err->code;
	base->place.only = (struct sp_key_groups){ 0, 0 };
	base->groups =
		sp_key_groups_common(sp_place_groups(&base->place), sp_place_groups(self->place));
	base->place.only = base->groups;
	r = sp_source_read_keyed_header(
		self->place->source, &base->handle, self->to->arena, &base->header, err);
	if (r == 0)
		return sp_fail(err, SP_EDAMAGED,
			"%s: offset 0x%" PRIx64 ": handle of type %d is no materialized state",
			self->place->source->metadata_path, base->handle.at,
			(int)base->handle.code);
	if (r < 0)
		return r;
	base->states = sp_arena_new_array(self->to->arena, uint16_t, base->header->n_states);
	for (size_t i = 0; i < base->header->n_states; i++)
		if (sp_state_set_add(&self->set, &base->header->states[i], &base->states[i], err) <
			0)
			return err->code;
	return 0;
}

/* No key group may be in two of them, and all must have keys of one type. */
static int check_bases(struct gathering *self, struct sp_error *err)
{
	struct sp_base *bases = self->to->bases;
	int32_t end = 0; /* of those before */

	qsort(bases, self->to->n_bases, sizeof(*bases), by_start);
	for (size_t i = 0; i < self->to->n_bases; i++) {
		bases[i].place.handle = &bases[i].handle;
		if (!sp_same_type(bases[i].header->key, bases[0].header->key))
			return sp_fail(err, SP_EDAMAGED,
				"%s: offset 0x%" PRIx64
				": keys of another type than in the other materialized parts",
				self->place->source->metadata_path, bases[i].handle.at);
		if (bases[i].groups.count == 0)
			continue;
		if (bases[i].groups.start < end)
			return sp_fail(err, SP_EUNSUPPORTED,
				"%s: offset 0x%" PRIx64 ": key group %" PRId32
				" is in two materialized parts",
				self->place->source->metadata_path, bases[i].handle.at,
				bases[i].groups.start);
		end = bases[i].groups.start + bases[i].groups.count;
	}
	return 0;
}

static int read_bases(struct gathering *self, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = self->place->handle;
	struct sp_changelog_states *to = self->to;

	to->bases = sp_arena_new_array(to->arena, struct sp_base, handle->n_materialized);
	for (size_t i = 0; i < handle->n_materialized; i++) {
		if (handle->materialized[i].code == SP_KEYED_NONE)
			continue;
		to->bases[to->n_bases].handle = handle->materialized[i];
		if (read_base(self, &to->bases[to->n_bases], err) < 0)
			return err->code;
		to->n_bases++;
	}
	return check_bases(self, err);
}

/* --- the log --------------------------------------------------------------------------------- */

/* Does a description that is known already stand here? Passes over it. */
static const struct sp_state *take_known(struct gathering *self, struct sp_cursor *in, bool queue)
{
	struct sp_cursor ahead = *in;
	const struct sp_state *state;
	struct sp_error ignored;
	struct sp_slice name;

	if (sp_take_utf(&ahead, &name, &ignored) < 0)
		return NULL;
	state = sp_state_find(self->set.at, self->set.n, name, queue);
	if (state == NULL || state->bytes.n > sp_left(in) ||
		memcmp(state->bytes.p, in->at, state->bytes.n) != 0)
		return NULL;
	in->at += state->bytes.n;
	return state;
}

/*
 * The description of a state. The end of a queue's is known; that of another one is known if all
 * of its classes are, or if, as is usual, neither TTL nor a default value follows.
 */
static int take_state(struct sp_cursor *in, bool queue, struct sp_arena *arena,
	struct sp_state *ret, struct sp_error *err)
{
	struct sp_cursor bounded = *in;
	struct sp_error ignored;
	int r = sp_state_read(in, queue, arena, ret, err);

	if (r != SP_EUNSUPPORTED || sp_left(in) < NO_TTL_NO_DEFAULT || in->end[-1] != 0 ||
		in->end[-2] != 0)
		return r;
	bounded.end -= NO_TTL_NO_DEFAULT;
	if (sp_state_read(&bounded, true, arena, ret, &ignored) < 0)
		return r;
	in->at = bounded.at;
	return 0;
}

/* TTL settings and default value of a key/value state, to the exact end. */
static int cross_settings(const struct gathering *self, const struct sp_state *state,
	struct sp_cursor *in, struct sp_error *err)
{
	struct sp_value_reader value = { .kryo = self->to->kryo };
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_java_value *settings;
	bool has_ttl, has_default;

	if (sp_take_bool(in, &has_ttl, err) < 0 ||
		(has_ttl && sp_java_object_read(in, arena, &settings, err) < 0) ||
		sp_take_bool(in, &has_default, err) < 0)
		return err->code;
	if (has_default && state->value != NULL) {
		value.in = *in;
		if (sp_value_skip(&value, state->value, err) == 0)
			in->at = value.in.at;
		else if (err->code == SP_EUNSUPPORTED)
			in->at = in->end; /* it is the last before the tail */
		else
			return err->code;
	}
	return sp_left(in) == 0 ? 0
				: sp_fail_at(err, in, "%zu bytes behind the state", sp_left(in));
}

static int announce(struct gathering *self, int16_t log_id, uint16_t state, struct sp_error *err)
{
	struct sp_changelog_states *to = self->to;

	if (log_id < 0)
		return sp_fail(err, SP_EDAMAGED, "log id %d of a state", log_id);
	if (to->n_announced == self->announced) {
		self->announced = self->announced == 0 ? 16 : self->announced * 2;
		to->announced =
			reallocarray(to->announced, self->announced, sizeof(*to->announced));
		if (to->announced == NULL)
			sp_abort("out of memory");
	}
	to->announced[to->n_announced++] =
		(struct sp_announcement){ .log_id = log_id, .state = state };
	return 0;
}

/* What stands before the description and behind all; leaves `in` between the two. */
static int open_metadata(struct sp_cursor *in, int16_t *log_id, bool *queue, struct sp_error *err)
{
	struct sp_cursor tail = *in;
	int32_t version;
	uint8_t type;

	if (sp_take_i32(in, &version, err) < 0)
		return err->code;
	if (version < DESCRIPTION_MIN || version > DESCRIPTION_MAX)
		return sp_fail(err, version < 1 ? SP_EDAMAGED : SP_EUNSUPPORTED,
			"offset 0x%" PRIx64 ": state description of version %" PRId32,
			sp_offset(&tail), version);
	if (sp_left(in) < TAIL_BYTES)
		return sp_fail_at(err, in, "metadata change is cut short");
	in->end -= TAIL_BYTES;
	tail.at = in->end;
	if (sp_take_i16(&tail, log_id, err) < 0 || sp_take_u8(&tail, &type, err) < 0)
		return err->code;
	tail.at--;
	if (type != TYPE_KEY_VALUE && type != TYPE_PRIORITY_QUEUE)
		return sp_fail_at(err, &tail, "state of type %u", type);
	*queue = type == TYPE_PRIORITY_QUEUE;
	return 0;
}

/* A metadata change, behind its operation. */
static int read_metadata(struct gathering *self, struct sp_cursor in, struct sp_error *err)
{
	const struct sp_state *known;
	struct sp_state state = { 0 };
	int16_t log_id;
	uint16_t id;
	bool queue;

	if (open_metadata(&in, &log_id, &queue, err) < 0)
		return err->code;
	known = take_known(self, &in, queue);
	if (known == NULL) {
		if (take_state(&in, queue, self->to->arena, &state, err) < 0)
			return err->code;
		if (sp_is_queue(&state) != queue)
			return sp_fail_at(err, &in, "a state of two types");
		known = &state;
	}
	if (!queue && cross_settings(self, known, &in, err) < 0)
		return err->code;
	if (known != &state)
		id = (uint16_t)known->id;
	else if (sp_state_set_add(&self->set, &state, &id, err) < 0)
		return err->code;
	return announce(self, log_id, id, err);
}

static int read_log(struct gathering *self, struct sp_error *err)
{
	struct sp_changes changes;
	struct sp_logged change;
	int r;

	sp_changes_init(&changes, self->place);
	while ((r = sp_changes_next(&changes, &change, err)) > 0) {
		struct sp_cursor in = change.bytes;
		uint8_t op;

		if (sp_take_u8(&in, &op, err) < 0 ||
			(op == OP_METADATA && read_metadata(self, in, err) < 0)) {
			r = sp_changes_within(&changes, err);
			break;
		}
		self->to->has_changes |= op != OP_METADATA;
	}
	sp_changes_free(&changes);
	return r;
}

/* --- the type of the keys -------------------------------------------------------------------- */

/* The key of a queue's timers in proxy form, if it is a queue of timers. 1, 0. */
static int key_of_queue(const struct sp_state *state, struct sp_buffer *ret)
{
	if (!sp_is_queue(state) || state->value == NULL || state->value->kind != SP_TIMER ||
		state->value->n_children == 0)
		return 0;
	sp_buffer_u32(ret, PROXY_VERSION);
	sp_buffer_bytes(ret, state->value->children[0]->bytes);
	return 1;
}

/* 1: the log of this handle has a queue that tells. */
static int key_of_log(
	const struct sp_keyed_place *place, struct sp_buffer *ret, struct sp_error *err)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_changes changes;
	struct sp_logged change;
	int found = 0;
	int r;

	sp_changes_init(&changes, place);
	while (found == 0 && (r = sp_changes_next(&changes, &change, err)) > 0) {
		struct sp_state state = { 0 };
		int16_t log_id;
		bool queue;
		uint8_t op;

		if (sp_take_u8(&change.bytes, &op, err) < 0 ||
			(op == OP_METADATA &&
				open_metadata(&change.bytes, &log_id, &queue, err) < 0) ||
			(op == OP_METADATA && queue &&
				sp_state_read(&change.bytes, true, arena, &state, err) < 0)) {
			found = sp_changes_within(&changes, err);
			break;
		}
		if (op == OP_METADATA && queue)
			found = key_of_queue(&state, ret);
	}
	sp_changes_free(&changes);
	return found == 0 ? r : found;
}

/* 1: another subtask of the operator tells. */
static int key_of_others(struct gathering *self, struct sp_buffer *ret, struct sp_error *err)
{
	const struct sp_operator *op = self->place->op;

	for (size_t i = 0; i < op->n_subtasks; i++) {
		struct sp_keyed_place place = *self->place;
		const struct sp_keyed_header *header;
		int r;

		place.subtask = &op->subtasks[i];
		place.handle = &op->subtasks[i].managed_keyed;
		if (place.handle == self->place->handle)
			continue;
		r = sp_source_read_keyed_header(
			place.source, place.handle, self->to->arena, &header, err);
		if (r > 0)
			sp_buffer_bytes(ret, sp_keyed_header_key(header));
		else if (r == 0)
			r = key_of_log(&place, ret, err);
		if (r != 0)
			return r < 0 ? sp_within(err, "subtask %" PRId32, op->subtasks[i].index)
				     : r;
	}
	return 0;
}

static int find_key(struct gathering *self, struct sp_buffer *ret, struct sp_error *err)
{
	int r = 0;

	if (self->to->n_bases > 0) {
		sp_buffer_bytes(ret, sp_keyed_header_key(self->to->bases[0].header));
		return 0;
	}
	for (size_t i = 0; i < self->set.n && r == 0; i++)
		r = key_of_queue(&self->set.at[i], ret);
	if (r == 0)
		r = key_of_others(self, ret, err);
	if (r != 0)
		return r < 0 ? r : 0;
	sp_fail(err, SP_EUNSUPPORTED,
		"%s: offset 0x%" PRIx64
		": nothing is materialized, and changes alone do not tell the type of the keys",
		self->place->source->metadata_path, self->place->handle->at);
	return sp_hint(err, "take a savepoint, or a checkpoint after the first materialization");
}

/* --- all together ---------------------------------------------------------------------------- */

static int compose(struct gathering *self, struct sp_error *err)
{
	struct sp_changelog_states *to = self->to;
	bool compressed = to->n_bases > 0 && to->bases[0].header->compressed;
	sp_auto_buffer key = { 0 };

	if (find_key(self, &key, err) < 0 || sp_state_set_header(&self->set, sp_buffer_slice(&key),
						     compressed, to->arena, &to->header, err) < 0)
		return err->code;
	to->states = sp_arena_new_array(to->arena, struct sp_logged_state, self->set.n);
	for (size_t i = 0; i < self->set.n; i++)
		to->states[i].state = &to->header->states[i];
	return 0;
}

int sp_changelog_states_read(
	const struct sp_keyed_place *place, struct sp_changelog_states *ret, struct sp_error *err)
{
	struct gathering self = { .to = ret, .place = place };
	int r;

	*ret = (struct sp_changelog_states){ .arena = sp_arena_new(),
		.max_parallelism = place->op->max_parallelism,
		.kryo = sp_kryo_of(place->source->snapshot) };
	r = read_bases(&self, err);
	if (r == 0)
		r = read_log(&self, err);
	if (r == 0)
		r = compose(&self, err);
	sp_state_set_free(&self.set);
	return r;
}

void sp_changelog_states_free(struct sp_changelog_states *self)
{
	free(self->announced);
	sp_arena_free(self->arena);
	*self = (struct sp_changelog_states){ 0 };
}

int sp_logged_layout(struct sp_changelog_states *self, size_t id, const struct sp_key_layout **ret,
	struct sp_error *err)
{
	struct sp_logged_state *state = &self->states[id];

	if (!state->has_layout && sp_key_layout(self->header, state->state, self->max_parallelism,
					  self->kryo, &state->layout, err) < 0)
		return err->code;
	state->has_layout = true;
	*ret = &state->layout;
	return 0;
}
