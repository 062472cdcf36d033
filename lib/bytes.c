#include "bytes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "mutf8.h"

int sp_slice_compare(struct sp_slice a, struct sp_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int r = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (r != 0)
		return r;
	return (a.n > b.n) - (a.n < b.n);
}

int sp_fail_at(struct sp_error *err, const struct sp_cursor *in, const char *fmt, ...)
{
	char cause[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(cause, sizeof(cause), fmt, args);
	va_end(args);
	return sp_fail(err, SP_EDAMAGED, "offset 0x%" PRIx64 ": %s", sp_offset(in), cause);
}

static int need(struct sp_cursor *in, size_t n, struct sp_error *err)
{
	if (sp_left(in) >= n)
		return 0;
	in->missing = n - sp_left(in);
	return sp_fail_at(err, in, "cut short: %zu bytes wanted, %zu left", n, sp_left(in));
}

int sp_take_u8(struct sp_cursor *in, uint8_t *ret, struct sp_error *err)
{
	if (need(in, 1, err) < 0)
		return err->code;
	*ret = *in->at++;
	return 0;
}

int sp_take_bool(struct sp_cursor *in, bool *ret, struct sp_error *err)
{
	uint8_t v;

	if (sp_take_u8(in, &v, err) < 0)
		return err->code;
	*ret = v != 0;
	return 0;
}

int sp_take_u16(struct sp_cursor *in, uint16_t *ret, struct sp_error *err)
{
	if (need(in, 2, err) < 0)
		return err->code;
	*ret = sp_get_be16(in->at);
	in->at += 2;
	return 0;
}

int sp_take_i16(struct sp_cursor *in, int16_t *ret, struct sp_error *err)
{
	uint16_t v;

	if (sp_take_u16(in, &v, err) < 0)
		return err->code;
	*ret = (int16_t)v;
	return 0;
}

int sp_take_u32(struct sp_cursor *in, uint32_t *ret, struct sp_error *err)
{
	if (need(in, 4, err) < 0)
		return err->code;
	*ret = sp_get_be32(in->at);
	in->at += 4;
	return 0;
}

int sp_take_i32(struct sp_cursor *in, int32_t *ret, struct sp_error *err)
{
	uint32_t v;

	if (sp_take_u32(in, &v, err) < 0)
		return err->code;
	*ret = (int32_t)v;
	return 0;
}

int sp_take_i64(struct sp_cursor *in, int64_t *ret, struct sp_error *err)
{
	if (need(in, 8, err) < 0)
		return err->code;
	*ret = (int64_t)sp_get_be64(in->at);
	in->at += 8;
	return 0;
}

int sp_take_bytes(struct sp_cursor *in, size_t n, struct sp_slice *ret, struct sp_error *err)
{
	if (need(in, n, err) < 0)
		return err->code;
	*ret = sp_slice(in->at, n);
	in->at += n;
	return 0;
}

int sp_take_utf(struct sp_cursor *in, struct sp_slice *ret, struct sp_error *err)
{
	struct sp_cursor at = *in;
	struct sp_slice text;
	uint16_t n;

	if (sp_take_u16(&at, &n, err) < 0 || sp_take_bytes(&at, n, &text, err) < 0) {
		in->missing = at.missing;
		return err->code;
	}
	if (!sp_mutf8_valid(text))
		return sp_fail_at(err, in, "malformed string of %u bytes", n);
	*ret = text;
	*in = at;
	return 0;
}

int sp_take_blob(struct sp_cursor *in, struct sp_slice *ret, struct sp_error *err)
{
	struct sp_cursor at = *in;
	int32_t n;

	if (sp_take_i32(&at, &n, err) < 0) {
		in->missing = at.missing;
		return err->code;
	}
	if (n < 0)
		return sp_fail_at(err, in, "negative length %" PRId32, n);
	if ((size_t)n > sp_left(&at)) {
		in->missing = (size_t)n - sp_left(&at);
		return sp_fail_at(err, in, "length %" PRId32 ", but only %zu bytes are left", n,
			sp_left(&at));
	}
	*ret = sp_slice(at.at, (size_t)n);
	at.at += n;
	*in = at;
	return 0;
}

int sp_take_count(
	struct sp_cursor *in, size_t least, const char *what, uint32_t *ret, struct sp_error *err)
{
	struct sp_cursor at = *in;
	int32_t n;

	if (sp_take_i32(&at, &n, err) < 0) {
		in->missing = at.missing;
		return sp_within(err, "number of %s", what);
	}
	if (n < 0)
		return sp_fail_at(err, in, "negative number of %s: %" PRId32, what, n);
	if ((size_t)n > sp_left(&at) / least) {
		in->missing = (size_t)n * least - sp_left(&at);
		return sp_fail_at(err, in, "%" PRId32 " %s cannot fit into the %zu bytes left", n,
			what, sp_left(&at));
	}
	*ret = (uint32_t)n;
	*in = at;
	return 0;
}
