/* Reads the elements of the stream that is drawn in operator-state-header.c. */
#include "operator-state.h"

#include <inttypes.h>

#include "input.h"
#include "interrupt.h"
#include "mutf8.h"
#include "snappy-frame.h"

#define HEADER_LIMIT ((uint64_t)1 << 30)
#define BLOCK ((size_t)256 * 1024)

/* A state that the handle lists. */
struct listed {
	const struct sp_operator_state *state;
	bool declared; /* by the header, if there is one */
	size_t rank;   /* there */
	uint64_t end;  /* of its last element, where the stream has all in order */
};

struct sp_operator_reader {
	const struct sp_operator_handle *handle;
	struct sp_arena *arena;
	const struct sp_operator_header *header; /* NULL: raw state */
	struct sp_file *file;
	struct listed *listed; /* in the order of the header */
	uint64_t *starts;      /* of all elements, ascending; NULL: the stream has all in order */
	size_t n_starts;
	const struct listed *selected;
	size_t at, n; /* of its elements */
	struct sp_input in;
	uint64_t left; /* bytes of the element; compressed: not known */
	size_t piece;  /* bytes given out and not yet skipped */
};

static bool is_compressed(const struct sp_operator_reader *self)
{
	return self->header != NULL && self->header->compressed;
}

static int check_offsets(const struct sp_operator_reader *self, struct sp_error *err)
{
	const struct sp_operator_handle *handle = self->handle;

	for (size_t i = 0; i < handle->n_states; i++) {
		for (size_t j = 0; j < handle->states[i].n_offsets; j++) {
			int64_t offset = handle->states[i].offsets[j];

			if (offset < 0 || (uint64_t)offset > self->file->size)
				return sp_fail(err, SP_EDAMAGED,
					"%s: offset %" PRId64 " of an element lies outside of the "
					"%" PRIu64 " bytes",
					self->file->place, offset, self->file->size);
		}
	}
	return 0;
}

/* Everything before the first element, but for the identifier of the compressed stream. */
static int read_header_bytes(
	struct sp_operator_reader *self, struct sp_buffer *bytes, struct sp_error *err)
{
	const struct sp_operator_handle *handle = self->handle;
	uint64_t end = self->file->size;
	struct sp_cursor in;
	bool compressed;
	int32_t version;

	for (size_t i = 0; i < handle->n_states; i++)
		for (size_t j = 0; j < handle->states[i].n_offsets; j++)
			if ((uint64_t)handle->states[i].offsets[j] < end)
				end = (uint64_t)handle->states[i].offsets[j];
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

static int read_own_header(struct sp_operator_reader *self, struct sp_error *err)
{
	sp_auto_buffer bytes = { 0 };

	if (read_header_bytes(self, &bytes, err) < 0 ||
		sp_operator_header_read(
			sp_buffer_slice(&bytes), 0, self->arena, &self->header, err) < 0)
		return sp_within(err, "%s", self->file->place);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct sp_state *x = *(const struct sp_state *const *)a;
	const struct sp_state *y = *(const struct sp_state *const *)b;

	return sp_slice_compare(x->name, y->name);
}

static const struct sp_state **sorted_states(
	const struct sp_operator_header *header, struct sp_arena *arena)
{
	const struct sp_state **sorted =
		sp_arena_new_array(arena, const struct sp_state *, header->n_states);

	for (size_t i = 0; i < header->n_states; i++)
		sorted[i] = &header->states[i];
	qsort(sorted, header->n_states, sizeof(*sorted), by_name);
	return sorted;
}

/* Gives the states that the handle lists their place in the stream. */
static void rank_listed(struct sp_operator_reader *self)
{
	const struct sp_operator_handle *handle = self->handle;
	const struct sp_operator_header *header = self->header;
	const struct sp_state **sorted = header == NULL ? NULL : sorted_states(header, self->arena);

	self->listed = sp_arena_new_array(self->arena, struct listed, handle->n_states);
	for (size_t i = 0; i < handle->n_states; i++) {
		const struct sp_state state = { .name = handle->states[i].name };
		const struct sp_state *key = &state;
		const struct sp_state **found =
			header == NULL
				? NULL
				: bsearch(&key, sorted, header->n_states, sizeof(*sorted), by_name);

		self->listed[i].state = &handle->states[i];
		self->listed[i].declared = header == NULL || found != NULL;
		self->listed[i].rank = found == NULL ? SIZE_MAX : (*found)->id;
	}
}

static int by_rank(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->state > y->state) - (x->state < y->state);
}

