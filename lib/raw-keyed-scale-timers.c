/*
 * Timers in raw keyed state on their way to other key groups, of which Flink
 * (InternalTimeServiceManagerImpl.snapshotToRawKeyedState) writes every one, with every service.
 *
 * As rows they have the state 2 * service (event time, of processing time 1 more), no value, and
 * the key
 *
 *	i64 timestamp, its sign flipped · key · namespace
 */
#include <inttypes.h>
#include <stdlib.h>

#include "mutf8.h"
#include "raw-keyed-scale-internal.h"
#include "release-limits.h"
#include "spool.h"

#define SERVICES_MAX 32768 /* two states each */
#define TIMESTAMP_BYTES 8
#define SIGN 0x80U
#define BLOCK_BYTES ((size_t)64 * 1024)

enum kind { EVENT, PROCESSING, KINDS };

struct service {
	struct sp_slice name, head;
};

struct sp_timer_scale {
	struct sp_raw_keyed_scale_plan plan;
	size_t *intakes; /* of op->n_subtasks; 0: none, else its number and 1 */
	struct sp_regroup *regroup;
	struct sp_arena *arena;
	int32_t version;
	struct service *services;
	uint32_t n_services, capacity;
};

/* --- services -------------------------------------------------------------------------------- */

/* Services come in the same order in all key groups: behind the one found last it is looked for
 * first. */
static bool find_service(const struct sp_timer_scale *self, struct sp_slice name, uint32_t *at)
{
	for (uint32_t i = 0; i < self->n_services; i++) {
		uint32_t candidate = (*at + 1 + i) % self->n_services;

		if (sp_slice_equal(self->services[candidate].name, name)) {
			*at = candidate;
			return true;
		}
	}
	return false;
}

static int within_service(struct sp_error *err, struct sp_slice service)
{
	sp_auto_buffer name = { 0 };

	sp_mutf8_to_utf8(service, &name);
	return sp_within(err, "timers '%.*s'", (int)name.n, (const char *)name.p);
}

static int add_service(
	struct sp_timer_scale *self, const struct sp_raw_timer *timer, struct sp_error *err)
{
	if (self->n_services == SERVICES_MAX)
		return sp_fail(err, SP_EUNSUPPORTED, "more than %d timer services", SERVICES_MAX);
	if (self->n_services == self->capacity) {
		self->capacity = self->capacity == 0 ? 8 : 2 * self->capacity;
		self->services =
			reallocarray(self->services, self->capacity, sizeof(*self->services));
		if (self->services == NULL)
			sp_abort("out of memory");
	}
	self->services[self->n_services++] = (struct service){
		.name = sp_arena_copy(self->arena, timer->service),
		.head = sp_arena_copy(self->arena, timer->head),
	};
	return 0;
}

/* One subtask may have registered services that another has not. */
static int unite(struct sp_timer_scale *self, const struct sp_raw_timer *timer, uint32_t *at,
	struct sp_error *err)
{
	if (self->n_services == 0)
		self->version = timer->version;
	if (timer->version != self->version)
		return sp_fail(err, SP_EUNSUPPORTED,
			"timers of version %" PRId32 " beside timers of version %" PRId32,
			timer->version, self->version);
	if (!find_service(self, timer->service, at)) {
		*at = self->n_services;
		return add_service(self, timer, err);
	}
	if (sp_raw_timers_same_head(self->version, self->services[*at].head, timer->head))
		return 0;
	sp_fail(err, SP_EUNSUPPORTED, "serializers differ from those in another key group");
	return within_service(err, timer->service);
}

static int open_timers(struct sp_timer_scale *self, size_t subtask, struct sp_raw_timers **ret,
	struct sp_error *err)
{
	int r = sp_raw_timers_open(
		self->plan.source, &self->plan.op->subtasks[subtask].raw_keyed, ret, err);

	if (r != 0)
		return r < 0 ? r : 0;
	sp_fail(err, SP_EUNSUPPORTED,
		"bytes of a custom operator cannot go to other key groups, as they tell no keys");
	return sp_hint(err, "another parallelism, at the same max parallelism, is possible");
}

static int scan_subtask(struct sp_timer_scale *self, size_t subtask, struct sp_error *err)
{
	sp_auto(sp_raw_timers) *timers = NULL;
	struct sp_raw_timer timer;
	uint32_t at = UINT32_MAX;
	int r;

	if (open_timers(self, subtask, &timers, err) < 0)
		return err->code;
	while ((r = sp_raw_timers_next_service(timers, &timer, err)) > 0)
		if (unite(self, &timer, &at, err) < 0)
			return sp_within(err, "key group %" PRIu32, timer.key_group);
	return r;
}

