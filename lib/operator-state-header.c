/*
 * The stream of managed operator state, one per subtask.
 *
 *	i32 version
 *	6:   bool compressed
 *	i16 n, n × list state
 *	3+:  i16 n, n × broadcast state
 *	2:   i32 number of list states, again
 *	6, compressed: ff 06 00 00 "sNaPpY", and all that follows is snappy-framed
 *	elements of the list states, then the broadcast states, at the offsets of the handle
 *
 *	version  state
 *	1        utf name, i8 mode, a serializer as a Java object
 *	2, 3     utf name, i8 mode, resilient list: serializer, broadcast: of key and value
 *	4        pairs of state-meta.c
 *	5, 6     proxied of state-meta.c
 *
 *	element    the bytes of the state's serializer, up to the next offset of any state
 *	broadcast  i32 n, n × (key, value)
 *
 * The stream is flushed before each offset is taken: compressed, each offset begins a chunk. But
 * 1.18.0 and 1.18.1 did not flush it (several elements have one offset), began each state with an
 * identifier, and fail to read what has one identifier only (FLINK-34063).
 *
 * OperatorBackendSerializationProxy, DefaultOperatorStateBackendSnapshotStrategy. Version 6 since
 * Flink 1.18; 5: 1.7 to 1.17; 4: 1.6; 3: 1.5; 2: 1.3 and 1.4; 1: 1.2.
 */
#include "operator-state.h"

#include <inttypes.h>

#include "mutf8.h"
#include "state-meta.h"
#include "state-same.h"

#define VERSION_OBJECTS 1
#define VERSION_BROADCAST 3
#define VERSION_PAIRS 4
#define VERSION_COMPRESSION 6

#define OPERATOR_KINDS (1U << SP_KIND_OPERATOR | 1U << SP_KIND_BROADCAST)
#define MODE_OPTION "OPERATOR_STATE_DISTRIBUTION_MODE"

void sp_operator_header_releases(int32_t version, bool compressed, sp_release *from, sp_release *to)
{
	*from = compressed                               ? SP_RELEASE(1, 19)
		: version >= VERSION_COMPRESSION         ? SP_RELEASE(1, 18)
		: version >= SP_OPERATOR_VERSION_PROXIED ? SP_RELEASE(1, 7)
							 : SP_RELEASE(1, 6);
	*to = version >= SP_OPERATOR_VERSION_PROXIED ? SP_RELEASE_NEWEST : SP_RELEASE(1, 16);
}

int sp_operator_header_peek(
	struct sp_cursor *in, int32_t *version, bool *compressed, struct sp_error *err)
{
	struct sp_cursor start = *in;

	*compressed = false;
	if (sp_take_i32(in, version, err) < 0)
		return err->code;
	if (*version < SP_OPERATOR_VERSION_MIN || *version > SP_OPERATOR_VERSION_MAX)
		return sp_fail_at(
			err, &start, "operator state header of version %" PRId32, *version);
	return *version < VERSION_COMPRESSION ? 0 : sp_take_bool(in, compressed, err);
}

int sp_operator_peek(struct sp_file *file, int32_t *version, bool *compressed, struct sp_error *err)
{
	uint8_t bytes[sizeof(uint32_t) + 1]; /* the flag is the last that any version has there */
	struct sp_cursor in = sp_cursor(sp_slice(bytes, sizeof(bytes)), 0);

	if (sp_file_read(file, 0, bytes, sizeof(bytes), err) < 0)
		return err->code;
	return sp_operator_header_peek(&in, version, compressed, err);
}

/* --- the header ----------------------------------------------------------------------------- */

static const struct {
	const char *name; /* OperatorStateHandle.Mode */
	enum sp_mode mode;
} modes[] = {
	{ "SPLIT_DISTRIBUTE", SP_MODE_SPLIT_DISTRIBUTE },
	{ "UNION", SP_MODE_UNION },
	{ "BROADCAST", SP_MODE_BROADCAST },
};

static int find_mode(const struct sp_type_reader *r, const struct sp_state *state,
	enum sp_mode *ret, struct sp_error *err)
{
	for (size_t i = 0; i < state->n_options; i++)
		for (size_t j = 0; j < sp_countof(modes); j++)
			if (sp_slice_is(state->options[i].key, MODE_OPTION) &&
				sp_slice_is(state->options[i].value, modes[j].name)) {
				*ret = modes[j].mode;
				return 0;
			}
	return sp_fail_at(err, &r->in, "state '%s' does not say how it is distributed",
		sp_type_printable(r->arena, state->name));
}

