#include "unit.h"

#include "utf8.h"

static const struct {
	uint32_t c;
	const char *bytes;
} characters[] = {
	{ 'a', "a" },
	{ 0x7f, "\x7f" },
	{ 0x80, "\xc2\x80" },
	{ 0x7ff, "\xdf\xbf" },
	{ 0x800, "\xe0\xa0\x80" },
	{ 0xd800, "\xed\xa0\x80" },
	{ 0xffff, "\xef\xbf\xbf" },
	{ 0x10000, "\xf0\x90\x80\x80" },
	{ 0x10ffff, "\xf4\x8f\xbf\xbf" },
};

START_TEST(takes_what_it_puts)
{
	for (size_t i = 0; i < sp_countof(characters); i++) {
		sp_auto_buffer out = { 0 };
		uint32_t c;

		sp_utf8_put(&out, characters[i].c);
		ck_assert(sp_slice_is(sp_buffer_slice(&out), characters[i].bytes));
		ck_assert_uint_eq(sp_utf8_take(sp_buffer_slice(&out), &c), out.n);
		ck_assert_uint_eq(c, characters[i].c);
		ck_assert_uint_eq(sp_utf8_take(sp_slice(out.p, out.n - 1 + (out.n == 1)), &c),
			out.n == 1 ? 1 : 0);
	}
}
END_TEST

START_TEST(tells_malformed)
{
	static const char *const bad[] = { "\x80", "\xc1\xbf", "\xc3z", "\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80", "\xff" };
	uint32_t c;

	for (size_t i = 0; i < sp_countof(bad); i++)
		ck_assert_uint_eq(sp_utf8_take(sp_slice_of(bad[i]), &c), 0);
}
END_TEST

START_TEST(joins_surrogates)
{
	ck_assert_uint_eq(sp_join_surrogates(0xd83d, 0xde00), 0x1f600);
	ck_assert(sp_is_surrogate(0xd800) && sp_is_surrogate(0xdfff));
	ck_assert(!sp_is_surrogate(0xd7ff) && !sp_is_surrogate(0xe000));
}
END_TEST

UNIT_MAIN("utf8", takes_what_it_puts, tells_malformed, joins_surrogates)
