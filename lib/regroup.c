/*
 * An intake gathers rows in a block of memory. When that is full, its rows are sorted and written
 * to a scratch file as a piece, behind it an index: for every so many key groups, where the rows of
 * the first of them begin. An outtake merges what lies in its key groups of all pieces.
 *
 *	piece   rows (see sort-piece.h); their group: u16 key group, u16 state
 *	        u64 bytes of the piece before key group 0, stride, 2 * stride, …
 *
 * The stride is such that an index does not become large beside its piece: where it is not 1, an
 * outtake reads a few rows of other key groups and leaves them out. The rows of an intake that has
 * written none stay in memory if they are few.
 */
#include "regroup.h"

#include <pthread.h>
#include <stdlib.h>

#include "sort-merge.h"

#define GROUP_BITS 16 /* of a key group, and of a state below it */
#define FENCE_BYTES ((size_t)8)
#define ROWS_PER_FENCE ((size_t)4)
#define FILES_MAX ((size_t)8) /* more than one, since writers of one file wait for each other */
#define PIECES_MIN ((size_t)16)
#define WRITE_MIN ((size_t)4 * 1024)
#define WRITE_MAX ((size_t)256 * 1024) /* an intake keeps no more in memory when it ends */
#define HELD_MAX ((size_t)1024 * 1024) /* all intakes together */

struct piece {
	struct sp_sort_piece rows; /* in a file, they are followed by the index */
	uint32_t stride;
};

/* Of an intake that has ended. */
struct pieces {
	struct piece *at;
	size_t n, capacity;
	struct sp_buffer held; /* the rows of the only piece, if it has no file */
};

struct sp_regroup {
	uint32_t max_parallelism;
	const char *tmpdir;
	struct pieces *intakes;
	size_t n_intakes;
	struct sp_scratch_file *files[FILES_MAX];
	pthread_mutex_t lock; /* of the files' sizes, and of what follows */
	size_t held;          /* bytes */
};

struct sp_intake {
	struct sp_regroup *regroup;
	size_t number;
	struct sp_sort_block block;
	struct sp_sort_writer writer;
	struct pieces pieces;
	struct sp_buffer index; /* of the piece that is written */
};

static void free_pieces(struct pieces *pieces)
{
	free(pieces->at);
	sp_buffer_free(&pieces->held);
}

struct sp_regroup *sp_regroup_new(size_t intakes, int32_t max_parallelism, const char *tmpdir)
{
	struct sp_regroup *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->max_parallelism = (uint32_t)max_parallelism;
	self->tmpdir = tmpdir;
	self->n_intakes = intakes;
	self->intakes = calloc(intakes + 1, sizeof(*self->intakes));
	if (self->intakes == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < FILES_MAX; i++)
		self->files[i] = sp_scratch_file_new(tmpdir);
	pthread_mutex_init(&self->lock, NULL);
	return self;
}

void sp_regroup_free(struct sp_regroup *self)
{
	if (self == NULL)
		return;
	for (size_t i = 0; i < self->n_intakes; i++)
		free_pieces(&self->intakes[i]);
	for (size_t i = 0; i < FILES_MAX; i++)
		sp_scratch_file_free(self->files[i]);
	pthread_mutex_destroy(&self->lock);
	free(self->intakes);
	free(self);
}

/* --- putting in ------------------------------------------------------------------------------ */

static size_t clamp(size_t n, size_t least, size_t most)
{
	return n < least ? least : n > most ? most : n;
}

struct sp_intake *sp_intake_new(struct sp_regroup *regroup, size_t number, size_t memory)
{
	struct sp_intake *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->regroup = regroup;
	self->number = number;
	self->writer.memory = clamp(memory / 16, WRITE_MIN, WRITE_MAX);
	self->block.limit = memory - memory / 8; /* an eighth for writing and the index */
	return self;
}

void sp_intake_free(struct sp_intake *self)
{
	if (self == NULL)
		return;
	sp_sort_block_free(&self->block);
	sp_sort_writer_free(&self->writer);
	free_pieces(&self->pieces);
	sp_buffer_free(&self->index);
	free(self);
}

static struct piece *add_piece(struct pieces *pieces)
{
	if (pieces->n == pieces->capacity) {
		pieces->capacity = pieces->capacity == 0 ? PIECES_MIN : pieces->capacity * 2;
		pieces->at = reallocarray(pieces->at, pieces->capacity, sizeof(*pieces->at));
		if (pieces->at == NULL)
			sp_abort("out of memory");
	}
	return &pieces->at[pieces->n++];
}

