/* Reads the heap-native layout, drawn in hashmap.c. */
#include <inttypes.h>
#include <stdlib.h>

#include "hashmap.h"
#include "value-input.h"

#define HEADER_VERSION_MIN 2    /* of version 1 (Flink 1.2) the key groups are laid out otherwise */
#define NO_BYTES_MAX (1U << 16) /* elements of no bytes in a list */

struct state {
	struct sp_hashmap_state is;
	bool known;  /* `is` was made: when the first entry came */
	size_t seen; /* number, from 1, of the last key group that had its block */
};

struct reader {
	struct sp_stream stream;
	struct sp_key_group_data data; /* its arena holds `states`, too */
	size_t group;                  /* being read, or to be read next */
	bool begun;                    /* it is being read */
	size_t blocks;                 /* of it, to come */
	uint32_t entries;              /* of the block, to come */
	uint32_t pairs;                /* of the map, to come */
	int32_t max_parallelism;
	enum sp_kryo kryo;
	struct state *states;         /* by id */
	const struct sp_state *state; /* of the block; NULL between key groups */
	struct state *at;             /* the same */
	struct sp_buffer key;         /* of the row */
	size_t head;                  /* MAP: bytes of `key` in front of the user key */
	struct sp_buffer list;
	size_t taken;   /* bytes of the row given last in the window */
	uint64_t entry; /* where it, or the map that it is in, begins */
};

/* --- finding borders ------------------------------------------------------------------------- */

static int hinted(int r, struct sp_error *err)
{
	return r == SP_EUNSUPPORTED ? sp_hashmap_hint(err) : r;
}

static int cross(struct reader *self, const struct sp_type *type, size_t *at, struct sp_error *err)
{
	return hinted(sp_input_cross(&self->data.in, type, self->kryo, at, err), err);
}

static int cross_width(struct reader *self, const struct sp_type *type, int32_t width, size_t *at,
	struct sp_error *err)
{
	if (width < 0)
		return cross(self, type, at, err);
	if (sp_input_need(&self->data.in, *at + (size_t)width, err) < 0)
		return err->code;
	*at += (size_t)width;
	return 0;
}

/* i32 count of what follows, at least a byte each. */
static int take_count(struct reader *self, const char *what, uint32_t *ret, struct sp_error *err)
{
	if (sp_input_need(&self->data.in, 4, err) < 0)
		return err->code;
	*ret = sp_get_be32(sp_input_bytes(&self->data.in));
	if (*ret > INT32_MAX)
		return sp_input_fail(err, &self->data.in, "%" PRId32 " %s", (int32_t)*ret, what);
	sp_input_skip(&self->data.in, 4);
	return 0;
}

static int check_count(struct reader *self, uint32_t n, const char *what, struct sp_error *err)
{
	if (sp_input_can_hold(&self->data.in, n))
		return 0;
	return sp_input_fail(
		err, &self->data.in, "%" PRIu32 " %s are more than can follow", n, what);
}

/* --- entries --------------------------------------------------------------------------------- */

static void give(struct reader *self, struct sp_slice value, struct sp_row *row)
{
	*row = (struct sp_row){
		.state = self->state,
		.key_group = self->data.groups.at[self->group].key_group,
		.key = sp_buffer_slice(&self->key),
		.value = value,
	};
}

/* The row's key up to a map's own key; the position is behind it then. */
static int take_key(struct reader *self, struct sp_error *err)
{
	const struct sp_key_layout *layout = &self->at->is.layout;
	struct sp_key_parts parts = { .key_group = self->data.groups.at[self->group].key_group };
	size_t ns = 0, end;

	if (cross_width(self, layout->ns, layout->ns_width, &ns, err) < 0)
		return err->code;
	end = ns;
	if (cross_width(self, layout->key, layout->key_width, &end, err) < 0)
		return err->code;
	if (end == 0 && self->entries > 1)
		return sp_input_fail(
			err, &self->data.in, "%" PRIu32 " entries with one key", self->entries);
	parts.ns = sp_slice(sp_input_bytes(&self->data.in), ns);
	parts.key = sp_slice(sp_input_bytes(&self->data.in) + ns, end - ns);
	self->key.n = 0;
	sp_key_join(layout, &parts, &self->key);
	sp_input_skip(&self->data.in, end);
	return 0;
}

