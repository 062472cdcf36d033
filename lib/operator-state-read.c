/*
 * The stream of managed operator state, one per subtask.
 *
 *	i32 version
 *	6:   bool compressed
 *	i16 n, n × list state
 *	3+:  i16 n, n × broadcast state
 *	2:   i32 number of list states, again
 *	6, compressed: ff 06 00 00 "sNaPpY", and all that follows is snappy-framed
 *	elements of the list states, then the broadcast states, at the offsets of the handle
 *
 *	version  state
 *	1        utf name, i8 mode, a serializer as a Java object
 *	2, 3     utf name, i8 mode, resilient list: serializer, broadcast: of key and value
 *	4        pairs of state-meta.c
 *	5, 6     proxied of state-meta.c
 *
 *	element    the bytes of the state's serializer, up to the next offset of any state
 *	broadcast  i32 n, n × (key, value)
 *
 * The stream is flushed before each offset is taken: compressed, each offset begins a chunk. But
 * 1.18.0 and 1.18.1 did not flush it (several elements have one offset), began each state with an
 * identifier, and fail to read what has one identifier only (FLINK-34063).
 *
 * OperatorBackendSerializationProxy, DefaultOperatorStateBackendSnapshotStrategy. Version 6 since
 *Flink 1.18; 5: 1.7 to 1.17; 4: 1.6; 3: 1.5; 2: 1.3 and 1.4; 1: 1.2.
 */
#include "operator-state.h"

#include <inttypes.h>

#include "input.h"
#include "interrupt.h"
#include "mutf8.h"
#include "snappy-frame.h"
#include "state-meta.h"

#define VERSION_OBJECTS 1
#define VERSION_BROADCAST 3
#define VERSION_PAIRS 4
#define VERSION_COMPRESSION 6

#define OPERATOR_KINDS (1U << SP_KIND_OPERATOR | 1U << SP_KIND_BROADCAST)
#define MODE_OPTION "OPERATOR_STATE_DISTRIBUTION_MODE"
#define HEADER_LIMIT ((uint64_t)1 << 30)
#define BLOCK ((size_t)256 * 1024)

void sp_operator_header_releases(int32_t version, bool compressed, sp_release *from, sp_release *to)
{
	*from = compressed                               ? SP_RELEASE(1, 19)
		: version >= VERSION_COMPRESSION         ? SP_RELEASE(1, 18)
		: version >= SP_OPERATOR_VERSION_PROXIED ? SP_RELEASE(1, 7)
							 : SP_RELEASE(1, 6);
	*to = version >= SP_OPERATOR_VERSION_PROXIED ? SP_RELEASE_NEWEST : SP_RELEASE(1, 16);
}

int sp_operator_header_peek(
	struct sp_cursor *in, int32_t *version, bool *compressed, struct sp_error *err)
{
	struct sp_cursor start = *in;

	*compressed = false;
	if (sp_take_i32(in, version, err) < 0)
		return err->code;
	if (*version < SP_OPERATOR_VERSION_MIN || *version > SP_OPERATOR_VERSION_MAX)
		return sp_fail_at(
			err, &start, "operator state header of version %" PRId32, *version);
	return *version < VERSION_COMPRESSION ? 0 : sp_take_bool(in, compressed, err);
}

int sp_operator_peek(struct sp_file *file, int32_t *version, bool *compressed, struct sp_error *err)
{
	uint8_t bytes[sizeof(uint32_t) + 1]; /* the flag is the last that any version has there */
	struct sp_cursor in = sp_cursor(sp_slice(bytes, sizeof(bytes)), 0);

	if (sp_file_read(file, 0, bytes, sizeof(bytes), err) < 0)
		return err->code;
	return sp_operator_header_peek(&in, version, compressed, err);
}

/* --- the header ----------------------------------------------------------------------------- */

