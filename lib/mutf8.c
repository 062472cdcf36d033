#include "mutf8.h"

#include "utf8.h"

/* Length in bytes of the unit that starts at p, 0 if it is malformed or does not fit into n. */
static size_t unit_length(const uint8_t *p, size_t n)
{
	size_t length = p[0] < 0x80 ? 1 : (p[0] & 0xe0) == 0xc0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : 0;

	if (length > n)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

bool sp_mutf8_valid(struct sp_slice text)
{
	size_t length;

	for (size_t i = 0; i < text.n; i += length) {
		length = unit_length(text.p + i, text.n - i);
		if (length == 0)
			return false;
	}
	return true;
}

static uint32_t unit_at(const uint8_t *p, size_t length)
{
	if (length == 1)
		return p[0];
	if (length == 2)
		return (p[0] & 0x1fU) << 6 | (p[1] & 0x3fU);
	return (p[0] & 0x0fU) << 12 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU);
}

static bool is_high(uint32_t unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(uint32_t unit)
{
	return unit >= 0xdc00 && unit < 0xe000;
}

void sp_mutf8_to_utf8(struct sp_slice text, struct sp_buffer *out)
{
	uint32_t high = 0;
	size_t length;

	for (size_t i = 0; i < text.n; i += length) {
		uint32_t unit;

		length = unit_length(text.p + i, text.n - i);
		unit = length == 0 ? '?' : unit_at(text.p + i, length);
		length += length == 0;
		if (high != 0 && is_low(unit)) {
			sp_utf8_put(out, sp_join_surrogates(high, unit));
			high = 0;
			continue;
		}
		if (high != 0)
			sp_buffer_u8(out, '?');
		high = is_high(unit) ? unit : 0;
		if (high == 0)
			sp_utf8_put(out, is_low(unit) ? '?' : unit);
	}
	if (high != 0)
		sp_buffer_u8(out, '?');
}

void sp_mutf8_put(struct sp_buffer *out, uint32_t unit)
{
	if (unit != 0) {
		sp_utf8_put(out, unit); /* the same bytes, surrogates included */
		return;
	}
	sp_buffer_u8(out, 0xc0);
	sp_buffer_u8(out, 0x80);
}

int sp_utf8_to_mutf8(struct sp_slice text, struct sp_buffer *out)
{
	size_t length;

	for (size_t i = 0; i < text.n; i += length) {
		uint32_t c = 0;

		length = sp_utf8_take(sp_slice(text.p + i, text.n - i), &c);
		if (length == 0 || sp_is_surrogate(c))
			return -1;
		if (c < 0x10000) {
			sp_mutf8_put(out, c);
		} else {
			sp_mutf8_put(out, 0xd800 + ((c - 0x10000) >> 10));
			sp_mutf8_put(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
		}
	}
	return 0;
}
