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
#include "type-internal.h"

#include <inttypes.h>

#define VERSION_MIN 1
#define VERSION_MAX 6
#define VERSION_COMPRESSION 4 /* the first with the flag */
#define VERSION_PAIRS 3
#define VERSION_OPTIONS 5
#define VERSION_PROXIED 6

#define LEAST_STATE 14     /* bytes: utf, i32, i32, i32 */
#define MAX_OPTIONS 64     /* Flink writes one */
#define MAX_SERIALIZERS 16 /* Flink writes at most three */

static const struct role {
	const char *name; /* StateMetaInfoSnapshot.CommonSerializerKeys */
	size_t at;
} roles[] = {
	{ "VALUE_SERIALIZER", offsetof(struct sp_state, value) },
	{ "NAMESPACE_SERIALIZER", offsetof(struct sp_state, ns) },
	{ "USER_KEY_SERIALIZER", offsetof(struct sp_state, user_key) },
	{ "KEY_SERIALIZER", SIZE_MAX }, /* older operator state only; not kept */
};

static const struct {
	const char *name;
	enum sp_state_type type;
} state_types[] = {
	/* StateDescriptor.Type, by ordinal */
	{ "UNKNOWN", SP_STATE_UNKNOWN },
	{ "VALUE", SP_STATE_VALUE },
	{ "LIST", SP_STATE_LIST },
	{ "REDUCING", SP_STATE_REDUCING },
	{ "FOLDING", SP_STATE_FOLDING },
	{ "AGGREGATING", SP_STATE_AGGREGATING },
	{ "MAP", SP_STATE_MAP },
};

static const struct role *role_of(struct sp_slice name)
{
	for (size_t i = 0; i < sp_countof(roles); i++)
		if (sp_slice_is(name, roles[i].name))
			return &roles[i];
	return NULL;
}

static void set_role(struct sp_state *state, struct sp_slice name, const struct sp_type *type)
{
	const struct role *role = role_of(name);

	if (role != NULL && role->at != SIZE_MAX)
		memcpy((char *)state + role->at, &type, sizeof(type));
}

/* The utf at `in` without a check of its characters; false if it does not fit. */
static bool peek_utf(struct sp_cursor *in, struct sp_slice *ret)
{
	if (sp_left(in) < 2 || sp_left(in) - 2 < sp_get_be16(in->at))
		return false;
	*ret = sp_slice(in->at + 2, sp_get_be16(in->at));
	in->at += 2 + ret->n;
	return true;
}

static bool role_may_start(struct sp_cursor in)
{
	struct sp_slice name;

	return peek_utf(&in, &name) && role_of(name) != NULL && sp_left(&in) >= 4 &&
	       sp_get_be32(in.at) <= 2;
}

static bool state_may_start(struct sp_cursor in)
{
	struct sp_slice name;

	return peek_utf(&in, &name) && sp_left(&in) >= 12 &&
	       sp_get_be32(in.at) <= SP_KIND_KEY_VALUE_V2 && sp_get_be32(in.at + 4) <= MAX_OPTIONS;
}

static bool count_may_start(struct sp_cursor in)
{
	if (sp_left(&in) == 2)
		return sp_get_be16(in.at) == 0;
	in.at += 2;
	return state_may_start(in);
}

static int read_roles(struct sp_type_reader *r, size_t n, struct sp_error *err);
static int read_states(struct sp_type_reader *r, size_t n, struct sp_error *err);
static int read_count(struct sp_type_reader *r, size_t n, struct sp_error *err);

static const struct sp_type_rest_ops more_roles = { role_may_start, read_roles };
static const struct sp_type_rest_ops more_states = { state_may_start, read_states };
static const struct sp_type_rest_ops state_count = { count_may_start, read_count };

/* A role and its serializer, `left` more of which come behind it. */
static int read_role(
	struct sp_type_reader *r, size_t left, struct sp_state *state, struct sp_error *err)
{
	struct sp_type_rest rest = { &more_roles, left, r->depth, r->rest };
	const struct sp_type *type;
	struct sp_slice name;
	int status;

	if (sp_take_utf(&r->in, &name, err) < 0)
		return err->code;
	if (r->trial && role_of(name) == NULL)
		return sp_fail(err, SP_EDAMAGED, "no role");
	r->rest = &rest;
	status = sp_type_read_proxied(r, &type, err);
	r->rest = rest.up;
	if (status < 0)
		return r->trial ? status : sp_within(err, "%s", sp_type_printable(r->arena, name));
	set_role(state, name, type);
	return 0;
}

static int read_roles(struct sp_type_reader *r, size_t n, struct sp_error *err)
{
	struct sp_state ignored = { 0 };

	while (n-- > 0)
		if (read_role(r, n, &ignored, err) < 0)
			return err->code;
	return 0;
}

static int read_options(struct sp_type_reader *r, struct sp_state *state, struct sp_error *err)
{
	uint32_t n;

	if (sp_take_count(&r->in, 4, "options", &n, err) < 0)
		return err->code;
	state->options = sp_arena_new_array(r->arena, struct sp_option, n);
	for (; state->n_options < n; state->n_options++) {
		struct sp_option *option = &state->options[state->n_options];

		if (sp_take_utf(&r->in, &option->key, err) < 0 ||
			sp_take_utf(&r->in, &option->value, err) < 0)
			return err->code;
		if (!sp_slice_is(option->key, "KEYED_STATE_TYPE"))
			continue;
		for (size_t i = 0; i < sp_countof(state_types); i++)
			if (sp_slice_is(option->value, state_types[i].name))
				state->type = state_types[i].type;
	}
	return 0;
}