static int scan(struct sp_timer_scale *self, const size_t *subtasks, size_t n, struct sp_error *err)
{
	const struct sp_operator *op = self->plan.op;

	for (size_t i = 0; i < n; i++) {
		self->intakes[subtasks[i]] = i + 1;
		if (scan_subtask(self, subtasks[i], err) < 0)
			return sp_within(err, "subtask %" PRId32 ": raw keyed state",
				op->subtasks[subtasks[i]].index);
	}
	if (self->n_services > 0)
		return 0;
	return sp_timers_version(
		self->plan.source, &op->subtasks[subtasks[0]].raw_keyed, &self->version, err);
}

int sp_timer_scale_new(const struct sp_raw_keyed_scale_plan *plan, const size_t *subtasks, size_t n,
	struct sp_timer_scale **ret, struct sp_error *err)
{
	sp_auto(sp_timer_scale) *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->plan = *plan;
	self->arena = sp_arena_new();
	self->intakes = calloc(plan->op->n_subtasks, sizeof(*self->intakes));
	if (self->intakes == NULL)
		sp_abort("out of memory");
	if (scan(self, subtasks, n, err) < 0)
		return err->code;
	self->regroup = sp_regroup_new(n, plan->max_parallelism, plan->tmpdir);
	*ret = sp_steal(self);
	return 0;
}

void sp_timer_scale_free(struct sp_timer_scale *self)
{
	if (self == NULL)
		return;
	sp_regroup_free(self->regroup);
	sp_arena_free(self->arena);
	free(self->services);
	free(self->intakes);
	free(self);
}

/* --- in -------------------------------------------------------------------------------------- */

struct reader {
	const struct sp_timer_scale *scale;
	struct sp_key_mover *mover;
	struct sp_intake *intake;
	struct sp_buffer key;
	uint32_t service; /* of the timer read last */
};

static int find_group(
	struct reader *self, const struct sp_raw_timer *timer, uint32_t *ret, struct sp_error *err)
{
	if (self->mover == NULL)
		return sp_fail(err, SP_EUNSUPPORTED, "no hash function of their keys is known");
	return sp_key_mover_group(self->mover, timer->key, timer->key_group, ret, err);
}

static int put_timer(struct reader *self, const struct sp_raw_timer *timer, struct sp_error *err)
{
	struct sp_regroup_row row;

	if (!find_service(self->scale, timer->service, &self->service))
		return sp_fail(err, SP_EDAMAGED, "they were not there before");
	if (find_group(self, timer, &row.key_group, err) < 0)
		return err->code;
	self->key.n = 0;
	sp_buffer_u64(&self->key, (uint64_t)timer->timestamp);
	self->key.p[0] ^= SIGN;
	sp_buffer_bytes(&self->key, timer->key);
	sp_buffer_bytes(&self->key, timer->ns);
	row.state = self->service * KINDS + (timer->event ? EVENT : PROCESSING);
	row.key = sp_buffer_slice(&self->key);
	row.value = sp_slice(NULL, 0);
	return sp_intake_put(self->intake, &row, err);
}

static int put_timers(struct reader *self, struct sp_raw_timers *timers, struct sp_error *err)
{
	struct sp_raw_timer timer;
	int r;

	self->service = UINT32_MAX; /* the first is looked for first */
	while ((r = sp_raw_timers_next(timers, &timer, err)) > 0)
		if (put_timer(self, &timer, err) < 0) {
			within_service(err, timer.service);
			return sp_within(err, "key group %" PRIu32, timer.key_group);
		}
	return r < 0 ? r : sp_intake_end(self->intake, err);
}

int sp_timer_scale_read(
	struct sp_timer_scale *self, size_t subtask, size_t memory, struct sp_error *err)
{
	sp_auto(sp_raw_timers) *timers = NULL;
	struct reader reader = { .scale = self };
	int r;

	if (self->intakes[subtask] == 0)
		return 0;
	if (open_timers(self, subtask, &timers, err) < 0)
		return err->code;
	if (self->plan.move != NULL)
		reader.mover = sp_key_mover_new(self->plan.move, self->plan.kryo);
	reader.intake = sp_intake_new(self->regroup, self->intakes[subtask] - 1, memory);
	r = put_timers(&reader, timers, err);
	sp_intake_free(reader.intake);
	sp_key_mover_free(reader.mover);
	sp_buffer_free(&reader.key);
	return r;
}

