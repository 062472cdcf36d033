#include <inttypes.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "key-group.h"
#include "row-json.h"
#include "tally-internal.h"

#define TIMER_KIND "TIMER"
#define TIMESTAMP_BYTES 8

static void *must(void *p)
{
	if (p == NULL)
		sp_abort("out of memory");
	return p;
}

static int begin(const struct sp_scan_part *place, void *arg, void **ret, struct sp_error *err)
{
	struct sp_tally *tally = arg;
	struct sp_tally_part *self = must(calloc(1, sizeof(*self)));

	(void)err;
	self->tally = tally;
	self->options = sp_tally_options_of(tally);
	self->place = place;
	self->arena = sp_arena_new();
	self->values.max = self->keys.max = self->options->top;
	*ret = self;
	return 0;
}

static int begin_rows(void *arg, const struct sp_stream *stream, struct sp_error *err)
{
	struct sp_tally_part *self = arg;

	(void)err;
	self->header = stream->header;
	self->n_views = stream->header->n_states;
	self->views = must(calloc(self->n_views + 1, sizeof(*self->views)));
	return 0;
}

static int count_group(
	struct sp_tally_part *self, uint32_t group, uint64_t bytes, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = self->place->place.handle;
	const int64_t i = (int64_t)group - handle->start;

	if (!self->options->groups)
		return 0;
	if (i < 0 || i >= handle->count)
		return sp_fail(err, SP_EDAMAGED, "a row of key group %" PRIu32, group);
	if (self->groups == NULL)
		self->groups = must(calloc((size_t)handle->count, sizeof(*self->groups)));
	self->groups[i].rows++;
	self->groups[i].bytes += bytes;
	return 0;
}

static void count_row(struct sp_tally_state *figures, size_t key, size_t value)
{
	const uint64_t bytes = (uint64_t)key + value;

	figures->rows++;
	figures->key_bytes += key;
	figures->value_bytes += value;
	if (bytes > figures->largest)
		figures->largest = bytes;
	sp_sizes_add(&figures->sizes, bytes);
}

/* --- the largest ----------------------------------------------------------------------------- */

static struct sp_top_place place_of(const struct sp_tally_part *self,
	const struct sp_tally_view *view, uint32_t group, struct sp_slice key)
{
	return (struct sp_top_place){ .op = self->place->op,
		.kind = view->figures.kind,
		.state = view->figures.name,
		.key_group = group,
		.key = key };
}

/* Of a key that cannot be taken apart, its bytes behind the key group. */
static void put_opaque_key(
	const struct sp_tally_view *view, struct sp_slice key, struct sp_buffer *out)
{
	const size_t prefix = view->layout.prefix < key.n ? view->layout.prefix : key.n;
	const struct sp_value value = { .kind = SP_VALUE_OPAQUE,
		.bytes = sp_slice(key.p + prefix, key.n - prefix) };

	sp_buffer_printf(out, "{\"key\": ");
	sp_value_json(&value, out);
	sp_buffer_printf(out, "}");
}

static void put_key(const struct sp_tally_view *view, struct sp_slice key, struct sp_buffer *out)
{
	if (view->layout_known)
		sp_row_key_json(&view->layout, key, out);
	else
		put_opaque_key(view, key, out);
}

static void look_at_value(
	struct sp_tally_part *self, const struct sp_tally_view *view, const struct sp_row *row)
{
	const struct sp_top_place place = place_of(self, view, row->key_group, row->key);
	struct sp_top_entry *entry;

	if (!sp_top_may_take(&self->values, row->value.n))
		return;
	entry = sp_top_take(&self->values, &place, row->value.n, 1);
	if (entry != NULL)
		put_key(view, row->key, &entry->json);
}

/*
 * Reads the key of the run, once it is among the largest: when the part ends, the types that tell
 * how are gone.
 */
static void look_at_run(struct sp_tally_part *self)
{
	struct sp_tally_run *run = &self->run;
	const struct sp_slice key = sp_buffer_slice(&run->head);
	const struct sp_top_place place = place_of(self, run->view, run->key_group, key);
	struct sp_key_layout layout = run->view->layout;

	if (run->json.n > 0 || layout.timer || !sp_top_may_take(&self->keys, run->bytes) ||
		!sp_top_takes(&self->keys, &place, run->bytes, run->rows))
		return;
	layout.user_key = NULL;
	layout.user_key_width = 0;
	sp_row_key_json(&layout, key, &run->json);
}

