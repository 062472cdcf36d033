/* Writes the stream of operator state that is drawn in operator-state-read.c. */
#include "operator-state.h"

#include <inttypes.h>

#define VERSION_COMPRESSION 6 /* the first with the flag */

struct offsets {
	int64_t *p;
	size_t n, capacity;
};

struct sp_operator_writer {
	struct sp_outlet *outlet;
	const struct sp_operator_header *header;
	struct offsets *offsets; /* by state */
};

/* --- the union of headers ----------------------------------------------------------------- */

static int refuse_difference(const struct sp_state *state, const char *what, struct sp_error *err)
{
	sp_auto_buffer name = { 0 };

	sp_mutf8_to_utf8(state->name, &name);
	return sp_fail(err, SP_EUNSUPPORTED, "state '%.*s' has %s in different subtasks",
		(int)name.n, (const char *)name.p, what);
}

/* Adds a state, unless it is there. */
static int add_state(struct sp_operator_header *to, const struct sp_state *state, enum sp_mode mode,
	struct sp_error *err)
{
	for (size_t i = 0; i < to->n_states; i++) {
		if (!sp_slice_equal(to->states[i].name, state->name))
			continue;
		if (to->modes[i] != mode)
			return refuse_difference(state, "different modes of distribution", err);
		if (!sp_slice_equal(to->states[i].bytes, state->bytes))
			return refuse_difference(state, "different serializers", err);
		return 0;
	}
	to->states[to->n_states] = *state;
	to->states[to->n_states].id = (uint32_t)to->n_states;
	to->modes[to->n_states++] = mode;
	return 0;
}

static int add_states(struct sp_operator_header *to, const struct sp_operator_header *from,
	bool broadcast, struct sp_error *err)
{
	for (size_t i = broadcast ? from->n_lists : 0;
		i < (broadcast ? from->n_states : from->n_lists); i++)
		if (add_state(to, &from->states[i], from->modes[i], err) < 0)
			return err->code;
	return 0;
}

int sp_operator_headers_unite(const struct sp_operator_header *const *headers, size_t n,
	struct sp_arena *arena, const struct sp_operator_header **ret, struct sp_error *err)
{
	struct sp_operator_header *to = sp_arena_new_array(arena, struct sp_operator_header, 1);
	size_t most = 0;

	for (size_t i = 0; i < n; i++) {
		most += headers[i]->n_states;
		if (headers[i]->version < SP_OPERATOR_VERSION_PROXIED)
			return sp_fail(err, SP_EUNSUPPORTED,
				"operator state of header version %" PRId32
				" (Flink 1.6 and before) cannot be rewritten",
				headers[i]->version);
	}
	to->version = SP_OPERATOR_VERSION_PROXIED;
	to->states = sp_arena_new_array(arena, struct sp_state, most);
	to->modes = sp_arena_new_array(arena, enum sp_mode, most);
	for (size_t i = 0; i < n; i++)
		if (add_states(to, headers[i], false, err) < 0)
			return err->code;
	to->n_lists = to->n_states;
	for (size_t i = 0; i < n; i++)
		if (add_states(to, headers[i], true, err) < 0)
			return err->code;
	*ret = to;
	return 0;
}

/* --- the stream --------------------------------------------------------------------------- */

static void put_header(
	const struct sp_operator_header *header, sp_release release, struct sp_buffer *out)
{
	sp_release from, to;

	sp_operator_header_releases(VERSION_COMPRESSION, false, &from, &to);
	sp_buffer_u32(out, release >= from ? VERSION_COMPRESSION : SP_OPERATOR_VERSION_PROXIED);
	if (release >= from)
		sp_buffer_u8(out, 0); /* not compressed */
	sp_buffer_u16(out, (uint16_t)header->n_lists);
	for (size_t i = 0; i < header->n_lists; i++)
		sp_buffer_bytes(out, header->states[i].bytes);
	sp_buffer_u16(out, (uint16_t)(header->n_states - header->n_lists));
	for (size_t i = header->n_lists; i < header->n_states; i++)
		sp_buffer_bytes(out, header->states[i].bytes);
}

int sp_operator_writer_new(struct sp_outlet *outlet, const struct sp_operator_header *header,
	sp_release release, struct sp_operator_writer **ret, struct sp_error *err)
{
	sp_auto(sp_operator_writer) *self = calloc(1, sizeof(*self));
	sp_auto_buffer bytes = { 0 };

	if (header->n_states > INT16_MAX)
		return sp_fail(err, SP_EUNSUPPORTED, "%zu operator states, but at most %d fit",
			header->n_states, INT16_MAX);
	if (self == NULL)
		sp_abort("out of memory");
	self->outlet = outlet;
	self->header = header;
	self->offsets = calloc(header->n_states + 1, sizeof(*self->offsets));
	if (self->offsets == NULL)
		sp_abort("out of memory");
	put_header(header, release, &bytes);
	if (sp_outlet_write(outlet, sp_buffer_slice(&bytes), err) < 0)
		return err->code;
	*ret = sp_steal(self);
	return 0;
}

void sp_operator_writer_free(struct sp_operator_writer *self)
{
	if (self == NULL)
		return;
	for (size_t i = 0; self->offsets != NULL && i < self->header->n_states; i++)
		free(self->offsets[i].p);
	free(self->offsets);
	free(self);
}

