/*
 * Rows of keyed state: keys are taken apart and each part and value is walked to its last byte.
 * What most rows are, numbers and strings of ASCII, is crossed right here.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "value-internal.h"
#include "verify-records.h"

enum problem {
	PROBLEM_KEY,
	PROBLEM_VALUE,
	PROBLEM_KEY_GROUP,
	PROBLEM_DUPLICATE,
	PROBLEM_ORDER,
	PROBLEM_APART,
	PROBLEMS,
};

static const enum sp_finding_code codes[PROBLEMS] = {
	[PROBLEM_KEY] = SP_FIND_ROW_KEY,
	[PROBLEM_VALUE] = SP_FIND_ROW_VALUE,
	[PROBLEM_KEY_GROUP] = SP_FIND_ROW_KEY_GROUP,
	[PROBLEM_DUPLICATE] = SP_FIND_DUPLICATE_KEY,
	[PROBLEM_ORDER] = SP_FIND_ROW_ORDER,
	[PROBLEM_APART] = SP_FIND_STATE_APART,
};

/* A part of rows, and how it is walked. */
struct walked {
	const struct sp_type *type; /* NULL: not at all */
	size_t width;               /* any bytes are one, if so many; 0: look at them */
	bool string;
	uint64_t opaque; /* of them, so many were not understood */
};

enum shape { SHAPE_VALUE, SHAPE_LIST, SHAPE_MAP, SHAPE_TIMER };

/* What is known of a state of the header, by its id. */
struct view {
	bool met; /* the rest is filled in */
	bool layout_known;
	enum shape shape;
	uint32_t key_group; /* of the row met last */
	struct sp_key_layout layout;
	struct walked ns, user_key, value;
	uint64_t unsplit; /* rows whose keys have no known borders */
	uint64_t found[PROBLEMS];
};

struct sp_row_check {
	struct sp_records *records;
	const struct sp_scan_part *part;
	struct sp_key_tally *tally;
	struct sp_findings *findings;
	const struct sp_stream *stream; /* NULL: timers come */
	const struct sp_keyed_header *header;
	enum sp_order order;
	struct view *views;
	const struct view *last;   /* state of the row before */
	struct sp_buffer last_row; /* its composite key */
	uint32_t last_key_group;
	struct walked key;
	bool key_met;
	uint32_t key_group; /* of the key before */
	struct sp_buffer last_key;
	uint64_t found; /* in timers */
};

/* --- walking --------------------------------------------------------------------------------- */

static struct walked walked_of(const struct sp_type *type)
{
	struct walked walked = { 0 };

	if (type == NULL)
		return walked;
	walked.type = type;
	walked.width = sp_type_any_bytes(type->kind);
	walked.string = type->kind == SP_STRING;
	return walked;
}

/* n bytes without one of 0x80 and above. */
static bool is_ascii(const uint8_t *p, size_t n)
{
	uint64_t word, all = 0;
	size_t i = 0;

	for (; n - i >= 4 * sizeof(word); i += 4 * sizeof(word)) {
		uint64_t words[4];

		memcpy(words, p + i, sizeof(words));
		all |= words[0] | words[1] | words[2] | words[3];
	}
	for (; n - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		all |= word;
	}
	for (; i < n; i++)
		all |= p[i];
	return (all & 0x8080808080808080) == 0;
}

/* StringValue.writeString of ASCII only: a length + 1 in at most two bytes, and the units. */
static bool is_plain_string(struct sp_slice bytes)
{
	size_t n, head = 1;

	if (bytes.n == 0)
		return false;
	n = bytes.p[0];
	if (n >= 0x80) {
		if (bytes.n < 2 || bytes.p[1] >= 0x80)
			return false;
		n = (n & 0x7f) | (size_t)bytes.p[1] << 7;
		head = 2;
	}
	return n > 0 && n - 1 == bytes.n - head && is_ascii(bytes.p + head, n - 1);
}

static inline int walk(
	struct walked *walked, struct sp_slice bytes, enum sp_kryo kryo, struct sp_error *err)
{
	int r;

	if (walked->width != 0 && walked->width == bytes.n)
		return 0;
	if (walked->type == NULL || (walked->string && is_plain_string(bytes)))
		return 0;
	r = sp_value_cross_all(bytes, 0, kryo, walked->type, err);
	walked->opaque += r > 0;
	return r < 0 ? r : 0;
}

/* --- findings -------------------------------------------------------------------------------- */

/* The key of a row as JSON; 0 bytes: too long to be shown. */
static const char *key_of(const struct view *view, const struct sp_row *row, struct sp_buffer *text)
{
	if (row->key.n > SP_RECORDS_KEY_MOST || !view->layout_known)
		return NULL;
	sp_row_key_json(&view->layout, row->key, text);
	if (text->n > SP_RECORDS_KEY_MOST)
		return NULL;
	sp_buffer_u8(text, '\0');
	return (const char *)text->p;
}

