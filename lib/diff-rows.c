#include "diff-internal.h"

#include "key-group.h"

#define ELEMENT_PART 8 /* an element takes at most one such part of the memory */
#define TIMESTAMP_SIGN 0x8000000000000000U /* as in row-key.h */

struct sp_diff_entry **sp_diff_entries(const struct sp_differ *self,
	const struct sp_diff_pair *pair, const struct sp_keyed_header *header, bool *any)
{
	struct sp_diff_entry **entries =
		calloc(header->n_states + 1, sizeof(struct sp_diff_entry *));

	if (entries == NULL)
		sp_abort("out of memory");
	*any = false;
	for (size_t i = 0; i < header->n_states; i++) {
		const struct sp_state *state = &header->states[i];
		const enum sp_diff_part part =
			state->kind == SP_KIND_PRIORITY_QUEUE ? SP_DIFF_TIMERS : SP_DIFF_KEYED;

		entries[state->id] = sp_diff_entry(self, pair, part, state->name);
		*any |= entries[state->id] != NULL;
	}
	return entries;
}

/* --- timers ---------------------------------------------------------------------------------- */

static void find_timers(const struct sp_differ *self, const struct sp_diff_pair *pair,
	struct sp_diff_timer *timers, const struct sp_raw_timer *timer)
{
	sp_auto_buffer name = { 0 };

	sp_buffer_printf(&name, "_timer_state/%s_", timer->event ? "event" : "processing");
	sp_buffer_bytes(&name, timer->service);
	timers->entry = sp_diff_entry(self, pair, SP_DIFF_TIMERS, sp_buffer_slice(&name));
	timers->service.n = 0;
	sp_buffer_bytes(&timers->service, timer->service);
	timers->event = timer->event;
	timers->known = true;
}

struct sp_diff_entry *sp_diff_timer_row(const struct sp_differ *self,
	const struct sp_diff_pair *pair, struct sp_diff_timer *timers,
	const struct sp_raw_timer *timer, struct sp_slice *key)
{
	if (!timers->known || timers->event != timer->event ||
		!sp_slice_equal(sp_buffer_slice(&timers->service), timer->service))
		find_timers(self, pair, timers, timer);
	timers->key.n = 0;
	sp_buffer_u64(&timers->key, (uint64_t)timer->timestamp ^ TIMESTAMP_SIGN);
	sp_buffer_bytes(&timers->key, timer->key);
	sp_buffer_bytes(&timers->key, timer->ns);
	*key = sp_buffer_slice(&timers->key);
	return timers->entry;
}

void sp_diff_timer_free(struct sp_diff_timer *timers)
{
	sp_buffer_free(&timers->service);
	sp_buffer_free(&timers->key);
}

struct timer_rows {
	struct sp_diff_rows rows;
	const struct sp_differ *differ;
	const struct sp_diff_pair *pair;
	struct sp_raw_timers *in;
	struct sp_diff_timer timers;
};

static int next_timer(struct sp_diff_rows *rows, struct sp_diff_row *ret, struct sp_error *err)
{
	struct timer_rows *self = (struct timer_rows *)rows;
	struct sp_raw_timer timer;
	int r;

	*ret = (struct sp_diff_row){ 0 };
	while ((r = sp_raw_timers_next(self->in, &timer, err)) > 0) {
		ret->entry = sp_diff_timer_row(
			self->differ, self->pair, &self->timers, &timer, &ret->key);
		if (ret->entry != NULL)
			return 1;
	}
	return r;
}

static void free_timers(struct sp_diff_rows *rows)
{
	struct timer_rows *self = (struct timer_rows *)rows;

	sp_raw_timers_free(self->in);
	sp_diff_timer_free(&self->timers);
	free(self);
}

/* --- keyed state ----------------------------------------------------------------------------- */

struct keyed_rows {
	struct sp_diff_rows rows;
	struct sp_stream *in;
	struct sp_diff_entry **entries;
	size_t prefix;
};

static int next_keyed(struct sp_diff_rows *rows, struct sp_diff_row *ret, struct sp_error *err)
{
	struct keyed_rows *self = (struct keyed_rows *)rows;
	struct sp_row row;
	int r;

	while ((r = sp_next(self->in, &row, err)) > 0) {
		ret->entry = self->entries[row.state->id];
		if (ret->entry == NULL)
			continue;
		if (row.key.n < self->prefix)
			return sp_fail(err, SP_EDAMAGED, "a key of %zu bytes", row.key.n);
		ret->key = sp_slice(row.key.p + self->prefix, row.key.n - self->prefix);
		ret->value = row.value;
		return 1;
	}
	return r;
}

static void free_keyed(struct sp_diff_rows *rows)
{
	struct keyed_rows *self = (struct keyed_rows *)rows;

	sp_stream_free(self->in);
	free(self->entries);
	free(self);
}

/* --- all ------------------------------------------------------------------------------------- */

enum stage { MANAGED_KEYED, RAW_KEYED, MANAGED_OPERATOR, RAW_OPERATOR, STAGES };

struct all_rows {
	struct sp_diff_rows rows;
	struct sp_diff_place place;
	bool keyed;
	struct sp_budget budget;
	struct sp_source *source;
	const struct sp_operator *op;
	size_t subtask, handle; /* to be opened next */
	enum stage stage;
	struct sp_diff_rows *in; /* NULL: none is open */
};

