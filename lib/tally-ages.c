#include "tally-ages.h"

#define MINUTE ((int64_t)60 * 1000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

const int64_t sp_ages_bounds[SP_AGES_BOUNDS] = { 0, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY,
	7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY };

int sp_age_rule(const struct sp_expiry *expiry, const struct sp_state *state, enum sp_kryo kryo,
	struct sp_age_rule *ret)
{
	const struct sp_time_to_live *life;

	if (sp_ttl_type(state) == NULL)
		return 0;
	life = sp_ttl_life(expiry, state);
	*ret = (struct sp_age_rule){ .now = expiry->now,
		.has_life = life != NULL,
		.ms = life == NULL ? 0 : life->ms,
		.type = state->type,
		.element = sp_state_element(state),
		.kryo = kryo };
	return 1;
}

/* Ages end where numbers do. */
static int64_t age_at(int64_t now, int64_t last_access)
{
	int64_t age;

	if (__builtin_sub_overflow(now, last_access, &age))
		return last_access < 0 ? INT64_MAX : INT64_MIN;
	return age;
}

static void add_value(
	struct sp_ages *self, const struct sp_age_rule *rule, int64_t last_access, size_t bytes)
{
	const int64_t age = age_at(rule->now, last_access);
	size_t i = 0;

	while (i < SP_AGES_BOUNDS && age >= sp_ages_bounds[i])
		i++;
	self->ages[i].values++;
	self->ages[i].bytes += bytes;
	if (self->values == 0 || last_access < self->oldest)
		self->oldest = last_access;
	if (self->values == 0 || last_access > self->newest)
		self->newest = last_access;
	self->values++;
	self->bytes += bytes;
	if (rule->has_life && sp_ttl_is_expired(rule->now, rule->ms, last_access)) {
		self->expired++;
		self->expired_bytes += bytes;
	}
}

static int add_list(struct sp_ages *self, const struct sp_age_rule *rule, struct sp_slice value,
	struct sp_error *err)
{
	struct sp_value_reader reader = sp_value_reader(value, 0, rule->kryo);
	struct sp_slice element;
	int64_t last_access;
	int r;

	while ((r = sp_list_next(&reader, rule->element, &element, err)) > 0) {
		if (sp_ttl_last_access(element, 0, &last_access, err) < 0)
			return err->code;
		add_value(self, rule, last_access, element.n);
	}
	return r;
}

int sp_ages_add(struct sp_ages *self, const struct sp_age_rule *rule, struct sp_slice value,
	struct sp_error *err)
{
	int64_t last_access;
	int r;

	self->has_life = rule->has_life;
	if (rule->type == SP_STATE_LIST)
		return add_list(self, rule, value, err);
	r = rule->type == SP_STATE_MAP ? sp_ttl_map_last_access(value, &last_access, err)
				       : sp_ttl_last_access(value, 0, &last_access, err);
	if (r < 0 || (r == 0 && rule->type == SP_STATE_MAP))
		return r;
	add_value(self, rule, last_access, value.n - (rule->type == SP_STATE_MAP));
	return 0;
}

void sp_ages_merge(struct sp_ages *to, const struct sp_ages *from)
{
	if (from->values > 0 && (to->values == 0 || from->oldest < to->oldest))
		to->oldest = from->oldest;
	if (from->values > 0 && (to->values == 0 || from->newest > to->newest))
		to->newest = from->newest;
	to->has_life |= from->has_life;
	to->values += from->values;
	to->bytes += from->bytes;
	to->expired += from->expired;
	to->expired_bytes += from->expired_bytes;
	for (size_t i = 0; i <= SP_AGES_BOUNDS; i++) {
		to->ages[i].values += from->ages[i].values;
		to->ages[i].bytes += from->ages[i].bytes;
	}
}