/* Of the row or timer at hand; where that is not known, of the handle in the metadata. */
static void put_spot(const struct sp_row_check *self, struct sp_finding_place *place)
{
	const struct sp_keyed_place *at = &self->part->place;
	struct sp_row_spot spot = { at->source->metadata_path, at->handle->at };

	if (self->stream != NULL && self->stream->ops->spot != NULL)
		self->stream->ops->spot(self->stream, &spot);
	place->file = spot.file;
	place->offset = (int64_t)spot.offset;
}

static void report(struct sp_row_check *self, struct view *view, const struct sp_row *row,
	enum problem problem, const char *text)
{
	const struct sp_keyed_place *at = &self->part->place;
	struct sp_finding_place place = SP_FINDING_PLACE(at->op, at->subtask);
	sp_auto_buffer name = { 0 };
	sp_auto_buffer key = { 0 };

	if (++view->found[problem] > SP_RECORDS_EXAMPLES)
		return;
	place.state = row->state->name;
	place.key_group = (int32_t)row->key_group;
	place.key = key_of(view, row, &key);
	put_spot(self, &place);
	sp_find_at(self->findings, codes[problem], &place,
		"state '%s': key group %" PRIu32 ": key %s: %s: offset 0x%" PRIx64 ": %s",
		sp_verify_name(row->state->name, &name), row->key_group,
		place.key != NULL ? place.key : "not shown", place.file, (uint64_t)place.offset,
		text);
}

static void report_rest(
	struct sp_row_check *self, const struct sp_state *state, const struct view *view)
{
	const struct sp_keyed_place *at = &self->part->place;
	struct sp_finding_place place = SP_FINDING_PLACE(at->op, at->subtask);
	sp_auto_buffer name = { 0 };

	place.state = state->name;
	for (size_t i = 0; i < PROBLEMS; i++)
		if (view->found[i] > SP_RECORDS_EXAMPLES)
			sp_find_at(self->findings, codes[i], &place, "state '%s': %" PRIu64 " more",
				sp_verify_name(state->name, &name),
				view->found[i] - SP_RECORDS_EXAMPLES);
}

/* --- keys ------------------------------------------------------------------------------------ */

static bool is_same_key(const struct sp_row_check *self, struct sp_slice key, uint32_t key_group)
{
	return self->key_group == key_group &&
	       sp_slice_equal(sp_buffer_slice(&self->last_key), key);
}

static void keep(struct sp_buffer *buffer, struct sp_slice bytes)
{
	buffer->n = 0;
	sp_buffer_bytes(buffer, bytes);
}

/* One that cannot be decoded was found already. */
static void add_key(struct sp_row_check *self, const struct sp_key_met *met)
{
	struct sp_error err;

	sp_key_tally_add(self->tally, met, &err);
}

static int check_key(struct sp_row_check *self, struct view *view, const struct sp_row *row,
	const struct sp_key_parts *parts, struct sp_error *err)
{
	if (is_same_key(self, parts->key, row->key_group))
		return 0;
	if (walk(&self->key, parts->key, view->layout.kryo, err) < 0)
		return err->code;
	keep(&self->last_key, parts->key);
	self->key_group = row->key_group;
	if (self->tally->hash == NULL)
		return 0;
	add_key(self, &(struct sp_key_met){
			      .key = parts->key,
			      .key_group = row->key_group,
			      .state = row->state->name,
			      .timer = view->layout.timer,
			      .layout = &view->layout,
			      .composite = row->key,
		      });
	return 0;
}

static int check_parts(struct sp_row_check *self, struct view *view, const struct sp_row *row,
	const struct sp_key_parts *parts, struct sp_error *err)
{
	if (check_key(self, view, row, parts, err) < 0)
		return err->code;
	if (walk(&view->ns, parts->ns, view->layout.kryo, err) < 0)
		return sp_within(err, "namespace");
	if (view->layout.user_key != NULL &&
		walk(&view->user_key, parts->user_key, view->layout.kryo, err) < 0)
		return sp_within(err, "map key");
	return 0;
}

static void check_keys(struct sp_row_check *self, struct view *view, const struct sp_row *row)
{
	struct sp_key_parts parts;
	struct sp_error err;
	int r;

	if (!view->layout_known) {
		view->unsplit++;
		return;
	}
	r = sp_key_split(&view->layout, row->key, &parts, &err);
	if (r == SP_EUNSUPPORTED) {
		view->unsplit++;
		return;
	}
	if (r == 0)
		r = check_parts(self, view, row, &parts, &err);
	if (r < 0)
		report(self, view, row, PROBLEM_KEY, err.message);
}