/* A timer's row is its entry behind the key group; it has no value. */
static int take_timer(struct reader *self, struct sp_row *row, struct sp_error *err)
{
	struct sp_key_parts none = { .key_group = self->data.groups.at[self->group].key_group };
	struct sp_key_layout prefix = { .prefix = self->at->is.layout.prefix };
	size_t end = 0;

	if (cross(self, self->at->is.value, &end, err) < 0)
		return err->code;
	self->key.n = 0;
	sp_key_join(&prefix, &none, &self->key);
	sp_buffer_bytes(&self->key, sp_slice(sp_input_bytes(&self->data.in), end));
	self->taken = end;
	give(self, sp_slice(NULL, 0), row);
	return 1;
}

static int take_value(struct reader *self, struct sp_row *row, struct sp_error *err)
{
	size_t end = 0;

	if (cross(self, self->at->is.value, &end, err) < 0)
		return err->code;
	self->taken = end;
	give(self, sp_slice(sp_input_bytes(&self->data.in), end), row);
	return 1;
}

static int take_element(struct reader *self, bool first, struct sp_error *err)
{
	size_t end = 0;

	if (cross(self, self->at->is.element, &end, err) < 0)
		return err->code;
	if (1 + self->list.n + end > INT32_MAX)
		return sp_fail(err, SP_EUNSUPPORTED,
			"a list of more than %d bytes, which only the heap backend can hold",
			INT32_MAX);
	if (!first)
		sp_buffer_u8(&self->list, ',');
	sp_buffer_bytes(&self->list, sp_slice(sp_input_bytes(&self->data.in), end));
	sp_input_skip(&self->data.in, end);
	return 0;
}

static int take_list_count(struct reader *self, uint32_t *n, struct sp_error *err)
{
	if (take_count(self, "elements", n, err) < 0)
		return err->code;
	if (!self->at->is.no_bytes)
		return check_count(self, *n, "elements", err);
	if (*n <= NO_BYTES_MAX)
		return 0;
	return sp_input_fail(err, &self->data.in, "%" PRIu32 " elements of no bytes", *n);
}

static int take_elements(struct reader *self, uint32_t n, struct sp_error *err)
{
	self->list.n = 0;
	if (self->at->is.no_bytes && n > 0) {
		memset(sp_buffer_reserve(&self->list, n), ',', n - 1);
		self->list.n = n - 1;
		return 0;
	}
	for (uint32_t i = 0; i < n; i++)
		if (take_element(self, i == 0, err) < 0)
			return err->code;
	return 0;
}

/* 1: the row of the list; 0: it is empty, and has none. */
static int take_list(struct reader *self, struct sp_row *row, struct sp_error *err)
{
	uint32_t n;

	if (take_list_count(self, &n, err) < 0 || take_elements(self, n, err) < 0)
		return err->code;
	give(self, sp_buffer_slice(&self->list), row);
	return n > 0;
}

/* One entry of a map: its row's value is the flag and what follows it. */
static int take_pair(struct reader *self, struct sp_row *row, struct sp_error *err)
{
	size_t key = 0, end;
	uint8_t flag;

	if (cross(self, self->at->is.user_key, &key, err) < 0 ||
		sp_input_need(&self->data.in, key + 1, err) < 0)
		return err->code;
	flag = sp_input_bytes(&self->data.in)[key];
	if (flag > 1)
		return sp_input_fail(err, &self->data.in, "null flag %u of a map's value", flag);
	end = key + 1;
	if (flag == 0 && cross(self, self->at->is.user_value, &end, err) < 0)
		return err->code;
	self->key.n = self->head;
	sp_buffer_bytes(&self->key, sp_slice(sp_input_bytes(&self->data.in), key));
	self->taken = end;
	self->pairs--;
	give(self, sp_slice(sp_input_bytes(&self->data.in) + key, end - key), row);
	return 1;
}