static const struct {
	const char *name; /* OperatorStateHandle.Mode */
	enum sp_mode mode;
} modes[] = {
	{ "SPLIT_DISTRIBUTE", SP_MODE_SPLIT_DISTRIBUTE },
	{ "UNION", SP_MODE_UNION },
	{ "BROADCAST", SP_MODE_BROADCAST },
};

static int find_mode(const struct sp_type_reader *r, const struct sp_state *state,
	enum sp_mode *ret, struct sp_error *err)
{
	for (size_t i = 0; i < state->n_options; i++)
		for (size_t j = 0; j < sp_countof(modes); j++)
			if (sp_slice_is(state->options[i].key, MODE_OPTION) &&
				sp_slice_is(state->options[i].value, modes[j].name)) {
				*ret = modes[j].mode;
				return 0;
			}
	return sp_fail_at(err, &r->in, "state '%s' does not say how it is distributed",
		sp_type_printable(r->arena, state->name));
}

/* Versions 2 and 3, which have a mode in place of kind and options. */
static int read_old_state(
	struct sp_type_reader *r, struct sp_state *state, enum sp_mode *mode, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	const struct sp_type **types;
	uint8_t ordinal;
	size_t n;

	if (sp_take_utf(&r->in, &state->name, err) < 0 || sp_take_u8(&r->in, &ordinal, err) < 0 ||
		sp_type_read_resilient(r, &types, &n, err) < 0)
		return err->code;
	if (ordinal >= sp_countof(modes) || n != (ordinal == SP_MODE_BROADCAST ? 2 : 1))
		return sp_fail_at(
			err, &start, "operator state of mode %u with %zu serializers", ordinal, n);
	*mode = (enum sp_mode)ordinal;
	state->kind = *mode == SP_MODE_BROADCAST ? SP_KIND_BROADCAST : SP_KIND_OPERATOR;
	state->key = n == 2 ? types[0] : NULL;
	state->value = types[n - 1];
	state->bytes = sp_slice(start.at, (size_t)(r->in.at - start.at));
	return 0;
}

static int read_state(struct sp_type_reader *r, int32_t version, size_t left,
	struct sp_state *state, enum sp_mode *mode, struct sp_error *err)
{
	if (version < VERSION_PAIRS)
		return read_old_state(r, state, mode, err);
	if (sp_state_meta_read(r,
		    version < SP_OPERATOR_VERSION_PROXIED ? SP_STATE_META_PAIRS
							  : SP_STATE_META_PROXIED,
		    left, state, err) < 0)
		return err->code;
	return find_mode(r, state, mode, err);
}

static bool count_may_start(struct sp_cursor in)
{
	if (sp_get_be16(in.at) == 0)
		return sp_left(&in) == 2;
	in.at += 2;
	return sp_state_meta_may_start(in);
}

static int cross_count(struct sp_type_reader *r, size_t n, struct sp_error *err)
{
	uint16_t n_states;

	(void)n; /* always one */
	return sp_state_meta_take_count(r, &n_states, err) < 0
		       ? err->code
		       : sp_state_meta_cross(r, n_states, err);
}

static const struct sp_type_rest_ops broadcast_states = { count_may_start, cross_count };

/* i16 n, n × state; `more` counts of states follow. */
static int read_states(struct sp_type_reader *r, struct sp_operator_header *header, size_t more,
	struct sp_error *err)
{
	struct sp_type_rest rest = { &broadcast_states, more, 0, NULL };
	size_t before = header->n_states;
	struct sp_state *states;
	enum sp_mode *of;
	uint16_t n;

	if (sp_state_meta_take_count(r, &n, err) < 0)
		return err->code;
	states = sp_arena_new_array(r->arena, struct sp_state, before + n);
	of = sp_arena_new_array(r->arena, enum sp_mode, before + n);
	if (before != 0) {
		memcpy(states, header->states, before * sizeof(*states));
		memcpy(of, header->modes, before * sizeof(*of));
	}
	header->states = states;
	header->modes = of;
	for (; header->n_states < before + n; header->n_states++) {
		size_t i = header->n_states;

		r->rest = &rest;
		if (read_state(r, header->version, before + n - i - 1, &states[i], &of[i], err) < 0)
			return err->code;
		states[i].id = (uint32_t)i;
	}
	r->rest = NULL;
	return 0;
}

