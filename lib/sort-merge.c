/*
 * A tree of losers: each inner node holds the cursor that lost the match there, the root's place
 * the one that won all. After a row is given, only the matches on its cursor's way are played
 * again.
 *
 * Keys are compared with their groups in front. Each cursor knows how many bytes its key shares
 * with that of the row which beat it, in the end with that of the row given last. Of two that were
 * compared with the same row, the one that shares more of it comes first; only where both share as
 * much are keys compared, from there on. So no byte of a key is looked at twice, however much keys
 * have in common, and a key that is given twice is seen at once.
 */
#include "sort-merge.h"

#include "interrupt.h"

#define FAN_MIN ((size_t)2)
#define WINDOW_MIN ((size_t)16 * 1024)
#define WINDOW_MAX ((size_t)64 * 1024)
#define WRITE_MIN ((size_t)4 * 1024)
#define WRITE_MAX ((size_t)256 * 1024)
#define PREFETCH_BYTES ((size_t)192)
#define CACHE_LINE ((size_t)64)
#define NOBODY SIZE_MAX

/* Stands on a row of a piece, behind its key. */
struct cursor {
	struct sp_sort_piece piece;
	uint64_t at;             /* in the file: behind the window */
	struct sp_buffer window; /* if there is a file */
	const uint8_t *p;        /* the window, or what is held */
	size_t n, used;
	struct sp_slice key; /* group and key, in it or in the merge's `last` */
	size_t value;        /* bytes; the first of them are in the window */
	size_t shared;       /* see above */
	bool ended;
};

struct sp_sort_merge {
	struct sp_budget budget;
	struct sp_sort_piece *pieces;
	size_t n_pieces;
	struct sp_scratch_file *file; /* for pieces of a first pass */
	struct sp_sort_writer writer; /* of them */
	struct cursor *cursors;
	size_t n;
	size_t *tree;
	size_t window;          /* bytes of each */
	bool given;             /* cursor tree[0] stands on the row given last */
	struct sp_buffer last;  /* the key before one that is being read */
	struct sp_buffer value; /* one that has no room in a window */
};

static void free_cursors(struct sp_sort_merge *self)
{
	for (size_t i = 0; i < self->n; i++)
		sp_buffer_free(&self->cursors[i].window);
	free(self->cursors);
	free(self->tree);
	self->cursors = NULL;
	self->tree = NULL;
	self->n = 0;
}

void sp_sort_merge_free(struct sp_sort_merge *self)
{
	if (self == NULL)
		return;
	free_cursors(self);
	sp_scratch_file_free(self->file);
	sp_sort_writer_free(&self->writer);
	sp_buffer_free(&self->last);
	sp_buffer_free(&self->value);
	free(self->pieces);
	free(self);
}

/* --- reading --------------------------------------------------------------------------------- */

static int damaged(const struct sp_sort_merge *self, struct sp_error *err)
{
	return sp_fail(err, SP_EIO, "%s: scratch file is damaged", self->budget.tmpdir);
}

/* Bytes of the piece behind those that are done with. */
static uint64_t left(const struct cursor *cursor)
{
	return cursor->n - cursor->used + (cursor->piece.end - cursor->at);
}

/* Reads on, so that at least n bytes, of those left, are in the window. */
static int fill(struct sp_sort_merge *self, struct cursor *cursor, size_t n, struct sp_error *err)
{
	struct sp_buffer *window = &cursor->window;
	uint64_t more = cursor->piece.end - cursor->at;

	if (cursor->n - cursor->used >= n)
		return 0;
	if (sp_interrupt_check(err) < 0)
		return err->code;
	if (cursor->key.p != self->last.p) { /* it is in the window */
		self->last.n = 0;
		sp_buffer_bytes(&self->last, cursor->key);
		cursor->key.p = self->last.p;
	}
	window->n -= cursor->used;
	if (window->n > 0)
		memmove(window->p, window->p + cursor->used, window->n);
	if (n < self->window)
		n = self->window;
	if (n < window->n + more)
		more = n - window->n;
	sp_buffer_reserve(window, (size_t)more);
	if (sp_scratch_file_read(
		    cursor->piece.file, cursor->at, (size_t)more, window->p + window->n, err) < 0)
		return err->code;
	window->n += (size_t)more;
	cursor->at += more;
	cursor->p = window->p;
	cursor->n = window->n;
	cursor->used = 0;
	return 0;
}

