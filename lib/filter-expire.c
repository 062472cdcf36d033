/* Drops values of TTL states that have expired; see ttl.h. */
#include "filter.h"

#include <inttypes.h>
#include <stdlib.h>

#include "interrupt.h"
#include "row-key.h"
#include "ttl.h"

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

static void count_dropped(const struct expire *self)
{
	if (self->expiry->dropped != NULL)
		atomic_fetch_add(self->expiry->dropped, 1);
}

/* 1: what was last used then is kept; 0: it has expired. */
static int check_access(const struct expire *self, const struct rule *rule, int64_t last_access)
{
	if (!sp_ttl_is_expired(self->expiry->now, rule->ms, last_access))
		return 1;
	count_dropped(self);
	return 0;
}

static int check_value(const struct expire *self, const struct rule *rule, struct sp_slice value,
	struct sp_error *err)
{
	int64_t last_access;

	if (sp_ttl_last_access(value, 0, &last_access, err) < 0)
		return err->code;
	return check_access(self, rule, last_access);
}

/* A map's null values have no time of last access; they stay. */
static int check_map_value(const struct expire *self, const struct rule *rule,
	struct sp_slice value, struct sp_error *err)
{
	int64_t last_access;
	int r = sp_ttl_map_last_access(value, &last_access, err);

	if (r <= 0)
		return r < 0 ? r : 1;
	return check_access(self, rule, last_access);
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
		r = check_value(self, rule, element, err);
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
	return check_value(self, rule, row->value, err);
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

static void make_rules(struct expire *self)
{
	const struct sp_keyed_header *header = self->stream.header;

	self->rules = calloc(header->n_states + 1, sizeof(*self->rules));
	if (self->rules == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < header->n_states; i++) {
		const struct sp_state *state = &header->states[i];
		const struct sp_time_to_live *life = sp_ttl_life(self->expiry, state);

		self->rules[i] = (struct rule){
			.expires = life != NULL,
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
