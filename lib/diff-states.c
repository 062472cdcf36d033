#include "diff-internal.h"
#include "keyed-header-write.h"

#include "operator-state.h"

/* Where states are looked for. */
struct finder {
	struct sp_differ *differ;
	struct sp_diff_pair *pair;
	enum sp_diff_side side;
	struct sp_source *source;
	const struct sp_operator *op;
	const struct sp_subtask *subtask;
};

/* --- entries --------------------------------------------------------------------------------- */

static bool is_wanted(const struct sp_diff_request *request, struct sp_slice name)
{
	sp_auto_buffer utf8 = { 0 };

	if (request->state == NULL)
		return true;
	sp_mutf8_to_utf8(name, &utf8);
	return sp_slice_is(sp_buffer_slice(&utf8), request->state);
}

static void put_name(const struct sp_differ *self, const struct sp_diff_pair *pair,
	enum sp_diff_part part, struct sp_slice name, struct sp_buffer *out)
{
	sp_buffer_u64(out, (uint64_t)(pair - self->pairs));
	sp_buffer_u8(out, (uint8_t)part);
	sp_buffer_bytes(out, name);
}

struct sp_diff_entry *sp_diff_entry(const struct sp_differ *self, const struct sp_diff_pair *pair,
	enum sp_diff_part part, struct sp_slice name)
{
	sp_auto_buffer key = { 0 };
	struct sp_diff_entry *entry;

	put_name(self, pair, part, name, &key);
	HASH_FIND(hh, self->by_name, key.p, key.n, entry);
	return entry;
}

static void add_to_pair(struct sp_diff_pair *pair, struct sp_diff_entry *entry)
{
	if (pair->n == pair->capacity) {
		pair->capacity = pair->capacity * 2 + 8;
		pair->entries =
			reallocarray(pair->entries, pair->capacity, sizeof(struct sp_diff_entry *));
		if (pair->entries == NULL)
			sp_abort("out of memory");
	}
	entry->number = pair->n;
	pair->entries[pair->n++] = entry;
}

/* The state, which is made if it is new; NULL where it is not wanted. */
static struct sp_diff_entry *take_entry(
	const struct finder *at, enum sp_diff_part part, struct sp_slice name)
{
	struct sp_differ *self = at->differ;
	struct sp_diff_entry *entry = sp_diff_entry(self, at->pair, part, name);
	sp_auto_buffer key = { 0 };
	struct sp_slice copy;

	if (entry != NULL || !is_wanted(self->request, name))
		return entry;
	put_name(self, at->pair, part, name, &key);
	copy = sp_arena_copy(self->diff->arena, sp_buffer_slice(&key));
	entry = sp_arena_new_array(self->diff->arena, struct sp_diff_entry, 1);
	entry->state.op = at->pair->op;
	entry->state.part = part;
	entry->state.name = sp_slice(copy.p + copy.n - name.n, name.n);
	HASH_ADD_KEYPTR(hh, self->by_name, copy.p, copy.n, entry);
	add_to_pair(at->pair, entry);
	return entry;
}

static bool differ(const struct sp_type *a, const struct sp_type *b)
{
	return a != NULL && b != NULL && !sp_diff_same_type(a, b);
}

/* The state on this side; the first subtask that has it tells its types. true: this is the first.
 */
static bool declare(
	const struct finder *at, struct sp_diff_entry *entry, const struct sp_diff_declared *as)
{
	struct sp_diff_declared *to = &entry->state.sides[at->side];

	if (to->present) {
		to->elements += as->elements;
		to->mixed |= differ(to->key, as->key) || differ(to->ns, as->ns) ||
			     differ(to->value, as->value) || strcmp(to->kind, as->kind) != 0;
		return false;
	}
	*to = *as;
	to->present = true;
	to->kryo = at->differ->kryo[at->side];
	return true;
}

/* Keeps what types are borrowed from. */
static void keep(const struct finder *at, struct sp_arena *arena, struct sp_raw_timers *timers)
{
	struct sp_diff *diff = at->differ->diff;
	struct sp_diff_kept *kept = sp_arena_new_array(diff->arena, struct sp_diff_kept, 1);

	*kept = (struct sp_diff_kept){ arena, timers, diff->kept };
	diff->kept = kept;
}

/* --- keyed state ----------------------------------------------------------------------------- */

/* Keys are looked at behind one byte, in place of the key group. */
static int find_layout(const struct finder *at, const struct sp_keyed_header *header,
	const struct sp_state *state, struct sp_diff_entry *entry, struct sp_error *err)
{
	struct sp_key_layout *layout = &entry->layouts[at->side];
	int r = sp_key_layout(header, state, 1, at->differ->kryo[at->side], layout, err);

	entry->layout_known[at->side] = r == 0;
	return r == SP_EUNSUPPORTED ? 0 : r;
}