void sp_operator_writer_begin(struct sp_operator_writer *self, size_t state)
{
	struct offsets *offsets = &self->offsets[state];

	if (offsets->n == offsets->capacity) {
		offsets->capacity = offsets->capacity == 0 ? 8 : offsets->capacity * 2;
		offsets->p = reallocarray(offsets->p, offsets->capacity, sizeof(*offsets->p));
		if (offsets->p == NULL)
			sp_abort("out of memory");
	}
	offsets->p[offsets->n++] = (int64_t)sp_outlet_size(self->outlet);
}

int sp_operator_writer_write(
	struct sp_operator_writer *self, struct sp_slice bytes, struct sp_error *err)
{
	return sp_outlet_write(self->outlet, bytes, err);
}

static int put_empty_broadcasts(struct sp_operator_writer *self, struct sp_error *err)
{
	static const uint8_t no_entries[4] = { 0 };

	for (size_t i = self->header->n_lists; i < self->header->n_states; i++) {
		if (self->offsets[i].n != 0)
			continue;
		sp_operator_writer_begin(self, i);
		if (sp_operator_writer_write(self, sp_slice(no_entries, sizeof(no_entries)), err) <
			0)
			return err->code;
	}
	return 0;
}

int sp_operator_writer_finish(struct sp_operator_writer *self, struct sp_arena *arena,
	struct sp_operator_handle *ret, struct sp_error *err)
{
	const struct sp_operator_header *header = self->header;

	*ret = (struct sp_operator_handle){ .code = SP_OPERATOR_STREAM };
	if (put_empty_broadcasts(self, err) < 0 ||
		sp_outlet_finish(self->outlet, arena, &ret->data, err) < 0)
		return err->code;
	ret->states = sp_arena_new_array(arena, struct sp_operator_state, header->n_states);
	ret->n_states = header->n_states;
	for (size_t i = 0; i < header->n_states; i++) {
		struct sp_operator_state *state = &ret->states[i];

		state->name = sp_arena_copy(arena, header->states[i].name);
		state->mode = header->modes[i];
		state->n_offsets = self->offsets[i].n;
		state->offsets = sp_arena_new_array(arena, int64_t, state->n_offsets);
		if (state->n_offsets != 0)
			memcpy(state->offsets, self->offsets[i].p,
				state->n_offsets * sizeof(*state->offsets));
	}
	return 0;
}

/* --- merging ------------------------------------------------------------------------------ */

/* Puts the elements of the state that the reader was turned to. */
static int copy_elements(struct sp_operator_writer *to, size_t state,
	struct sp_operator_reader *from, struct sp_error *err)
{
	struct sp_slice piece;
	int r = 0;

	while (sp_operator_reader_next(from) > 0) {
		sp_operator_writer_begin(to, state);
		while ((r = sp_operator_reader_piece(from, &piece, err)) > 0)
			if (sp_operator_writer_write(to, piece, err) < 0)
				return err->code;
		if (r < 0)
			return r;
	}
	return 0;
}

static int copy_state(struct sp_operator_writer *to, size_t state,
	struct sp_operator_reader *const *readers, size_t n, struct sp_error *err)
{
	struct sp_slice name = to->header->states[state].name;

	for (size_t i = 0; i < n; i++) {
		if (sp_operator_reader_select(readers[i], name) == 0)
			continue;
		if (copy_elements(to, state, readers[i], err) < 0)
			return err->code;
		if (to->header->modes[state] == SP_MODE_BROADCAST && to->offsets[state].n != 0)
			return 0; /* the other copies are the same */
	}
	return 0;
}

/* The header's states that some handle lists: Flink has no others. */
static void keep_listed(
	struct sp_operator_header *header, struct sp_operator_reader *const *readers, size_t n)
{
	size_t lists = 0;
	size_t kept = 0;

	for (size_t i = 0; i < header->n_states; i++) {
		bool listed = false;

		for (size_t j = 0; j < n && !listed; j++)
			listed = sp_operator_reader_select(readers[j], header->states[i].name) > 0;
		if (!listed)
			continue;
		lists += i < header->n_lists;
		header->modes[kept] = header->modes[i];
		header->states[kept++] = header->states[i];
	}
	header->n_states = kept;
	header->n_lists = lists;
}

int sp_operator_merge(struct sp_operator_reader *const *readers, size_t n, struct sp_outlet *outlet,
	sp_release release, struct sp_arena *arena, struct sp_operator_handle *ret,
	struct sp_error *err)
{
	const struct sp_operator_header **headers =
		sp_arena_new_array(arena, const struct sp_operator_header *, n);
	const struct sp_operator_header *united;
	struct sp_operator_header header; /* outlives the writer, which borrows it */
	sp_auto(sp_operator_writer) *writer = NULL;

	for (size_t i = 0; i < n; i++) {
		if (sp_operator_reader_check(readers[i], err) < 0)
			return err->code;
		headers[i] = sp_operator_reader_header(readers[i]);
	}
	if (sp_operator_headers_unite(headers, n, arena, &united, err) < 0)
		return err->code;
	header = *united;
	keep_listed(&header, readers, n);
	if (sp_operator_writer_new(outlet, &header, release, &writer, err) < 0)
		return err->code;
	for (size_t i = 0; i < header.n_states; i++)
		if (copy_state(writer, i, readers, n, err) < 0)
			return err->code;
	return sp_operator_writer_finish(writer, arena, ret, err);
}
