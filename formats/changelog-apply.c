/*
 * The changes of a changelog: what each touches, and what it does to the rows.
 *
 *	u8 operation, i16 log id, then for key/value states key and namespace, then
 *
 *	0 CLEAR                  all    nothing: the value goes, of a map all entries
 *	1 SET, 2 SET_INTERNAL    all but MAP, queues: the value; a list with its i32 count
 *	3 ADD                    LIST, MAP: i32 n, n elements or entries (key, bool null, value)
 *	4 MERGE_NS               LIST, REDUCING, AGGREGATING: namespace target, i32 n, n namespaces
 *	                         whose values go into the target's (changelog-merge.c)
 *	5 ADD_ELEMENT            LIST: an element; queue: i32 n, n timers
 *	6 ADD_OR_UPDATE_ELEMENT  MAP: key, value, without a mark for null
 *	7 REMOVE_ELEMENT         MAP: a key; queue: a timer
 *	8 METADATA               see changelog-states.c
 *
 * Written by org.apache.flink.state.changelog.AbstractStateChangeLogger and the Changelog…State
 * classes, applied by the …StateChangeApplier classes; 1.15 to 2.2.
 *
 * A change stands under the key group of the key that was current when it was made. For timers
 * that need not be their own: those restored from an older snapshot are added in bulk. Their key
 * groups are computed anew, as Flink does.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "changelog.h"
#include "key-group.h"

enum operation { /* StateChangeOperation */
	OP_CLEAR = 0,
	OP_SET = 1,
	OP_SET_INTERNAL = 2,
	OP_ADD = 3,
	OP_MERGE_NS = 4,
	OP_ADD_ELEMENT = 5,
	OP_ADD_OR_UPDATE_ELEMENT = 6,
	OP_REMOVE_ELEMENT = 7,
	OP_METADATA = 8,
};

#define NO_STATE UINT16_MAX
#define DELIMITER ','
#define TIMESTAMP_BYTES 8
#define NO_BYTES_MAX 65536  /* list elements of no bytes: so many in all changes, and more */
#define NO_BYTES_PER_BYTE 4 /* for each byte that there is */

struct applier {
	struct sp_key_groups all, wanted; /* key groups of the handle */
	struct sp_changelog_states *states;
	struct sp_scratch *scratch;
	bool apply; /* else only note what is touched */
	size_t n_announced;
	uint64_t no_bytes; /* elements of none that there may still be */
	uint16_t *ids;     /* by log id */
	/* Of the change at hand. */
	uint8_t op;
	uint16_t id;
	const struct sp_state *state;
	const struct sp_key_layout *layout;
	uint32_t key_group;
	struct sp_value_reader in;
	struct sp_slice key, ns;
	struct sp_buffer row, value;
};

static int misplaced(const struct applier *self, struct sp_error *err)
{
	return sp_fail(err, SP_EDAMAGED, "offset 0x%" PRIx64 ": operation %u on %s state",
		self->in.in.base, self->op, sp_state_kind_text(self->state));
}

/* --- bytes ----------------------------------------------------------------------------------- */

/* The next value of a type. */
static int cross(struct applier *self, const struct sp_type *type, struct sp_slice *ret,
	struct sp_error *err)
{
	const uint8_t *start = self->in.in.at;

	if (sp_value_skip(&self->in, type, err) < 0)
		return err->code;
	*ret = sp_slice(start, (size_t)(self->in.in.at - start));
	return 0;
}

/* The last one: it takes all that is left, also where nobody can tell how much that must be. */
static int cross_rest(struct applier *self, const struct sp_type *type, struct sp_slice *ret,
	struct sp_error *err)
{
	struct sp_cursor *in = &self->in.in;

	*ret = sp_slice(in->at, sp_left(in));
	if (sp_value_skip(&self->in, type, err) < 0) {
		if (err->code != SP_EUNSUPPORTED)
			return err->code;
		in->at = in->end;
	}
	return sp_left(in) == 0 ? 0
				: sp_fail_at(err, in, "%zu bytes behind the change", sp_left(in));
}

static int at_end(struct applier *self, struct sp_error *err)
{
	struct sp_cursor *in = &self->in.in;

	return sp_left(in) == 0 ? 0
				: sp_fail_at(err, in, "%zu bytes behind the change", sp_left(in));
}

