/* What --expire and --ttl say: when it is, and how long values of TTL states live. */
#ifndef SP_EXPIRY_H
#define SP_EXPIRY_H

#include "filter.h"

/* "2026-05-01T12:30:00.5+02:00", "2026-05-01", or ms since the epoch; "" is now. SP_EUSAGE. */
int sp_parse_time(const char *text, const char *what, int64_t *ret, struct sp_error *err);

/* "7d", "12h", "30m", "45s", "1500ms": more than nothing. SP_EUSAGE. */
int sp_parse_duration(const char *text, const char *what, int64_t *ret, struct sp_error *err);

/*
 * `lives` (ended by NULL): "[STATE=]DURATION". Sets those of `ret`, see below.
 */
int sp_parse_lives(char *const *lives, struct sp_expiry *ret, struct sp_error *err);

/*
 * --expire=`time`, and `lives` (ended by NULL, or NULL): "[STATE=]DURATION". Those with a state
 * come first in the result. `ret->lives` is to be freed with free(); its names are borrowed from
 * `lives`, which are cut at the last '='. SP_EUSAGE, also where there are no lives, or two of one
 * state.
 */
int sp_parse_expiry(
	const char *time, char *const *lives, struct sp_expiry *ret, struct sp_error *err);

#endif