/* Lists have one serializer, broadcast states two; that they stand in the right half. */
static int check_states(
	struct sp_type_reader *r, const struct sp_operator_header *header, struct sp_error *err)
{
	for (size_t i = 0; i < header->n_states; i++) {
		const struct sp_state *state = &header->states[i];
		bool broadcast = header->modes[i] == SP_MODE_BROADCAST;

		if (broadcast != (i >= header->n_lists) || state->value == NULL ||
			broadcast != (state->kind == SP_KIND_BROADCAST) ||
			broadcast != (state->key != NULL))
			return sp_fail_at(err, &r->in, "state '%s' is neither list nor broadcast",
				sp_type_printable(r->arena, state->name));
	}
	return 0;
}

static int read_header(
	struct sp_type_reader *r, struct sp_operator_header *header, struct sp_error *err)
{
	uint32_t again;

	if (sp_operator_header_peek(&r->in, &header->version, &header->compressed, err) < 0)
		return err->code;
	if (header->version == VERSION_OBJECTS)
		return sp_fail(err, SP_EUNSUPPORTED,
			"offset 0x0: operator state of Flink 1.2 cannot be read: its serializers "
			"are Java objects without a length");
	if (read_states(r, header, header->version >= VERSION_BROADCAST, err) < 0)
		return err->code;
	header->n_lists = header->n_states;
	if (header->version >= VERSION_BROADCAST ? read_states(r, header, 0, err) < 0
						 : sp_take_u32(&r->in, &again, err) < 0)
		return err->code;
	return check_states(r, header, err);
}

int sp_operator_header_read(struct sp_slice bytes, uint64_t base, struct sp_arena *arena,
	const struct sp_operator_header **ret, struct sp_error *err)
{
	struct sp_slice copy = sp_arena_copy(arena, bytes);
	struct sp_type_search search = sp_type_search_for(bytes.n);
	struct sp_type_reader r = { .in = sp_cursor(copy, base),
		.arena = arena,
		.bounded = true,
		.state_kinds = OPERATOR_KINDS,
		.search = &search };
	struct sp_operator_header *header = sp_arena_new_array(arena, struct sp_operator_header, 1);

	header->bytes = copy;
	if (read_header(&r, header, err) < 0)
		return err->code;
	if (sp_left(&r.in) != 0)
		return sp_fail_at(err, &r.in, "%zu bytes behind the last state", sp_left(&r.in));
	*ret = header;
	return 0;
}

/* --- elements ------------------------------------------------------------------------------- */

/* Where an element lies. */
struct extent {
	uint64_t start, end;
};

struct sp_operator_reader {
	const struct sp_operator_handle *handle;
	struct sp_arena *arena;
	const struct sp_operator_header *header;
	struct sp_file *file;
	struct extent *extents; /* of all elements, by state as the handle lists them */
	size_t n_extents;
	size_t at, end; /* the elements of the selected state that are left */
	struct sp_input in;
	size_t piece; /* bytes given out and not yet skipped */
};

static int by_start(const void *a, const void *b)
{
	const struct extent *x = *(const struct extent *const *)a;
	const struct extent *y = *(const struct extent *const *)b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x > y) - (x < y); /* elements of no bytes share an offset */
}

/* An element ends where the next one begins, whichever state it is of. */
static void find_ends(struct sp_operator_reader *self)
{
	size_t n = self->n_extents;
	struct extent **sorted = sp_arena_new_array(self->arena, struct extent *, n);

	for (size_t i = 0; i < n; i++)
		sorted[i] = &self->extents[i];
	qsort(sorted, n, sizeof(*sorted), by_start);
	for (size_t i = 0; i < n; i++)
		sorted[i]->end = i + 1 < n ? sorted[i + 1]->start : self->file->size;
}

