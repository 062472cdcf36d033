/*
 * Time to live: which states have it, and when what they hold was last used
 * (org.apache.flink.runtime.state.ttl.TtlUtils, TtlSerializer; all releases).
 *
 *	VALUE, REDUCING, AGGREGATING    i64 last access, value
 *	LIST                            elements, i64 last access and value each, ',' between them
 *	MAP                             u8 1: null; or u8 0, i64 last access, value
 */
#ifndef SP_TTL_H
#define SP_TTL_H

#include "filter.h"
#include "type.h"

#define SP_TTL_TIMESTAMP_BYTES 8

/*
 * The type of the values with their times if the state has TTL, else NULL. Flink decides by the
 * snapshot of the value's serializer whether a state has TTL, and so does this.
 */
const struct sp_type *sp_ttl_type(const struct sp_state *state);

/* How long values of this state live; NULL: it has no TTL, or no life fits. */
const struct sp_time_to_live *sp_ttl_life(
	const struct sp_expiry *expiry, const struct sp_state *state);

/* TtlUtils.expired(): last access + time to live <= now. */
bool sp_ttl_is_expired(int64_t now, int64_t ms, int64_t last_access);

/* The time of last access, `at` bytes into the value. */
int sp_ttl_last_access(struct sp_slice value, size_t at, int64_t *ret, struct sp_error *err);

/* The same of a map's value. 1: *ret; 0: the value is null and has none. */
int sp_ttl_map_last_access(struct sp_slice value, int64_t *ret, struct sp_error *err);

#endif
