#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sp_fail(struct sp_error *err, enum sp_code code, const char *fmt, ...)
{
	va_list args;

	err->code = code;
	err->hint[0] = '\0';
	va_start(args, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, args);
	va_end(args);
	return code;
}

static enum sp_code code_of_errno(int value)
{
	switch (value) {
	case EAGAIN:
	case EBUSY:
	case ETIMEDOUT:
	case ESTALE:
	case ECONNRESET:
	case EMFILE:
	case ENFILE: return SP_ETRANSIENT;
	default: return SP_EIO;
	}
}

int sp_fail_errno(struct sp_error *err, int errno_value, const char *fmt, ...)
{
	char place[1024];
	char text[128];
	va_list args;

	va_start(args, fmt);
	vsnprintf(place, sizeof(place), fmt, args);
	va_end(args);
	return sp_fail(err, code_of_errno(errno_value), "%s: %s", place,
		strerror_r(errno_value, text, sizeof(text)));
}

int sp_within(struct sp_error *err, const char *fmt, ...)
{
	char cause[sizeof(err->message)];
	va_list args;
	int n;

	if (err->code == SP_EINTERRUPTED) /* comes from outside: it has no place */
		return err->code;
	memcpy(cause, err->message, sizeof(cause));
	va_start(args, fmt);
	n = vsnprintf(err->message, sizeof(err->message), fmt, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof(err->message))
		snprintf(err->message + n, sizeof(err->message) - (size_t)n, ": %s", cause);
	return err->code;
}

int sp_hint(struct sp_error *err, const char *fmt, ...)
{
	va_list args;

	if (err->hint[0] == '\0') {
		va_start(args, fmt);
		vsnprintf(err->hint, sizeof(err->hint), fmt, args);
		va_end(args);
	}
	return err->code;
}

int sp_exit_status(enum sp_code code)
{
	switch (code) {
	case SP_EUSAGE: return 2;
	case SP_EUNSUPPORTED: return 3;
	case SP_EDAMAGED: return 4;
	case SP_EIO: return 5;
	case SP_ETRANSIENT: return 75;
	case SP_EINTERRUPTED: return 130;
	}
	return 5;
}

void sp_abort(const char *what)
{
	fprintf(stderr, "savepoint: fatal: %s\n", what);
	abort();
}
