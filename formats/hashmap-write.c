/* Writes the heap-native layout, drawn in hashmap.c. */
#include <inttypes.h>
#include <stdlib.h>

#include "hashmap.h"
#include "outlet.h"
#include "snappy-frame.h"
#include "spool.h"

#define FLUSH_BYTES ((size_t)4 * SP_SNAPPY_BLOCK)
#define PIECE_BYTES ((size_t)1024 * 1024)
/* The most that a block, or one map or list of it, keeps in memory before it goes to a file. */
#define BLOCK_MEMORY ((size_t)16 * 1024 * 1024)
#define INNER_MEMORY ((size_t)4 * 1024 * 1024)
#define CODE_SINCE SP_RELEASE(1, 15) /* of KEY_GROUPS_HANDLE_V2; the older code needs none */
#define NONE (-1)

struct state {
	struct sp_hashmap_state is;
	bool known;   /* `is` was made: when the first row came */
	bool written; /* in the key group at hand */
};

struct writer {
	struct sp_writer writer;
	struct sp_writer_plan plan;
	uint64_t limit; /* of bytes; 0: none */
	struct sp_outlet *outlet;
	int64_t *offsets;
	struct state *states;         /* by id */
	int32_t group;                /* being written, counted from the first; NONE: none yet */
	const struct sp_state *state; /* of the block being collected; NULL: none */
	struct state *at;             /* the same */
	uint32_t entries;             /* of the block */
	struct sp_spool *block;       /* they */
	struct sp_spool *inner;       /* the entries of a map, the elements of a list */
	uint32_t pairs;               /* of the map being collected */
	struct sp_buffer map;         /* its row key up to the user key; empty: none */
	struct sp_buffer out;         /* not yet passed on, nor compressed */
	struct sp_buffer frames;
};

/* --- bytes to the outlet --------------------------------------------------------------------- */

static int pass_on(struct writer *self, struct sp_slice bytes, struct sp_error *err)
{
	if (self->limit == 0 || sp_outlet_size(self->outlet) + bytes.n <= self->limit)
		return sp_outlet_write(self->outlet, bytes, err);
	sp_fail(err, SP_EUNSUPPORTED,
		"keyed state of a subtask is larger than %" PRIu64
		" bytes, the most that the memory backend has in one handle",
		self->limit);
	return sp_hint(err, "--to hashmap writes it to files; the same jobs restore it");
}

/* Passes on what is in `out`. Compressed, only whole chunks, unless the stream is at its end. */
static int flush(struct writer *self, bool end, struct sp_error *err)
{
	bool compressed = self->plan.header->compressed;
	size_t rest = compressed && !end ? self->out.n % SP_SNAPPY_BLOCK : 0;
	struct sp_slice bytes = sp_slice(self->out.p, self->out.n - rest);

	self->frames.n = 0;
	if (compressed)
		sp_snappy_frame(bytes, &self->frames);
	if (bytes.n > 0 &&
		pass_on(self, compressed ? sp_buffer_slice(&self->frames) : bytes, err) < 0)
		return err->code;
	if (rest > 0)
		memmove(self->out.p, self->out.p + bytes.n, rest);
	self->out.n = rest;
	return 0;
}

static int emit(struct writer *self, struct sp_slice bytes, struct sp_error *err)
{
	while (bytes.n > 0) {
		size_t n = bytes.n < FLUSH_BYTES ? bytes.n : FLUSH_BYTES;

		sp_buffer_bytes(&self->out, sp_slice(bytes.p, n));
		if (self->out.n >= FLUSH_BYTES && flush(self, false, err) < 0)
			return err->code;
		bytes = sp_slice(bytes.p + n, bytes.n - n);
	}
	return 0;
}

/* --- blocks ---------------------------------------------------------------------------------- */

static int begin_output(struct writer *self, uint16_t id, uint32_t entries, struct sp_error *err)
{
	uint8_t head[SP_HASHMAP_BLOCK_BYTES];

	self->states[id].written = true;
	sp_set_be16(head, id);
	sp_set_be32(head + 2, entries);
	if (self->plan.header->compressed &&
		pass_on(self, sp_slice(sp_snappy_identifier, sizeof(sp_snappy_identifier)), err) <
			0)
		return err->code;
	return emit(self, sp_slice(head, sizeof(head)), err);
}

static int end_output(struct writer *self, struct sp_error *err)
{
	return self->plan.header->compressed ? flush(self, true, err) : 0;
}