/* What belongs to one key has ended. Timers of one key do not stand together. */
static void end_run(struct sp_tally_part *self)
{
	struct sp_tally_run *run = &self->run;
	struct sp_top_place place;
	struct sp_top_entry *entry;

	if (run->json.n == 0)
		return;
	place = place_of(self, run->view, run->key_group, sp_buffer_slice(&run->head));
	entry = sp_top_take(&self->keys, &place, run->bytes, run->rows);
	if (entry != NULL)
		sp_buffer_bytes(&entry->json, sp_buffer_slice(&run->json));
	run->json.n = 0;
}

/* --- keys ------------------------------------------------------------------------------------ */

static void begin_run(struct sp_tally_part *self, struct sp_tally_view *view,
	const struct sp_row *row, struct sp_slice head)
{
	end_run(self);
	self->run.view = view;
	self->run.key_group = row->key_group;
	self->run.bytes = self->run.rows = 0;
	self->run.head.n = 0;
	sp_buffer_bytes(&self->run.head, head);
}

static bool is_same_key(
	const struct sp_tally_run *run, const struct sp_tally_view *view, struct sp_slice key)
{
	const size_t before = view->layout.prefix + (view->layout.timer ? TIMESTAMP_BYTES : 0);

	return run->view == view && run->key_bytes == key.n &&
	       memcmp(run->head.p + before, key.p, key.n) == 0;
}