/* Elements that take no bytes cost as much work as others. */
static int take_count(struct applier *self, uint32_t *ret, struct sp_error *err)
{
	struct sp_cursor *in = &self->in.in;
	size_t surplus;

	if (sp_take_u32(in, ret, err) < 0)
		return err->code;
	surplus = *ret > sp_left(in) ? *ret - sp_left(in) : 0;
	if (surplus > self->no_bytes)
		return sp_fail_at(
			err, in, "%" PRId32 " elements in %zu bytes", (int32_t)*ret, sp_left(in));
	self->no_bytes -= surplus;
	return 0;
}

/* Where the rows of the key and a namespace are. Valid until the next call. */
static struct sp_spot spot_of(struct applier *self, struct sp_slice ns)
{
	const struct sp_key_parts parts = {
		.key_group = self->key_group, .key = self->key, .ns = ns
	};

	self->row.n = 0;
	sp_key_join(self->layout, &parts, &self->row);
	return (struct sp_spot){
		.key_group = self->key_group, .state = self->id, .key = sp_buffer_slice(&self->row)
	};
}

static int touch(struct applier *self, struct sp_slice ns, struct sp_error *err)
{
	struct sp_spot spot = spot_of(self, ns);

	return sp_scratch_touch(self->scratch, &spot, err);
}

/* --- VALUE, LIST, REDUCING, AGGREGATING ------------------------------------------------------ */

static int set_value(struct applier *self, struct sp_error *err)
{
	struct sp_spot spot = spot_of(self, self->ns);
	struct sp_slice value;

	if (cross_rest(self, self->state->value, &value, err) < 0 ||
		sp_scratch_unmark(self->scratch, &spot, err) < 0)
		return err->code;
	return sp_scratch_put(self->scratch, &spot, value, err);
}

/* The elements of the list that is the operand, with a ',' between; how many they are. */
static int join_list(struct applier *self, uint32_t *n, struct sp_error *err)
{
	const struct sp_type *element = sp_state_element(self->state);

	self->value.n = 0;
	if (take_count(self, n, err) < 0)
		return err->code;
	for (uint32_t i = 0; i < *n; i++) {
		struct sp_slice bytes;

		if ((i + 1 < *n ? cross(self, element, &bytes, err)
				: cross_rest(self, element, &bytes, err)) < 0)
			return err->code;
		if (i > 0)
			sp_buffer_u8(&self->value, DELIMITER);
		sp_buffer_bytes(&self->value, bytes);
	}
	return at_end(self, err);
}

static int change_list(struct applier *self, struct sp_error *err)
{
	struct sp_spot spot = spot_of(self, self->ns);
	uint32_t n;

	if (join_list(self, &n, err) < 0)
		return err->code;
	if (self->op == OP_ADD)
		return n == 0 ? 0
			      : sp_scratch_append(
					self->scratch, &spot, sp_buffer_slice(&self->value), err);
	if (n == 0) /* an empty list has no row */
		return sp_scratch_delete(self->scratch, &spot, err);
	return sp_scratch_put(self->scratch, &spot, sp_buffer_slice(&self->value), err);
}

static int add_to_list(struct applier *self, struct sp_error *err)
{
	struct sp_spot spot = spot_of(self, self->ns);
	struct sp_slice element;

	if (cross_rest(self, sp_state_element(self->state), &element, err) < 0)
		return err->code;
	return sp_scratch_append(self->scratch, &spot, element, err);
}

/* --- namespaces merged (session windows) ----------------------------------------------------- */

static int merge_one(
	struct applier *self, struct sp_slice target, struct sp_slice source, struct sp_error *err)
{
	struct sp_merged merged = { .target = spot_of(self, target) };

	self->value.n = 0;
	sp_buffer_bytes(&self->value, merged.target.key);
	merged.source = spot_of(self, source);
	merged.target.key = sp_buffer_slice(&self->value);
	return sp_changelog_merge(self->scratch, self->state->type, &merged, err);
}

static int merge_namespaces(struct applier *self, struct sp_error *err)
{
	struct sp_slice target = { 0 }, source = { 0 };
	uint32_t n;

	if (self->state->type != SP_STATE_LIST && self->state->type != SP_STATE_REDUCING &&
		self->state->type != SP_STATE_AGGREGATING)
		return misplaced(self, err);
	if (cross(self, self->state->ns, &target, err) < 0 ||
		sp_take_count(&self->in.in, 1, "namespaces", &n, err) < 0 ||
		(!self->apply && touch(self, target, err) < 0))
		return err->code;
	while (n-- > 0) {
		if (cross(self, self->state->ns, &source, err) < 0)
			return err->code;
		if ((self->apply ? merge_one(self, target, source, err)
				 : touch(self, source, err)) < 0)
			return err->code;
	}
	return at_end(self, err);
}