static uint32_t n_fences(const struct sp_regroup *regroup, uint32_t stride)
{
	return (regroup->max_parallelism + stride - 1) / stride;
}

static uint32_t stride_for(const struct sp_regroup *regroup, size_t rows)
{
	uint32_t stride = 1;

	while (n_fences(regroup, stride) > 1 && n_fences(regroup, stride) > rows / ROWS_PER_FENCE)
		stride *= 2;
	return stride;
}

/* Begins a piece of what is in the block. */
static int begin_piece(struct sp_intake *self, const struct piece *piece, struct sp_error *err)
{
	struct sp_regroup *regroup = self->regroup;
	uint64_t size =
		sp_sort_block_size(&self->block) + n_fences(regroup, piece->stride) * FENCE_BYTES;
	int r;

	pthread_mutex_lock(&regroup->lock);
	r = sp_sort_writer_begin(&self->writer, piece->rows.file, size, err);
	pthread_mutex_unlock(&regroup->lock);
	return r;
}

/* Key groups up to that of the next row begin here. */
static void add_fences(struct sp_intake *self, uint32_t stride, uint32_t key_group)
{
	while (self->index.n / FENCE_BYTES * stride <= key_group)
		sp_buffer_u64(&self->index, sp_sort_writer_size(&self->writer));
}

static int write_index(struct sp_intake *self, const struct piece *piece, struct sp_error *err)
{
	while (self->index.n / FENCE_BYTES < n_fences(self->regroup, piece->stride))
		sp_buffer_u64(&self->index, piece->rows.end - piece->rows.start);
	return sp_scratch_file_write(
		piece->rows.file, piece->rows.end, sp_buffer_slice(&self->index), err);
}

/* Moves the block's rows, in order, to a piece. */
static int move_rows(struct sp_intake *self, bool held, struct sp_error *err)
{
	const struct sp_regroup *regroup = self->regroup;
	struct piece *piece = add_piece(&self->pieces);
	struct sp_sort_row row;

	piece->rows.file = held ? NULL : regroup->files[self->number % FILES_MAX];
	piece->stride = stride_for(regroup, self->block.n);
	self->index.n = 0;
	sp_sort_block_sort(&self->block);
	if (begin_piece(self, piece, err) < 0)
		return err->code;
	while (sp_sort_block_next(&self->block, &row)) {
		add_fences(self, piece->stride, row.group >> GROUP_BITS);
		if (sp_sort_writer_put(&self->writer, &row, err) < 0)
			return err->code;
	}
	sp_sort_block_clear(&self->block);
	if (sp_sort_writer_end(&self->writer, &piece->rows, err) < 0)
		return err->code;
	return held ? 0 : write_index(self, piece, err);
}

int sp_intake_put(struct sp_intake *self, const struct sp_regroup_row *row, struct sp_error *err)
{
	const struct sp_sort_row sorted = { .group = row->key_group << GROUP_BITS | row->state,
		.key = row->key,
		.value = row->value };

	if (sp_sort_block_put(&self->block, &sorted))
		return 0;
	if (move_rows(self, false, err) < 0)
		return err->code;
	sp_sort_block_put(&self->block, &sorted);
	return 0;
}

/* May the rows of the block stay in memory? */
static bool may_hold(struct sp_intake *self)
{
	struct sp_regroup *regroup = self->regroup;
	size_t n = sp_sort_block_size(&self->block);
	bool may;

	if (self->pieces.n > 0 || n > self->writer.memory)
		return false;
	pthread_mutex_lock(&regroup->lock);
	may = n <= HELD_MAX - regroup->held;
	if (may)
		regroup->held += n;
	pthread_mutex_unlock(&regroup->lock);
	return may;
}

int sp_intake_end(struct sp_intake *self, struct sp_error *err)
{
	bool held = may_hold(self);

	if (self->block.n > 0 && move_rows(self, held, err) < 0)
		return err->code;
	if (held) {
		self->pieces.held = self->writer.bytes;
		self->writer.bytes = (struct sp_buffer){ 0 };
	}
	self->regroup->intakes[self->number] = self->pieces;
	self->pieces = (struct pieces){ 0 };
	return 0;
}

