#include "diff-internal.h"

#include <inttypes.h>

#include "interrupt.h"
#include "operator-state.h"

static void *new_rows(size_t size)
{
	void *rows = calloc(1, size);

	if (rows == NULL)
		sp_abort("out of memory");
	return rows;
}

/* --- managed operator state ------------------------------------------------------------------ */

struct managed {
	struct sp_diff_rows rows;
	struct sp_diff_place place;
	struct sp_operator_reader *reader;
	const struct sp_operator_header *header;
	size_t state;                /* to be turned to next */
	struct sp_diff_entry *entry; /* of the state at hand; NULL: none */
	const struct sp_state *of;
	struct sp_buffer window; /* the element, or of a broadcast state what comes next */
	size_t used;             /* bytes of it that were given */
	int32_t left;            /* entries of a broadcast state to come */
	bool whole;              /* its entries have no known borders: it is given as one */
};

/* Adds the next piece of the element to the window. 1; 0: the element's end. */
static int fill(struct managed *self, struct sp_error *err)
{
	return sp_operator_reader_fill(self->reader, self->place.memory, &self->window, err);
}

static int fill_all(struct managed *self, struct sp_error *err)
{
	int r;

	while ((r = fill(self, err)) > 0)
		;
	return r;
}

static void drop_used(struct managed *self)
{
	if (self->used > 0)
		memmove(self->window.p, self->window.p + self->used, self->window.n - self->used);
	self->window.n -= self->used;
	self->used = 0;
}

/* The key and value in front of the window; `n` more bytes are needed, or 0, after an error. */
static int cross_entry(
	struct managed *self, struct sp_diff_row *ret, size_t *n, struct sp_error *err)
{
	struct sp_value_reader reader = sp_value_reader(
		sp_buffer_slice(&self->window), 0, self->place.differ->kryo[self->place.side]);
	size_t key;
	int r = sp_value_skip(&reader, self->of->key, err);

	key = self->window.n - sp_left(&reader.in);
	if (r == 0)
		r = sp_value_skip(&reader, self->of->value, err);
	*n = reader.missing;
	if (r < 0)
		return r;
	self->used = self->window.n - sp_left(&reader.in);
	ret->key = sp_slice(self->window.p, key);
	ret->value = sp_slice(self->window.p + key, self->used - key);
	return 0;
}

static int next_entry(struct managed *self, struct sp_diff_row *ret, struct sp_error *err)
{
	size_t n;
	int r;

	drop_used(self);
	while ((r = cross_entry(self, ret, &n, err)) < 0) {
		const struct sp_error cause = *err;

		if (n == 0)
			return r;
		r = fill(self, err);
		if (r < 0)
			return r;
		if (r == 0) { /* there is no more */
			*err = cause;
			return cause.code;
		}
	}
	self->left--;
	return 1;
}

static int next_whole(struct managed *self, struct sp_diff_row *ret, struct sp_error *err)
{
	drop_used(self);
	if (fill_all(self, err) < 0)
		return err->code;
	self->whole = false;
	self->left = 0;
	ret->key = sp_slice(NULL, 0);
	ret->value = sp_buffer_slice(&self->window);
	self->used = self->window.n;
	return 1;
}

static bool is_opaque(const struct sp_type *type)
{
	return type == NULL || sp_type_opaque_part(type) != NULL;
}

/* i32, the number of entries, is what a broadcast state begins with. */
static int begin_broadcast(struct managed *self, struct sp_error *err)
{
	struct sp_cursor in;
	int r = 1;

	self->whole = is_opaque(self->of->key) || is_opaque(self->of->value);
	while (self->window.n < 4 && (r = fill(self, err)) > 0)
		;
	in = sp_cursor(sp_buffer_slice(&self->window), 0);
	if (r < 0 || sp_take_i32(&in, &self->left, err) < 0)
		return err->code;
	if (self->left < 0)
		return sp_fail(err, SP_EDAMAGED, "%" PRId32 " entries cannot be", self->left);
	self->used = 4;
	return 0;
}