/* A value is not read before it is asked for. */
static void skip_value(struct cursor *cursor)
{
	size_t here = cursor->n - cursor->used;

	if (cursor->value < here)
		here = cursor->value;
	cursor->used += here;
	cursor->at += cursor->value - here;
}

/* Moves on to the next row. */
static int advance(struct sp_sort_merge *self, struct cursor *cursor, struct sp_error *err)
{
	struct sp_slice key;
	uint64_t all;
	size_t ahead;

	skip_value(cursor);
	cursor->ended = left(cursor) == 0;
	if (cursor->ended)
		return 0;
	if (left(cursor) < SP_SORT_HEAD_BYTES)
		return damaged(self, err);
	if (fill(self, cursor, SP_SORT_HEAD_BYTES, err) < 0)
		return err->code;
	key.n = SP_SORT_GROUP_BYTES + sp_get_be32(cursor->p + cursor->used);
	cursor->value = sp_get_be32(cursor->p + cursor->used + 4);
	all = SP_SORT_HEAD_BYTES + key.n + cursor->value;
	if (left(cursor) < all)
		return damaged(self, err);
	if (fill(self, cursor, all <= self->window ? all : SP_SORT_HEAD_BYTES + key.n, err) < 0)
		return err->code;
	key.p = cursor->p + cursor->used + SP_SORT_HEAD_BYTES;
	cursor->shared = sp_slice_shared(cursor->key, key, 0);
	cursor->key = key;
	cursor->used += SP_SORT_HEAD_BYTES + key.n;
	/* the row behind this one is read when those of many other pieces have been */
	ahead = cursor->used + cursor->value;
	for (size_t i = 0; i < PREFETCH_BYTES && ahead + i < cursor->n; i += CACHE_LINE)
		__builtin_prefetch(cursor->p + ahead + i);
	return 0;
}

/* The row that it stands on. */
static int read_row(struct sp_sort_merge *self, struct cursor *cursor, struct sp_sort_row *ret,
	struct sp_error *err)
{
	size_t here = cursor->n - cursor->used;

	ret->group = sp_get_be32(cursor->key.p);
	ret->key =
		sp_slice(cursor->key.p + SP_SORT_GROUP_BYTES, cursor->key.n - SP_SORT_GROUP_BYTES);
	ret->value = sp_slice(cursor->p + cursor->used, cursor->value);
	if (self->value.capacity > self->window)
		sp_buffer_free(&self->value);
	if (cursor->value <= here)
		return 1;
	self->value.n = 0;
	sp_buffer_reserve(&self->value, cursor->value);
	sp_buffer_bytes(&self->value, sp_slice(ret->value.p, here));
	if (sp_scratch_file_read(cursor->piece.file, cursor->at, cursor->value - here,
		    self->value.p + here, err) < 0)
		return err->code;
	ret->value.p = self->value.p;
	return 1;
}

/* --- the tree -------------------------------------------------------------------------------- */

static bool comes_before(const struct sp_sort_merge *self, size_t a, size_t b)
{
	struct cursor *x = &self->cursors[a], *y = &self->cursors[b];
	bool before;
	size_t n;

	if (x->ended || y->ended)
		return !x->ended;
	if (x->shared != y->shared)
		return x->shared > y->shared;
	n = sp_slice_shared(x->key, y->key, x->shared);
	if (n == y->key.n)
		before = n == x->key.n && a > b; /* the same key: the later one is given */
	else
		before = n == x->key.n || x->key.p[n] < y->key.p[n];
	(before ? y : x)->shared = n;
	return before;
}

/* Plays the matches on the way of a cursor that stands on another row. */
static void play(struct sp_sort_merge *self, size_t winner)
{
	for (size_t node = (winner + self->n) / 2; node > 0; node /= 2) {
		size_t other = self->tree[node];

		if (other == NOBODY) {
			self->tree[node] = winner;
			return;
		}
		if (comes_before(self, other, winner)) {
			self->tree[node] = winner;
			winner = other;
		}
	}
	self->tree[0] = winner;
}

/* Begins to merge n pieces. */
static int start(struct sp_sort_merge *self, const struct sp_sort_piece *pieces, size_t n,
	struct sp_error *err)
{
	free_cursors(self);
	self->cursors = calloc(n + 1, sizeof(*self->cursors));
	self->tree = calloc(n + 1, sizeof(*self->tree));
	if (self->cursors == NULL || self->tree == NULL)
		sp_abort("out of memory");
	self->n = n;
	self->given = false;
	self->cursors[0].ended = true; /* of no pieces */
	for (size_t i = 0; i < n; i++)
		self->tree[i] = NOBODY;
	for (size_t i = 0; i < n; i++) {
		self->cursors[i] = (struct cursor){ .piece = pieces[i],
			.at = pieces[i].start,
			.p = pieces[i].held.p,
			.n = pieces[i].held.n };
		if (advance(self, &self->cursors[i], err) < 0)
			return err->code;
		play(self, i);
	}
	return 0;
}