static int put_u32(struct sp_spool *spool, uint32_t n, struct sp_error *err)
{
	uint8_t bytes[4];

	sp_set_be32(bytes, n);
	return sp_spool_write(spool, sp_slice(bytes, sizeof(bytes)), err);
}

/* The count and what was collected of a map or list become the rest of an entry. */
static int end_inner(struct writer *self, uint32_t n, struct sp_error *err)
{
	struct sp_slice piece;
	int r;

	if (put_u32(self->block, n, err) < 0)
		return err->code;
	while ((r = sp_spool_read(self->inner, PIECE_BYTES, &piece, err)) > 0)
		if (sp_spool_write(self->block, piece, err) < 0)
			return err->code;
	return r < 0 ? r : sp_spool_clear(self->inner, err);
}

static int end_map(struct writer *self, struct sp_error *err)
{
	if (self->map.n == 0)
		return 0;
	self->map.n = 0;
	return end_inner(self, self->pairs, err);
}

static int end_block(struct writer *self, struct sp_error *err)
{
	struct sp_slice piece;
	int r;

	if (self->state == NULL)
		return 0;
	if (end_map(self, err) < 0 ||
		begin_output(self, (uint16_t)self->state->id, self->entries, err) < 0)
		return err->code;
	while ((r = sp_spool_read(self->block, PIECE_BYTES, &piece, err)) > 0)
		if (emit(self, piece, err) < 0)
			return err->code;
	if (r < 0 || sp_spool_clear(self->block, err) < 0 || end_output(self, err) < 0)
		return err->code;
	self->state = NULL;
	return 0;
}

static int begin_block(struct writer *self, const struct sp_state *state, struct sp_error *err)
{
	struct state *at = &self->states[state->id];

	if (at->written)
		return sp_fail(err, SP_EDAMAGED, "rows of the state come twice in the key group");
	if (!at->known && sp_hashmap_state(self->plan.header, state, self->plan.max_parallelism,
				  self->plan.kryo, &at->is, err) < 0)
		return err->code;
	at->known = true;
	self->state = state;
	self->at = at;
	self->entries = 0;
	return 0;
}

/* --- key groups ------------------------------------------------------------------------------ */