/* Of broadcast states the first copy counts. */
static int begin_state(struct managed *self, struct sp_error *err)
{
	bool *done;

	self->of = &self->header->states[self->state++];
	self->entry = sp_diff_entry(
		self->place.differ, self->place.pair, SP_DIFF_OPERATOR, self->of->name);
	if (self->entry == NULL || sp_operator_reader_select(self->reader, self->of->name) == 0) {
		self->entry = NULL;
		return 0;
	}
	self->window.n = 0;
	self->used = 0;
	self->left = 0;
	self->whole = false;
	done = &self->place.done[self->entry->number];
	if (self->entry->bag[self->place.side])
		return 0;
	if (*done || sp_operator_reader_next(self->reader) <= 0) {
		self->entry = NULL;
		return 0;
	}
	*done = true;
	return begin_broadcast(self, err);
}

static int next_element(struct managed *self, struct sp_diff_row *ret, struct sp_error *err)
{
	int r = sp_operator_reader_next(self->reader);

	if (r <= 0)
		return r;
	self->window.n = 0;
	if (fill_all(self, err) < 0)
		return err->code;
	ret->key = sp_slice(NULL, 0);
	ret->value = sp_buffer_slice(&self->window);
	return 1;
}

static int next_in_state(struct managed *self, struct sp_diff_row *ret, struct sp_error *err)
{
	if (self->entry->bag[self->place.side])
		return next_element(self, ret, err);
	if (self->whole)
		return next_whole(self, ret, err);
	return self->left > 0 ? next_entry(self, ret, err) : 0;
}

static int next_managed(struct sp_diff_rows *rows, struct sp_diff_row *ret, struct sp_error *err)
{
	struct managed *self = (struct managed *)rows;
	int r = 0;

	for (;;) {
		if (self->entry != NULL) {
			ret->entry = self->entry;
			r = next_in_state(self, ret, err);
			if (r != 0)
				break;
			self->entry = NULL;
		}
		if (self->state == self->header->n_states)
			return 0;
		r = begin_state(self, err);
		if (r < 0)
			break;
	}
	return r < 0 ? sp_within(err, "operator state: state '%.*s'", (int)self->of->name.n,
			       self->of->name.p)
		     : r;
}

static void free_managed(struct sp_diff_rows *rows)
{
	struct managed *self = (struct managed *)rows;

	sp_operator_reader_free(self->reader);
	sp_buffer_free(&self->window);
	free(self);
}

int sp_diff_managed_elements(const struct sp_diff_place *place,
	const struct sp_operator_handle *handle, struct sp_diff_rows **ret, struct sp_error *err)
{
	sp_auto(sp_operator_reader) *reader = NULL;
	struct managed *self;

	if (handle->code == SP_OPERATOR_NONE || handle->n_states == 0)
		return 0;
	if (sp_operator_reader_open(
		    place->differ->request->sources[place->side], handle, &reader, err) < 0)
		return sp_within(err, "operator state");
	self = new_rows(sizeof(*self));
	self->rows = (struct sp_diff_rows){ next_managed, free_managed };
	self->place = *place;
	self->header = sp_operator_reader_header(reader);
	self->reader = sp_steal(reader);
	*ret = &self->rows;
	return 0;
}

/* --- raw state ------------------------------------------------------------------------------- */

/* A part of a stream of bytes. */
struct piece {
	int64_t start;
	struct sp_diff_entry *entry;
	uint32_t key_group; /* raw keyed state */
};

struct raw {
	struct sp_diff_rows rows;
	struct sp_diff_place place;
	struct sp_file *file;
	struct piece *pieces; /* ascending by their starts */
	size_t n, next;
	struct sp_buffer key, bytes;
};

