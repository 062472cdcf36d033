/* How long ago the values of TTL states were last used, and how many have expired. */
#ifndef SP_TALLY_AGES_H
#define SP_TALLY_AGES_H

#include "row-key.h"
#include "ttl.h"

/* Bounds of the ages that are told apart, in ms; below the first are times in the future. */
#define SP_AGES_BOUNDS 10
extern const int64_t sp_ages_bounds[SP_AGES_BOUNDS];

struct sp_ages {
	uint64_t values; /* values, list elements and map entries that have a time */
	uint64_t bytes;  /* of them, with their times */
	int64_t oldest, newest;
	bool has_life; /* it is known how long they live, and so: */
	uint64_t expired, expired_bytes;
	struct {
		uint64_t values, bytes;
	} ages[SP_AGES_BOUNDS + 1]; /* up to bound i; the last: from the last bound on */
};

/* What has to be known of a state to find the times in its rows. */
struct sp_age_rule {
	int64_t now;
	bool has_life;
	int64_t ms;
	enum sp_state_type type;
	const struct sp_type *element; /* of a LIST */
	enum sp_kryo kryo;
};

/* 1: the state has TTL, and *ret; 0: it has not. */
int sp_age_rule(const struct sp_expiry *expiry, const struct sp_state *state, enum sp_kryo kryo,
	struct sp_age_rule *ret);

/* Adds what a row of the state holds. SP_EDAMAGED; SP_EUNSUPPORTED: elements have no known end. */
int sp_ages_add(struct sp_ages *ages, const struct sp_age_rule *rule, struct sp_slice value,
	struct sp_error *err);
void sp_ages_merge(struct sp_ages *to, const struct sp_ages *from);

#endif