static int take_kind(struct sp_type_reader *r, enum sp_state_kind *ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	int32_t kind;

	if (sp_take_i32(&r->in, &kind, err) < 0)
		return err->code;
	if (kind != SP_KIND_KEY_VALUE && kind != SP_KIND_PRIORITY_QUEUE &&
		kind != SP_KIND_KEY_VALUE_V2)
		return sp_fail_at(err, &start, "state kind %" PRId32 " in keyed state", kind);
	*ret = (enum sp_state_kind)kind;
	return 0;
}

static int take_n_serializers(struct sp_type_reader *r, uint32_t *n, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	if (sp_take_count(&r->in, 6, "serializers", n, err) < 0)
		return err->code;
	if (*n == 0 || *n > MAX_SERIALIZERS)
		return sp_fail_at(err, &start, "%" PRIu32 " serializers of one state", *n);
	return 0;
}

static int read_kind_and_options(
	struct sp_type_reader *r, struct sp_state *state, struct sp_error *err)
{
	return take_kind(r, &state->kind, err) < 0 ? err->code : read_options(r, state, err);
}

/* Version 6, behind the name. */
static int read_state_6(struct sp_type_reader *r, struct sp_state *state, struct sp_error *err)
{
	uint32_t n;

	if (read_kind_and_options(r, state, err) < 0 || take_n_serializers(r, &n, err) < 0)
		return err->code;
	while (n-- > 0)
		if (read_role(r, n, state, err) < 0)
			return err->code;
	return 0;
}

/* Version 5, behind the name. */
static int read_state_5(struct sp_type_reader *r, struct sp_state *state, struct sp_error *err)
{
	struct sp_slice names[MAX_SERIALIZERS];
	const struct sp_type **types;
	size_t n_types;
	uint32_t n;

	if (read_kind_and_options(r, state, err) < 0 || take_n_serializers(r, &n, err) < 0)
		return err->code;
	for (uint32_t i = 0; i < n; i++)
		if (sp_take_utf(&r->in, &names[i], err) < 0)
			return err->code;
	if (sp_type_read_resilient(r, &types, &n_types, err) < 0)
		return err->code;
	if (n_types != n)
		return sp_fail_at(err, &r->in, "%zu serializers for %" PRIu32 " roles", n_types, n);
	for (uint32_t i = 0; i < n; i++)
		set_role(state, names[i], types[i]);
	return 0;
}

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
	if (type >= sp_countof(state_types))
		return sp_fail_at(err, &start, "state type %" PRIu32, type);
	state->type = state_types[type].type;
	return 0;
}

static int read_state(
	struct sp_type_reader *r, int32_t version, struct sp_state *state, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	int status;

	if (version < VERSION_OPTIONS && take_state_type(r, state, err) < 0)
		return err->code;
	if (sp_take_utf(&r->in, &state->name, err) < 0)
		return err->code;
	status = version >= VERSION_PROXIED   ? read_state_6(r, state, err)
		 : version >= VERSION_OPTIONS ? read_state_5(r, state, err)
		 : version >= VERSION_PAIRS   ? read_state_3(r, state, err)
					      : read_state_1(r, state, err);
	if (status < 0)
		return r->trial ? status
				: sp_within(err, "state '%s'",
					  sp_type_printable(r->arena, state->name));
	state->bytes = sp_slice(start.at, (size_t)(r->in.at - start.at));
	return 0;
}

/* Of version 6: only there anything needs to be searched for. */
static int read_one_of(
	struct sp_type_reader *r, size_t left, struct sp_state *state, struct sp_error *err)
{
	struct sp_type_rest rest = { &more_states, left, r->depth, r->rest };
	int status;

	r->rest = &rest;
	status = read_state(r, VERSION_PROXIED, state, err);
	r->rest = rest.up;
	return status;
}

static int read_states(struct sp_type_reader *r, size_t n, struct sp_error *err)
{
	while (n-- > 0) {
		struct sp_state ignored = { 0 };

		if (read_one_of(r, n, &ignored, err) < 0)
			return err->code;
	}
	return 0;
}

static int take_count(struct sp_type_reader *r, uint16_t *ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	if (sp_take_u16(&r->in, ret, err) < 0)
		return err->code;
	if (*ret > INT16_MAX || *ret > sp_left(&r->in) / LEAST_STATE)
		return sp_fail_at(err, &start, "%u states cannot fit into the %zu bytes left", *ret,
			sp_left(&r->in));
	return 0;
}

static int read_count(struct sp_type_reader *r, size_t n, struct sp_error *err)
{
	uint16_t n_states;

	(void)n; /* always one */
	return take_count(r, &n_states, err) < 0 ? err->code : read_states(r, n_states, err);
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

	if (take_count(r, &n, err) < 0)
		return err->code;
	header->states = sp_arena_new_array(r->arena, struct sp_state, n);
	for (uint16_t i = 0; i < n; i++) {
		struct sp_state *state = &header->states[i];
		int status = header->version >= VERSION_PROXIED
				     ? read_one_of(r, n - i - 1U, state, err)
				     : read_state(r, header->version, state, err);

		if (status < 0)
			return status;
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
	struct sp_type_reader r = {
		.in = sp_cursor(copy, base), .arena = arena, .bounded = true, .search = &search
	};
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
