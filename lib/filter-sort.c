/*
 * Sorts the rows of one state in one key group (a run) and drops all but the last of equal keys.
 *
 * A run is gathered in memory and is given from there, mostly as it came. One that is too large
 * is sorted piece by piece; the pieces go to a scratch file and are merged.
 */
#include "filter.h"

#include <stdlib.h>

#include "sort-merge.h"

#define WRITE_BYTES ((size_t)64 * 1024)
#define PIECES_MIN ((size_t)64)

struct sort {
	struct sp_stream stream;
	struct sp_stream *in;
	enum sp_order order;
	struct sp_row ahead; /* the first row of the next run, borrowed from `in` */
	int more;            /* what the stream gave for it */
	bool begun;
	const struct sp_state *state; /* of the run at hand */
	uint32_t key_group;
	struct sp_sort_block block;
	struct sp_budget budget; /* for merging */
	struct sp_scratch_file *file;
	struct sp_sort_writer writer;
	struct sp_sort_piece *pieces; /* of a run that was too large */
	size_t n_pieces, capacity;
	struct sp_sort_merge *merge; /* of them; else the run is in the block */
};

static bool in_run(const struct sort *self, const struct sp_row *row)
{
	return row->state == self->state && row->key_group == self->key_group;
}

static bool passes(const struct sort *self, const struct sp_state *state)
{
	return self->order == SP_ORDER_MAPS && state->type != SP_STATE_MAP;
}

static int look_ahead(struct sort *self, struct sp_error *err)
{
	self->more = sp_next(self->in, &self->ahead, err);
	return self->more;
}

static struct sp_sort_piece *add_piece(struct sort *self)
{
	if (self->n_pieces == self->capacity) {
		self->capacity = self->capacity == 0 ? PIECES_MIN : self->capacity * 2;
		self->pieces = reallocarray(self->pieces, self->capacity, sizeof(*self->pieces));
		if (self->pieces == NULL)
			sp_abort("out of memory");
	}
	return &self->pieces[self->n_pieces++];
}

/* Moves the block's rows, in order, to a piece. */
static int spill(struct sort *self, struct sp_error *err)
{
	struct sp_sort_row row;

	sp_sort_block_sort(&self->block);
	if (sp_sort_writer_begin(&self->writer, self->file, sp_sort_block_size(&self->block), err) <
		0)
		return err->code;
	while (sp_sort_block_next(&self->block, &row))
		if (sp_sort_writer_put(&self->writer, &row, err) < 0)
			return err->code;
	sp_sort_block_clear(&self->block);
	return sp_sort_writer_end(&self->writer, add_piece(self), err);
}

static int forget_pieces(struct sort *self, struct sp_error *err)
{
	sp_sort_merge_free(self->merge);
	self->merge = NULL;
	self->n_pieces = 0;
	return sp_scratch_file_clear(self->file, err);
}

/* Takes in the next run. 1: there is one; 0: the end. */
static int gather(struct sort *self, struct sp_error *err)
{
	struct sp_sort_row row;

	sp_sort_block_clear(&self->block);
	if (forget_pieces(self, err) < 0)
		return err->code;
	if (self->more <= 0)
		return self->more;
	self->state = self->ahead.state;
	self->key_group = self->ahead.key_group;
	while (self->more > 0 && in_run(self, &self->ahead)) {
		row = (struct sp_sort_row){ .key = self->ahead.key, .value = self->ahead.value };
		if (!sp_sort_block_put(&self->block, &row)) {
			if (spill(self, err) < 0)
				return err->code;
			continue;
		}
		if (look_ahead(self, err) < 0)
			return err->code;
	}
	if (self->n_pieces == 0) {
		sp_sort_block_sort(&self->block);
		return 1;
	}
	if (spill(self, err) < 0 || sp_sort_merge_open(self->pieces, self->n_pieces, &self->budget,
					    &self->merge, err) < 0)
		return err->code;
	return 1;
}

/* The next row of the run. 1: a row; 0: its end. */
static int take(struct sort *self, struct sp_row *row, struct sp_error *err)
{
	struct sp_sort_row next;
	int r;

	r = self->merge != NULL ? sp_sort_merge_next(self->merge, &next, err)
				: sp_sort_block_next(&self->block, &next);
	if (r > 0)
		*row = (struct sp_row){ .state = self->state,
			.key_group = self->key_group,
			.key = next.key,
			.value = next.value };
	return r;
}

/* Gives the row ahead itself; it is borrowed until the next call, as it should be. */
static int pass(struct sort *self, struct sp_row *row)
{
	*row = self->ahead;
	self->begun = false;
	return 1;
}

static int sort_next(struct sp_stream *stream, struct sp_row *row, struct sp_error *err)
{
	struct sort *self = (struct sort *)stream;
	int r;

	for (;;) {
		r = take(self, row, err);
		if (r != 0)
			return r;
		if (!self->begun && look_ahead(self, err) < 0)
			return err->code;
		self->begun = true;
		if (self->more > 0 && passes(self, self->ahead.state))
			return pass(self, row);
		r = gather(self, err);
		if (r <= 0)
			return r;
	}
}

static void sort_free(struct sp_stream *stream)
{
	struct sort *self = (struct sort *)stream;

	sp_stream_free(self->in);
	sp_sort_block_free(&self->block);
	sp_sort_merge_free(self->merge);
	sp_sort_writer_free(&self->writer);
	sp_scratch_file_free(self->file);
	free(self->pieces);
	free(self);
}

static const struct sp_stream_ops sort_ops = { .next = sort_next, .free = sort_free };

int sp_sort(struct sp_stream *in, enum sp_order order, const struct sp_budget *budget,
	struct sp_stream **ret, struct sp_error *err)
{
	struct sort *self = calloc(1, sizeof(*self));

	(void)err;
	if (self == NULL)
		sp_abort("out of memory");
	self->stream = (struct sp_stream){ .ops = &sort_ops, .header = in->header, .order = order };
	self->in = in;
	self->order = order;
	self->block.limit = budget->memory / 2;
	self->budget = (struct sp_budget){ budget->memory / 4, budget->tmpdir };
	self->file = sp_scratch_file_new(budget->tmpdir);
	self->writer.memory = WRITE_BYTES;
	*ret = &self->stream;
	return 0;
}
