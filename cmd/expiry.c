#include "expiry.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* All of the text as a number; false if it is none, or too large. */
static bool take_number(const char *text, size_t n, int64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoll(text, &end, 10);
	return n > 0 && strspn(text, "0123456789") == n && errno == 0;
}

/* ".5" in ms; further digits are dropped. */
static const char *take_fraction(const char *p, int64_t *ms)
{
	int64_t unit = 100;

	if (*p != '.' || p[1] < '0' || p[1] > '9')
		return p;
	for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
		*ms += unit * (*p - '0');
	return p;
}

/* "Z", "+02:00" or nothing, which is "Z". NULL if it is something else. */
static const char *take_zone(const char *p, int64_t *ms)
{
	int sign = *p == '-' ? -1 : 1;
	struct tm zone = { 0 };
	const char *end;

	if (*p == '\0')
		return p;
	if (*p == 'Z')
		return p + 1;
	if (*p != '+' && *p != '-')
		return NULL;
	end = strptime(p + 1, "%H:%M", &zone);
	*ms -= sign * (zone.tm_hour * 60 + zone.tm_min) * 60000LL;
	return end;
}

static bool parse_iso_8601(const char *text, int64_t *ret)
{
	struct tm tm = { 0 };
	int64_t ms = 0;
	const char *p = strptime(text, "%Y-%m-%d", &tm);
	int day = tm.tm_mday;

	if (p == NULL || strspn(text, "0123456789") != 4)
		return false;
	if (*p == 'T') {
		p = strptime(p, "T%H:%M:%S", &tm);
		if (p == NULL)
			return false;
		p = take_fraction(p, &ms);
	}
	p = take_zone(p, &ms);
	*ret = (int64_t)timegm(&tm) * 1000 + ms;
	return p != NULL && *p == '\0' && tm.tm_mday == day; /* else there is no such day */
}

int sp_parse_time(const char *text, const char *what, int64_t *ret, struct sp_error *err)
{
	if (text[0] == '\0') {
		*ret = now_ms();
		return 0;
	}
	if (take_number(text, strlen(text), ret) || parse_iso_8601(text, ret))
		return 0;
	return sp_fail(err, SP_EUSAGE,
		"%s: '%s' is no time such as 2026-05-01T12:30:00Z or 1777638600000", what, text);
}

static const struct {
	const char *name;
	int64_t ms;
} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };

int sp_parse_duration(const char *text, const char *what, int64_t *ret, struct sp_error *err)
{
	size_t digits = strspn(text, "0123456789");
	int64_t value;

	for (size_t i = 0; i < sp_countof(units); i++)
		if (strcmp(text + digits, units[i].name) == 0 &&
			take_number(text, digits, &value) && value > 0 &&
			!__builtin_mul_overflow(value, units[i].ms, ret))
			return 0;
	return sp_fail(err, SP_EUSAGE,
		"%s: '%s' is no duration such as 7d, 12h, 30m, 45s or 1500ms", what, text);
}

/* "[STATE=]DURATION" */
static int parse_life(char *text, struct sp_time_to_live *ret, struct sp_error *err)
{
	char *equals = strrchr(text, '=');

	*ret = (struct sp_time_to_live){ 0 };
	if (equals != NULL) {
		*equals = '\0';
		ret->state = text;
		text = equals + 1;
	}
	return sp_parse_duration(text, "--ttl", &ret->ms, err);
}

/* By state, and those for all states at the end. */
static int by_state(const void *a, const void *b)
{
	const struct sp_time_to_live *x = a, *y = b;

	if (x->state == NULL || y->state == NULL)
		return (x->state == NULL) - (y->state == NULL);
	return strcmp(x->state, y->state);
}

static int check_different(const struct sp_expiry *expiry, struct sp_error *err)
{
	for (size_t i = 1; i < expiry->n_lives; i++) {
		const struct sp_time_to_live *life = &expiry->lives[i];

		if (by_state(life - 1, life) != 0)
			continue;
		return life->state == NULL
			       ? sp_fail(err, SP_EUSAGE, "--ttl: more than one for all states")
			       : sp_fail(err, SP_EUSAGE, "--ttl: more than one for state '%s'",
					 life->state);
	}
	return 0;
}

int sp_parse_lives(char *const *lives, struct sp_expiry *ret, struct sp_error *err)
{
	struct sp_time_to_live *parsed;
	size_t n = 0;

	while (lives[n] != NULL)
		n++;
	parsed = calloc(n + 1, sizeof(*parsed));
	if (parsed == NULL)
		sp_abort("out of memory");
	ret->lives = parsed;
	ret->n_lives = n;
	for (size_t i = 0; i < n; i++)
		if (parse_life(lives[i], &parsed[i], err) < 0)
			return err->code;
	qsort(parsed, n, sizeof(*parsed), by_state);
	return check_different(ret, err);
}

int sp_parse_expiry(
	const char *time, char *const *lives, struct sp_expiry *ret, struct sp_error *err)
{
	if (lives == NULL || lives[0] == NULL) {
		sp_fail(err, SP_EUSAGE, "--expire without --ttl");
		return sp_hint(err, "a snapshot has when values were last used, not how long they "
				    "live: --ttl [STATE=]DURATION tells");
	}
	return sp_parse_lives(lives, ret, err) < 0
		       ? err->code
		       : sp_parse_time(time, "--expire", &ret->now, err);
}