/* --- MAP ------------------------------------------------------------------------------------- */

static struct sp_spot entry_spot(struct applier *self, struct sp_slice user_key)
{
	struct sp_spot spot = spot_of(self, self->ns);

	sp_buffer_bytes(&self->row, user_key);
	spot.key = sp_buffer_slice(&self->row);
	return spot;
}

static int put_entry(struct applier *self, struct sp_slice user_key, bool null,
	struct sp_slice value, struct sp_error *err)
{
	struct sp_spot spot = entry_spot(self, user_key);

	self->value.n = 0;
	sp_buffer_u8(&self->value, null);
	if (!null)
		sp_buffer_bytes(&self->value, value);
	return sp_scratch_put(self->scratch, &spot, sp_buffer_slice(&self->value), err);
}

/* Serializers of these have no null. */
static bool is_never_null(const struct sp_type *type)
{
	return (type->kind >= SP_BOOLEAN && type->kind <= SP_DOUBLE) || type->kind == SP_TTL;
}

/* Is the value that takes all bytes left null? Crosses it. */
static int take_nullable(
	struct applier *self, struct sp_slice *ret, bool *null, struct sp_error *err)
{
	const struct sp_type *type = sp_state_user_value(self->state);
	struct sp_cursor *in = &self->in.in;
	sp_auto(sp_arena) *arena = NULL;
	struct sp_value value;

	*null = false;
	if (is_never_null(type))
		return cross_rest(self, type, ret, err);
	*ret = sp_slice(in->at, sp_left(in));
	arena = sp_arena_new();
	if (sp_value_read_all(*ret, sp_offset(in), self->in.kryo, type, arena, &value, err) < 0)
		return err->code;
	*null = value.kind == SP_VALUE_NULL;
	return 0;
}

static int put_one_entry(struct applier *self, struct sp_error *err)
{
	struct sp_slice user_key = { 0 }, value = { 0 };
	bool null;

	if (cross(self, self->layout->user_key, &user_key, err) < 0 ||
		take_nullable(self, &value, &null, err) < 0)
		return err->code;
	return put_entry(self, user_key, null, value, err);
}

static int put_all_entries(struct applier *self, struct sp_error *err)
{
	const struct sp_type *type = sp_state_user_value(self->state);
	uint32_t n;

	if (sp_take_count(&self->in.in, 1, "map entries", &n, err) < 0)
		return err->code;
	for (uint32_t i = 0; i < n; i++) {
		struct sp_slice user_key = { 0 }, value = { 0 };
		bool null;
		int r = 0;

		if (cross(self, self->layout->user_key, &user_key, err) < 0 ||
			sp_take_bool(&self->in.in, &null, err) < 0)
			return err->code;
		if (!null)
			r = i + 1 < n ? cross(self, type, &value, err)
				      : cross_rest(self, type, &value, err);
		if (r < 0 || put_entry(self, user_key, null, value, err) < 0)
			return err->code;
	}
	return at_end(self, err);
}

static int remove_entry(struct applier *self, struct sp_error *err)
{
	struct sp_slice user_key;
	struct sp_spot spot;

	if (cross_rest(self, self->layout->user_key, &user_key, err) < 0)
		return err->code;
	spot = entry_spot(self, user_key);
	return sp_scratch_delete(self->scratch, &spot, err);
}

/* --- queues ---------------------------------------------------------------------------------- */

/* The key group of a timer, which stands in *ret already if nothing better is known. 1: it is. */
static int timer_group(struct applier *self, struct sp_slice key, uint32_t *ret)
{
	struct sp_value_reader reader = sp_value_reader(key, 0, self->in.kryo);
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_error ignored;
	struct sp_value value;
	int32_t hash;

	if (sp_value_read(&reader, self->layout->key, arena, &value, &ignored) < 0 ||
		sp_value_hash(&value, SP_ROW_RULE_1_13, &hash) == 0)
		return 0;
	*ret = (uint32_t)sp_key_group_of_hash(hash, self->states->max_parallelism);
	return 1;
}