/*
 * Do elements come in the stream as they are listed? Flink writes state after state, as they are
 * declared. (In metadata they have no order.)
 */
static bool is_in_order(const struct sp_operator_reader *self)
{
	int64_t last = 0;

	for (size_t i = 0; i < self->handle->n_states; i++) {
		const struct sp_operator_state *state = self->listed[i].state;

		for (size_t j = 0; j < state->n_offsets; j++) {
			if (state->offsets[j] < last)
				return false;
			last = state->offsets[j];
		}
	}
	return true;
}

static void find_ends(struct sp_operator_reader *self)
{
	uint64_t end = self->file->size;

	for (size_t i = self->handle->n_states; i-- > 0;) {
		self->listed[i].end = end;
		if (self->listed[i].state->n_offsets > 0)
			end = (uint64_t)self->listed[i].state->offsets[0];
	}
}

static int by_start(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void sort_starts(struct sp_operator_reader *self)
{
	for (size_t i = 0; i < self->handle->n_states; i++)
		self->n_starts += self->listed[i].state->n_offsets;
	self->starts = sp_arena_new_array(self->arena, uint64_t, self->n_starts);
	for (size_t i = 0, n = 0; i < self->handle->n_states; i++)
		for (size_t j = 0; j < self->listed[i].state->n_offsets; j++)
			self->starts[n++] = (uint64_t)self->listed[i].state->offsets[j];
	qsort(self->starts, self->n_starts, sizeof(*self->starts), by_start);
}

static uint64_t next_start(const struct sp_operator_reader *self, uint64_t start)
{
	size_t low = 0, high = self->n_starts;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (self->starts[middle] > start)
			high = middle;
		else
			low = middle + 1;
	}
	return low < self->n_starts ? self->starts[low] : self->file->size;
}

/* An element ends where the next one begins, whichever state it is of. */
static uint64_t end_of(
	const struct sp_operator_reader *self, const struct listed *listed, size_t element)
{
	const struct sp_operator_state *state = listed->state;

	if (self->starts != NULL)
		return next_start(self, (uint64_t)state->offsets[element]);
	return element + 1 < state->n_offsets ? (uint64_t)state->offsets[element + 1] : listed->end;
}

static void find_elements(struct sp_operator_reader *self)
{
	rank_listed(self);
	qsort(self->listed, self->handle->n_states, sizeof(*self->listed), by_rank);
	if (is_in_order(self))
		find_ends(self);
	else
		sort_starts(self);
}

static int open_reader(struct sp_operator_reader *self, struct sp_source *source, bool own_header,
	struct sp_error *err)
{
	if (sp_source_open_handle(source, &self->handle->data, &self->file, err) < 0 ||
		check_offsets(self, err) < 0)
		return err->code;
	if (own_header && read_own_header(self, err) < 0)
		return err->code;
	find_elements(self);
	sp_input_init(&self->in, self->file, BLOCK);
	return 0;
}

static struct sp_operator_reader *new_reader(const struct sp_operator_handle *handle)
{
	struct sp_operator_reader *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->handle = handle;
	self->arena = sp_arena_new();
	return self;
}

int sp_operator_reader_open(struct sp_source *source, const struct sp_operator_handle *handle,
	struct sp_operator_reader **ret, struct sp_error *err)
{
	sp_auto(sp_operator_reader) *self = new_reader(handle);

	if (open_reader(self, source, true, err) < 0)
		return err->code;
	*ret = sp_steal(self);
	return 0;
}

int sp_operator_reader_reopen(struct sp_source *source, const struct sp_operator_handle *handle,
	const struct sp_operator_header *header, struct sp_operator_reader **ret,
	struct sp_error *err)
{
	sp_auto(sp_operator_reader) *self = new_reader(handle);