/* 1: a row; 0: none yet, of an empty list or at the start of a map. */
static int take_entry(struct reader *self, struct sp_row *row, struct sp_error *err)
{
	const struct sp_hashmap_state *is = &self->at->is;
	int r;

	self->entry = self->data.in.taken;
	if (is->layout.timer) {
		r = take_timer(self, row, err);
	} else if (take_key(self, err) < 0) {
		return err->code;
	} else if (is->user_key != NULL) {
		self->head = self->key.n;
		r = take_count(self, "map entries", &self->pairs, err);
		if (r == 0)
			r = check_count(self, self->pairs, "map entries", err);
	} else if (is->element != NULL) {
		r = take_list(self, row, err);
	} else {
		r = take_value(self, row, err);
	}
	self->entries--;
	return r;
}

/* --- key groups and blocks ------------------------------------------------------------------- */

/* Nothing tells where an entry ends but the serializers: all of them must be known. */
static int check_crossable(struct reader *self, struct sp_error *err)
{
	const struct sp_state *state = self->state;
	const struct sp_type *types[] = { state->value, self->stream.header->key, state->ns };
	sp_auto_buffer text = { 0 };

	for (size_t i = 0; i < (self->at->is.layout.timer ? 1 : sp_countof(types)); i++) {
		const struct sp_type *opaque = sp_type_opaque_part(types[i]);

		if (opaque == NULL)
			continue;
		sp_type_text(opaque, &text);
		return sp_fail(err, SP_EUNSUPPORTED,
			"%" PRIu32 " entries with %.*s, of which no value has a known end",
			self->entries, (int)text.n, (const char *)text.p);
	}
	return 0;
}

static int prepare(struct reader *self, struct sp_error *err)
{
	if (self->at->known)
		return 0;
	if (sp_hashmap_state(self->stream.header, self->state, self->max_parallelism, self->kryo,
		    &self->at->is, err) < 0 ||
		check_crossable(self, err) < 0)
		return hinted(sp_input_within(err, &self->data.in), err);
	self->at->known = true;
	return 0;
}

static int begin_block(struct reader *self, struct sp_error *err)
{
	uint16_t id;

	if (sp_input_need(&self->data.in, SP_HASHMAP_BLOCK_BYTES, err) < 0)
		return err->code;
	id = sp_get_be16(sp_input_bytes(&self->data.in));
	if (id >= self->stream.header->n_states)
		return sp_input_fail(err, &self->data.in, "state id %u of %zu states", id,
			self->stream.header->n_states);
	self->state = &self->stream.header->states[id];
	self->at = &self->states[id];
	if (self->at->seen == self->group + 1)
		return sp_input_fail(err, &self->data.in, "the state comes twice in its key group");
	self->at->seen = self->group + 1;
	sp_input_skip(&self->data.in, 2);
	self->blocks--;
	if (take_count(self, "entries", &self->entries, err) < 0)
		return err->code;
	return self->entries == 0 ? 0 : prepare(self, err);
}

static int begin_group(struct reader *self, struct sp_error *err)
{
	const struct sp_key_group_range *group = &self->data.groups.at[self->group];
	uint64_t data = group->start + SP_HASHMAP_GROUP_BYTES;
	bool framed = self->stream.header->compressed;
	uint32_t number;

	sp_input_range(&self->data.in, group->start,
		framed && data < group->end ? data : group->end, false);
	if (sp_input_need(&self->data.in, SP_HASHMAP_GROUP_BYTES, err) < 0)
		return err->code;
	number = sp_get_be32(sp_input_bytes(&self->data.in));
	if (number != group->key_group)
		return sp_input_fail(err, &self->data.in, "is key group %" PRIu32, number);
	sp_input_skip(&self->data.in, SP_HASHMAP_GROUP_BYTES);
	if (framed)
		sp_input_range(&self->data.in, data, group->end, true);
	self->begun = true;
	self->blocks = self->stream.header->n_states;
	return 0;
}

