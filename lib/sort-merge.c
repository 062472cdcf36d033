#include "sort-merge.h"

#include "interrupt.h"
#include "spool.h"

#define FAN_MAX ((size_t)64) /* pieces that are merged at once */
#define FAN_MIN ((size_t)2)
#define READ_MIN ((size_t)4 * 1024)
#define READ_MAX ((size_t)256 * 1024)
#define WRITE_BYTES ((size_t)32 * 1024)
#define CHECK_EVERY 4096 /* rows */

struct piece {
	struct sp_spool *spool;
	unsigned rank; /* 0: of rows from a block; else merged from pieces one rank lower */
	struct sp_buffer window;
	size_t used;            /* bytes of the window that are done with */
	struct sp_sort_row row; /* that it stands on, in the window */
};

struct sp_sort_merge {
	struct sp_budget budget;
	struct piece *pieces; /* in the order of their rows' arrival */
	size_t n, capacity;
	struct sp_spool *spool; /* of the piece being written */
	struct sp_buffer out;   /* for it */
	size_t largest;         /* row, in bytes */
	size_t *heap;           /* pieces being merged, the one with the least row on top */
	size_t n_heap;
	struct sp_buffer last; /* key given last */
	bool given;
};

struct sp_sort_merge *sp_sort_merge_new(const struct sp_budget *budget)
{
	struct sp_sort_merge *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->budget = *budget;
	return self;
}

/* Frees the pieces from `first` on. */
static void drop(struct sp_sort_merge *self, size_t first)
{
	for (size_t i = first; i < self->n; i++) {
		sp_spool_free(self->pieces[i].spool);
		sp_buffer_free(&self->pieces[i].window);
	}
	self->n = first;
}

void sp_sort_merge_free(struct sp_sort_merge *self)
{
	if (self == NULL)
		return;
	drop(self, 0);
	free(self->pieces);
	free(self->heap);
	sp_spool_free(self->spool);
	sp_buffer_free(&self->out);
	sp_buffer_free(&self->last);
	free(self);
}

/* --- writing --------------------------------------------------------------------------------- */

static int flush(struct sp_sort_merge *self, struct sp_error *err)
{
	struct sp_slice bytes = sp_buffer_slice(&self->out);

	self->out.n = 0;
	if (bytes.n > 0 && sp_spool_write(self->spool, bytes, err) < 0)
		return err->code;
	if (self->out.capacity > 4 * WRITE_BYTES)
		sp_buffer_free(&self->out);
	return 0;
}

int sp_sort_merge_begin(struct sp_sort_merge *self, struct sp_error *err)
{
	(void)err;
	self->spool = sp_spool_new(0, self->budget.tmpdir);
	return 0;
}

int sp_sort_merge_put(
	struct sp_sort_merge *self, const struct sp_sort_row *row, struct sp_error *err)
{
	size_t n = SP_SORT_HEAD_BYTES + row->key.n + row->value.n;

	sp_buffer_u32(&self->out, (uint32_t)row->key.n);
	sp_buffer_u32(&self->out, (uint32_t)row->value.n);
	sp_buffer_bytes(&self->out, row->key);
	sp_buffer_bytes(&self->out, row->value);
	self->largest = n > self->largest ? n : self->largest;
	return self->out.n < WRITE_BYTES ? 0 : flush(self, err);
}

static void add_piece(struct sp_sort_merge *self, unsigned rank)
{
	if (self->n == self->capacity) {
		self->capacity = self->capacity == 0 ? FAN_MAX : self->capacity * 2;
		self->pieces = reallocarray(self->pieces, self->capacity, sizeof(*self->pieces));
		self->heap = reallocarray(self->heap, self->capacity, sizeof(*self->heap));
		if (self->pieces == NULL || self->heap == NULL)
			sp_abort("out of memory");
	}
	self->pieces[self->n++] = (struct piece){ .spool = self->spool, .rank = rank };
	self->spool = NULL;
}

/* --- reading --------------------------------------------------------------------------------- */

static size_t read_bytes(const struct sp_sort_merge *self)
{
	size_t n = self->budget.memory / 8 / FAN_MAX;

	return n < READ_MIN ? READ_MIN : n > READ_MAX ? READ_MAX : n;
}

static int fill(struct sp_sort_merge *self, struct piece *piece, size_t n, struct sp_error *err)
{
	struct sp_buffer *window = &piece->window;
	struct sp_slice more;
	int r;

	if (piece->used > 0 && window->n - piece->used < n) {
		window->n -= piece->used;
		memmove(window->p, window->p + piece->used, window->n);
		piece->used = 0;
	}
	while (window->n - piece->used < n) {
		r = sp_spool_read(piece->spool, read_bytes(self), &more, err);
		if (r < 0)
			return r;
		if (r == 0)
			return sp_fail(err, SP_EIO, "a scratch file in %s is cut short",
				self->budget.tmpdir);
		sp_buffer_bytes(window, more);
	}
	return 0;
}

/* 1: there are more bytes; 0: the piece is at its end. */
static int more_bytes(struct sp_sort_merge *self, struct piece *piece, struct sp_error *err)
{
	struct sp_slice more;
	int r;

	if (piece->used < piece->window.n)
		return 1;
	piece->window.n = 0;
	piece->used = 0;
	r = sp_spool_read(piece->spool, read_bytes(self), &more, err);
	if (r > 0)
		sp_buffer_bytes(&piece->window, more);
	return r;
}