int sp_sort_merge_next(struct sp_sort_merge *self, struct sp_sort_row *ret, struct sp_error *err)
{
	struct cursor *first = &self->cursors[self->tree[0]];

	while (!first->ended) {
		if (self->given) {
			if (advance(self, first, err) < 0)
				return err->code;
			play(self, self->tree[0]);
			first = &self->cursors[self->tree[0]];
			if (first->ended)
				break;
		}
		if (!self->given || first->shared < first->key.n) {
			self->given = true;
			return read_row(self, first, ret, err);
		}
	}
	return 0;
}

/* --- passes ---------------------------------------------------------------------------------- */

static size_t at_most(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t clamp(size_t n, size_t least, size_t most)
{
	return n < least ? least : n > most ? most : n;
}

/* Makes one piece of n. */
static int unite(struct sp_sort_merge *self, const struct sp_sort_piece *pieces, size_t n,
	struct sp_sort_piece *ret, struct sp_error *err)
{
	struct sp_sort_row row;
	uint64_t size = 0;
	int r;

	for (size_t i = 0; i < n; i++)
		size += pieces[i].end - pieces[i].start + pieces[i].held.n;
	if (start(self, pieces, n, err) < 0 ||
		sp_sort_writer_begin(&self->writer, self->file, size, err) < 0)
		return err->code;
	while ((r = sp_sort_merge_next(self, &row, err)) > 0)
		if (sp_sort_writer_put(&self->writer, &row, err) < 0)
			return err->code;
	return r < 0 ? r : sp_sort_writer_end(&self->writer, ret, err);
}

/* So many that their windows stay within the memory. */
static size_t fan(const struct sp_sort_merge *self, size_t memory)
{
	size_t largest = 0;

	for (size_t i = 0; i < self->n_pieces; i++)
		if (self->pieces[i].largest_key > largest)
			largest = self->pieces[i].largest_key;
	return clamp(memory / (WINDOW_MIN + largest), FAN_MIN, SIZE_MAX);
}

/* Merges neighbours, so that fewer pieces are left, if they can be no more than `most`. */
static int pass(struct sp_sort_merge *self, size_t most, struct sp_error *err)
{
	size_t to = 0;

	for (size_t from = 0, n; from < self->n_pieces; from += n) {
		size_t rest = self->n_pieces - from;

		n = to + rest > most ? at_most(to + rest - most + 1, at_most(rest, most)) : 1;
		if (n == 1)
			self->pieces[to] = self->pieces[from];
		else if (unite(self, self->pieces + from, n, &self->pieces[to], err) < 0)
			return err->code;
		to++;
	}
	self->n_pieces = to;
	return 0;
}

int sp_sort_merge_open(const struct sp_sort_piece *pieces, size_t n, const struct sp_budget *budget,
	struct sp_sort_merge **ret, struct sp_error *err)
{
	sp_auto(sp_sort_merge) *self = calloc(1, sizeof(*self));
	size_t windows = budget->memory - budget->memory / 8, most;

	if (self == NULL)
		sp_abort("out of memory");
	self->budget = *budget;
	self->pieces = reallocarray(NULL, n + 1, sizeof(*pieces));
	if (self->pieces == NULL)
		sp_abort("out of memory");
	if (n > 0)
		memcpy(self->pieces, pieces, n * sizeof(*pieces));
	self->n_pieces = n;
	self->file = sp_scratch_file_new(self->budget.tmpdir);
	self->writer.memory = clamp(budget->memory / 8, WRITE_MIN, WRITE_MAX);
	self->window = WINDOW_MIN;
	most = fan(self, windows);
	while (self->n_pieces > most)
		if (pass(self, most, err) < 0)
			return err->code;
	sp_buffer_free(&self->writer.bytes);
	self->window = clamp(windows / (self->n_pieces + 1), WINDOW_MIN, WINDOW_MAX);
	if (start(self, self->pieces, self->n_pieces, err) < 0)
		return err->code;
	*ret = sp_steal(self);
	return 0;
}