static void *new_rows(size_t size)
{
	void *rows = calloc(1, size);

	if (rows == NULL)
		sp_abort("out of memory");
	return rows;
}

static int open_keyed(struct all_rows *self, struct sp_error *err)
{
	const struct sp_keyed_place place = sp_place(
		self->source, self->op, self->place.subtask, &self->place.subtask->managed_keyed);
	const struct sp_format *format;
	sp_auto(sp_stream) *in = NULL;
	struct keyed_rows *rows;
	bool any;

	if (place.handle->code == SP_KEYED_NONE)
		return 0;
	if (sp_check_key_groups(&place, err) < 0 || sp_format_of(&place, &format, err) < 0 ||
		format->open(&place, &self->budget, &in, err) < 0)
		return err->code;
	rows = new_rows(sizeof(*rows));
	rows->rows = (struct sp_diff_rows){ next_keyed, free_keyed };
	rows->entries = sp_diff_entries(self->place.differ, self->place.pair, in->header, &any);
	rows->prefix = sp_key_group_prefix(self->op->max_parallelism);
	rows->in = sp_steal(in);
	self->in = &rows->rows;
	return 0;
}

static int open_timers(struct all_rows *self, struct sp_error *err)
{
	sp_auto(sp_raw_timers) *in = NULL;
	struct timer_rows *rows;
	int r = sp_raw_timers_open(self->source, &self->place.subtask->raw_keyed, &in, err);

	if (r <= 0)
		return r;
	rows = new_rows(sizeof(*rows));
	rows->rows = (struct sp_diff_rows){ next_timer, free_timers };
	rows->differ = self->place.differ;
	rows->pair = self->place.pair;
	rows->in = sp_steal(in);
	self->in = &rows->rows;
	return 0;
}

static int open_raw_keyed(struct all_rows *self, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = &self->place.subtask->raw_keyed;

	if (handle->code == SP_KEYED_NONE)
		return 0;
	if (self->place.pair->raw_bytes[self->place.side][self->subtask])
		return sp_diff_raw_groups(&self->place, handle, &self->in, err);
	return self->keyed ? open_timers(self, err) : 0;
}

static int open_stage(struct all_rows *self, struct sp_error *err)
{
	const struct sp_subtask *subtask = self->place.subtask;

	switch (self->stage) {
	case MANAGED_KEYED: return self->keyed ? open_keyed(self, err) : 0;
	case RAW_KEYED: return open_raw_keyed(self, err);
	case MANAGED_OPERATOR:
		return sp_diff_managed_elements(
			&self->place, &subtask->managed_operator[self->handle], &self->in, err);
	case RAW_OPERATOR:
		return sp_diff_raw_elements(
			&self->place, &subtask->raw_operator[self->handle], &self->in, err);
	case STAGES: break;
	}
	return 0;
}

static size_t handles_of(const struct all_rows *self)
{
	switch (self->stage) {
	case MANAGED_OPERATOR: return self->place.subtask->n_managed_operator;
	case RAW_OPERATOR: return self->place.subtask->n_raw_operator;
	default: return 1;
	}
}

/* Opens the next handle that has any rows. 1; 0: the end. */
static int open_next(struct all_rows *self, struct sp_error *err)
{
	while (self->in == NULL && self->subtask < self->op->n_subtasks) {
		self->place.subtask = &self->op->subtasks[self->subtask];
		if (self->handle < handles_of(self)) {
			if (open_stage(self, err) < 0)
				return err->code;
			self->handle++;
			continue;
		}
		self->handle = 0;
		if (++self->stage == STAGES) {
			self->stage = MANAGED_KEYED;
			self->subtask++;
		}
	}
	return self->in != NULL;
}

static int next_of_all(struct sp_diff_rows *rows, struct sp_diff_row *ret, struct sp_error *err)
{
	struct all_rows *self = (struct all_rows *)rows;
	char label[256];
	int r;

	while ((r = open_next(self, err)) > 0) {
		r = self->in->next(self->in, ret, err);
		if (r != 0)
			break;
		sp_diff_rows_free(self->in);
		self->in = NULL;
	}
	if (r < 0)
		return sp_within(err, "%s: subtask %d",
			sp_operator_label(self->op, label, sizeof(label)),
			self->place.subtask->index);
	return r;
}

static void free_all(struct sp_diff_rows *rows)
{
	struct all_rows *self = (struct all_rows *)rows;

	sp_diff_rows_free(self->in);
	free(self->place.done);
	free(self);
}

struct sp_diff_rows *sp_diff_rows_open(struct sp_differ *differ, struct sp_diff_pair *pair,
	enum sp_diff_side side, bool keyed, const struct sp_budget *budget)
{
	struct all_rows *self = new_rows(sizeof(*self));

	*self = (struct all_rows){
		.rows = { next_of_all, free_all },
		.place = { .differ = differ,
			.pair = pair,
			.side = side,
			.memory = differ->request->memory / ELEMENT_PART,
			.done = new_rows(pair->n + 1) },
		.keyed = keyed,
		.budget = *budget,
		.source = differ->request->sources[side],
		.op = pair->op->sides[side],
	};
	return &self->rows;
}