	self->header = header;
	if (open_reader(self, source, false, err) < 0)
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

int sp_operator_reader_select(struct sp_operator_reader *self, struct sp_slice name)
{
	self->at = self->n = 0;
	for (size_t i = 0; i < self->handle->n_states; i++) {
		const struct listed *listed = &self->listed[i];

		if (!sp_slice_equal(listed->state->name, name))
			continue;
		if (!listed->declared)
			return 0;
		self->selected = listed;
		self->n = listed->state->n_offsets;
		return 1;
	}
	return 0;
}

void sp_operator_reader_skip(struct sp_operator_reader *self, uint64_t n)
{
	self->at += n < self->n - self->at ? (size_t)n : self->n - self->at;
}

const struct sp_operator_state *sp_operator_reader_listed(
	const struct sp_operator_reader *self, size_t i, uint64_t *bytes)
{
	const struct listed *listed = &self->listed[i];

	*bytes = 0;
	for (size_t j = 0; j < listed->state->n_offsets; j++)
		*bytes += end_of(self, listed, j) - (uint64_t)listed->state->offsets[j];
	return listed->state;
}

/* Plain elements are read together with those behind them, if that is where they are. */
static void turn_to_plain(struct sp_operator_reader *self, uint64_t start, uint64_t end)
{
	const uint64_t last = end_of(self, self->selected, self->n - 1);

	if (self->in.start + self->in.taken != start || end > self->in.end)
		sp_input_range(&self->in, start, last > end ? last : end, false);
	self->left = end - start;
}

static void turn_to_compressed(struct sp_operator_reader *self, uint64_t start, uint64_t end)
{
	sp_input_range(&self->in, start, end, true);
	self->in.begun = true; /* the identifier stands before the first element only */
	self->left = UINT64_MAX;
}

int sp_operator_reader_next(struct sp_operator_reader *self)
{
	uint64_t start, end;

	sp_input_skip(&self->in, self->piece);
	self->piece = 0;
	if (self->at == self->n)
		return 0;
	start = (uint64_t)self->selected->state->offsets[self->at];
	end = end_of(self, self->selected, self->at++);
	if (is_compressed(self))
		turn_to_compressed(self, start, end);
	else
		turn_to_plain(self, start, end);
	return 1;
}

int sp_operator_reader_piece(
	struct sp_operator_reader *self, struct sp_slice *ret, struct sp_error *err)
{
	int r;

	sp_input_skip(&self->in, self->piece);
	self->piece = 0;
	r = self->left == 0 ? 0 : sp_input_more(&self->in, err);
	if (r <= 0)
		return r;
	self->piece = self->in.window.n - self->in.used;
	if (self->piece > self->left)
		self->piece = (size_t)self->left;
	self->left -= self->piece;
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
		if (self->listed[i].declared)
			continue;
		sp_mutf8_to_utf8(self->listed[i].state->name, &name);
		return sp_fail(err, SP_EDAMAGED,
			"%s: state '%.*s', of which the metadata has elements, is not in the "
			"header",
			self->file->place, (int)name.n, (const char *)name.p);
	}
	return 0;
}

static bool has_empty(const struct sp_operator_reader *self)
{
	for (size_t i = 0; i < self->handle->n_states; i++)
		for (size_t j = 0; j < self->listed[i].state->n_offsets; j++)
			if (end_of(self, &self->listed[i], j) ==
				(uint64_t)self->listed[i].state->offsets[j])
				return true;
	for (size_t i = 1; i < self->n_starts; i++)
		if (self->starts[i] == self->starts[i - 1])
			return true;
	return false;
}

/* Values without bytes (NullValue's) would look the same; nobody keeps lists of those. */
int sp_operator_reader_check(const struct sp_operator_reader *self, struct sp_error *err)
{
	if (check_declared(self, err) < 0)
		return err->code;
	if (!is_compressed(self) || !has_empty(self))
		return 0;
	sp_fail(err, SP_EUNSUPPORTED,
		"%s: compressed operator state whose elements have no offsets of their own "
		"(Flink 1.18.0 and 1.18.1) cannot be rewritten",
		self->file->place);
	return sp_hint(err, "take the snapshot without compression, or with Flink 1.18.2");
}