static int end_group(struct reader *self, struct sp_error *err)
{
	int more;

	self->state = NULL;
	more = sp_input_more(&self->data.in, err);
	if (more != 0)
		return more < 0 ? more
				: sp_input_fail(err, &self->data.in, "bytes behind the last state");
	self->begun = false;
	self->group++;
	return 0;
}

/* On to the next block. 1: done; 0: the very end. */
static int advance(struct reader *self, struct sp_error *err)
{
	int r;

	if (self->blocks > 0)
		r = begin_block(self, err);
	else if (self->begun)
		r = end_group(self, err);
	else if (self->group < self->data.groups.n)
		r = begin_group(self, err);
	else
		return 0;
	return r < 0 ? r : 1;
}

static int damaged(struct reader *self, struct sp_error *err)
{
	if (self->state != NULL)
		sp_within(err, "state '%.*s'", (int)self->state->name.n, self->state->name.p);
	return sp_within(err, "key group %" PRIu32, self->data.groups.at[self->group].key_group);
}

static int reader_next(struct sp_stream *stream, struct sp_row *row, struct sp_error *err)
{
	struct reader *self = (struct reader *)stream;
	int r = 0;

	sp_input_skip(&self->data.in, self->taken);
	self->taken = 0;
	while (r == 0) {
		if (self->pairs > 0) {
			r = take_pair(self, row, err);
		} else if (self->entries > 0) {
			r = take_entry(self, row, err);
		} else {
			r = advance(self, err);
			if (r == 0)
				return 0;
			r = r < 0 ? r : 0;
		}
	}
	return r < 0 ? damaged(self, err) : r;
}

/* --- opening --------------------------------------------------------------------------------- */

static void reader_free(struct sp_stream *stream)
{
	struct reader *self = (struct reader *)stream;

	sp_buffer_free(&self->key);
	sp_buffer_free(&self->list);
	sp_key_group_data_close(&self->data);
	free(self);
}

static void reader_spot(const struct sp_stream *stream, struct sp_row_spot *ret)
{
	const struct reader *self = (const struct reader *)stream;

	*ret = sp_key_group_data_spot(&self->data, self->entry);
}

static const struct sp_stream_ops reader_ops = {
	.next = reader_next, .free = reader_free, .spot = reader_spot
};

static int check_version(const struct sp_key_group_data *data, struct sp_error *err)
{
	if (data->header->version >= HEADER_VERSION_MIN)
		return 0;
	sp_fail(err, SP_EUNSUPPORTED, "%s: heap state of Flink 1.2", data->file->place);
	return sp_hint(err, "restore it with Flink 1.3 to 1.10 and take a new savepoint");
}

/* The heap backend writes every key group of its range. */
int sp_hashmap_data_open(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_key_group_data *ret, struct sp_error *err)
{
	const size_t wanted = (size_t)sp_place_groups(place).count;

	if (sp_key_group_data_open(place, budget, ret, err) < 0 || check_version(ret, err) < 0)
		return err->code;
	if (ret->groups.n == wanted)
		return 0;
	return sp_fail(err, SP_EDAMAGED, "%s: %zu of %zu key groups are missing", ret->file->place,
		wanted - ret->groups.n, wanted);
}

int sp_hashmap_open(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_stream **ret, struct sp_error *err)
{
	struct reader *self = calloc(1, sizeof(*self));
	sp_auto(sp_stream) *stream = NULL;

	if (self == NULL)
		sp_abort("out of memory");
	self->stream.ops = &reader_ops;
	self->stream.order = SP_ORDER_MAPS;
	stream = &self->stream;
	self->max_parallelism = place->op->max_parallelism;
	self->kryo = sp_kryo_of(place->source->snapshot);
	if (sp_hashmap_data_open(place, budget, &self->data, err) < 0)
		return err->code;
	self->stream.header = self->data.header;
	self->states =
		sp_arena_new_array(self->data.arena, struct state, self->stream.header->n_states);
	*ret = sp_steal(stream);
	return 0;
}