/* Counts the key, and finds the rows that belong to one. */
static int look_at_key(struct sp_tally_part *self, struct sp_tally_view *view,
	const struct sp_row *row, struct sp_error *err)
{
	struct sp_tally_run *run = &self->run;
	struct sp_key_parts parts;
	struct sp_slice head;
	bool same;

	if (sp_key_split(&view->layout, row->key, &parts, err) < 0) {
		if (err->code != SP_EUNSUPPORTED)
			return sp_within(err, "key");
		view->layout_known = false;
		view->figures.keys_unknown = true;
		return 0;
	}
	head = sp_slice(row->key.p, row->key.n - parts.user_key.n);
	same = is_same_key(run, view, parts.key);
	if (!same)
		sp_distinct_add(&view->figures.keys, XXH3_64bits(parts.key.p, parts.key.n));
	if (!same || !sp_slice_equal(head, sp_buffer_slice(&run->head)))
		begin_run(self, view, row, head);
	run->key_bytes = parts.key.n;
	run->bytes += (uint64_t)row->key.n + row->value.n;
	run->rows++;
	look_at_run(self);
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------ */

static int meet(struct sp_tally_part *self, struct sp_tally_view *view,
	const struct sp_state *state, struct sp_error *err)
{
	const struct sp_expiry *ttl = self->options->ttl;
	int r = sp_key_layout(self->header, state, self->place->place.op->max_parallelism,
		self->place->kryo, &view->layout, err);

	if (r < 0 && r != SP_EUNSUPPORTED)
		return r;
	view->layout_known = r == 0;
	view->layout.prefix = sp_key_group_prefix(self->place->place.op->max_parallelism);
	view->figures.keys_unknown = r < 0;
	view->figures.op = self->place->op;
	view->figures.kind = sp_state_kind_text(state);
	view->figures.name = sp_arena_copy(self->arena, state->name);
	view->has_ttl = ttl != NULL && sp_age_rule(ttl, state, self->place->kryo, &view->ttl) > 0;
	if (view->has_ttl)
		view->figures.ages = must(calloc(1, sizeof(*view->figures.ages)));
	return 0;
}

static int look_at_age(struct sp_tally_view *view, struct sp_slice value, struct sp_error *err)
{
	if (sp_ages_add(view->figures.ages, &view->ttl, value, err) == 0)
		return 0;
	if (err->code != SP_EUNSUPPORTED)
		return err->code;
	view->has_ttl = false;
	view->figures.ages_unknown = true;
	return 0;
}

static int look_at_row(struct sp_tally_part *self, struct sp_tally_view *view,
	const struct sp_row *row, struct sp_error *err)
{
	if (view->figures.kind == NULL && meet(self, view, row->state, err) < 0)
		return err->code;
	count_row(&view->figures, row->key.n, row->value.n);
	if (count_group(self, row->key_group, (uint64_t)row->key.n + row->value.n, err) < 0 ||
		(view->layout_known && look_at_key(self, view, row, err) < 0) ||
		(view->has_ttl && look_at_age(view, row->value, err) < 0))
		return err->code;
	look_at_value(self, view, row);
	return 0;
}

static int add_row(void *arg, const struct sp_row *row, struct sp_error *err)
{
	struct sp_tally_part *self = arg;
	const struct sp_keyed_place *place = &self->place->place;

	if (look_at_row(self, &self->views[row->state->id], row, err) == 0)
		return 0;
	return sp_within(err, "%s: offset 0x%" PRIx64 ": state '%.*s': key group %" PRIu32,
		place->source->metadata_path, place->handle->at, (int)row->state->name.n,
		(const char *)row->state->name.p, row->key_group);
}

/* --- timers in raw keyed state --------------------------------------------------------------- */

static struct sp_slice type_text(struct sp_tally_part *self, const struct sp_type *type)
{
	sp_auto_buffer text = { 0 };

	if (type != NULL)
		sp_type_text(type, &text);
	return sp_arena_copy(self->arena, sp_buffer_slice(&text));
}

/* Named as the states in which backends keep timers. */
static void put_name(const struct sp_raw_timer *timer, struct sp_buffer *out)
{
	sp_buffer_printf(out, "_timer_state/%s_", timer->event ? "event" : "processing");
	sp_buffer_bytes(out, timer->service);
}

static struct sp_tally_service *new_service(
	struct sp_tally_part *self, const struct sp_raw_timer *timer, struct sp_slice name)
{
	struct sp_tally_service *service =
		sp_arena_new_array(self->arena, struct sp_tally_service, 1);
	struct sp_tally_state *figures = &service->view.figures;

	service->event = timer->event;
	service->name = sp_arena_copy(self->arena, timer->service);
	figures->op = self->place->op;
	figures->kind = TIMER_KIND;
	figures->name = sp_arena_copy(self->arena, name);
	figures->raw = true;
	figures->key_type = type_text(self, timer->key_type);
	figures->ns_type = type_text(self, timer->ns_type);
	HASH_ADD_KEYPTR(hh, self->services, figures->name.p, figures->name.n, service);
	return service;
}

static struct sp_tally_view *find_service(
	struct sp_tally_part *self, const struct sp_raw_timer *timer)
{
	sp_auto_buffer name = { 0 };
	struct sp_tally_service *service = self->service;

	if (service != NULL && service->event == timer->event &&
		sp_slice_equal(service->name, timer->service))
		return &service->view;
	put_name(timer, &name);
	HASH_FIND(hh, self->services, name.p, name.n, service);
	if (service == NULL)
		service = new_service(self, timer, sp_buffer_slice(&name));
	self->service = service;
	return &service->view;
}

static int add_timer(void *arg, const struct sp_raw_timer *timer, struct sp_error *err)
{
	struct sp_tally_part *self = arg;
	struct sp_tally_view *view = find_service(self, timer);
	const size_t bytes = sp_key_group_prefix(self->place->place.op->max_parallelism) +
			     TIMESTAMP_BYTES + timer->key.n + timer->ns.n;

	count_row(&view->figures, bytes, 0);
	sp_distinct_add(&view->figures.keys, XXH3_64bits(timer->key.p, timer->key.n));
	return count_group(self, timer->key_group, bytes, err);
}

/* --- the end --------------------------------------------------------------------------------- */

static void free_part(struct sp_tally_part *self)
{
	struct sp_tally_service *service;

	for (size_t i = 0; i < self->n_views; i++) {
		sp_tally_state_free(&self->views[i].figures);
		free(self->views[i].figures.ages);
	}
	for (service = self->services; service != NULL; service = service->hh.next)
		sp_tally_state_free(&service->view.figures);
	HASH_CLEAR(hh, self->services);
	free(self->views);
	free(self->groups);
	sp_buffer_free(&self->run.head);
	sp_buffer_free(&self->run.json);
	sp_top_free(&self->values);
	sp_top_free(&self->keys);
	sp_arena_free(self->arena);
	free(self);
}

static int end(void *arg, int r, struct sp_error *err)
{
	struct sp_tally_part *self = arg;

	if (r == 0) {
		end_run(self);
		sp_tally_merge(self->tally, self);
	}
	if (r == SP_EUNSUPPORTED) {
		sp_tally_warn(self->tally, self->place, err);
		r = 0;
	}
	free_part(self);
	return r;
}

const struct sp_scan_ops sp_tally_ops = {
	.begin = begin,
	.header = begin_rows,
	.row = add_row,
	.timer = add_timer,
	.end = end,
};
