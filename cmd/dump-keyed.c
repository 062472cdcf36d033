#include <inttypes.h>

#include "dump.h"
#include "format.h"
#include "interrupt.h"
#include "key-group.h"
#include "row-key.h"

#define CHECK_EVERY 4096                /* rows */
#define ARENA_BYTES ((size_t)64 * 1024) /* of rows that are decoded into one arena */

/* What is known of a state of the header, by its id. */
struct view {
	bool met; /* the rest is filled in */
	bool wanted;
	bool layout_known;
	struct sp_key_layout layout;
};

struct keyed {
	struct sp_dump *dump;
	const struct sp_keyed_place *place;
	const struct sp_keyed_header *header;
	struct view *views;
	struct sp_arena *arena; /* of decoded values */
	size_t decoded;         /* bytes of rows in it */
	const struct sp_row *row;
	const char *part; /* of the row that is being decoded, for messages */
};

static int meet(struct keyed *self, const struct sp_state *state, struct sp_error *err)
{
	struct view *view = &self->views[state->id];
	int r;

	view->met = true;
	view->wanted = sp_dump_wants_state(self->dump, state->name);
	r = sp_key_layout(self->header, state, self->place->op->max_parallelism, self->dump->kryo,
		&view->layout, err);
	view->layout_known = r == 0;
	return r == SP_EUNSUPPORTED ? 0 : r;
}

/* --- parts of rows --------------------------------------------------------------------------- */

static int decode(struct keyed *self, const char *part, struct sp_slice bytes,
	const struct sp_type *type, struct sp_value *ret, struct sp_error *err)
{
	self->part = part;
	if (type == NULL) {
		*ret = (struct sp_value){ .kind = SP_VALUE_OPAQUE, .bytes = bytes };
		return 0;
	}
	return sp_value_read_all(bytes, 0, self->dump->kryo, type, self->arena, ret, err);
}

/* The cells of key, namespace and map key. 1: a key that is not wanted. */
static int put_key(struct keyed *self, const struct view *view, struct sp_key_parts *parts,
	struct sp_error *err)
{
	struct sp_dump_output *out = &self->dump->out;
	struct sp_value value;

	if (decode(self, "key", parts->key, self->header->key, &value, err) < 0)
		return err->code;
	sp_dump_value(out, SP_DUMP_KEY, &value);
	if (!sp_dump_wants_key(self->dump, &value))
		return 1;
	if (decode(self, "namespace", parts->ns, view->layout.ns, &value, err) < 0)
		return err->code;
	sp_dump_value(out, SP_DUMP_NAMESPACE, &value);
	if (view->layout.user_key == NULL)
		return 0;
	if (decode(self, "map key", parts->user_key, view->layout.user_key, &value, err) < 0)
		return err->code;
	sp_dump_value(out, SP_DUMP_MAP_KEY, &value);
	return 0;
}

/* All of the key as one, where its parts have no known borders. 1: it is not wanted. */
static int put_opaque_key(struct keyed *self)
{
	const size_t prefix = sp_key_group_prefix(self->place->op->max_parallelism);
	const struct sp_slice key = self->row->key;
	const struct sp_value value = { .kind = SP_VALUE_OPAQUE };

	sp_dump_opaque(&self->dump->out, SP_DUMP_KEY, sp_slice(key.p + prefix, key.n - prefix),
		self->header->key);
	return !sp_dump_wants_key(self->dump, &value);
}

static void put_separator(struct sp_buffer *cell, size_t i)
{
	sp_buffer_printf(cell, i == 0 ? "[" : ", ");
}