static int place_timer(struct applier *self, struct sp_slice key, uint32_t n, struct sp_error *err)
{
	if (timer_group(self, key, &self->key_group) > 0 || n == 1)
		return 0;
	sp_fail(err, SP_EUNSUPPORTED,
		"%" PRIu32
		" timers were added at once, and of keys of this type only the job knows "
		"the key groups",
		n);
	return sp_hint(err, "take a savepoint, or a checkpoint after the next materialization");
}

/* One of n timers of the change. */
static int take_timer(struct applier *self, uint32_t n, struct sp_error *err)
{
	const struct sp_key_layout *layout = self->layout;
	const uint32_t logged = self->key_group;
	struct sp_slice timestamp = { 0 }, key = { 0 }, ns = { 0 };
	struct sp_spot spot;
	int r = 0;

	if (sp_take_bytes(&self->in.in, TIMESTAMP_BYTES, &timestamp, err) < 0 ||
		cross(self, layout->key, &key, err) < 0 || cross(self, layout->ns, &ns, err) < 0 ||
		place_timer(self, key, n, err) < 0)
		return err->code;
	self->row.n = 0;
	if (layout->prefix == 1)
		sp_buffer_u8(&self->row, (uint8_t)self->key_group);
	else
		sp_buffer_u16(&self->row, (uint16_t)self->key_group);
	sp_buffer_bytes(&self->row, sp_slice(timestamp.p, timestamp.n + key.n + ns.n));
	spot = (struct sp_spot){
		.key_group = self->key_group, .state = self->id, .key = sp_buffer_slice(&self->row)
	};
	if (!sp_key_groups_have(self->wanted, self->key_group))
		r = 0;
	else if (!self->apply)
		r = sp_scratch_touch(self->scratch, &spot, err);
	else if (self->op == OP_REMOVE_ELEMENT)
		r = sp_scratch_delete(self->scratch, &spot, err);
	else
		r = sp_scratch_put(self->scratch, &spot, sp_slice("", 0), err);
	self->key_group = logged;
	return r;
}

static int change_queue(struct applier *self, struct sp_error *err)
{
	uint32_t n = 1;

	if (self->op != OP_ADD_ELEMENT && self->op != OP_REMOVE_ELEMENT)
		return misplaced(self, err);
	if (self->op == OP_ADD_ELEMENT &&
		sp_take_count(&self->in.in, TIMESTAMP_BYTES, "timers", &n, err) < 0)
		return err->code;
	for (uint32_t i = 0; i < n; i++)
		if (take_timer(self, n, err) < 0)
			return err->code;
	return at_end(self, err);
}

/* --- all of them ----------------------------------------------------------------------------- */

static int clear(struct applier *self, struct sp_error *err)
{
	struct sp_spot spot = spot_of(self, self->ns);

	if (at_end(self, err) < 0 || sp_scratch_unmark(self->scratch, &spot, err) < 0)
		return err->code;
	return self->state->type == SP_STATE_MAP ? sp_scratch_delete_all(self->scratch, &spot, err)
						 : sp_scratch_delete(self->scratch, &spot, err);
}

static int change_map(struct applier *self, struct sp_error *err)
{
	switch ((enum operation)self->op) {
	case OP_ADD: return put_all_entries(self, err);
	case OP_ADD_ELEMENT:
	case OP_ADD_OR_UPDATE_ELEMENT: return put_one_entry(self, err);
	case OP_REMOVE_ELEMENT: return remove_entry(self, err);
	default: return misplaced(self, err);
	}
}

static int change_value(struct applier *self, struct sp_error *err)
{
	bool list = self->state->type == SP_STATE_LIST;

	switch ((enum operation)self->op) {
	case OP_SET:
	case OP_SET_INTERNAL: return list ? change_list(self, err) : set_value(self, err);
	case OP_ADD: return list ? change_list(self, err) : misplaced(self, err);
	case OP_ADD_ELEMENT: return list ? add_to_list(self, err) : misplaced(self, err);
	default: return misplaced(self, err);
	}
}

static int change_state(struct applier *self, struct sp_error *err)
{
	if (sp_is_queue(self->state))
		return change_queue(self, err);
	if (cross(self, self->layout->key, &self->key, err) < 0 ||
		cross(self, self->layout->ns, &self->ns, err) < 0)
		return err->code;
	if (self->op == OP_MERGE_NS)
		return merge_namespaces(self, err);
	if (!self->apply)
		return touch(self, self->ns, err);
	if (self->op == OP_CLEAR)
		return clear(self, err);
	return self->state->type == SP_STATE_MAP ? change_map(self, err) : change_value(self, err);
}

