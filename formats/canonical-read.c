/*
 * The canonical layout of keyed state: Flink's unified binary format.
 *
 *	header                         KeyedBackendSerializationProxy, see keyed-header.c
 *	key group *                    at the offsets of the handle; 0: no rows, no bytes
 *
 *	key group, snappy-framed as a whole if the header says so:
 *	  u16  state id
 *	  row *                        blob key, blob value
 *	       key[0] & 0x80           the last row of this state: a u16 follows
 *	  u16  next state id, or 0xffff at the end
 *
 *	key:   key group (1 or 2 bytes) ‖ key ‖ namespace ‖ map key
 *
 * Written by org.apache.flink.runtime.state.FullSnapshotAsyncWriter (RocksDB full snapshots and
 * savepoints of 1.2 and later, savepoints of every backend since 1.13), read by
 * FullSnapshotRestoreOperation. 1.2 to 2.2.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "canonical.h"
#include "key-group.h"
#include "key-groups.h"

struct reader {
	struct sp_stream stream;
	struct sp_key_group_data data;
	size_t group;                 /* being read */
	const struct sp_state *state; /* of the run being read; NULL between key groups */
	bool last;                    /* the row given last was the run's last */
	size_t taken;                 /* bytes of that row in the window */
	size_t prefix;
};

static int damaged(struct reader *self, struct sp_error *err)
{
	return sp_within(err, "key group %" PRIu32, self->data.groups.at[self->group].key_group);
}

/* Reads the u16 at the start of a run. 1: a run follows; 0: the key group is at its end. */
static int begin_run(struct reader *self, struct sp_error *err)
{
	uint16_t id;
	int more;

	if (sp_input_need(&self->data.in, 2, err) < 0)
		return err->code;
	id = sp_get_be16(sp_input_bytes(&self->data.in));
	if (id == SP_CANONICAL_END) {
		sp_input_skip(&self->data.in, 2);
		self->state = NULL;
		more = sp_input_more(&self->data.in, err);
		return more <= 0 ? more
				 : sp_input_fail(err, &self->data.in, "bytes behind the end mark");
	}
	if (id >= self->stream.header->n_states)
		return sp_input_fail(err, &self->data.in, "state id %u of %zu states", id,
			self->stream.header->n_states);
	sp_input_skip(&self->data.in, 2);
	self->state = &self->stream.header->states[id];
	return 1;
}

/* Moves to the next run of rows: in this key group, or in the next ones. 0 at the very end. */
static int next_run(struct reader *self, struct sp_error *err)
{
	int r;

	if (self->state != NULL) {
		r = begin_run(self, err);
		if (r != 0)
			return r < 0 ? damaged(self, err) : r;
		self->group++;
	}
	while (self->group < self->data.groups.n) {
		const struct sp_key_group_range *group = &self->data.groups.at[self->group];

		sp_input_range(
			&self->data.in, group->start, group->end, self->stream.header->compressed);
		r = begin_run(self, err);
		if (r != 0)
			return r < 0 ? damaged(self, err) : r;
		self->group++;
	}
	return 0;
}

/* The length in front of `what`, which begins `at` bytes from the position. */
static int take_length(
	struct reader *self, size_t at, const char *what, uint32_t *ret, struct sp_error *err)
{
	uint32_t n;

	if (sp_input_need(&self->data.in, at + 4, err) < 0)
		return err->code;
	n = sp_get_be32(sp_input_bytes(&self->data.in) + at);
	if (n > INT32_MAX || !sp_input_can_hold(&self->data.in, (uint64_t)at + 4 + n))
		return sp_input_fail(err, &self->data.in,
			"%s of %" PRIu32 " bytes is longer than what is left", what, n);
	*ret = n;
	return 0;
}

static int check_key(struct reader *self, uint8_t *key, size_t n, struct sp_error *err)
{
	uint32_t group;

	if (n < self->prefix)
		return sp_input_fail(err, &self->data.in, "key of %zu bytes has no key group", n);
	self->last = (key[0] & SP_CANONICAL_LAST) != 0;
	key[0] &= (uint8_t)~SP_CANONICAL_LAST;
	group = sp_key_group_of_prefix(key, self->prefix);
	if (group != self->data.groups.at[self->group].key_group)
		return sp_input_fail(err, &self->data.in, "key of key group %" PRIu32, group);
	return 0;
}

static int take_row(struct reader *self, struct sp_row *row, struct sp_error *err)
{
	uint32_t key, value;
	uint8_t *at;

	if (take_length(self, 0, "key", &key, err) < 0 ||
		take_length(self, (size_t)4 + key, "value", &value, err) < 0 ||
		sp_input_need(&self->data.in, (size_t)8 + key + value, err) < 0)
		return err->code;
	at = sp_input_bytes(&self->data.in);
	if (check_key(self, at + 4, key, err) < 0)
		return err->code;
	self->taken = (size_t)8 + key + value;
	*row = (struct sp_row){
		.state = self->state,
		.key_group = self->data.groups.at[self->group].key_group,
		.key = sp_slice(at + 4, key),
		.value = sp_slice(at + 8 + key, value),
	};
	return 1;
}

static int reader_next(struct sp_stream *stream, struct sp_row *row, struct sp_error *err)
{
	struct reader *self = (struct reader *)stream;
	int r;

	sp_input_skip(&self->data.in, self->taken);
	self->taken = 0;
	if (self->state == NULL || self->last) {
		r = next_run(self, err);
		if (r <= 0)
			return r;
		self->last = false;
	}
	if (take_row(self, row, err) < 0) {
		sp_within(err, "state '%.*s'", (int)self->state->name.n, self->state->name.p);
		return damaged(self, err);
	}
	return 1;
}

static void reader_free(struct sp_stream *stream)
{
	struct reader *self = (struct reader *)stream;

	sp_key_group_data_close(&self->data);
	free(self);
}

/* The row given last is still in the window. */
static void reader_spot(const struct sp_stream *stream, struct sp_row_spot *ret)
{
	const struct reader *self = (const struct reader *)stream;

	*ret = sp_key_group_data_spot(&self->data, self->data.in.taken);
}

static const struct sp_stream_ops reader_ops = {
	.next = reader_next, .free = reader_free, .spot = reader_spot
};

int sp_canonical_open(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_stream **ret, struct sp_error *err)
{
	struct reader *self = calloc(1, sizeof(*self));
	sp_auto(sp_stream) *stream = NULL;

	if (self == NULL)
		sp_abort("out of memory");
	self->stream.ops = &reader_ops;
	self->stream.order = SP_ORDER_NONE;
	stream = &self->stream;
	self->prefix = sp_key_group_prefix(place->op->max_parallelism);
	if (sp_key_group_data_open(place, budget, &self->data, err) < 0)
		return err->code;
	self->stream.header = self->data.header;
	*ret = sp_steal(stream);
	return 0;
}