static int declare_keyed(const struct finder *at, const struct sp_keyed_header *header,
	const struct sp_state *state, bool *first, struct sp_error *err)
{
	const bool timers = state->kind == SP_KIND_PRIORITY_QUEUE;
	struct sp_diff_entry *entry =
		take_entry(at, timers ? SP_DIFF_TIMERS : SP_DIFF_KEYED, state->name);
	struct sp_diff_declared as = {
		.kind = sp_state_kind_text(state),
		.key = header->key,
		.ns = state->ns,
		.user_key = state->user_key,
		.value = timers ? NULL : state->value,
		.state = state,
	};

	if (entry == NULL)
		return 0;
	if (!entry->state.sides[at->side].present && find_layout(at, header, state, entry, err) < 0)
		return sp_within(err, "state '%.*s'", (int)state->name.n, state->name.p);
	if (timers)
		as.ns = entry->layouts[at->side].ns;
	*first |= declare(at, entry, &as);
	return 0;
}

static int find_keyed(const struct finder *at, struct sp_error *err)
{
	const struct sp_keyed_place place =
		sp_place(at->source, at->op, at->subtask, &at->subtask->managed_keyed);
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	const struct sp_format *format;
	bool first = false;
	int r;

	if (place.handle->code == SP_KEYED_NONE)
		return 0;
	if (sp_check_key_groups(&place, err) < 0 || sp_format_of(&place, &format, err) < 0)
		return err->code;
	r = sp_format_header(format, &place, arena, &header, err);
	if (r > 0) /* states of the asynchronous API as all others are described */
		r = sp_keyed_header_plain(header, arena, &header, err) < 0 ? err->code : 1;
	if (r <= 0)
		return r;
	for (size_t i = 0; i < header->n_states; i++)
		if (declare_keyed(at, header, &header->states[i], &first, err) < 0)
			return err->code;
	if (first)
		keep(at, sp_steal(arena), NULL);
	return 0;
}

/* --- raw keyed state ------------------------------------------------------------------------- */

/* true: the types of `timer` are borrowed from now on. */
static bool declare_timers(const struct finder *at, const struct sp_raw_timer *timer, bool event)
{
	sp_auto_buffer name = { 0 };
	struct sp_diff_entry *entry;
	struct sp_diff_declared as = {
		.kind = "TIMER", .key = timer->key_type, .ns = timer->ns_type
	};

	sp_buffer_printf(&name, "_timer_state/%s_", event ? "event" : "processing");
	sp_buffer_bytes(&name, timer->service);
	entry = take_entry(at, SP_DIFF_TIMERS, sp_buffer_slice(&name));
	if (entry == NULL || !declare(at, entry, &as))
		return false;
	entry->layout_known[at->side] = true;
	entry->layouts[at->side] = (struct sp_key_layout){
		.key = timer->key_type,
		.ns = timer->ns_type,
		.prefix = 1,
		.key_width = sp_type_width(timer->key_type),
		.ns_width = sp_type_width(timer->ns_type),
		.timer = true,
		.kryo = at->differ->kryo[at->side],
	};
	return true;
}

/* Types last until a reader goes on: the states of a service get a reader that does not. */
static int declare_service(const struct finder *at, size_t number, struct sp_error *err)
{
	sp_auto(sp_raw_timers) *timers = NULL;
	struct sp_raw_timer service;
	int r = sp_raw_timers_open(at->source, &at->subtask->raw_keyed, &timers, err);
	bool borrowed;

	for (size_t i = 0; r > 0 && i <= number; i++)
		r = sp_raw_timers_next_service(timers, &service, err);
	if (r <= 0)
		return r;
	borrowed = declare_timers(at, &service, true);
	borrowed |= declare_timers(at, &service, false);
	if (borrowed)
		keep(at, NULL, sp_steal(timers));
	return 0;
}

/*
 * All key groups of a subtask have the same services. Only where rows are wanted, too, does it
 * matter whether all timers can be read.
 */
static int find_services(
	const struct finder *at, struct sp_raw_timers *timers, struct sp_error *err)
{
	struct sp_raw_timer service;
	int64_t group = -1;
	int r;

	for (size_t i = 0; (r = sp_raw_timers_next_service(timers, &service, err)) > 0; i++) {
		if (i == 0)
			group = service.key_group;
		if (service.key_group != group && !at->differ->request->rows)
			return 0;
		if (service.key_group == group && declare_service(at, i, err) < 0)
			return err->code;
	}
	return r;
}

static void declare_raw_groups(const struct finder *at)
{
	const struct sp_diff_declared as = { .kind = "RAW_KEYED" };
	struct sp_diff_entry *entry;

	at->pair->raw_bytes[at->side][at->subtask - at->op->subtasks] = true;
	if (sp_keyed_handle_size(&at->subtask->raw_keyed) == 0)
		return;
	entry = take_entry(at, SP_DIFF_RAW_KEYED, (struct sp_slice){ 0 });
	if (entry != NULL)
		declare(at, entry, &as);
}

