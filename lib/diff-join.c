/*
 * The second pass: of an operator, the rows of both sides that lie in buckets that differ, sorted
 * and joined.
 *
 *	key in the sort    u32 number of the state, u8 0 (a key group's place), key
 *	of an element      u32 number of the state, u8 0, identity, u64 number of the element
 */
#include "diff-internal.h"

#include "filter.h"
#include "interrupt.h"
#include "pool.h"

#define NUMBER_BYTES 4   /* of the state */
#define ELEMENT_BYTES 8  /* the number of an element, which tells equal ones apart in the sort */
#define CHECK_EVERY 4096 /* rows */

/* The wanted rows of one side, in any order. */
struct picked {
	struct sp_stream stream;
	struct sp_differ *differ;
	enum sp_diff_side side;
	struct sp_diff_rows *in;
	struct sp_buffer key;
	uint64_t elements, rows;
};

static const struct sp_state one_state;
static const struct sp_keyed_header one_header;

/* The key in the sort. false: the row is not wanted. */
static bool make_key(struct picked *self, const struct sp_diff_row *row)
{
	const struct sp_diff_entry *entry = row->entry;
	uint8_t identity[SP_DIFF_IDENTITY];
	struct sp_slice key = row->key;

	if (entry->wanted == NULL)
		return false;
	if (entry->bag[self->side]) {
		sp_diff_identity(self->differ, entry, self->side, row->value, identity);
		key = sp_slice(identity, sizeof(identity));
	}
	if (!entry->wanted[sp_diff_bucket_of(self->differ, key)])
		return false;
	self->key.n = 0;
	sp_buffer_u32(&self->key, (uint32_t)entry->number);
	sp_buffer_u8(&self->key, 0);
	sp_buffer_bytes(&self->key, key);
	if (entry->bag[self->side])
		sp_buffer_u64(&self->key, self->elements++);
	return true;
}

static int next_picked(struct sp_stream *stream, struct sp_row *ret, struct sp_error *err)
{
	struct picked *self = (struct picked *)stream;
	struct sp_diff_row row;
	int r;

	while ((r = self->in->next(self->in, &row, err)) > 0) {
		if (++self->rows % CHECK_EVERY == 0 && sp_interrupt_check(err) < 0)
			return err->code;
		if (!make_key(self, &row))
			continue;
		*ret = (struct sp_row){
			.state = &one_state, .key = sp_buffer_slice(&self->key), .value = row.value
		};
		return 1;
	}
	sp_diff_rows_free(self->in); /* the sort has all: what reading took is free */
	self->in = NULL;
	return r < 0 ? sp_within(err, "%s", self->differ->request->sources[self->side]->location)
		     : 0;
}

static void free_picked(struct sp_stream *stream)
{
	struct picked *self = (struct picked *)stream;

	sp_diff_rows_free(self->in);
	sp_buffer_free(&self->key);
	free(self);
}

static const struct sp_stream_ops picked_ops = { .next = next_picked, .free = free_picked };

/* The same rows, sorted; and the one that the join stands on. */
struct sorted {
	struct sp_stream *in;
	struct sp_row row;
	int more; /* there is a row */
};

struct join {
	struct sp_differ *differ;
	struct sp_diff_pair *pair;
	struct sorted sides[SP_DIFF_SIDES];
};

/* Both sides read at once: a quarter of the memory is for the readers, half for the sorts. */
static int open_side(size_t side, void *arg, struct sp_error *err)
{
	struct join *join = arg;
	struct sp_differ *differ = join->differ;
	struct sorted *sorted = &join->sides[side];
	const struct sp_budget reading = { differ->request->memory / 8, differ->request->tmpdir };
	const struct sp_budget sorting = { differ->request->memory / 4, differ->request->tmpdir };
	struct picked *picked;

	if (join->pair->op->sides[side] == NULL)
		return 0;
	picked = calloc(1, sizeof(*picked));
	if (picked == NULL)
		sp_abort("out of memory");
	picked->stream = (struct sp_stream){ .ops = &picked_ops, .header = &one_header };
	picked->differ = differ;
	picked->side = (enum sp_diff_side)side;
	picked->in = sp_diff_rows_open(differ, join->pair, picked->side, true, &reading);
	if (sp_sort(&picked->stream, SP_ORDER_KEYS, &sorting, &sorted->in, err) < 0) {
		free_picked(&picked->stream);
		return err->code;
	}
	sorted->more = sp_next(sorted->in, &sorted->row, err);
	return sorted->more < 0 ? sorted->more : 0;
}

static struct sp_diff_entry *entry_of(const struct join *join, struct sp_slice key)
{
	return join->pair->entries[sp_get_be32(key.p)];
}

/* Of elements all but their numbers. */
static struct sp_slice identity(const struct join *join, struct sp_slice key)
{
	return sp_diff_is_bag(entry_of(join, key)) ? sp_slice(key.p, key.n - ELEMENT_BYTES) : key;
}

/* Which side comes first; 0: both have the key. */
static int compare(const struct join *join)
{
	const struct sorted *a = &join->sides[SP_DIFF_A], *b = &join->sides[SP_DIFF_B];

	if (a->more == 0 || b->more == 0)
		return a->more == 0 ? 1 : -1;
	return sp_slice_compare(identity(join, a->row.key), identity(join, b->row.key));
}

static void note(struct join *join, int order)
{
	const struct sp_row *a = &join->sides[SP_DIFF_A].row, *b = &join->sides[SP_DIFF_B].row;
	const struct sp_slice key = order > 0 ? b->key : a->key;
	const struct sp_slice *const values[SP_DIFF_SIDES] = {
		order <= 0 ? &a->value : NULL,
		order >= 0 ? &b->value : NULL,
	};
	struct sp_diff_entry *entry = entry_of(join, key);

	if (order == 0 &&
		(sp_diff_is_bag(entry) || sp_diff_equal(join->differ, entry, a->value, b->value)))
		return;
	sp_diff_add_sample(
		join->differ, entry, sp_slice(key.p + NUMBER_BYTES, key.n - NUMBER_BYTES), values);
}

static int advance(struct sorted *sorted, struct sp_error *err)
{
	sorted->more = sp_next(sorted->in, &sorted->row, err);
	return sorted->more;
}

static int join_rows(struct join *join, struct sp_error *err)
{
	struct sorted *a = &join->sides[SP_DIFF_A], *b = &join->sides[SP_DIFF_B];

	for (size_t n = 1; a->more > 0 || b->more > 0; n++) {
		const int order = compare(join);

		if (n % CHECK_EVERY == 0 && sp_interrupt_check(err) < 0)
			return err->code;
		note(join, order);
		if ((order <= 0 && advance(a, err) < 0) || (order >= 0 && advance(b, err) < 0))
			return err->code;
	}
	return 0;
}

static bool is_wanted(const struct sp_diff_pair *pair)
{
	for (size_t i = 0; i < pair->n; i++)
		if (pair->entries[i]->wanted != NULL)
			return true;
	return false;
}

int sp_diff_join(struct sp_differ *self, struct sp_diff_pair *pair, struct sp_error *err)
{
	struct join join = { .differ = self, .pair = pair };
	int r;

	if (!is_wanted(pair))
		return 0;
	r = sp_pool_run(SP_DIFF_SIDES, self->request->jobs, open_side, &join, err);
	if (r == 0)
		r = join_rows(&join, err);
	for (int side = 0; side < SP_DIFF_SIDES; side++)
		sp_stream_free(join.sides[side].in);
	return r;
}