/* --- values ---------------------------------------------------------------------------------- */

static int check_list(struct view *view, struct sp_slice value, struct sp_error *err)
{
	struct sp_value_reader reader = sp_value_reader(value, 0, view->layout.kryo);
	struct sp_slice element;
	int r;

	while ((r = sp_list_next(&reader, view->value.type, &element, err)) > 0)
		;
	if (r != SP_EUNSUPPORTED)
		return r;
	view->value.opaque++;
	return 0;
}

/* MapState: a flag in front, true for null, which heap backends serialize all the same. */
static int check_map(struct view *view, struct sp_slice value, struct sp_error *err)
{
	if (value.n == 0 || value.p[0] > 1)
		return sp_fail(err, SP_EDAMAGED, "no flag in front of a map's value");
	if (value.p[0] == 1 && value.n == 1)
		return 0;
	return walk(&view->value, sp_slice(value.p + 1, value.n - 1), view->layout.kryo, err);
}

static int check_value(struct view *view, struct sp_slice value, struct sp_error *err)
{
	switch (view->shape) {
	case SHAPE_LIST: return check_list(view, value, err);
	case SHAPE_MAP: return check_map(view, value, err);
	case SHAPE_VALUE: return walk(&view->value, value, view->layout.kryo, err);
	case SHAPE_TIMER: break;
	}
	return value.n == 0 ? 0
			    : sp_fail(err, SP_EDAMAGED, "timer with a value of %zu bytes", value.n);
}

/* --- order ----------------------------------------------------------------------------------- */

/* Against the row before, which was of the same state and key group. */
static void check_next(struct sp_row_check *self, struct view *view, const struct sp_row *row)
{
	const struct sp_slice last = sp_buffer_slice(&self->last_row);
	int r;

	if (self->order != SP_ORDER_KEYS) {
		if (sp_slice_equal(last, row->key))
			report(self, view, row, PROBLEM_DUPLICATE, "the row before has it, too");
		return;
	}
	r = sp_slice_compare(last, row->key);
	if (r == 0)
		report(self, view, row, PROBLEM_DUPLICATE, "the row before has it, too");
	else if (r > 0)
		report(self, view, row, PROBLEM_ORDER,
			"its bytes come before those of the row before");
}

static void check_order(struct sp_row_check *self, struct view *view, const struct sp_row *row)
{
	if (self->last == view && self->last_key_group == row->key_group)
		check_next(self, view, row);
	else if (view->key_group == row->key_group)
		report(self, view, row, PROBLEM_APART, "another state's rows come in between");
	self->last = view;
	self->last_key_group = row->key_group;
	view->key_group = row->key_group;
	keep(&self->last_row, row->key);
}

static void check_key_group(struct sp_row_check *self, struct view *view, const struct sp_row *row)
{
	const struct sp_keyed_handle *handle = self->part->place.handle;
	const int64_t group = row->key_group;
	char text[128];

	if (group >= handle->start && group < (int64_t)handle->start + handle->count)
		return;
	snprintf(text, sizeof(text), "the handle has %" PRId32 " key groups from %" PRId32 " on",
		handle->count, handle->start);
	report(self, view, row, PROBLEM_KEY_GROUP, text);
}

/* --- all of it ------------------------------------------------------------------------------- */

static enum shape shape_of(const struct sp_state *state)
{
	if (state->kind == SP_KIND_PRIORITY_QUEUE)
		return SHAPE_TIMER;
	if (sp_state_element(state) != NULL)
		return SHAPE_LIST;
	return state->type == SP_STATE_MAP ? SHAPE_MAP : SHAPE_VALUE;
}

static const struct sp_type *value_type(const struct sp_state *state, enum shape shape)
{
	switch (shape) {
	case SHAPE_LIST: return sp_state_element(state);
	case SHAPE_MAP: return sp_state_user_value(state);
	case SHAPE_VALUE: return state->value;
	case SHAPE_TIMER: break;
	}
	return NULL;
}

static void meet(struct sp_row_check *self, const struct sp_state *state)
{
	struct view *view = &self->views[state->id];
	struct sp_error err;

	view->met = true;
	view->key_group = UINT32_MAX;
	view->shape = shape_of(state);
	view->value = walked_of(value_type(state, view->shape));
	view->layout_known =
		sp_key_layout(self->header, state, self->part->place.op->max_parallelism,
			self->part->kryo, &view->layout, &err) == 0;
	view->layout.kryo = self->part->kryo;
	if (!view->layout_known)
		return;
	view->ns = walked_of(view->layout.ns);
	view->user_key = walked_of(view->layout.user_key);
}