/* Versions 2 and 3, which have a mode in place of kind and options. */
static int read_old_state(
	struct sp_type_reader *r, struct sp_state *state, enum sp_mode *mode, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	const struct sp_type **types;
	uint8_t ordinal;
	size_t n;

	if (sp_take_utf(&r->in, &state->name, err) < 0 || sp_take_u8(&r->in, &ordinal, err) < 0 ||
		sp_type_read_resilient(r, &types, &n, err) < 0)
		return err->code;
	if (ordinal >= sp_countof(modes) || n != (ordinal == SP_MODE_BROADCAST ? 2 : 1))
		return sp_fail_at(
			err, &start, "operator state of mode %u with %zu serializers", ordinal, n);
	*mode = (enum sp_mode)ordinal;
	state->kind = *mode == SP_MODE_BROADCAST ? SP_KIND_BROADCAST : SP_KIND_OPERATOR;
	state->key = n == 2 ? types[0] : NULL;
	state->value = types[n - 1];
	state->bytes = sp_slice(start.at, (size_t)(r->in.at - start.at));
	return 0;
}

static int read_state(struct sp_type_reader *r, int32_t version, size_t left,
	struct sp_state *state, enum sp_mode *mode, struct sp_error *err)
{
	if (version < VERSION_PAIRS)
		return read_old_state(r, state, mode, err);
	if (sp_state_meta_read(r,
		    version < SP_OPERATOR_VERSION_PROXIED ? SP_STATE_META_PAIRS
							  : SP_STATE_META_PROXIED,
		    left, state, err) < 0)
		return err->code;
	return find_mode(r, state, mode, err);
}

static bool count_may_start(struct sp_cursor in)
{
	if (sp_get_be16(in.at) == 0)
		return sp_left(&in) == 2;
	in.at += 2;
	return sp_state_meta_may_start(in);
}

static int cross_count(struct sp_type_reader *r, size_t n, struct sp_error *err)
{
	uint16_t n_states;

	(void)n; /* always one */
	return sp_state_meta_take_count(r, &n_states, err) < 0
		       ? err->code
		       : sp_state_meta_cross(r, n_states, err);
}

static const struct sp_type_rest_ops broadcast_states = { count_may_start, cross_count };

/* i16 n, n × state; `more` counts of states follow. */
static int read_states(struct sp_type_reader *r, struct sp_operator_header *header, size_t more,
	struct sp_error *err)
{
	struct sp_type_rest rest = { &broadcast_states, more, 0, NULL };
	size_t before = header->n_states;
	struct sp_state *states;
	enum sp_mode *of;
	uint16_t n;

	if (sp_state_meta_take_count(r, &n, err) < 0)
		return err->code;
	states = sp_arena_new_array(r->arena, struct sp_state, before + n);
	of = sp_arena_new_array(r->arena, enum sp_mode, before + n);
	if (before != 0) {
		memcpy(states, header->states, before * sizeof(*states));
		memcpy(of, header->modes, before * sizeof(*of));
	}
	header->states = states;
	header->modes = of;
	for (; header->n_states < before + n; header->n_states++) {
		size_t i = header->n_states;

		r->rest = &rest;
		if (read_state(r, header->version, before + n - i - 1, &states[i], &of[i], err) < 0)
			return err->code;
		states[i].id = (uint32_t)i;
	}
	r->rest = NULL;
	return 0;
}

/* Lists have one serializer, broadcast states two; that they stand in the right half. */
static int check_states(
	struct sp_type_reader *r, const struct sp_operator_header *header, struct sp_error *err)
{
	for (size_t i = 0; i < header->n_states; i++) {
		const struct sp_state *state = &header->states[i];
		bool broadcast = header->modes[i] == SP_MODE_BROADCAST;

		if (broadcast != (i >= header->n_lists) || state->value == NULL ||
			broadcast != (state->kind == SP_KIND_BROADCAST) ||
			broadcast != (state->key != NULL))
			return sp_fail_at(err, &r->in, "state '%s' is neither list nor broadcast",
				sp_type_printable(r->arena, state->name));
	}
	return 0;
}

static int read_header(
	struct sp_type_reader *r, struct sp_operator_header *header, struct sp_error *err)
{
	uint32_t again;

