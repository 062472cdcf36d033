/* Writes the stream of operator state that is drawn in operator-state-header.c. */
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

static struct sp_operator_writer *new_writer(
	struct sp_outlet *outlet, const struct sp_operator_header *header)
{
	struct sp_operator_writer *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->outlet = outlet;
	self->header = header;
	self->offsets = calloc(header->n_states + 1, sizeof(*self->offsets));
	if (self->offsets == NULL)
		sp_abort("out of memory");
	return self;
}

int sp_operator_writer_new(struct sp_outlet *outlet, const struct sp_operator_header *header,
	sp_release release, struct sp_operator_writer **ret, struct sp_error *err)
{
	sp_auto(sp_operator_writer) *self = NULL;
	sp_auto_buffer bytes = { 0 };

	if (header->n_states > INT16_MAX)
		return sp_fail(err, SP_EUNSUPPORTED, "%zu operator states, but at most %d fit",
			header->n_states, INT16_MAX);
	self = new_writer(outlet, header);
	put_header(header, release, &bytes);
	if (sp_outlet_write(outlet, sp_buffer_slice(&bytes), err) < 0)
		return err->code;
	*ret = sp_steal(self);
	return 0;
}

struct sp_operator_writer *sp_operator_writer_raw(
	struct sp_outlet *outlet, const struct sp_operator_header *states)
{
	return new_writer(outlet, states);
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

static int copy_element(
	struct sp_operator_writer *self, struct sp_operator_reader *from, struct sp_error *err)
{
	struct sp_slice piece;
	int r;

	while ((r = sp_operator_reader_piece(from, &piece, err)) > 0)
		if (sp_operator_writer_write(self, piece, err) < 0)
			return err->code;
	return r;
}

int sp_operator_writer_copy(struct sp_operator_writer *self, size_t state,
	struct sp_operator_reader *from, uint64_t n, struct sp_error *err)
{
	for (; n > 0 && sp_operator_reader_next(from) > 0; n--) {
		sp_operator_writer_begin(self, state);
		if (copy_element(self, from, err) < 0)
			return err->code;
	}
	return 0;
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

static int copy_state(struct sp_operator_writer *to, size_t state,
	struct sp_operator_reader *const *readers, size_t n, struct sp_error *err)
{
	struct sp_slice name = to->header->states[state].name;

	for (size_t i = 0; i < n; i++) {
		if (sp_operator_reader_select(readers[i], name) == 0)
			continue;
		if (sp_operator_writer_copy(to, state, readers[i], UINT64_MAX, err) < 0)
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