/* Are the types there that the state's changes are read by? */
static int check_types(const struct applier *self, struct sp_error *err)
{
	const struct sp_state *state = self->state;

	if (self->layout->key != NULL && self->layout->ns != NULL && state->value != NULL &&
		(state->type != SP_STATE_LIST || sp_state_element(state) != NULL) &&
		(state->type != SP_STATE_MAP || sp_state_user_value(state) != NULL))
		return 0;
	return sp_fail(err, SP_EUNSUPPORTED, "its serializers do not tell how to read changes");
}

static int take_state(struct applier *self, struct sp_error *err)
{
	struct sp_cursor *in = &self->in.in;
	int16_t log_id;

	if (sp_take_i16(in, &log_id, err) < 0)
		return err->code;
	if (log_id < 0 || self->ids[log_id] == NO_STATE)
		return sp_fail_at(err, in, "state of log id %d was not announced", log_id);
	self->id = self->ids[log_id];
	self->state = self->states->states[self->id].state;
	return 0;
}

/* The states were read before, from the same changes. */
static int announce(struct applier *self, struct sp_error *err)
{
	const struct sp_announcement *next;

	if (self->n_announced == self->states->n_announced)
		return sp_fail_at(err, &self->in.in, "a state more than was announced at first");
	next = &self->states->announced[self->n_announced++];
	self->ids[next->log_id] = next->state;
	return 0;
}

static int change(struct applier *self, const struct sp_logged *logged, struct sp_error *err)
{
	self->in = (struct sp_value_reader){ .in = logged->bytes, .kryo = self->states->kryo };
	if (sp_take_u8(&self->in.in, &self->op, err) < 0)
		return err->code;
	self->no_bytes += NO_BYTES_PER_BYTE * (uint64_t)sp_left(&logged->bytes);
	if (self->op == OP_METADATA)
		return announce(self, err);
	if (!sp_key_groups_have(self->all, logged->key_group))
		return 0;
	self->key_group = (uint32_t)logged->key_group;
	if (take_state(self, err) < 0)
		return err->code;
	if (!sp_is_queue(self->state) && !sp_key_groups_have(self->wanted, self->key_group))
		return 0; /* of timers each is looked at */
	self->states->states[self->id].touched = true;
	if (sp_logged_layout(self->states, self->id, &self->layout, err) < 0 ||
		check_types(self, err) < 0 || change_state(self, err) < 0)
		return sp_within(
			err, "state '%.*s'", (int)self->state->name.n, self->state->name.p);
	return 0;
}

static int run(const struct sp_keyed_place *place, struct applier *self, struct sp_error *err)
{
	struct sp_changes changes;
	struct sp_logged logged;
	int r;

	self->all = (struct sp_key_groups){ place->handle->start, place->handle->count };
	self->wanted = sp_place_groups(place);
	self->no_bytes = NO_BYTES_MAX;
	self->ids = malloc(((size_t)INT16_MAX + 1) * sizeof(*self->ids));
	if (self->ids == NULL)
		sp_abort("out of memory");
	memset(self->ids, 0xff, ((size_t)INT16_MAX + 1) * sizeof(*self->ids));
	sp_changes_init(&changes, place);
	while ((r = sp_changes_next(&changes, &logged, err)) > 0)
		if (change(self, &logged, err) < 0) {
			r = sp_changes_within(&changes, err);
			break;
		}
	sp_changes_free(&changes);
	sp_buffer_free(&self->row);
	sp_buffer_free(&self->value);
	free(self->ids);
	return r;
}

int sp_changelog_touch(const struct sp_keyed_place *place, struct sp_changelog_states *states,
	struct sp_scratch *scratch, struct sp_error *err)
{
	struct applier self = { .states = states, .scratch = scratch };

	return run(place, &self, err);
}

int sp_changelog_apply(const struct sp_keyed_place *place, struct sp_changelog_states *states,
	struct sp_scratch *scratch, struct sp_error *err)
{
	struct applier self = { .states = states, .scratch = scratch, .apply = true };

	if (run(place, &self, err) < 0)
		return err->code;
	return sp_changelog_check_merged(states, scratch, err);
}