static int find_raw_keyed(const struct finder *at, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = &at->subtask->raw_keyed;
	const struct sp_keyed_place place = sp_place(at->source, at->op, at->subtask, handle);
	sp_auto(sp_raw_timers) *timers = NULL;
	int r;

	if (handle->code == SP_KEYED_NONE)
		return 0;
	if (handle->offsets == NULL)
		return sp_fail(err, SP_EUNSUPPORTED,
			"raw keyed state: state handle of type %d cannot be read",
			(int)handle->code);
	if (sp_check_key_groups(&place, err) < 0)
		return err->code;
	r = sp_raw_timers_open(at->source, handle, &timers, err);
	if (r == 0)
		declare_raw_groups(at);
	if (r > 0)
		r = find_services(at, timers, err);
	if (r == SP_EUNSUPPORTED) {
		declare_raw_groups(at);
		r = 0;
	}
	return r < 0 ? sp_within(err, "raw keyed state") : 0;
}

/* --- operator state -------------------------------------------------------------------------- */

static void declare_listed(
	const struct finder *at, enum sp_diff_part part, const struct sp_operator_state *listed)
{
	const bool bag = part == SP_DIFF_RAW_OPERATOR || listed->mode != SP_MODE_BROADCAST;
	const struct sp_diff_declared as = {
		.kind = part == SP_DIFF_RAW_OPERATOR ? "RAW_OPERATOR"
						     : sp_mode_kind_text(listed->mode),
		.counted = bag,
		.elements = bag ? listed->n_offsets : 0,
	};
	struct sp_diff_entry *entry = take_entry(at, part, listed->name);

	if (entry == NULL)
		return;
	declare(at, entry, &as);
	if (entry->state.sides[1 - at->side].present && entry->bag[1 - at->side] != bag)
		entry->state.apart = true;
	entry->bag[at->side] = bag;
}

static void declare_types(const struct finder *at, const struct sp_operator_header *header)
{
	for (size_t i = 0; i < header->n_states; i++) {
		const struct sp_state *state = &header->states[i];
		struct sp_diff_entry *entry =
			sp_diff_entry(at->differ, at->pair, SP_DIFF_OPERATOR, state->name);
		struct sp_diff_declared *to;

		if (entry == NULL || !entry->state.sides[at->side].present)
			continue;
		to = &entry->state.sides[at->side];
		if (to->state != NULL) {
			to->mixed |= differ(to->key, state->key) || differ(to->value, state->value);
			continue;
		}
		to->state = state;
		to->key = state->key;
		to->value = state->value;
	}
}

static int find_operator(
	const struct finder *at, const struct sp_operator_handle *handle, struct sp_error *err)
{
	sp_auto(sp_operator_reader) *reader = NULL;
	const struct sp_operator_header *header;
	int r;

	if (handle->code == SP_OPERATOR_NONE || handle->n_states == 0)
		return 0;
	for (size_t i = 0; i < handle->n_states; i++)
		declare_listed(at, SP_DIFF_OPERATOR, &handle->states[i]);
	r = sp_operator_reader_open(at->source, handle, &reader, err);
	if (r == SP_EUNSUPPORTED && !at->differ->request->rows)
		return 0; /* Flink 1.2: what the metadata lists is known all the same */
	if (r == 0)
		r = sp_operator_header_read(sp_operator_reader_header(reader)->bytes, 0,
			at->differ->diff->arena, &header, err);
	if (r == 0)
		declare_types(at, header);
	return r < 0 ? sp_within(err, "operator state") : 0;
}

static int find_in_subtask(const struct finder *at, struct sp_error *err)
{
	if (find_keyed(at, err) < 0 || find_raw_keyed(at, err) < 0)
		return err->code;
	for (size_t i = 0; i < at->subtask->n_managed_operator; i++)
		if (find_operator(at, &at->subtask->managed_operator[i], err) < 0)
			return err->code;
	for (size_t i = 0; i < at->subtask->n_raw_operator; i++)
		for (size_t j = 0; j < at->subtask->raw_operator[i].n_states; j++)
			declare_listed(
				at, SP_DIFF_RAW_OPERATOR, &at->subtask->raw_operator[i].states[j]);
	return 0;
}

static void declare_coordinator(const struct finder *at)
{
	const struct sp_diff_declared as = { .kind = "COORDINATOR", .rows = 1 };
	struct sp_diff_entry *entry;

	if (at->op->coordinator.code != SP_HANDLE_BYTES)
		return;
	entry = take_entry(at, SP_DIFF_COORDINATOR, (struct sp_slice){ 0 });
	if (entry != NULL)
		declare(at, entry, &as);
}

int sp_diff_find_states(struct sp_differ *self, struct sp_diff_pair *pair, enum sp_diff_side side,
	struct sp_error *err)
{
	struct finder at = {
		.differ = self,
		.pair = pair,
		.side = side,
		.source = self->request->sources[side],
		.op = pair->op->sides[side],
	};
	char label[256];

	declare_coordinator(&at);
	pair->raw_bytes[side] = sp_arena_new_array(self->diff->arena, bool, at.op->n_subtasks);
	for (size_t i = 0; i < at.op->n_subtasks; i++) {
		at.subtask = &at.op->subtasks[i];
		if (find_in_subtask(&at, err) < 0)
			return sp_within(err, "%s: subtask %d",
				sp_operator_label(at.op, label, sizeof(label)), at.subtask->index);
	}
	return 0;
}