void sp_row_check_row(struct sp_row_check *self, const struct sp_row *row)
{
	struct view *view = &self->views[row->state->id];
	struct sp_error err;

	if (!view->met)
		meet(self, row->state);
	check_key_group(self, view, row);
	check_order(self, view, row);
	check_keys(self, view, row);
	if (check_value(view, row->value, &err) < 0) {
		sp_within(&err, "value of %zu bytes", row->value.n);
		report(self, view, row, PROBLEM_VALUE, err.message);
	}
}

/* --- timers in raw keyed state --------------------------------------------------------------- */

static void report_timer(
	struct sp_row_check *self, const struct sp_raw_timer *timer, const char *text)
{
	const struct sp_keyed_place *at = &self->part->place;
	struct sp_finding_place place = SP_FINDING_PLACE(at->op, at->subtask);
	sp_auto_buffer name = { 0 };

	if (++self->found > SP_RECORDS_EXAMPLES)
		return;
	place.state = timer->service;
	place.key_group = (int32_t)timer->key_group;
	put_spot(self, &place);
	sp_find_at(self->findings, SP_FIND_ROW_KEY, &place,
		"timers '%s': key group %" PRIu32 ": timestamp %" PRId64 ": %s: offset 0x%" PRIx64
		": %s",
		sp_verify_name(timer->service, &name), timer->key_group, timer->timestamp,
		place.file, (uint64_t)place.offset, text);
}

void sp_row_check_timer(struct sp_row_check *self, const struct sp_raw_timer *timer)
{
	const enum sp_kryo kryo = self->part->kryo;
	struct walked key = walked_of(timer->key_type), ns = walked_of(timer->ns_type);
	struct sp_error err;

	if (walk(&key, timer->key, kryo, &err) < 0 || walk(&ns, timer->ns, kryo, &err) < 0) {
		report_timer(self, timer, err.message);
		return;
	}
	if (self->tally->hash == NULL || is_same_key(self, timer->key, timer->key_group))
		return;
	keep(&self->last_key, timer->key);
	self->key_group = timer->key_group;
	add_key(self, &(struct sp_key_met){
			      .key = timer->key,
			      .key_group = timer->key_group,
			      .state = timer->service,
			      .timer = true,
			      .type = timer->key_type,
			      .kryo = kryo,
		      });
}

/* --- a part ---------------------------------------------------------------------------------- */

struct sp_row_check *sp_row_check_new(struct sp_records *records, const struct sp_scan_part *part,
	struct sp_key_tally *tally, struct sp_findings *findings)
{
	struct sp_row_check *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->records = records;
	self->part = part;
	self->tally = tally;
	self->findings = findings;
	self->key_group = UINT32_MAX;
	return self;
}

void sp_row_check_free(struct sp_row_check *self)
{
	if (self == NULL)
		return;
	sp_buffer_free(&self->last_row);
	sp_buffer_free(&self->last_key);
	free(self->views);
	free(self);
}

void sp_row_check_header(struct sp_row_check *self, const struct sp_stream *stream)
{
	self->stream = stream;
	self->header = stream->header;
	self->order = stream->order;
	self->key = walked_of(stream->header->key);
	self->views = calloc(stream->header->n_states + 1, sizeof(*self->views));
	if (self->views == NULL)
		sp_abort("out of memory");
}

static void note_opaque(
	struct sp_row_check *self, const struct sp_state *state, const struct view *view)
{
	const struct sp_operator *op = self->part->place.op;

	sp_records_opaque(
		self->records, op, state->name, "whole keys", self->header->key, view->unsplit);
	sp_records_opaque(
		self->records, op, state->name, "namespaces", view->ns.type, view->ns.opaque);
	sp_records_opaque(self->records, op, state->name, "map keys", view->user_key.type,
		view->user_key.opaque);
	sp_records_opaque(
		self->records, op, state->name, "values", view->value.type, view->value.opaque);
}

void sp_row_check_end(struct sp_row_check *self)
{
	const struct sp_slice none = { 0 };

	for (size_t i = 0; self->views != NULL && i < self->header->n_states; i++) {
		report_rest(self, &self->header->states[i], &self->views[i]);
		note_opaque(self, &self->header->states[i], &self->views[i]);
	}
	sp_records_opaque(self->records, self->part->place.op, none, "keys", self->key.type,
		self->key.opaque);
	if (self->found > SP_RECORDS_EXAMPLES)
		sp_find(self->findings, SP_FIND_ROW_KEY, self->part->place.op,
			self->part->place.subtask, "timers: %" PRIu64 " more",
			self->found - SP_RECORDS_EXAMPLES);
}