/* --- out ------------------------------------------------------------------------------------- */

struct writer {
	const struct sp_timer_scale *scale;
	struct sp_outlet *outlet;
	struct sp_outtake *outtake;
	struct sp_regroup_row row; /* the next timer */
	bool has_row;
	struct sp_spool *spool; /* timers whose number stands before them */
	struct sp_buffer out;
};

static int flush(struct writer *self, struct sp_error *err)
{
	if (sp_outlet_write(self->outlet, sp_buffer_slice(&self->out), err) < 0)
		return err->code;
	self->out.n = 0;
	return 0;
}

static int next_row(struct writer *self, struct sp_error *err)
{
	int r = sp_outtake_next(self->outtake, &self->row, err);

	self->has_row = r > 0;
	return r < 0 ? r : 0;
}

/* The timer as Flink has it, into the spool. */
static int spool_timer(struct writer *self, struct sp_error *err)
{
	struct sp_slice key = self->row.key;
	uint8_t timestamp[TIMESTAMP_BYTES];

	memcpy(timestamp, key.p, sizeof(timestamp));
	timestamp[0] ^= SIGN;
	if (sp_spool_write(self->spool,
		    sp_slice(key.p + sizeof(timestamp), key.n - sizeof(timestamp)), err) < 0)
		return err->code;
	return sp_spool_write(self->spool, sp_slice(timestamp, sizeof(timestamp)), err);
}

static int drain_spool(struct writer *self, struct sp_error *err)
{
	struct sp_slice piece;
	int r;

	while ((r = sp_spool_read(self->spool, BLOCK_BYTES, &piece, err)) > 0) {
		sp_buffer_bytes(&self->out, piece);
		if (self->out.n >= BLOCK_BYTES && flush(self, err) < 0)
			return err->code;
	}
	return r < 0 ? r : sp_spool_clear(self->spool, err);
}

/* The timers of a key group, service and kind. */
static int write_timers(
	struct writer *self, uint32_t key_group, uint32_t state, struct sp_error *err)
{
	uint32_t n = 0;

	while (self->has_row && self->row.key_group == key_group && self->row.state == state) {
		if (n == INT32_MAX)
			return sp_fail(err, SP_EUNSUPPORTED, "more than %" PRIu32 " timers", n);
		if (spool_timer(self, err) < 0 || next_row(self, err) < 0)
			return err->code;
		n++;
	}
	sp_buffer_u32(&self->out, n);
	return n == 0 ? 0 : drain_spool(self, err);
}

static int write_service(
	struct writer *self, uint32_t key_group, uint32_t service, struct sp_error *err)
{
	const struct service *written = &self->scale->services[service];

	sp_buffer_bytes(&self->out, written->head);
	for (uint32_t kind = EVENT; kind < KINDS; kind++)
		if (write_timers(self, key_group, service * KINDS + kind, err) < 0) {
			within_service(err, written->name);
			return sp_within(err, "key group %" PRIu32, key_group);
		}
	return self->out.n >= BLOCK_BYTES ? flush(self, err) : 0;
}

static int write_groups(
	struct writer *self, struct sp_key_groups range, int64_t *offsets, struct sp_error *err)
{
	const struct sp_timer_scale *scale = self->scale;

	if (next_row(self, err) < 0)
		return err->code;
	for (int32_t i = 0; i < range.count; i++) {
		offsets[i] = (int64_t)(sp_outlet_size(self->outlet) + self->out.n);
		sp_raw_timers_put_group(&self->out, scale->version, scale->n_services);
		for (uint32_t k = 0; k < scale->n_services; k++)
			if (write_service(self, (uint32_t)(range.start + i), k, err) < 0)
				return err->code;
	}
	return flush(self, err);
}

int sp_timer_scale_write(const struct sp_timer_scale *self, struct sp_key_groups range,
	struct sp_outlet *outlet, const struct sp_budget *budget, int64_t *offsets,
	struct sp_error *err)
{
	const struct sp_budget half = { budget->memory / 2, budget->tmpdir };
	struct writer writer = { .scale = self, .outlet = outlet };
	int r = sp_outtake_open(self->regroup, range, &half, &writer.outtake, err);

	if (r < 0)
		return r;
	writer.spool = sp_spool_new(half.memory, budget->tmpdir);
	r = write_groups(&writer, range, offsets, err);
	sp_spool_free(writer.spool);
	sp_outtake_free(writer.outtake);
	sp_buffer_free(&writer.out);
	return r;
}