static int find_extents(struct sp_operator_reader *self, struct sp_error *err)
{
	const struct sp_operator_handle *handle = self->handle;
	size_t n = 0;

	for (size_t i = 0; i < handle->n_states; i++)
		n += handle->states[i].n_offsets;
	self->extents = sp_arena_new_array(self->arena, struct extent, n);
	for (size_t i = 0; i < handle->n_states; i++) {
		for (size_t j = 0; j < handle->states[i].n_offsets; j++) {
			int64_t offset = handle->states[i].offsets[j];

			if (offset < 0 || (uint64_t)offset > self->file->size)
				return sp_fail(err, SP_EDAMAGED,
					"%s: offset %" PRId64 " of an element lies outside of the "
					"%" PRIu64 " bytes",
					self->file->place, offset, self->file->size);
			self->extents[self->n_extents++] =
				(struct extent){ .start = (uint64_t)offset };
		}
	}
	find_ends(self);
	return 0;
}

/* Everything before the first element, but for the identifier of the compressed stream. */
static int read_header_bytes(
	struct sp_operator_reader *self, struct sp_buffer *bytes, struct sp_error *err)
{
	uint64_t end = self->file->size;
	struct sp_cursor in;
	bool compressed;
	int32_t version;

	for (size_t i = 0; i < self->n_extents; i++)
		if (self->extents[i].start < end)
			end = self->extents[i].start;
	if (end > HEADER_LIMIT)
		return sp_fail(err, SP_EDAMAGED, "header of %" PRIu64 " bytes", end);
	if (sp_file_append(self->file, 0, (size_t)end, bytes, err) < 0)
		return err->code;
	in = sp_cursor(sp_buffer_slice(bytes), 0);
	if (sp_operator_header_peek(&in, &version, &compressed, err) < 0)
		return err->code;
	if (!compressed)
		return 0;
	if (sp_left(&in) < SP_SNAPPY_IDENTIFIER_BYTES ||
		memcmp(in.end - SP_SNAPPY_IDENTIFIER_BYTES, sp_snappy_identifier,
			SP_SNAPPY_IDENTIFIER_BYTES) != 0)
		return sp_fail_at(err, &in, "compressed, but without a stream identifier");
	bytes->n -= SP_SNAPPY_IDENTIFIER_BYTES;
	return 0;
}

static int open_reader(struct sp_operator_reader *self, struct sp_error *err)
{
	sp_auto_buffer bytes = { 0 };

	if (find_extents(self, err) < 0)
		return err->code;
	if (read_header_bytes(self, &bytes, err) < 0 ||
		sp_operator_header_read(
			sp_buffer_slice(&bytes), 0, self->arena, &self->header, err) < 0)
		return sp_within(err, "%s", self->file->place);
	sp_input_init(&self->in, self->file, BLOCK);
	return 0;
}

int sp_operator_reader_open(struct sp_source *source, const struct sp_operator_handle *handle,
	struct sp_operator_reader **ret, struct sp_error *err)
{
	sp_auto(sp_operator_reader) *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->handle = handle;
	self->arena = sp_arena_new();
	if (sp_source_open_handle(source, &handle->data, &self->file, err) < 0 ||
		open_reader(self, err) < 0)
		return err->code;
	*ret = sp_steal(self);
	return 0;
}

void sp_operator_reader_free(struct sp_operator_reader *self)
{
	if (self == NULL)
		return;
	sp_input_free(&self->in);
	sp_file_free(self->file);
	sp_arena_free(self->arena);
	free(self);
}

const struct sp_operator_header *sp_operator_reader_header(const struct sp_operator_reader *self)
{
	return self->header;
}

