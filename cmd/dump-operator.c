#include <inttypes.h>

#include "dump.h"
#include "operator-state.h"

#define ARENA_BYTES ((size_t)64 * 1024) /* of entries that are decoded into one arena */

/* One state of one subtask. */
struct state {
	struct sp_dump *dump;
	const struct sp_operator *op;
	const struct sp_subtask *subtask;
	const struct sp_operator_handle *handle;
	struct sp_operator_reader *reader;
	const struct sp_state *state;
	enum sp_mode mode;
	struct sp_buffer window; /* bytes of the element from `start` on */
	uint64_t start;          /* in the element */
};

static void begin_line(const struct state *self)
{
	sp_dump_begin(&self->dump->out, self->op, sp_mode_kind_text(self->mode), self->state->name);
	sp_dump_number(&self->dump->out, SP_DUMP_SUBTASK, self->subtask->index);
}

/* Adds the next piece of the element to the window. 1; 0: the element's end. */
static int fill(struct state *self, struct sp_error *err)
{
	return sp_operator_reader_fill(self->reader, self->dump->memory, &self->window, err);
}

/* Whoever decodes does not know the file. */
static int fail_value(const struct state *self, struct sp_error *err)
{
	return sp_within(
		err, "%s: offset 0x%" PRIx64, self->dump->source->metadata_path, self->handle->at);
}

/* --- lists ----------------------------------------------------------------------------------- */

static int put_element(struct state *self, struct sp_error *err)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value value;
	int r;

	self->window.n = 0;
	while ((r = fill(self, err)) > 0)
		;
	if (r < 0)
		return r;
	begin_line(self);
	if (self->state->value == NULL) {
		sp_dump_opaque(
			&self->dump->out, SP_DUMP_VALUE, sp_buffer_slice(&self->window), NULL);
		return sp_dump_end(&self->dump->out, err);
	}
	if (sp_value_read_all(sp_buffer_slice(&self->window), 0, self->dump->kryo,
		    self->state->value, arena, &value, err) < 0)
		return fail_value(self, err);
	sp_dump_value(&self->dump->out, SP_DUMP_VALUE, &value);
	return sp_dump_end(&self->dump->out, err);
}

static int put_elements(struct state *self, struct sp_error *err)
{
	int r;

	for (uint64_t i = 0; (r = sp_operator_reader_next(self->reader)) > 0; i++) {
		r = put_element(self, err);
		if (r < 0)
			return sp_within(err, "element %" PRIu64, i);
		if (r > 0)
			return r;
	}
	return r;
}

/* --- broadcast states ------------------------------------------------------------------------ */

/* Drops n bytes from the front of the window. */
static void drop(struct state *self, size_t n)
{
	memmove(self->window.p, self->window.p + n, self->window.n - n);
	self->window.n -= n;
	self->start += n;
}

/* Key and value at the front of the window, whose length is given. */
static int read_entry(
	struct state *self, struct sp_arena *arena, size_t *length, struct sp_error *err)
{
	struct sp_value_reader reader =
		sp_value_reader(sp_buffer_slice(&self->window), self->start, self->dump->kryo);
	struct sp_value key, value;
	int r = sp_value_read(&reader, self->state->key, arena, &key, err);

	if (r == 0)
		r = sp_value_read(&reader, self->state->value, arena, &value, err);
	if (r < 0) {
		*length = reader.missing;
		return r;
	}
	*length = self->window.n - sp_left(&reader.in);
	begin_line(self);
	sp_dump_value(&self->dump->out, SP_DUMP_MAP_KEY, &key);
	sp_dump_value(&self->dump->out, SP_DUMP_VALUE, &value);
	return 0;
}

/* Reads an entry, with as many bytes as it needs. */
static int put_entry(struct state *self, struct sp_arena *arena, struct sp_error *err)
{
	size_t n;
	int r;

	while ((r = read_entry(self, arena, &n, err)) < 0) {
		const struct sp_error cause = *err;

		if (n == 0)
			return fail_value(self, err);
		r = fill(self, err);
		if (r < 0)
			return r;
		if (r == 0) { /* there is no more */
			*err = cause;
			return fail_value(self, err);
		}
	}
	drop(self, n);
	return sp_dump_end(&self->dump->out, err);
}

