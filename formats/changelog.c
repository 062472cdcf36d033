/*
 * Changelog snapshots (codes 8 and 14): materialized parts in any of the other layouts, and the
 * changes since then (org.apache.flink.state.changelog.ChangelogKeyedStateBackend, 1.15 to 2.2).
 *
 * What the changes touch is found out first. The materialized rows of it go into a scratch
 * database, the changes are applied there, and then the materialized state is read once more,
 * with the rows of the scratch database in the place of what was touched. So memory is bounded
 * however large the state is.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "changelog.h"
#include "formats.h"
#include "interrupt.h"

#define CHECK_EVERY 4096 /* rows */

struct reader {
	struct sp_stream stream;
	struct sp_changelog_states states;
	struct sp_scratch *scratch; /* NULL: nothing was changed */
	struct sp_budget budget;    /* of a materialized part */
	/* The materialized parts, one after the other; rows that are touched are left out, or the
	 * others, while those are collected. */
	size_t base;
	struct sp_stream *in;
	bool collecting;
	uint64_t n_rows;
	struct sp_row row; /* the next one */
	bool has_row;
	/* The rows of the scratch database. */
	struct sp_spot spot; /* the next one */
	bool has_spot;
	/* The run being given. */
	uint32_t key_group;
	uint32_t state;
	bool in_run;
	bool *done; /* by state: was given in this key group */
	enum { NOTHING, ROW, SPOT } given;
};

static int claim(const struct sp_keyed_place *place, struct sp_error *err)
{
	(void)err;
	switch (place->handle->code) {
	case SP_KEYED_CHANGELOG:
	case SP_KEYED_CHANGELOG_V2:
	case SP_KEYED_CHANGELOG_BYTES:
	case SP_KEYED_CHANGELOG_FILE:
	case SP_KEYED_CHANGELOG_FILE_V2: return 1;
	default: return 0;
	}
}

/* --- materialized rows ----------------------------------------------------------------------- */

static int open_base(struct reader *self, struct sp_error *err)
{
	const struct sp_base *base = &self->states.bases[self->base];
	const struct sp_format *format;

	if (sp_format_of(&base->place, &format, err) < 0)
		return err->code;
	if (format->open(&base->place, &self->budget, &self->in, err) < 0)
		return sp_within(err, "materialized part");
	if (self->in->header->n_states != base->header->n_states)
		return sp_fail(err, SP_EDAMAGED, "materialized part: two headers");
	return 0;
}

/* The part of the row's key that all rows of its key and namespace begin with. */
static int beginning_of(
	struct reader *self, const struct sp_row *row, struct sp_slice *ret, struct sp_error *err)
{
	const struct sp_key_layout *layout;
	struct sp_key_parts parts;

	*ret = row->key;
	if (sp_is_queue(row->state) || row->state->type != SP_STATE_MAP)
		return 0;
	if (sp_logged_layout(&self->states, row->state->id, &layout, err) < 0 ||
		sp_key_split(layout, row->key, &parts, err) < 0)
		return sp_within(err, "state '%.*s'", (int)row->state->name.n, row->state->name.p);
	ret->n -= parts.user_key.n;
	return 0;
}

static int is_touched(
	struct reader *self, const struct sp_row *row, bool *ret, struct sp_error *err)
{
	struct sp_spot spot = { .key_group = row->key_group, .state = (uint16_t)row->state->id };

	*ret = false;
	if (!self->states.states[row->state->id].touched)
		return 0;
	if (beginning_of(self, row, &spot.key, err) < 0)
		return err->code;
	return sp_scratch_touched(self->scratch, &spot, ret, err);
}

/* Does the part's next row count? Makes it one of our own states. 1, 0, < 0. */
static int take_row(struct reader *self, struct sp_row *row, struct sp_error *err)
{
	const struct sp_base *base = &self->states.bases[self->base];
	bool touched;

	if (++self->n_rows % CHECK_EVERY == 0 && sp_interrupt_check(err) < 0)
		return err->code;
	row->state = &self->stream.header->states[base->states[row->state->id]];
	if (is_touched(self, row, &touched, err) < 0)
		return err->code;
	return touched == self->collecting;
}

/* The next materialized row that counts. 1, 0, < 0. */
static int next_row(struct reader *self, struct sp_row *row, struct sp_error *err)
{
	while (self->base < self->states.n_bases) {
		const struct sp_base *base = &self->states.bases[self->base];
		int r = 0;

		if (self->in == NULL && base->groups.count > 0 && open_base(self, err) < 0)
			return err->code;
		while (self->in != NULL && (r = sp_next(self->in, row, err)) > 0) {
			r = take_row(self, row, err);
			if (r != 0)
				return r;
		}
		if (r < 0)
			return sp_within(err, "materialized part");
		sp_stream_free(sp_steal(self->in));
		self->base++;
	}
	return 0;
}

/* --- applying -------------------------------------------------------------------------------- */

