/*
 * The header of keyed state files (KeyedBackendSerializationProxy).
 *
 *	i32 version, [4+: bool compressed,] key serializer, i16 n, n × state
 *
 *	version  key serializer  state
 *	1, 2     object          i32 type, utf name, object namespace, object value
 *	3, 4     pairs           i32 type, utf name, pairs (namespace, value)
 *	5        pairs           utf name, i32 kind, i32 n, n × (utf key, utf value),
 *	                         i32 m, m × utf role, pairs (by role)
 *	6        proxied         utf name, i32 kind, i32 n, n × (utf key, utf value),
 *	                         i32 m, m × (utf role, proxied)
 *
 *	object   i32 1, blob: a serializer as a Java object stream
 *	pairs    the resilient list of type-snapshot-legacy.c
 *	proxied  type-snapshot.c
 *
 * Version 6 since Flink 1.7; 5: 1.6; 4: 1.4, 1.5; 3: 1.3; 1, 2: to 1.2.
 */
#include "state-meta.h"

#include <inttypes.h>

#define VERSION_MIN 1
#define VERSION_MAX 6
#define VERSION_COMPRESSION 4 /* the first with the flag */
#define VERSION_PAIRS 3
#define VERSION_OPTIONS 5
#define VERSION_PROXIED 6

#define KEYED_KINDS                                                                                \
	(1U << SP_KIND_KEY_VALUE | 1U << SP_KIND_PRIORITY_QUEUE | 1U << SP_KIND_KEY_VALUE_V2)

static bool count_may_start(struct sp_cursor in)
{
	if (sp_left(&in) == 2)
		return sp_get_be16(in.at) == 0;
	in.at += 2;
	return sp_state_meta_may_start(in);
}

static int read_count(struct sp_type_reader *r, size_t n, struct sp_error *err);

static const struct sp_type_rest_ops state_count = { count_may_start, read_count };

/* Versions 3 and 4, behind the name. */
static int read_state_3(struct sp_type_reader *r, struct sp_state *state, struct sp_error *err)
{
	const struct sp_type **types;
	size_t n;

	if (sp_type_read_resilient(r, &types, &n, err) < 0)
		return err->code;
	if (n != 2)
		return sp_fail_at(err, &r->in, "%zu serializers of one state", n);
	state->ns = types[0];
	state->value = types[1];
	return 0;
}

/* Versions 1 and 2, behind the name. */
static int read_state_1(struct sp_type_reader *r, struct sp_state *state, struct sp_error *err)
{
	return sp_type_read_prior(r, &state->ns, err) < 0
		       ? err->code
		       : sp_type_read_prior(r, &state->value, err);
}

/* The number of StateDescriptor.Type that precedes the name up to version 4. */
static int take_state_type(struct sp_type_reader *r, struct sp_state *state, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	uint32_t type;

	if (sp_take_u32(&r->in, &type, err) < 0)
		return err->code;
	if (sp_state_type_of_ordinal(type, &state->type) == 0)
		return sp_fail_at(err, &start, "state type %" PRIu32, type);
	return 0;
}

/* Of version 4 and before. */
static int read_old_state(
	struct sp_type_reader *r, int32_t version, struct sp_state *state, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	if (take_state_type(r, state, err) < 0 || sp_take_utf(&r->in, &state->name, err) < 0)
		return err->code;
	if ((version >= VERSION_PAIRS ? read_state_3(r, state, err) : read_state_1(r, state, err)) <
		0)
		return sp_within(err, "state '%s'", sp_type_printable(r->arena, state->name));
	state->bytes = sp_slice(start.at, (size_t)(r->in.at - start.at));
	return 0;
}

static int read_state(struct sp_type_reader *r, int32_t version, size_t left,
	struct sp_state *state, struct sp_error *err)
{
	if (version < VERSION_OPTIONS)
		return read_old_state(r, version, state, err);
	return sp_state_meta_read(r,
		version >= VERSION_PROXIED ? SP_STATE_META_PROXIED : SP_STATE_META_PAIRS, left,
		state, err);
}