/* i32, the number of entries. */
static int take_count(struct state *self, int32_t *ret, struct sp_error *err)
{
	struct sp_cursor in;
	int r = 1;

	while (self->window.n < 4 && (r = fill(self, err)) > 0)
		;
	in = sp_cursor(sp_buffer_slice(&self->window), 0);
	if (r < 0)
		return r;
	if (sp_take_i32(&in, ret, err) < 0)
		return fail_value(self, err);
	if (*ret < 0) {
		sp_fail(err, SP_EDAMAGED, "%" PRId32 " entries cannot be", *ret);
		return fail_value(self, err);
	}
	drop(self, 4);
	return 0;
}

/* The rest of the state as one line, where its entries have no known borders. */
static int put_opaque_entries(struct state *self, struct sp_error *err)
{
	int r;

	while ((r = fill(self, err)) > 0)
		;
	if (r < 0)
		return r;
	begin_line(self);
	sp_dump_opaque(&self->dump->out, SP_DUMP_VALUE, sp_buffer_slice(&self->window), NULL);
	return sp_dump_end(&self->dump->out, err);
}

static bool has_opaque_parts(const struct sp_state *state)
{
	return state->key == NULL || state->value == NULL ||
	       sp_type_opaque_part(state->key) != NULL || sp_type_opaque_part(state->value) != NULL;
}

static int put_entries(struct state *self, struct sp_error *err)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	uint64_t decoded = 0;
	int32_t n;
	int r = take_count(self, &n, err);

	for (int32_t i = 0; r == 0 && i < n; i++) {
		if (self->start - decoded > ARENA_BYTES) {
			sp_arena_free(arena);
			arena = sp_arena_new();
			decoded = self->start;
		}
		r = put_entry(self, arena, err);
		if (r == SP_EUNSUPPORTED) /* of a class that only the job can read */
			return put_opaque_entries(self, err);
		if (r < 0)
			return sp_within(err, "entry %" PRId32, i);
	}
	return r;
}

static int put_broadcast(struct state *self, struct sp_error *err)
{
	int r = sp_operator_reader_next(self->reader);

	self->window.n = 0;
	self->start = 0;
	if (r <= 0)
		return r;
	return has_opaque_parts(self->state) ? put_opaque_entries(self, err)
					     : put_entries(self, err);
}

/* --- managed operator state ------------------------------------------------------------------ */

static int put_states(struct state *self, struct sp_error *err)
{
	const struct sp_operator_header *header = sp_operator_reader_header(self->reader);
	int r = 0;

	for (size_t i = 0; r == 0 && i < header->n_states; i++) {
		self->state = &header->states[i];
		self->mode = header->modes[i];
		if (!sp_dump_wants_state(self->dump, self->state->name) ||
			sp_operator_reader_select(self->reader, self->state->name) == 0)
			continue;
		r = self->mode == SP_MODE_BROADCAST ? put_broadcast(self, err)
						    : put_elements(self, err);
		if (r < 0)
			return sp_within(
				err, "state '%.*s'", (int)self->state->name.n, self->state->name.p);
	}
	return r;
}

static int put_handle(
	struct state *self, const struct sp_operator_handle *handle, struct sp_error *err)
{
	sp_auto(sp_operator_reader) *reader = NULL;
	int r;

	if (handle->code == SP_OPERATOR_NONE || handle->n_states == 0)
		return 0;
	if (sp_operator_reader_open(self->dump->source, handle, &reader, err) < 0)
		return err->code;
	self->handle = handle;
	self->reader = reader;
	r = put_states(self, err);
	sp_buffer_free(&self->window);
	return r;
}

int sp_dump_operator_state(struct sp_dump *dump, const struct sp_operator *op,
	const struct sp_subtask *subtask, struct sp_error *err)
{
	struct state self = { .dump = dump, .op = op, .subtask = subtask };
	int r = 0;

	for (size_t i = 0; r == 0 && i < subtask->n_managed_operator; i++)
		r = put_handle(&self, &subtask->managed_operator[i], err);
	return r;
}