/* Every state has a block in every key group. */
static int end_group(struct writer *self, struct sp_error *err)
{
	if (self->group == NONE)
		return 0;
	if (end_block(self, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->plan.header->n_states; i++)
		if (!self->states[i].written &&
			(begin_output(self, (uint16_t)i, 0, err) < 0 || end_output(self, err) < 0))
			return err->code;
	return 0;
}

static int next_group(struct writer *self, struct sp_error *err)
{
	uint8_t number[SP_HASHMAP_GROUP_BYTES];

	if (end_group(self, err) < 0)
		return err->code;
	self->group++;
	self->offsets[self->group] = (int64_t)(sp_outlet_size(self->outlet) + self->out.n);
	for (size_t i = 0; i < self->plan.header->n_states; i++)
		self->states[i].written = false;
	sp_set_be32(number, (uint32_t)(self->plan.start + self->group));
	if (self->plan.header->compressed)
		return pass_on(self, sp_slice(number, sizeof(number)), err);
	return emit(self, sp_slice(number, sizeof(number)), err);
}

static int begin_group(struct writer *self, uint32_t group, struct sp_error *err)
{
	int64_t index = (int64_t)group - self->plan.start;

	if (index < self->group || index >= self->plan.count)
		return sp_fail(err, SP_EDAMAGED,
			"key group %" PRIu32 " is outside of %" PRId32 " to %" PRId32
			" or comes too late",
			group, self->plan.start, self->plan.start + self->plan.count - 1);
	while (self->group < index)
		if (next_group(self, err) < 0)
			return err->code;
	return 0;
}

/* --- entries --------------------------------------------------------------------------------- */

/*
 * Is it one value and nothing else? A heap reader would take what is left over for the next
 * entry, and all that follows for something else.
 */
static int check_whole(struct writer *self, const struct sp_type *type, struct sp_slice bytes,
	struct sp_error *err)
{
	struct sp_value_reader reader = sp_value_reader(bytes, 0, self->plan.kryo);
	int r = sp_value_skip(&reader, type, err);

	if (r == SP_EUNSUPPORTED) /* only its class knows where it ends */
		return 0;
	if (r == 0 && sp_left(&reader.in) != 0)
		sp_fail_at(err, &reader.in, "%zu bytes behind the value", sp_left(&reader.in));
	return r == 0 && sp_left(&reader.in) == 0 ? 0
						  : sp_within(err, "value of %zu bytes", bytes.n);
}

static int count_entry(struct writer *self, struct sp_error *err)
{
	if (self->entries == INT32_MAX)
		return sp_fail(err, SP_EUNSUPPORTED,
			"more than %d entries in one key group, which no heap holds", INT32_MAX);
	self->entries++;
	return 0;
}

static int begin_entry(struct writer *self, const struct sp_key_parts *parts, struct sp_error *err)
{
	const struct sp_key_layout *layout = &self->at->is.layout;

	if (count_entry(self, err) < 0 ||
		(layout->ns_width < 0 && check_whole(self, layout->ns, parts->ns, err) < 0) ||
		(layout->key_width < 0 && check_whole(self, layout->key, parts->key, err) < 0) ||
		sp_spool_write(self->block, parts->ns, err) < 0)
		return err->code;
	return sp_spool_write(self->block, parts->key, err);
}

static int put_value(struct writer *self, const struct sp_row *row, struct sp_error *err)
{
	return check_whole(self, self->at->is.value, row->value, err) < 0
		       ? err->code
		       : sp_spool_write(self->block, row->value, err);
}

static int put_list(struct writer *self, const struct sp_row *row, struct sp_error *err)
{
	struct sp_value_reader reader = sp_value_reader(row->value, 0, self->plan.kryo);
	struct sp_slice element;
	uint32_t n = 0;
	int r;

	if (self->at->is.no_bytes)
		return put_u32(self->block, (uint32_t)row->value.n + 1, err);
	while ((r = sp_list_next(&reader, self->at->is.element, &element, err)) > 0) {
		if (sp_spool_write(self->inner, element, err) < 0)
			return err->code;
		n++;
	}
	if (r == SP_EUNSUPPORTED && err->hint[0] == '\0')
		sp_hint(err,
			"--to canonical and --to rocksdb hold it, without counting its elements");
	if (r < 0)
		return sp_within(err, "list of %zu bytes", row->value.n);
	return end_inner(self, n, err);
}

/* A row of another map than the last one begins an entry. */
static int begin_map(struct writer *self, const struct sp_row *row,
	const struct sp_key_parts *parts, struct sp_error *err)
{
	struct sp_slice map = sp_slice(row->key.p, row->key.n - parts->user_key.n);

	if (sp_slice_equal(map, sp_buffer_slice(&self->map)))
		return 0;
	if (end_map(self, err) < 0 || begin_entry(self, parts, err) < 0)
		return err->code;
	sp_buffer_bytes(&self->map, map);
	self->pairs = 0;
	return 0;
}

static int put_pair(struct writer *self, const struct sp_row *row, const struct sp_key_parts *parts,
	struct sp_error *err)
{
	struct sp_slice value = row->value;

	if (value.n == 0 || value.p[0] > 1)
		return sp_fail(err, SP_EDAMAGED, "a map's value without null flag");
	if (value.p[0] == 1)
		value.n = 1; /* some writers have what their serializer makes of null behind it */
	else if (check_whole(self, self->at->is.user_value, sp_slice(value.p + 1, value.n - 1),
			 err) < 0)
		return err->code;
	if (self->pairs == INT32_MAX)
		return sp_fail(err, SP_EUNSUPPORTED,
			"a map of more than %d entries, which no heap holds", INT32_MAX);
	self->pairs++;
	if (check_whole(self, self->at->is.user_key, parts->user_key, err) < 0 ||
		sp_spool_write(self->inner, parts->user_key, err) < 0)
		return err->code;
	return sp_spool_write(self->inner, value, err);
}

static int put_timer(struct writer *self, const struct sp_row *row, struct sp_error *err)
{
	size_t prefix = self->at->is.layout.prefix;
	struct sp_slice timer;

	if (row->key.n < prefix)
		return sp_fail(err, SP_EDAMAGED, "timer of %zu bytes", row->key.n);
	timer = sp_slice(row->key.p + prefix, row->key.n - prefix);
	if (check_whole(self, self->at->is.value, timer, err) < 0 || count_entry(self, err) < 0)
		return err->code;
	return sp_spool_write(self->block, timer, err);
}

static int put_entry(struct writer *self, const struct sp_row *row, struct sp_error *err)
{
	const struct sp_hashmap_state *is = &self->at->is;
	struct sp_key_parts parts;

	if (is->layout.timer)
		return put_timer(self, row, err);
	if (sp_key_split(&is->layout, row->key, &parts, err) < 0)
		return err->code;
	if (is->user_key != NULL)
		return begin_map(self, row, &parts, err) < 0 ? err->code
							     : put_pair(self, row, &parts, err);
	if (begin_entry(self, &parts, err) < 0)
		return err->code;
	return is->element != NULL ? put_list(self, row, err) : put_value(self, row, err);
}

static int writer_put(struct sp_writer *writer, const struct sp_row *row, struct sp_error *err)
{
	struct writer *self = (struct writer *)writer;

	if ((self->group == NONE || row->key_group != (uint32_t)(self->plan.start + self->group)) &&
		begin_group(self, row->key_group, err) < 0)
		return err->code;
	if (row->state != self->state &&
		(end_block(self, err) < 0 || begin_block(self, row->state, err) < 0))
		return err->code;
	return put_entry(self, row, err);
}

/* --- the end --------------------------------------------------------------------------------- */

static int writer_finish(struct sp_writer *writer, struct sp_arena *arena,
	struct sp_keyed_handle *ret, struct sp_error *err)
{
	struct writer *self = (struct writer *)writer;
	size_t count = (size_t)self->plan.count;
	sp_release release = self->plan.release;

	while (self->group + 1 < self->plan.count)
		if (next_group(self, err) < 0)
			return err->code;
	*ret = (struct sp_keyed_handle){
		.code = SP_KEYED_KEY_GROUPS,
		.start = self->plan.start,
		.count = self->plan.count,
		.offsets = sp_arena_new_array(arena, int64_t, count),
	};
	if (release == 0 || release >= CODE_SINCE) {
		ret->code = SP_KEYED_KEY_GROUPS_V2;
		ret->state_handle_id = sp_uuid_of_name(self->plan.name, arena);
	}
	if (end_group(self, err) < 0 || flush(self, true, err) < 0 ||
		sp_outlet_finish(self->outlet, arena, &ret->data, err) < 0)
		return err->code;
	if (count > 0)
		memcpy(ret->offsets, self->offsets, count * sizeof(*self->offsets));
	return 0;
}

static void writer_free(struct sp_writer *writer)
{
	struct writer *self = (struct writer *)writer;

	sp_outlet_free(self->outlet);
	sp_spool_free(self->block);
	sp_spool_free(self->inner);
	sp_buffer_free(&self->map);
	sp_buffer_free(&self->out);
	sp_buffer_free(&self->frames);
	free(self->offsets);
	free(self->states);
	free(self);
}

static const struct sp_writer_ops writer_ops = {
	.put = writer_put,
	.finish = writer_finish,
	.free = writer_free,
};

static size_t at_most(size_t n, size_t most)
{
	return n < most ? n : most;
}

int sp_hashmap_create_inline(const struct sp_writer_plan *plan, uint64_t limit,
	struct sp_writer **ret, struct sp_error *err)
{
	struct writer *self = calloc(1, sizeof(*self));
	sp_auto(sp_writer) *writer = NULL;

	if (self == NULL)
		sp_abort("out of memory");
	self->writer.ops = &writer_ops;
	writer = &self->writer;
	self->plan = *plan;
	self->limit = limit;
	self->group = NONE;
	self->offsets = calloc((size_t)plan->count + 1, sizeof(*self->offsets));
	self->states = calloc(plan->header->n_states + 1, sizeof(*self->states));
	if (self->offsets == NULL || self->states == NULL)
		sp_abort("out of memory");
	self->block =
		sp_spool_new(at_most(plan->budget.memory / 4, BLOCK_MEMORY), plan->budget.tmpdir);
	self->inner =
		sp_spool_new(at_most(plan->budget.memory / 8, INNER_MEMORY), plan->budget.tmpdir);
	self->outlet = sp_outlet_new(
		plan->tree, plan->name, limit == 0 ? plan->inline_threshold : (size_t)limit);
	if (pass_on(self, plan->header->bytes, err) < 0)
		return err->code;
	*ret = sp_steal(writer);
	return 0;
}

int sp_hashmap_create(
	const struct sp_writer_plan *plan, struct sp_writer **ret, struct sp_error *err)
{
	return sp_hashmap_create_inline(plan, 0, ret, err);
}