/* The cells of the elements of a list. SP_EUNSUPPORTED where their borders are not known. */
static int put_elements(struct keyed *self, const struct sp_type *element, struct sp_error *err)
{
	struct sp_dump_output *out = &self->dump->out;
	struct sp_value_reader reader = sp_value_reader(self->row->value, 0, self->dump->kryo);
	struct sp_slice bytes;
	struct sp_value value;
	size_t n;
	int r;

	self->part = "value";
	for (n = 0; (r = sp_list_next(&reader, element, &bytes, err)) > 0; n++) {
		put_separator(&out->cells[SP_DUMP_VALUE], n);
		if (element->kind == SP_TTL)
			put_separator(&out->cells[SP_DUMP_TTL], n);
		if (decode(self, "element", bytes, element, &value, err) < 0)
			return err->code;
		sp_dump_ttl_value(out, &value);
	}
	if (r < 0)
		return r;
	if (n == 0)
		sp_buffer_u8(&out->cells[SP_DUMP_VALUE], '[');
	sp_buffer_u8(&out->cells[SP_DUMP_VALUE], ']');
	if (out->cells[SP_DUMP_TTL].n > 0)
		sp_buffer_u8(&out->cells[SP_DUMP_TTL], ']');
	return 0;
}

static int put_list(struct keyed *self, const struct sp_type *element, struct sp_error *err)
{
	struct sp_dump_output *out = &self->dump->out;
	int r = put_elements(self, element, err);

	if (r != SP_EUNSUPPORTED)
		return r;
	out->cells[SP_DUMP_VALUE].n = 0;
	out->cells[SP_DUMP_TTL].n = 0;
	sp_dump_opaque(out, SP_DUMP_VALUE, self->row->value, element);
	return 0;
}

/* A map's value stands behind a flag that says whether it is null. */
static int put_map_value(struct keyed *self, const struct sp_type *type, struct sp_error *err)
{
	struct sp_value value = { .kind = SP_VALUE_NULL };
	struct sp_slice bytes = self->row->value;
	const bool flagged = bytes.n > 0 && bytes.p[0] <= 1;

	self->part = "value";
	if (!flagged)
		return sp_fail(err, SP_EDAMAGED, "no flag in front of a map's value");
	bytes = sp_slice(bytes.p + 1, bytes.n - 1);
	if (self->row->value.p[0] == 0 && decode(self, "value", bytes, type, &value, err) < 0)
		return err->code;
	sp_dump_ttl_value(&self->dump->out, &value);
	return 0;
}