static int by_start(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* A piece ends where the next one starts; several may start at one place. */
static uint64_t end_of(const struct raw *self, size_t i)
{
	const int64_t start = self->pieces[i].start;

	while (i < self->n && self->pieces[i].start == start)
		i++;
	return i < self->n && (uint64_t)self->pieces[i].start < self->file->size
		       ? (uint64_t)self->pieces[i].start
		       : self->file->size;
}

static int read_piece(struct raw *self, size_t i, struct sp_error *err)
{
	const uint64_t start = (uint64_t)self->pieces[i].start;
	const uint64_t end = end_of(self, i);

	if (self->pieces[i].start < 0 || start > end)
		return sp_fail(err, SP_EDAMAGED, "%s: offset %" PRId64 " in %" PRIu64 " bytes",
			self->file->place, self->pieces[i].start, self->file->size);
	if (end - start > self->place.memory)
		return sp_fail_large_element(self->place.memory, err);
	self->bytes.n = 0;
	if (sp_interrupt_check(err) < 0)
		return err->code;
	return sp_file_append(self->file, start, (size_t)(end - start), &self->bytes, err);
}

static int next_raw(struct sp_diff_rows *rows, struct sp_diff_row *ret, struct sp_error *err)
{
	struct raw *self = (struct raw *)rows;

	while (self->next < self->n) {
		const size_t i = self->next++;

		if (self->pieces[i].entry == NULL)
			continue;
		if (read_piece(self, i, err) < 0)
			return sp_within(err, "raw state");
		if (self->bytes.n == 0 && !self->pieces[i].entry->bag[self->place.side])
			continue;
		self->key.n = 0;
		if (!self->pieces[i].entry->bag[self->place.side])
			sp_buffer_u32(&self->key, self->pieces[i].key_group);
		ret->entry = self->pieces[i].entry;
		ret->key = sp_buffer_slice(&self->key);
		ret->value = sp_buffer_slice(&self->bytes);
		return 1;
	}
	return 0;
}

static void free_raw(struct sp_diff_rows *rows)
{
	struct raw *self = (struct raw *)rows;

	sp_file_free(self->file);
	free(self->pieces);
	sp_buffer_free(&self->key);
	sp_buffer_free(&self->bytes);
	free(self);
}

static struct raw *new_raw(const struct sp_diff_place *place, size_t n)
{
	struct raw *self = new_rows(sizeof(*self));

	self->rows = (struct sp_diff_rows){ next_raw, free_raw };
	self->place = *place;
	self->pieces = new_rows((n + 1) * sizeof(*self->pieces));
	return self;
}

static int open_raw(struct raw *self, const struct sp_handle *handle, struct sp_diff_rows **ret,
	struct sp_error *err)
{
	struct sp_source *source = self->place.differ->request->sources[self->place.side];

	qsort(self->pieces, self->n, sizeof(*self->pieces), by_start);
	if (sp_source_open_handle(source, handle, &self->file, err) < 0) {
		free_raw(&self->rows);
		return sp_within(err, "raw state");
	}
	*ret = &self->rows;
	return 0;
}

int sp_diff_raw_elements(const struct sp_diff_place *place, const struct sp_operator_handle *handle,
	struct sp_diff_rows **ret, struct sp_error *err)
{
	struct raw *self;
	size_t n = 0;

	for (size_t i = 0; i < handle->n_states; i++)
		n += handle->states[i].n_offsets;
	if (handle->code == SP_OPERATOR_NONE || n == 0)
		return 0;
	self = new_raw(place, n);
	for (size_t i = 0; i < handle->n_states; i++) {
		struct sp_diff_entry *entry = sp_diff_entry(
			place->differ, place->pair, SP_DIFF_RAW_OPERATOR, handle->states[i].name);

		for (size_t j = 0; j < handle->states[i].n_offsets; j++)
			self->pieces[self->n++] =
				(struct piece){ .start = handle->states[i].offsets[j],
					.entry = entry };
	}
	return open_raw(self, &handle->data, ret, err);
}

int sp_diff_raw_groups(const struct sp_diff_place *place, const struct sp_keyed_handle *handle,
	struct sp_diff_rows **ret, struct sp_error *err)
{
	struct sp_diff_entry *entry = sp_diff_entry(
		place->differ, place->pair, SP_DIFF_RAW_KEYED, (struct sp_slice){ 0 });
	struct raw *self;

	if (entry == NULL || handle->count <= 0)
		return 0;
	self = new_raw(place, (size_t)handle->count);
	for (int32_t i = 0; i < handle->count; i++)
		if (handle->offsets[i] >= 0)
			self->pieces[self->n++] = (struct piece){ .start = handle->offsets[i],
				.entry = entry,
				.key_group = (uint32_t)(handle->start + i) };
	return open_raw(self, &handle->data, ret, err);
}