static int read_count(struct sp_type_reader *r, size_t n, struct sp_error *err)
{
	uint16_t n_states;

	(void)n; /* always one */
	return sp_state_meta_take_count(r, &n_states, err) < 0
		       ? err->code
		       : sp_state_meta_cross(r, n_states, err);
}

static int read_key(struct sp_type_reader *r, struct sp_keyed_header *header, struct sp_error *err)
{
	struct sp_type_rest rest = { &state_count, 1, 0, NULL };
	const struct sp_type **types;
	size_t n;
	int status;

	if (header->version >= VERSION_PROXIED) {
		r->rest = &rest;
		status = sp_type_read_proxied(r, &header->key, err);
		r->rest = NULL;
		return status;
	}
	if (header->version < VERSION_PAIRS)
		return sp_type_read_prior(r, &header->key, err);
	if (sp_type_read_resilient(r, &types, &n, err) < 0)
		return err->code;
	if (n != 1)
		return sp_fail_at(err, &r->in, "%zu key serializers", n);
	header->key = types[0];
	return 0;
}

static int read_all_states(
	struct sp_type_reader *r, struct sp_keyed_header *header, struct sp_error *err)
{
	uint16_t n;

	if (sp_state_meta_take_count(r, &n, err) < 0)
		return err->code;
	header->states = sp_arena_new_array(r->arena, struct sp_state, n);
	for (uint16_t i = 0; i < n; i++) {
		struct sp_state *state = &header->states[i];

		if (read_state(r, header->version, n - i - 1U, state, err) < 0)
			return err->code;
		state->id = i;
	}
	header->n_states = n;
	return 0;
}

static int read_head(struct sp_type_reader *r, struct sp_keyed_header *header, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	if (sp_take_i32(&r->in, &header->version, err) < 0)
		return err->code;
	if (header->version < VERSION_MIN || header->version > VERSION_MAX)
		return sp_fail_at(
			err, &start, "keyed state header of version %" PRId32, header->version);
	if (header->version >= VERSION_COMPRESSION)
		return sp_take_bool(&r->in, &header->compressed, err);
	return 0;
}

int sp_keyed_header_read(struct sp_slice bytes, uint64_t base, struct sp_arena *arena,
	const struct sp_keyed_header **ret, struct sp_error *err)
{
	struct sp_slice copy = sp_arena_copy(arena, bytes);
	struct sp_type_search search = sp_type_search_for(bytes.n);
	struct sp_type_reader r = { .in = sp_cursor(copy, base),
		.arena = arena,
		.bounded = true,
		.search = &search,
		.state_kinds = KEYED_KINDS };
	struct sp_keyed_header *header = sp_arena_new_array(arena, struct sp_keyed_header, 1);

	header->bytes = copy;
	if (read_head(&r, header, err) < 0)
		return err->code;
	if (read_key(&r, header, err) < 0)
		return sp_within(err, "key serializer");
	if (read_all_states(&r, header, err) < 0)
		return err->code;
	if (sp_left(&r.in) != 0)
		return sp_fail_at(err, &r.in, "%zu bytes behind the last state", sp_left(&r.in));
	*ret = header;
	return 0;
}

int sp_state_read(struct sp_cursor *in, bool whole, struct sp_arena *arena, struct sp_state *ret,
	struct sp_error *err)
{
	struct sp_slice copy = sp_arena_copy(arena, sp_slice(in->at, sp_left(in)));
	struct sp_type_search search = sp_type_search_for(copy.n);
	struct sp_type_reader r = { .in = sp_cursor(copy, sp_offset(in)),
		.arena = arena,
		.bounded = whole,
		.search = &search,
		.state_kinds = KEYED_KINDS };
	struct sp_state state = { 0 };

	if (sp_state_meta_read(&r, SP_STATE_META_PROXIED, 0, &state, err) < 0)
		return err->code;
	if (whole && sp_left(&r.in) != 0)
		return sp_fail_at(err, &r.in, "%zu bytes behind the state", sp_left(&r.in));
	in->at += state.bytes.n;
	*ret = state;
	return 0;
}
