/*
 * Descriptions of states (StateMetaInfoSnapshotReadersWriters):
 *
 *	proxied  utf name, i32 kind, i32 n, n × (utf key, utf value),
 *	         i32 m, m × (utf role, serializer snapshot in proxy form)
 *	pairs    utf name, i32 kind, i32 n, n × (utf key, utf value),
 *	         i32 m, m × utf role, resilient list of the serializers by role
 *
 * Proxied since Flink 1.7; pairs: 1.6.
 */
#include "state-meta.h"

#include <inttypes.h>

#define MAX_OPTIONS 64     /* Flink writes one */
#define MAX_SERIALIZERS 16 /* Flink writes at most three */

static const struct role {
	const char *name; /* StateMetaInfoSnapshot.CommonSerializerKeys */
	size_t at;
} roles[] = {
	{ "VALUE_SERIALIZER", offsetof(struct sp_state, value) },
	{ "NAMESPACE_SERIALIZER", offsetof(struct sp_state, ns) },
	{ "USER_KEY_SERIALIZER", offsetof(struct sp_state, user_key) },
	{ "KEY_SERIALIZER", offsetof(struct sp_state, key) },
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

	if (role != NULL)
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

bool sp_state_meta_may_start(struct sp_cursor in)
{
	struct sp_slice name;

	return peek_utf(&in, &name) && sp_left(&in) >= 12 &&
	       sp_get_be32(in.at) <= SP_KIND_KEY_VALUE_V2 && sp_get_be32(in.at + 4) <= MAX_OPTIONS;
}

static int read_roles(struct sp_type_reader *r, size_t n, struct sp_error *err);

static const struct sp_type_rest_ops more_roles = { role_may_start, read_roles };
static const struct sp_type_rest_ops more_states = { sp_state_meta_may_start, sp_state_meta_cross };

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
	if (kind < 0 || kind > SP_KIND_KEY_VALUE_V2 || (r->state_kinds & 1U << kind) == 0)
		return sp_fail_at(err, &start, "state kind %" PRId32 " in %s state", kind,
			r->state_kinds & 1U << SP_KIND_KEY_VALUE ? "keyed" : "operator");
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

/* Behind the name. */
static int read_proxied(struct sp_type_reader *r, struct sp_state *state, struct sp_error *err)
{
	uint32_t n;

	if (read_kind_and_options(r, state, err) < 0 || take_n_serializers(r, &n, err) < 0)
		return err->code;
	while (n-- > 0)
		if (read_role(r, n, state, err) < 0)
			return err->code;
	return 0;
}

/* Behind the name. */
static int read_pairs(struct sp_type_reader *r, struct sp_state *state, struct sp_error *err)
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

static int read_one(struct sp_type_reader *r, enum sp_state_meta form, struct sp_state *state,
	struct sp_error *err)
{
	struct sp_cursor start = r->in;
	int status;

	if (sp_take_utf(&r->in, &state->name, err) < 0)
		return err->code;
	status = form == SP_STATE_META_PROXIED ? read_proxied(r, state, err)
					       : read_pairs(r, state, err);
	if (status < 0)
		return r->trial ? status
				: sp_within(err, "state '%s'",
					  sp_type_printable(r->arena, state->name));
	state->bytes = sp_slice(start.at, (size_t)(r->in.at - start.at));
	return 0;
}

int sp_state_meta_read(struct sp_type_reader *r, enum sp_state_meta form, size_t left,
	struct sp_state *state, struct sp_error *err)
{
	struct sp_type_rest rest = { &more_states, left, r->depth, r->rest };
	int status;

	if (form != SP_STATE_META_PROXIED) /* nothing needs to be searched for */
		return read_one(r, form, state, err);
	r->rest = &rest;
	status = read_one(r, form, state, err);
	r->rest = rest.up;
	return status;
}

int sp_state_meta_cross(struct sp_type_reader *r, size_t n, struct sp_error *err)
{
	while (n-- > 0) {
		struct sp_state ignored = { 0 };

		if (sp_state_meta_read(r, SP_STATE_META_PROXIED, n, &ignored, err) < 0)
			return err->code;
	}
	return 0;
}

int sp_state_meta_take_count(struct sp_type_reader *r, uint16_t *ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	if (sp_take_u16(&r->in, ret, err) < 0)
		return err->code;
	if (*ret > INT16_MAX || *ret > sp_left(&r->in) / SP_STATE_META_LEAST)
		return sp_fail_at(err, &start, "%u states cannot fit into the %zu bytes left", *ret,
			sp_left(&r->in));
	return 0;
}

int sp_state_type_of_ordinal(uint32_t ordinal, enum sp_state_type *ret)
{
	if (ordinal >= sp_countof(state_types))
		return 0;
	*ret = state_types[ordinal].type;
	return 1;
}