/* Moves to the next row of the piece. 1: it stands on one; 0: the end. */
static int advance(struct sp_sort_merge *self, struct piece *piece, struct sp_error *err)
{
	size_t key, value;
	uint8_t *p;
	int r = more_bytes(self, piece, err);

	if (r <= 0)
		return r;
	if (fill(self, piece, SP_SORT_HEAD_BYTES, err) < 0)
		return err->code;
	key = sp_get_be32(piece->window.p + piece->used);
	value = sp_get_be32(piece->window.p + piece->used + 4);
	if (fill(self, piece, SP_SORT_HEAD_BYTES + key + value, err) < 0)
		return err->code;
	p = piece->window.p + piece->used + SP_SORT_HEAD_BYTES;
	piece->row.key = sp_slice(p, key);
	piece->row.value = sp_slice(p + key, value);
	piece->used += SP_SORT_HEAD_BYTES + key + value;
	return 1;
}

/* --- the heap -------------------------------------------------------------------------------- */

/* Of equal keys that of the later piece comes first: it is the one that is given. */
static bool comes_before(const struct sp_sort_merge *self, size_t a, size_t b)
{
	int order = sp_slice_compare(self->pieces[a].row.key, self->pieces[b].row.key);

	return order < 0 || (order == 0 && a > b);
}

static void sift_down(struct sp_sort_merge *self, size_t i)
{
	size_t *heap = self->heap;
	size_t moved = heap[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= self->n_heap)
			break;
		if (child + 1 < self->n_heap && comes_before(self, heap[child + 1], heap[child]))
			child++;
		if (!comes_before(self, heap[child], moved))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = moved;
}

/* Begins to merge the pieces from `first` on. */
static int start(struct sp_sort_merge *self, size_t first, struct sp_error *err)
{
	self->n_heap = 0;
	self->given = false;
	for (size_t i = first; i < self->n; i++) {
		int r = advance(self, &self->pieces[i], err);

		if (r < 0)
			return r;
		if (r > 0)
			self->heap[self->n_heap++] = i;
	}
	for (size_t i = self->n_heap / 2; i-- > 0;)
		sift_down(self, i);
	return 0;
}

/* Moves on in the piece on top. */
static int advance_top(struct sp_sort_merge *self, struct sp_error *err)
{
	int r = advance(self, &self->pieces[self->heap[0]], err);

	if (r < 0)
		return r;
	if (r == 0)
		self->heap[0] = self->heap[--self->n_heap];
	if (self->n_heap > 1)
		sift_down(self, 0);
	return 0;
}

static int next(struct sp_sort_merge *self, struct sp_sort_row *ret, struct sp_error *err)
{
	while (self->given && self->n_heap > 0 &&
		sp_slice_equal(self->pieces[self->heap[0]].row.key, sp_buffer_slice(&self->last)))
		if (advance_top(self, err) < 0)
			return err->code;
	if (self->n_heap == 0)
		return 0;
	*ret = self->pieces[self->heap[0]].row;
	self->last.n = 0;
	sp_buffer_bytes(&self->last, ret->key);
	self->given = true;
	return 1;
}

/* --- pieces ---------------------------------------------------------------------------------- */

/* So many pieces that their windows take an eighth of the memory. */
static size_t fan(const struct sp_sort_merge *self)
{
	size_t n = self->budget.memory / 8 / (read_bytes(self) + self->largest);

	return n < FAN_MIN ? FAN_MIN : n > FAN_MAX ? FAN_MAX : n;
}

/* Makes one piece of those from `first` on. */
static int unite(struct sp_sort_merge *self, size_t first, struct sp_error *err)
{
	unsigned rank = self->pieces[first].rank + 1;
	struct sp_sort_row row;
	uint64_t rows = 0;
	int r;

	if (sp_sort_merge_begin(self, err) < 0 || start(self, first, err) < 0)
		return err->code;
	while ((r = next(self, &row, err)) > 0) {
		if (sp_sort_merge_put(self, &row, err) < 0)
			return err->code;
		if (++rows % CHECK_EVERY == 0 && sp_interrupt_check(err) < 0)
			return err->code;
	}
	if (r < 0 || flush(self, err) < 0)
		return err->code;
	drop(self, first);
	add_piece(self, rank);
	return 0;
}

int sp_sort_merge_end(struct sp_sort_merge *self, struct sp_error *err)
{
	if (flush(self, err) < 0)
		return err->code;
	add_piece(self, 0);
	for (size_t n = fan(self); self->n >= n; n = fan(self)) {
		size_t first = self->n - n;

		if (self->pieces[first].rank != self->pieces[self->n - 1].rank)
			break;
		if (unite(self, first, err) < 0)
			return err->code;
	}
	return 0;
}

int sp_sort_merge_start(struct sp_sort_merge *self, struct sp_error *err)
{
	return start(self, 0, err);
}

int sp_sort_merge_next(struct sp_sort_merge *self, struct sp_sort_row *ret, struct sp_error *err)
{
	int r = next(self, ret, err);

	if (r == 0) {
		drop(self, 0);
		self->given = false;
		self->largest = 0;
	}
	return r;
}
