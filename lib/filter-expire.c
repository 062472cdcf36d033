/*
 * Drops values of TTL states that have expired.
 *
 *	VALUE, REDUCING, AGGREGATING    i64 last access, value
 *	LIST                            elements, i64 last access and value each, ',' between them
 *	MAP                             u8 1: null; or u8 0, i64 last access, value
 *
 * After org.apache.flink.runtime.state.ttl.TtlUtils and TtlSerializer: last access and time to
 * live in milliseconds. Flink decides by the snapshot of the value's serializer whether a state
 * has TTL, and so does this.
 */
#include "filter.h"

#include <inttypes.h>
#include <stdlib.h>

#include "interrupt.h"
#include "mutf8.h"
#include "row-key.h"

#define TIMESTAMP_BYTES 8
#define CHECK_EVERY 4096 /* rows */
#define DELIMITER ','    /* ListDelimitedSerializer.DELIMITER */

/* What is done to the rows of one state. */
struct rule {
	bool expires;
	int64_t ms;                    /* to live */
	const struct sp_type *element; /* of a LIST */
};

struct expire {
	struct sp_stream stream;
	struct sp_stream *in;
	const struct sp_expiry *expiry;
	enum sp_kryo kryo;
	struct rule *rules;    /* by state id */
	struct sp_buffer list; /* a list without what has expired */
	uint64_t n_dropped;    /* rows, none of which those behind come to see */
};

/* TtlUtils.expired(): last access + time to live, which stops at the end of time. */
static bool is_expired(const struct expire *self, int64_t ms, int64_t last_access)
{
	int64_t end;

	if (__builtin_add_overflow(last_access, ms, &end))
		end = INT64_MAX;
	return end <= self->expiry->now;
}

static void count_dropped(const struct expire *self)
{
	if (self->expiry->dropped != NULL)
		atomic_fetch_add(self->expiry->dropped, 1);
}

/* 1: the value with its time of last access at `at` is kept; 0: it has expired. */
static int check_value(const struct expire *self, const struct rule *rule, struct sp_slice value,
	size_t at, struct sp_error *err)
{
	if (value.n < at + TIMESTAMP_BYTES)
		return sp_fail(err, SP_EDAMAGED,
			"TTL value of %zu bytes has no time of last access", value.n);
	if (!is_expired(self, rule->ms, (int64_t)sp_get_be64(value.p + at)))
		return 1;
	count_dropped(self);
	return 0;
}

/* A map's null values have no time of last access; they stay. */
static int check_map_value(const struct expire *self, const struct rule *rule,
	struct sp_slice value, struct sp_error *err)
{
	if (value.n == 0 || value.p[0] > 1)
		return sp_fail(
			err, SP_EDAMAGED, "map value of %zu bytes has no null flag", value.n);
	return value.p[0] == 1 ? 1 : check_value(self, rule, value, 1, err);
}

/* Rewrites the list without what has expired. 0: nothing is left of it. */
static int check_list(
	struct expire *self, const struct rule *rule, struct sp_slice *value, struct sp_error *err)
{
	struct sp_value_reader reader = sp_value_reader(*value, 0, self->kryo);
	struct sp_slice element;
	int r;

	self->list.n = 0;
	while ((r = sp_list_next(&reader, rule->element, &element, err)) > 0) {
		r = check_value(self, rule, element, 0, err);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		if (self->list.n > 0)
			sp_buffer_u8(&self->list, DELIMITER);
		sp_buffer_bytes(&self->list, element);
	}
	*value = sp_buffer_slice(&self->list);
	return r < 0 ? r : value->n > 0;
}

static int check_row(struct expire *self, struct sp_row *row, struct sp_error *err)
{
	const struct rule *rule = &self->rules[row->state->id];

	if (!rule->expires)
		return 1;
	if (row->state->type == SP_STATE_LIST)
		return check_list(self, rule, &row->value, err);
	if (row->state->type == SP_STATE_MAP)
		return check_map_value(self, rule, row->value, err);
	return check_value(self, rule, row->value, 0, err);
}

static int expire_next(struct sp_stream *stream, struct sp_row *row, struct sp_error *err)
{
	struct expire *self = (struct expire *)stream;
	int r;

	while ((r = sp_next(self->in, row, err)) > 0) {
		r = check_row(self, row, err);
		if (r < 0)
			return sp_within(err, "state '%.*s', key group %" PRIu32,
				(int)row->state->name.n, (const char *)row->state->name.p,
				row->key_group);
		if (r > 0)
			return 1;
		if (++self->n_dropped % CHECK_EVERY == 0 && sp_interrupt_check(err) < 0)
			return err->code;
	}
	return r;
}

static void expire_free(struct sp_stream *stream)
{
	struct expire *self = (struct expire *)stream;

	sp_stream_free(self->in);
	sp_buffer_free(&self->list);
	free(self->rules);
	free(self);
}

static const struct sp_stream_ops expire_ops = { .next = expire_next, .free = expire_free };

/* --- which states expire --------------------------------------------------------------------- */

/* The type that is wrapped in Ttl<…> if the state has TTL. */
static const struct sp_type *ttl_type(const struct sp_state *state)
{
	const struct sp_type *type = state->value;

	if (state->kind == SP_KIND_PRIORITY_QUEUE)
		return NULL;
	if (state->type == SP_STATE_LIST)
		type = sp_state_element(state);
	else if (state->type == SP_STATE_MAP)
		type = sp_state_user_value(state);
	while (type != NULL && type->kind == SP_WRAPPER && type->n_children == 1)
		type = type->children[0];
	return type != NULL && type->kind == SP_TTL ? type : NULL;
}

static const struct sp_time_to_live *find_life(
	const struct sp_expiry *expiry, const struct sp_state *state)
{
	sp_auto_buffer name = { 0 };

	sp_mutf8_to_utf8(state->name, &name);
	for (size_t i = 0; i < expiry->n_lives; i++) {
		const struct sp_time_to_live *life = &expiry->lives[i];

		if (life->state == NULL || sp_slice_is(sp_buffer_slice(&name), life->state))
			return life;
	}
	return NULL;
}

static void make_rules(struct expire *self)
{
	const struct sp_keyed_header *header = self->stream.header;

	self->rules = calloc(header->n_states + 1, sizeof(*self->rules));
	if (self->rules == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < header->n_states; i++) {
		const struct sp_state *state = &header->states[i];
		const struct sp_time_to_live *life = find_life(self->expiry, state);

		self->rules[i] = (struct rule){
			.expires = life != NULL && ttl_type(state) != NULL,
			.ms = life == NULL ? 0 : life->ms,
			.element = sp_state_element(state),
		};
	}
}

int sp_expire(struct sp_stream *in, const struct sp_expiry *expiry, enum sp_kryo kryo,
	struct sp_stream **ret, struct sp_error *err)
{
	struct expire *self = calloc(1, sizeof(*self));

	(void)err;
	if (self == NULL)
		sp_abort("out of memory");
	self->stream =
		(struct sp_stream){ .ops = &expire_ops, .header = in->header, .order = in->order };
	self->in = in;
	self->expiry = expiry;
	self->kryo = kryo;
	make_rules(self);
	*ret = &self->stream;
	return 0;
}
