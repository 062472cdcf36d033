/*
 * Filters: a filter takes a stream of rows and is one. It owns the stream that it takes.
 */
#ifndef SP_FILTER_H
#define SP_FILTER_H

#include <stdatomic.h>

#include "format.h"

/*
 * Brings the rows of each state in a key group into the order asked for (bytewise by their keys)
 * and drops all but the last of rows with equal keys, as a restore in Flink would. Rows that come
 * in order pass through memory only. Holds at most budget->memory bytes; more rows of one state in
 * one key group are sorted in runs in budget->tmpdir and merged.
 */
int sp_sort(struct sp_stream *in, enum sp_order order, const struct sp_budget *budget,
	struct sp_stream **ret, struct sp_error *err);

/* How long values of TTL states live; the snapshot does not tell. */
struct sp_time_to_live {
	const char *state; /* UTF-8; NULL: all states with TTL */
	int64_t ms;
};

struct sp_expiry {
	int64_t now; /* ms since the epoch */
	const struct sp_time_to_live
		*lives; /* the first that fits holds; none names a state twice */
	size_t n_lives;
	atomic_uint_fast64_t *dropped; /* counts values, list elements and map entries */
};

/*
 * Drops what has expired: TtlUtils.expired(), last access + time to live <= now. States without
 * TTL, and those that no life names, pass.
 */
int sp_expire(struct sp_stream *in, const struct sp_expiry *expiry, enum sp_kryo kryo,
	struct sp_stream **ret, struct sp_error *err);

/*
 * The same rows under a header that every backend understands: sp_keyed_header_plain(). Gives `in`
 * itself where there is nothing to change.
 */
int sp_plain_states(struct sp_stream *in, struct sp_stream **ret, struct sp_error *err);

/*
 * The same rows under that header, which is borrowed and outlives the stream; their states are
 * found in it by name, and have to be there. Gives `in` itself where that is its header already.
 */
int sp_under_header(struct sp_stream *in, const struct sp_keyed_header *header,
	struct sp_stream **ret, struct sp_error *err);

#endif