static bool anything_touched(const struct reader *self)
{
	for (size_t i = 0; i < self->stream.header->n_states; i++)
		if (self->states.states[i].touched)
			return true;
	return false;
}

/* Puts what is touched into the scratch database. */
static int collect(struct reader *self, struct sp_error *err)
{
	struct sp_row row;
	int r;

	self->collecting = true;
	while ((r = next_row(self, &row, err)) > 0) {
		const struct sp_spot spot = {
			.key_group = row.key_group, .state = (uint16_t)row.state->id, .key = row.key
		};

		if (sp_scratch_put(self->scratch, &spot, row.value, err) < 0)
			return err->code;
	}
	self->collecting = false;
	self->base = 0;
	return r;
}

static int replay(struct reader *self, const struct sp_keyed_place *place, struct sp_error *err)
{
	if (!self->states.has_changes)
		return 0;
	if (sp_scratch_open(&self->budget, &self->scratch, err) < 0)
		return err->code;
	if (sp_changelog_touch(place, &self->states, self->scratch, err) < 0)
		return err->code;
	if (!anything_touched(self))
		return 0;
	if (collect(self, err) < 0)
		return err->code;
	return sp_changelog_apply(place, &self->states, self->scratch, err);
}

/* --- both as one stream ---------------------------------------------------------------------- */

static int load_row(struct reader *self, struct sp_error *err)
{
	int r = next_row(self, &self->row, err);

	self->has_row = r > 0;
	return r < 0 ? r : 0;
}

static int seek(struct reader *self, uint32_t key_group, uint32_t state, struct sp_spot *ret,
	struct sp_error *err)
{
	return self->scratch == NULL ? 0
				     : sp_scratch_seek(self->scratch, key_group, state, ret, err);
}

static int load_spot(struct reader *self, int r)
{
	self->has_spot = r > 0;
	return r < 0 ? r : 0;
}

static bool row_in_run(const struct reader *self)
{
	return self->has_row && self->row.key_group == self->key_group &&
	       self->row.state->id == self->state;
}

static bool spot_in_run(const struct reader *self)
{
	return self->has_spot && self->spot.key_group == self->key_group &&
	       self->spot.state == self->state;
}

static int begin_run(struct reader *self, uint32_t state, struct sp_error *err)
{
	self->state = state;
	self->in_run = true;
	if (self->done[state]) { /* rows that do not stand together: the scratch's were given */
		self->has_spot = false;
		return 1;
	}
	self->done[state] = true;
	if (load_spot(self, seek(self, self->key_group, state, &self->spot, err)) < 0)
		return err->code;
	return 1;
}

/* The next state of the key group of which only the scratch database has rows. 1, 0, < 0. */
static int next_scratch_run(struct reader *self, struct sp_error *err)
{
	uint32_t state = 0;

	for (;;) {
		struct sp_spot spot;
		int r = seek(self, self->key_group, state, &spot, err);

		if (r <= 0 || spot.key_group != self->key_group)
			return r < 0 ? r : 0;
		if (!self->done[spot.state])
			return begin_run(self, spot.state, err);
		state = (uint32_t)spot.state + 1;
	}
}

/* Moves to the next key group that has rows. 1, 0, < 0. */
static int next_key_group(struct reader *self, uint32_t from, struct sp_error *err)
{
	struct sp_spot spot;
	int r = seek(self, from, 0, &spot, err);

	if (r < 0)
		return r;
	if (r == 0 && !self->has_row)
		return 0;
	self->key_group = r == 0                                 ? self->row.key_group
			  : !self->has_row                       ? spot.key_group
			  : self->row.key_group < spot.key_group ? self->row.key_group
								 : spot.key_group;
	memset(self->done, 0, self->stream.header->n_states * sizeof(*self->done));
	return 1;
}

static int next_run(struct reader *self, struct sp_error *err)
{
	for (;;) {
		int r;

		if (self->has_row && self->row.key_group == self->key_group)
			return begin_run(self, self->row.state->id, err);
		r = next_scratch_run(self, err);
		if (r != 0)
			return r;
		r = next_key_group(self, self->key_group + 1, err);
		if (r <= 0)
			return r;
	}
}

static int advance(struct reader *self, struct sp_error *err)
{
	int r = self->given == ROW ? load_row(self, err)
		: self->given == SPOT
			? load_spot(self, sp_scratch_next(self->scratch, &self->spot, err))
			: 0;

	self->given = NOTHING;
	return r;
}

/* Which of the two is next in the run? Where rows are sorted, the lower one. */
static bool row_is_next(const struct reader *self)
{
	if (!row_in_run(self) || !spot_in_run(self))
		return row_in_run(self);
	return self->stream.order != SP_ORDER_KEYS ||
	       sp_slice_compare(self->row.key, self->spot.key) < 0;
}

