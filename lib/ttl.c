#include "ttl.h"

#include "mutf8.h"
#include "row-key.h"

const struct sp_type *sp_ttl_type(const struct sp_state *state)
{
	const struct sp_type *type = state->value;

	if (state->kind == SP_KIND_PRIORITY_QUEUE)
		return NULL;
	if (state->type == SP_STATE_LIST)
		type = sp_state_element(state);
	else if (state->type == SP_STATE_MAP)
		type = sp_state_user_value(state);
	while (type != NULL && type->kind == SP_WRAPPER && type->n_children == 1)
		type = type->children[0];
	return type != NULL && type->kind == SP_TTL ? type : NULL;
}

const struct sp_time_to_live *sp_ttl_life(
	const struct sp_expiry *expiry, const struct sp_state *state)
{
	sp_auto_buffer name = { 0 };

	if (sp_ttl_type(state) == NULL)
		return NULL;
	sp_mutf8_to_utf8(state->name, &name);
	for (size_t i = 0; i < expiry->n_lives; i++) {
		const struct sp_time_to_live *life = &expiry->lives[i];

		if (life->state == NULL || sp_slice_is(sp_buffer_slice(&name), life->state))
			return life;
	}
	return NULL;
}

/* The sum stops at the end of time. */
bool sp_ttl_is_expired(int64_t now, int64_t ms, int64_t last_access)
{
	int64_t end;

	if (__builtin_add_overflow(last_access, ms, &end))
		end = INT64_MAX;
	return end <= now;
}

int sp_ttl_last_access(struct sp_slice value, size_t at, int64_t *ret, struct sp_error *err)
{
	if (value.n < at + SP_TTL_TIMESTAMP_BYTES)
		return sp_fail(err, SP_EDAMAGED,
			"TTL value of %zu bytes has no time of last access", value.n);
	*ret = (int64_t)sp_get_be64(value.p + at);
	return 0;
}

int sp_ttl_map_last_access(struct sp_slice value, int64_t *ret, struct sp_error *err)
{
	if (value.n == 0 || value.p[0] > 1)
		return sp_fail(
			err, SP_EDAMAGED, "map value of %zu bytes has no null flag", value.n);
	if (value.p[0] == 1)
		return 0;
	return sp_ttl_last_access(value, 1, ret, err) < 0 ? err->code : 1;
}