/* --- taking out ------------------------------------------------------------------------------ */

struct sp_outtake {
	const struct sp_regroup *regroup;
	struct sp_key_groups groups;
	struct sp_sort_merge *merge;
};

static int damaged(const struct sp_regroup *regroup, struct sp_error *err)
{
	return sp_fail(err, SP_EIO, "%s: scratch file is damaged", regroup->tmpdir);
}

/* Where in the file the key groups behind a fence begin. */
static int find(const struct sp_regroup *regroup, const struct piece *piece, uint32_t fence,
	uint64_t *ret, struct sp_error *err)
{
	const struct sp_sort_piece *rows = &piece->rows;
	uint8_t bytes[FENCE_BYTES];

	*ret = rows->end;
	if (fence >= n_fences(regroup, piece->stride))
		return 0;
	if (sp_scratch_file_read(
		    rows->file, rows->end + fence * FENCE_BYTES, sizeof(bytes), bytes, err) < 0)
		return err->code;
	*ret = rows->start + sp_get_be64(bytes);
	return *ret < rows->start || *ret > rows->end ? damaged(regroup, err) : 0;
}

/* What lies in the key groups, and few rows else. */
static int narrow(const struct sp_regroup *regroup, const struct piece *piece,
	struct sp_key_groups groups, struct sp_sort_piece *ret, struct sp_error *err)
{
	uint32_t end = (uint32_t)(groups.start + groups.count);

	*ret = piece->rows;
	if (piece->rows.file == NULL)
		return 0;
	if (find(regroup, piece, (uint32_t)groups.start / piece->stride, &ret->start, err) < 0 ||
		find(regroup, piece, (end + piece->stride - 1) / piece->stride, &ret->end, err) < 0)
		return err->code;
	return 0;
}

static size_t n_pieces(const struct sp_regroup *regroup)
{
	size_t n = 0;

	for (size_t i = 0; i < regroup->n_intakes; i++)
		n += regroup->intakes[i].n;
	return n;
}

/* The pieces of all intakes, the earliest first, but for those that have nothing here. */
static int gather(
	const struct sp_outtake *self, struct sp_sort_piece *ret, size_t *n, struct sp_error *err)
{
	const struct sp_regroup *regroup = self->regroup;

	for (size_t i = 0; i < regroup->n_intakes; i++)
		for (size_t j = 0; j < regroup->intakes[i].n; j++) {
			struct sp_sort_piece *piece = &ret[*n];

			if (narrow(regroup, &regroup->intakes[i].at[j], self->groups, piece, err) <
				0)
				return err->code;
			*n += piece->file == NULL || piece->start < piece->end;
		}
	return 0;
}

int sp_outtake_open(struct sp_regroup *regroup, struct sp_key_groups groups,
	const struct sp_budget *budget, struct sp_outtake **ret, struct sp_error *err)
{
	sp_auto(sp_outtake) *self = calloc(1, sizeof(*self));
	struct sp_sort_piece *pieces = calloc(n_pieces(regroup) + 1, sizeof(*pieces));
	size_t n = 0;
	int r;

	if (self == NULL || pieces == NULL)
		sp_abort("out of memory");
	self->regroup = regroup;
	self->groups = groups;
	r = gather(self, pieces, &n, err);
	if (r == 0)
		r = sp_sort_merge_open(pieces, n, budget, &self->merge, err);
	free(pieces);
	if (r == 0)
		*ret = sp_steal(self);
	return r;
}

int sp_outtake_next(struct sp_outtake *self, struct sp_regroup_row *ret, struct sp_error *err)
{
	const struct sp_key_groups groups = self->groups;
	struct sp_sort_row row;
	uint32_t key_group;
	int r;

	do {
		r = sp_sort_merge_next(self->merge, &row, err);
		if (r <= 0)
			return r;
		key_group = row.group >> GROUP_BITS;
	} while (key_group < (uint32_t)groups.start);
	if (key_group >= (uint32_t)(groups.start + groups.count))
		return 0;
	*ret = (struct sp_regroup_row){ .key_group = key_group,
		.state = row.group & UINT16_MAX,
		.key = row.key,
		.value = row.value };
	return 1;
}

void sp_outtake_free(struct sp_outtake *self)
{
	if (self == NULL)
		return;
	sp_sort_merge_free(self->merge);
	free(self);
}
