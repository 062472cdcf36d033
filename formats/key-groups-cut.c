/*
 * Key groups of several handles put together as they lie there. In both layouts of key groups
 * (canonical-read.c, hashmap.c) a key group stands on its own and refers to nothing but the header,
 * by the numbers of the states in it: below the same header its bytes mean the same.
 */
#include <inttypes.h>

#include "hashmap.h"
#include "outlet.h"

struct cutting {
	const struct sp_cut *cut;
	const struct sp_format *format;
	struct sp_buffer header; /* of all places */
	int64_t *offsets;        /* of the range, in the new stream */
	uint64_t size;           /* of the new stream, as far as it is known */
};

static int open_data(const struct cutting *self, const struct sp_keyed_place *place,
	struct sp_key_group_data *ret, struct sp_error *err)
{
	const struct sp_budget none = { 0 }; /* nothing is read through its window */

	return self->format->canonical ? sp_key_group_data_open(place, &none, ret, err)
				       : sp_hashmap_data_open(place, &none, ret, err);
}

/* --- before anything is written -------------------------------------------------------------- */

/* 1: the header is that of all; 0: it is another one. */
static int take_header(struct cutting *self, struct sp_slice bytes)
{
	if (self->header.n > 0)
		return sp_slice_equal(sp_buffer_slice(&self->header), bytes);
	sp_buffer_bytes(&self->header, bytes);
	self->size = bytes.n;
	return 1;
}

static int take_group(
	struct cutting *self, const struct sp_key_group_range *group, struct sp_error *err)
{
	int64_t index = (int64_t)group->key_group - self->cut->start;

	if (index < 0 || index >= self->cut->count || self->offsets[index] != 0)
		return sp_fail(err, SP_EDAMAGED,
			"key group %" PRIu32 " is outside of %" PRId32 " to %" PRId32
			" or comes twice",
			group->key_group, self->cut->start,
			self->cut->start + self->cut->count - 1);
	self->offsets[index] = (int64_t)self->size;
	self->size += group->end - group->start;
	return 0;
}

static int survey_data(
	struct cutting *self, const struct sp_key_group_data *data, struct sp_error *err)
{
	if (take_header(self, data->header->bytes) == 0)
		return 0;
	for (size_t i = 0; i < data->groups.n; i++)
		if (take_group(self, &data->groups.at[i], err) < 0)
			return sp_within(err, "%s", data->file->place);
	return 1;
}

/* 1: the place has its part in the new stream; 0: it cannot be cut. */
static int survey_place(
	struct cutting *self, const struct sp_keyed_place *place, struct sp_error *err)
{
	struct sp_key_group_data data;
	enum sp_layout layout;
	int r;

	if (sp_key_groups_layout(place, &layout, err) < 0)
		return err->code;
	if (layout != (self->format->canonical ? SP_LAYOUT_CANONICAL : SP_LAYOUT_HEAP))
		return 0;
	r = open_data(self, place, &data, err);
	if (r == 0)
		r = survey_data(self, &data, err);
	sp_key_group_data_close(&data);
	return r;
}

static int check_complete(const struct cutting *self, struct sp_error *err)
{
	if (self->format->canonical)
		return 0;
	for (int32_t i = 0; i < self->cut->count; i++)
		if (self->offsets[i] == 0)
			return sp_fail(err, SP_EDAMAGED, "no handle has key group %" PRId32,
				self->cut->start + i);
	return 0;
}

static int survey(struct cutting *self, struct sp_error *err)
{
	int r = 0;

	for (size_t i = 0; i < self->cut->n_places; i++) {
		r = survey_place(self, &self->cut->places[i], err);
		if (r <= 0)
			return r;
	}
	if (r > 0 && (check_complete(self, err) < 0 ||
			     sp_check_inline_limit(self->format, self->size, err) < 0))
		return err->code;
	return r;
}

/* --- writing --------------------------------------------------------------------------------- */

/* Mostly all of them lie one behind the other, and are one run. */
static int copy_groups(
	const struct sp_key_group_data *data, struct sp_outlet *to, struct sp_error *err)
{
	const struct sp_key_group_range *groups = data->groups.at;
	size_t n = data->groups.n;

	for (size_t i = 0; i < n;) {
		uint64_t start = groups[i].start, end = groups[i].end;

		while (++i < n && groups[i].start == end)
			end = groups[i].end;
		if (sp_outlet_copy(to, data->file, start, end - start, err) < 0)
			return err->code;
	}
	return 0;
}

static int copy_place(const struct cutting *self, const struct sp_keyed_place *place,
	struct sp_outlet *to, struct sp_error *err)
{
	struct sp_key_group_data data;
	int r = open_data(self, place, &data, err);

	if (r == 0)
		r = copy_groups(&data, to, err);
	sp_key_group_data_close(&data);
	return r;
}

static int write_stream(const struct cutting *self, struct sp_arena *arena, struct sp_handle *ret,
	struct sp_error *err)
{
	const struct sp_cut *cut = self->cut;
	sp_auto(sp_outlet) *to = sp_outlet_new(cut->tree, cut->name,
		self->format->inline_limit != 0 ? SIZE_MAX : cut->inline_threshold);

	if (sp_outlet_write(to, sp_buffer_slice(&self->header), err) < 0)
		return err->code;
	for (size_t i = 0; i < cut->n_places; i++)
		if (copy_place(self, &cut->places[i], to, err) < 0)
			return err->code;
	if (sp_outlet_size(to) != self->size)
		return sp_fail(err, SP_EIO, "%s: its source has changed meanwhile", cut->name);
	return sp_outlet_finish(to, arena, ret, err);
}

int sp_key_groups_cut(const struct sp_cut *cut, const struct sp_format *format,
	struct sp_arena *arena, struct sp_keyed_handle *ret, struct sp_error *err)
{
	struct cutting self = { .cut = cut, .format = format };
	int r;

	self.offsets = sp_arena_new_array(arena, int64_t, (size_t)cut->count);
	*ret = (struct sp_keyed_handle){
		.code = format->canonical ? SP_KEYED_SAVEPOINT : SP_KEYED_KEY_GROUPS_V2,
		.start = cut->start,
		.count = cut->count,
		.offsets = self.offsets,
	};
	if (!format->canonical)
		ret->state_handle_id = sp_uuid_of_name(cut->name, arena);
	r = survey(&self, err);
	if (r > 0 && write_stream(&self, arena, &ret->data, err) < 0)
		r = err->code;
	sp_buffer_free(&self.header);
	return r;
}