static bool declares(const struct sp_operator_header *header, struct sp_slice name)
{
	for (size_t i = 0; i < header->n_states; i++)
		if (sp_slice_equal(header->states[i].name, name))
			return true;
	return false;
}

int sp_operator_reader_select(struct sp_operator_reader *self, struct sp_slice name)
{
	const struct sp_operator_handle *handle = self->handle;

	self->at = self->end = 0;
	for (size_t i = 0; i < handle->n_states; i++) {
		self->at = self->end;
		self->end += handle->states[i].n_offsets;
		if (sp_slice_equal(handle->states[i].name, name))
			return declares(self->header, name);
	}
	self->at = self->end;
	return 0;
}

int sp_operator_reader_next(struct sp_operator_reader *self)
{
	const struct extent *extent;

	if (self->at == self->end)
		return 0;
	extent = &self->extents[self->at++];
	sp_input_range(&self->in, extent->start, extent->end, self->header->compressed);
	self->in.begun = true; /* the identifier stands before the first element only */
	self->piece = 0;
	return 1;
}

int sp_operator_reader_piece(
	struct sp_operator_reader *self, struct sp_slice *ret, struct sp_error *err)
{
	int r;

	sp_input_skip(&self->in, self->piece);
	self->piece = 0;
	r = sp_input_more(&self->in, err);
	if (r <= 0)
		return r;
	self->piece = self->in.window.n - self->in.used;
	*ret = sp_slice(sp_input_bytes(&self->in), self->piece);
	return 1;
}

int sp_fail_large_element(size_t most, struct sp_error *err)
{
	sp_fail(err, SP_EUNSUPPORTED, "an element of more than %zu bytes", most);
	return sp_hint(err, "--memory allows for more");
}

int sp_operator_reader_fill(
	struct sp_operator_reader *reader, size_t most, struct sp_buffer *out, struct sp_error *err)
{
	struct sp_slice piece;
	int r = sp_operator_reader_piece(reader, &piece, err);

	if (r <= 0)
		return r;
	if (sp_interrupt_check(err) < 0)
		return err->code;
	if (piece.n > most || out->n > most - piece.n)
		return sp_fail_large_element(most, err);
	sp_buffer_bytes(out, piece);
	return 1;
}

const char *sp_mode_kind_text(enum sp_mode mode)
{
	switch (mode) {
	case SP_MODE_SPLIT_DISTRIBUTE: return "SPLIT";
	case SP_MODE_UNION: return "UNION";
	case SP_MODE_BROADCAST: break;
	}
	return "BROADCAST";
}

/* OperatorStateRestoreOperation: "Found state without corresponding meta info" */
static int check_declared(const struct sp_operator_reader *self, struct sp_error *err)
{
	sp_auto_buffer name = { 0 };

	for (size_t i = 0; i < self->handle->n_states; i++) {
		if (declares(self->header, self->handle->states[i].name))
			continue;
		sp_mutf8_to_utf8(self->handle->states[i].name, &name);
		return sp_fail(err, SP_EDAMAGED,
			"%s: state '%.*s', of which the metadata has elements, is not in the "
			"header",
			self->file->place, (int)name.n, (const char *)name.p);
	}
	return 0;
}

/* Values without bytes (NullValue's) would look the same; nobody keeps lists of those. */
int sp_operator_reader_check(const struct sp_operator_reader *self, struct sp_error *err)
{
	bool shared = false;

	if (check_declared(self, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->n_extents; i++)
		shared |= self->extents[i].start == self->extents[i].end;
	if (!shared || !self->header->compressed)
		return 0;
	sp_fail(err, SP_EUNSUPPORTED,
		"%s: compressed operator state whose elements have no offsets of their own "
		"(Flink 1.18.0 and 1.18.1) cannot be rewritten",
		self->file->place);
	return sp_hint(err, "take the snapshot without compression, or with Flink 1.18.2");
}