static int put_value(struct keyed *self, struct sp_error *err)
{
	const struct sp_state *state = self->row->state;
	const struct sp_type *element = sp_state_element(state);
	struct sp_value value;

	if (element != NULL)
		return put_list(self, element, err);
	if (state->type == SP_STATE_MAP)
		return put_map_value(self, sp_state_user_value(state), err);
	if (decode(self, "value", self->row->value, state->value, &value, err) < 0)
		return err->code;
	sp_dump_ttl_value(&self->dump->out, &value);
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------ */

static int put_parts(struct keyed *self, const struct view *view, struct sp_error *err)
{
	struct sp_dump_output *out = &self->dump->out;
	struct sp_key_parts parts;
	int r = SP_EUNSUPPORTED;

	if (view->layout_known)
		r = sp_key_split(&view->layout, self->row->key, &parts, err);
	if (r == SP_EUNSUPPORTED) {
		r = put_opaque_key(self);
		if (r == 0)
			sp_dump_opaque(
				out, SP_DUMP_VALUE, self->row->value, self->row->state->value);
		return r;
	}
	if (r == 0)
		r = put_key(self, view, &parts, err);
	if (r != 0)
		return r;
	if (!view->layout.timer)
		return put_value(self, err);
	sp_dump_number(out, SP_DUMP_VALUE, parts.timestamp);
	sp_dump_time(out, SP_DUMP_TIME, parts.timestamp);
	return 0;
}

/* Values of many rows share an arena, which costs more to make than a small value. */
static void make_room(struct keyed *self)
{
	if (self->decoded >= ARENA_BYTES) {
		sp_arena_free(self->arena);
		self->arena = sp_arena_new();
		self->decoded = 0;
	}
	self->decoded += self->row->key.n + self->row->value.n;
}

/* Whoever decodes does not know the file. */
static int fail_row(const struct keyed *self, struct sp_error *err)
{
	return sp_within(err, "%s: offset 0x%" PRIx64 ": state '%.*s': key group %" PRIu32 ": %s",
		self->place->source->metadata_path, self->place->handle->at,
		(int)self->row->state->name.n, self->row->state->name.p, self->row->key_group,
		self->part);
}

static int put_row(struct keyed *self, struct sp_error *err)
{
	const struct sp_row *row = self->row;
	struct view *view = &self->views[row->state->id];
	struct sp_dump_output *out = &self->dump->out;
	int r;

	self->part = "key";
	if (!view->met && meet(self, row->state, err) < 0)
		return fail_row(self, err);
	if (!view->wanted)
		return 0;
	make_room(self);
	sp_dump_begin(out, self->place->op, sp_state_kind_text(row->state), row->state->name);
	sp_dump_number(out, SP_DUMP_KEY_GROUP, row->key_group);
	r = put_parts(self, view, err);
	if (r < 0)
		return fail_row(self, err);
	return r > 0 ? 0 : sp_dump_end(out, err);
}

static int put_rows(struct keyed *self, struct sp_stream *in, struct sp_error *err)
{
	const struct sp_dump *dump = self->dump;
	struct sp_row row;
	uint64_t n = 0;
	int r;

	self->row = &row;
	while ((r = sp_next(in, &row, err)) > 0) {
		if (++n % CHECK_EVERY == 0 && sp_interrupt_check(err) < 0)
			return err->code;
		if (dump->some_groups && row.key_group > dump->last)
			return 0;
		if (!sp_dump_wants_group(dump, row.key_group))
			continue;
		r = put_row(self, err);
		if (r != 0)
			return r;
	}
	return r;
}

/* --- subtasks -------------------------------------------------------------------------------- */

/* Notes all states, so that one without rows counts as there, too. */
static bool wants_any(struct sp_dump *dump, const struct sp_keyed_header *header)
{
	bool any = false;

	for (size_t i = 0; i < header->n_states; i++)
		any |= sp_dump_wants_state(dump, header->states[i].name);
	return any;
}

static int put_stream(struct sp_dump *dump, const struct sp_keyed_place *place,
	struct sp_stream *in, struct sp_error *err)
{
	struct keyed self = { .dump = dump, .place = place, .header = in->header };
	int r;

	if (!wants_any(dump, in->header))
		return 0;
	self.views = calloc(in->header->n_states, sizeof(*self.views));
	if (self.views == NULL)
		sp_abort("out of memory");
	self.arena = sp_arena_new();
	r = put_rows(&self, in, err);
	sp_arena_free(self.arena);
	free(self.views);
	return r;
}

/* For a state asked for by name, that it is there counts, too. */
static int look_for_state(struct sp_dump *dump, const struct sp_keyed_place *place,
	const struct sp_format *format, struct sp_error *err)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	int r;

	if (dump->state == NULL || dump->state_found)
		return 0;
	r = sp_format_header(format, place, arena, &header, err);
	if (r > 0)
		wants_any(dump, header);
	return r < 0 ? r : 0;
}

int sp_dump_keyed(struct sp_dump *dump, const struct sp_operator *op,
	const struct sp_subtask *subtask, struct sp_error *err)
{
	const struct sp_keyed_place place =
		sp_place(dump->source, op, subtask, &subtask->managed_keyed);
	const struct sp_budget budget = { .memory = dump->memory, .tmpdir = dump->tmpdir };
	const struct sp_format *format;
	sp_auto(sp_stream) *in = NULL;

	if (place.handle->code == SP_KEYED_NONE)
		return 0;
	if (sp_check_key_groups(&place, err) < 0 || sp_format_of(&place, &format, err) < 0)
		return err->code;
	if (!sp_dump_wants_groups(dump, place.handle))
		return look_for_state(dump, &place, format, err);
	if (format->open(&place, &budget, &in, err) < 0)
		return err->code;
	return put_stream(dump, &place, in, err);
}
