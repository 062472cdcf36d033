/* Writes the canonical layout, drawn in canonical-read.c. */
#include <inttypes.h>
#include <stdlib.h>

#include "canonical.h"
#include "key-group.h"
#include "outlet.h"
#include "snappy-frame.h"

#define FLUSH_BYTES ((size_t)256 * 1024)

struct writer {
	struct sp_writer writer;
	struct sp_writer_plan plan;
	struct sp_outlet *outlet;
	int64_t *offsets;
	bool compress;
	int64_t group;                /* being written, -1: none */
	const struct sp_state *state; /* of the run being written */
	size_t mark;                  /* in `rows`: the first key byte of the last row */
	/*
	 * What is not yet passed on. The last row stays in here until it is known whether it is
	 * the last of its run, since its mark is set then.
	 */
	struct sp_buffer rows;
	struct sp_buffer frames;
};

static int flush(struct writer *self, struct sp_error *err)
{
	struct sp_slice rows = sp_buffer_slice(&self->rows);
	int r;

	self->rows.n = 0;
	if (!self->compress)
		return sp_outlet_write(self->outlet, rows, err);
	self->frames.n = 0;
	sp_snappy_frame(rows, &self->frames);
	r = sp_outlet_write(self->outlet, sp_buffer_slice(&self->frames), err);
	return r;
}

static void end_run(struct writer *self)
{
	if (self->state != NULL)
		self->rows.p[self->mark] |= SP_CANONICAL_LAST;
	self->state = NULL;
}

static int end_group(struct writer *self, struct sp_error *err)
{
	if (self->group < 0)
		return 0;
	end_run(self);
	sp_buffer_u16(&self->rows, SP_CANONICAL_END);
	self->group = -1;
	/* a plain group needs no border of its own: its offset counts what is still here */
	return self->compress || self->rows.n >= FLUSH_BYTES ? flush(self, err) : 0;
}

static int begin_group(struct writer *self, uint32_t group, struct sp_error *err)
{
	int64_t index = (int64_t)group - self->plan.start;

	if (index < 0 || index >= self->plan.count || self->offsets[index] != 0)
		return sp_fail(err, SP_EDAMAGED,
			"key group %" PRIu32 " is outside of %" PRId32 " to %" PRId32
			" or comes twice",
			group, self->plan.start, self->plan.start + self->plan.count - 1);
	self->offsets[index] = (int64_t)(sp_outlet_size(self->outlet) + self->rows.n);
	self->group = group;
	if (!self->compress)
		return 0;
	return sp_outlet_write(
		self->outlet, sp_slice(sp_snappy_identifier, sizeof(sp_snappy_identifier)), err);
}

static int writer_put(struct sp_writer *writer, const struct sp_row *row, struct sp_error *err)
{
	struct writer *self = (struct writer *)writer;
	uint8_t *p;

	if (row->key_group != self->group) {
		if (end_group(self, err) < 0 || begin_group(self, row->key_group, err) < 0)
			return err->code;
	} else if (row->state != self->state) {
		end_run(self);
	}
	if (self->rows.n >= FLUSH_BYTES && flush(self, err) < 0)
		return err->code;
	if (row->state != self->state) {
		sp_buffer_u16(&self->rows, (uint16_t)row->state->id);
		self->state = row->state;
	}
	p = sp_buffer_reserve(&self->rows, 8 + row->key.n + row->value.n);
	sp_set_be32(p, (uint32_t)row->key.n);
	memcpy(p + 4, row->key.p, row->key.n);
	sp_set_be32(p + 4 + row->key.n, (uint32_t)row->value.n);
	if (row->value.n != 0)
		memcpy(p + 8 + row->key.n, row->value.p, row->value.n);
	self->mark = self->rows.n + 4;
	self->rows.n += 8 + row->key.n + row->value.n;
	return 0;
}

static int writer_finish(struct sp_writer *writer, struct sp_arena *arena,
	struct sp_keyed_handle *ret, struct sp_error *err)
{
	struct writer *self = (struct writer *)writer;
	size_t bytes = (size_t)self->plan.count * sizeof(*self->offsets);

	*ret = (struct sp_keyed_handle){
		.code = SP_KEYED_SAVEPOINT,
		.start = self->plan.start,
		.count = self->plan.count,
	};
	ret->offsets = sp_arena_new_array(arena, int64_t, (size_t)self->plan.count);
	if (end_group(self, err) < 0 || (self->rows.n > 0 && flush(self, err) < 0) ||
		sp_outlet_finish(self->outlet, arena, &ret->data, err) < 0)
		return err->code;
	if (bytes != 0)
		memcpy(ret->offsets, self->offsets, bytes);
	return 0;
}

static void writer_free(struct sp_writer *writer)
{
	struct writer *self = (struct writer *)writer;

	sp_outlet_free(self->outlet);
	sp_buffer_free(&self->rows);
	sp_buffer_free(&self->frames);
	free(self->offsets);
	free(self);
}

static const struct sp_writer_ops writer_ops = {
	.put = writer_put,
	.finish = writer_finish,
	.free = writer_free,
};

int sp_canonical_create(
	const struct sp_writer_plan *plan, struct sp_writer **ret, struct sp_error *err)
{
	struct writer *self = calloc(1, sizeof(*self));
	sp_auto(sp_writer) *writer = NULL;

	if (self == NULL)
		sp_abort("out of memory");
	self->plan = *plan;
	self->writer.ops = &writer_ops;
	writer = &self->writer;
	self->compress = plan->header->compressed;
	self->group = -1;
	self->offsets = calloc((size_t)plan->count + 1, sizeof(*self->offsets));
	if (self->offsets == NULL)
		sp_abort("out of memory");
	self->outlet = sp_outlet_new(plan->tree, plan->name, plan->inline_threshold);
	if (sp_outlet_write(self->outlet, plan->header->bytes, err) < 0)
		return err->code;
	*ret = sp_steal(writer);
	return 0;
}