	if (sp_operator_header_peek(&r->in, &header->version, &header->compressed, err) < 0)
		return err->code;
	if (header->version == VERSION_OBJECTS)
		return sp_fail(err, SP_EUNSUPPORTED,
			"offset 0x0: operator state of Flink 1.2 cannot be read: its serializers "
			"are Java objects without a length");
	if (read_states(r, header, header->version >= VERSION_BROADCAST, err) < 0)
		return err->code;
	header->n_lists = header->n_states;
	if (header->version >= VERSION_BROADCAST ? read_states(r, header, 0, err) < 0
						 : sp_take_u32(&r->in, &again, err) < 0)
		return err->code;
	return check_states(r, header, err);
}

int sp_operator_header_read(struct sp_slice bytes, uint64_t base, struct sp_arena *arena,
	const struct sp_operator_header **ret, struct sp_error *err)
{
	struct sp_slice copy = sp_arena_copy(arena, bytes);
	struct sp_type_search search = sp_type_search_for(bytes.n);
	struct sp_type_reader r = { .in = sp_cursor(copy, base),
		.arena = arena,
		.bounded = true,
		.state_kinds = OPERATOR_KINDS,
		.search = &search };
	struct sp_operator_header *header = sp_arena_new_array(arena, struct sp_operator_header, 1);

	header->bytes = copy;
	if (read_header(&r, header, err) < 0)
		return err->code;
	if (sp_left(&r.in) != 0)
		return sp_fail_at(err, &r.in, "%zu bytes behind the last state", sp_left(&r.in));
	*ret = header;
	return 0;
}

/* --- the union of headers ----------------------------------------------------------------- */

static int refuse_difference(const struct sp_state *state, const char *what, struct sp_error *err)
{
	sp_auto_buffer name = { 0 };

	sp_mutf8_to_utf8(state->name, &name);
	return sp_fail(err, SP_EUNSUPPORTED, "state '%.*s' has %s in different subtasks",
		(int)name.n, (const char *)name.p, what);
}

static bool is_same(const struct sp_state *a, const struct sp_state *b)
{
	return sp_slice_equal(a->bytes, b->bytes) ||
	       (sp_same_state(a, b) && sp_same_type(a->key, b->key));
}

/* Adds a state, unless it is there. */
static int add_state(struct sp_operator_header *to, const struct sp_state *state, enum sp_mode mode,
	struct sp_error *err)
{
	for (size_t i = 0; i < to->n_states; i++) {
		if (!sp_slice_equal(to->states[i].name, state->name))
			continue;
		if (to->modes[i] != mode)
			return refuse_difference(state, "different modes of distribution", err);
		if (!is_same(&to->states[i], state))
			return refuse_difference(state, "different serializers", err);
		return 0;
	}
	to->states[to->n_states] = *state;
	to->states[to->n_states].id = (uint32_t)to->n_states;
	to->modes[to->n_states++] = mode;
	return 0;
}

static int add_states(struct sp_operator_header *to, const struct sp_operator_header *from,
	bool broadcast, struct sp_error *err)
{
	for (size_t i = broadcast ? from->n_lists : 0;
		i < (broadcast ? from->n_states : from->n_lists); i++)
		if (add_state(to, &from->states[i], from->modes[i], err) < 0)
			return err->code;
	return 0;
}

static int refuse_old(const struct sp_operator_header *header, struct sp_error *err)
{
	sp_fail(err, SP_EUNSUPPORTED,
		"operator state of header version %" PRId32
		" (Flink 1.6 and before) cannot be rewritten",
		header->version);
	return sp_hint(err, "restore it in Flink 1.16 at most and take a new savepoint there");
}

int sp_operator_headers_unite(const struct sp_operator_header *const *headers, size_t n,
	struct sp_arena *arena, const struct sp_operator_header **ret, struct sp_error *err)
{
	struct sp_operator_header *to = sp_arena_new_array(arena, struct sp_operator_header, 1);
	size_t most = 0;

	for (size_t i = 0; i < n; i++) {
		most += headers[i]->n_states;
		if (headers[i]->version < SP_OPERATOR_VERSION_PROXIED)
			return refuse_old(headers[i], err);
	}
	to->version = SP_OPERATOR_VERSION_PROXIED;
	to->states = sp_arena_new_array(arena, struct sp_state, most);
	to->modes = sp_arena_new_array(arena, enum sp_mode, most);
	for (size_t i = 0; i < n; i++)
		if (add_states(to, headers[i], false, err) < 0)
			return err->code;
	to->n_lists = to->n_states;
	for (size_t i = 0; i < n; i++)
		if (add_states(to, headers[i], true, err) < 0)
			return err->code;
	*ret = to;
	return 0;
}