static int reader_next(struct sp_stream *stream, struct sp_row *row, struct sp_error *err)
{
	struct reader *self = (struct reader *)stream;

	if (advance(self, err) < 0)
		return err->code;
	while (!self->in_run || (!row_in_run(self) && !spot_in_run(self))) {
		int r = next_run(self, err);

		if (r <= 0)
			return r;
	}
	if (row_is_next(self)) {
		*row = self->row;
		self->given = ROW;
		return 1;
	}
	*row = (struct sp_row){ .state = &stream->header->states[self->spot.state],
		.key_group = self->spot.key_group,
		.key = self->spot.key,
		.value = sp_scratch_value(self->scratch) };
	self->given = SPOT;
	return 1;
}

static void reader_free(struct sp_stream *stream)
{
	struct reader *self = (struct reader *)stream;

	sp_stream_free(self->in);
	sp_scratch_free(self->scratch);
	sp_changelog_states_free(&self->states);
	free(self->done);
	free(self);
}

static const struct sp_stream_ops reader_ops = { .next = reader_next, .free = reader_free };

/* What holds for the rows of all parts; those of the scratch database are sorted. */
static int begin(struct reader *self, const struct sp_keyed_place *place, struct sp_error *err)
{
	self->stream.order = SP_ORDER_KEYS;
	for (size_t i = self->states.n_bases; i-- > 0;) {
		if (self->states.bases[i].groups.count == 0)
			continue;
		self->base = i;
		if (open_base(self, err) < 0)
			return err->code;
		if (self->in->order < self->stream.order)
			self->stream.order = self->in->order;
		if (i > 0) /* the first is read on */
			sp_stream_free(sp_steal(self->in));
	}
	self->base = 0;
	if (load_row(self, err) < 0)
		return err->code;
	return next_key_group(self, (uint32_t)sp_place_groups(place).start, err);
}

/* Those of 1.14 name their states, and have other operations. */
static int check_changes(const struct sp_keyed_place *place, struct sp_error *err)
{
	const struct sp_keyed_handle *changelog = place->handle;
	const struct sp_snapshot *snapshot = place->source->snapshot;
	size_t n = 0;

	for (size_t i = 0; i < changelog->n_non_materialized; i++)
		n += changelog->non_materialized[i].n_changes +
		     changelog->non_materialized[i].n_streams;
	if (n == 0 || snapshot == NULL || snapshot->dialect != SP_DIALECT_CHANGELOG_1_14)
		return 0;
	sp_fail(err, SP_EUNSUPPORTED,
		"%s: offset 0x%" PRIx64 ": changes as Flink 1.14 wrote them cannot be replayed",
		place->source->metadata_path, changelog->at);
	return sp_hint(err, "restore it with Flink 1.14 and take a savepoint there");
}

/* Changes have an owner; its key groups are the operator's. */
static int check_place(const struct sp_keyed_place *place, struct sp_error *err)
{
	if (place->handle->code != SP_KEYED_CHANGELOG &&
		place->handle->code != SP_KEYED_CHANGELOG_V2)
		return sp_fail(err, SP_EDAMAGED,
			"%s: offset 0x%" PRIx64 ": changes without the state that they belong to",
			place->source->metadata_path, place->handle->at);
	return sp_check_key_groups(place, err) < 0 ? err->code : check_changes(place, err);
}

static int read_header(const struct sp_keyed_place *place, struct sp_arena *arena,
	const struct sp_keyed_header **ret, struct sp_error *err)
{
	struct sp_changelog_states states;
	int r = check_place(place, err);

	if (r < 0)
		return r;
	r = sp_changelog_states_read(place, &states, err);
	if (r == 0)
		r = sp_keyed_header_read(states.header->bytes, 0, arena, ret, err);
	sp_changelog_states_free(&states);
	return r < 0 ? r : 1;
}

static int open(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_stream **ret, struct sp_error *err)
{
	struct reader *self = calloc(1, sizeof(*self));
	sp_auto(sp_stream) *stream = NULL;

	if (self == NULL)
		sp_abort("out of memory");
	self->stream.ops = &reader_ops;
	stream = &self->stream;
	self->budget = *budget;
	self->budget.memory = budget->memory / 2;
	if (check_place(place, err) < 0 || sp_changelog_states_read(place, &self->states, err) < 0)
		return err->code;
	self->stream.header = self->states.header;
	self->done = calloc(self->stream.header->n_states + 1, sizeof(*self->done));
	if (self->done == NULL)
		sp_abort("out of memory");
	if (replay(self, place, err) < 0 || begin(self, place, err) < 0)
		return err->code;
	*ret = sp_steal(stream);
	return 0;
}

const struct sp_format sp_changelog = {
	.name = "changelog",
	.description = "changelog (changes on top of a materialized snapshot)",
	.claim = claim,
	.header = read_header,
	.open = open,
	.verify_files = sp_changelog_verify_files,
	.verify = sp_changelog_verify,
};
