/*
 * Numbers and strings of Kryo:
 *
 *	varint      base 128, little end first, at most 5 bytes
 *	varlong     the same, at most 9 bytes, of which the ninth counts with all 8 bits
 *	varint flag u8: bit 7 the flag, bit 6 "more", 6 bits; then as varint
 *	string      flag clear: ASCII of two characters and more, bit 7 set in the last
 *	            flag set: n: 0 null, else n - 1 UTF-16 units, each of 1 to 3 bytes as in UTF-8
 *	fixed       big endian (2.24) or little endian (5)
 *
 * com.esotericsoftware.kryo.io.Output of 2.24 (Flink 1.x) and 5.6 (Flink 2.x).
 */
#include "value-kryo.h"

#include <inttypes.h>

#include "utf8.h"

int sp_kryo_varint(struct sp_kryo_walk *k, uint32_t *ret, struct sp_error *err)
{
	uint32_t v = 0;
	uint8_t byte;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		if (sp_walk_u8(k->walk, &byte, err) < 0)
			return err->code;
		v |= (uint32_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = v;
			return 0;
		}
	}
	return sp_walk_fail(k->walk, err, "Kryo: number of more than five bytes");
}

int sp_kryo_varint_flag(struct sp_kryo_walk *k, bool *flag, uint32_t *ret, struct sp_error *err)
{
	uint8_t byte;
	uint32_t v;

	if (sp_walk_u8(k->walk, &byte, err) < 0)
		return err->code;
	*flag = (byte & 0x80) != 0;
	v = byte & 0x3f;
	for (unsigned shift = 6; (byte & (shift == 6 ? 0x40 : 0x80)) != 0; shift += 7) {
		if (shift > 27)
			return sp_walk_fail(k->walk, err, "Kryo: number of more than five bytes");
		if (sp_walk_u8(k->walk, &byte, err) < 0)
			return err->code;
		v |= (uint32_t)(byte & 0x7f) << shift;
	}
	*ret = v;
	return 0;
}

int sp_kryo_varlong(struct sp_kryo_walk *k, uint64_t *ret, struct sp_error *err)
{
	uint64_t v = 0;
	uint8_t byte;

	for (unsigned shift = 0;; shift += 7) {
		if (sp_walk_u8(k->walk, &byte, err) < 0)
			return err->code;
		v |= (uint64_t)(shift == 56 ? byte : byte & 0x7f) << shift;
		if (byte < 0x80 || shift == 56)
			break;
	}
	*ret = v;
	return 0;
}

int sp_kryo_fixed_number(struct sp_kryo_walk *k, size_t width, uint64_t *ret, struct sp_error *err)
{
	struct sp_slice bytes;
	uint64_t v = 0;

	if (sp_walk_bytes(k->walk, width, &bytes, err) < 0)
		return err->code;
	for (size_t i = 0; i < width; i++)
		v = v << 8 | bytes.p[k->five ? width - 1 - i : i];
	*ret = v;
	return 0;
}

int sp_kryo_fits(struct sp_kryo_walk *k, uint64_t n, size_t least, struct sp_error *err)
{
	size_t left = sp_left(&k->walk->reader->in);

	if (n > INT32_MAX)
		return sp_walk_fail(k->walk, err, "Kryo: %" PRIu64 " elements", n);
	if (n <= left / least)
		return 0;
	sp_walk_fail(k->walk, err, "Kryo: %" PRIu64 " elements cannot fit into the %zu bytes left",
		n, left);
	k->walk->reader->missing = (size_t)n * least - left;
	return err->code;
}

int sp_kryo_count(
	struct sp_kryo_walk *k, size_t least, uint32_t bias, uint32_t *ret, struct sp_error *err)
{
	uint32_t n;

	if (sp_kryo_varint(k, &n, err) < 0)
		return err->code;
	if (n < bias)
		return 0;
	*ret = n - bias;
	return sp_kryo_fits(k, *ret, least, err) < 0 ? err->code : 1;
}

/* ASCII that ends with the byte whose high bit is set. */
static int ascii(
	struct sp_kryo_walk *k, struct sp_arena *arena, struct sp_slice *ret, struct sp_error *err)
{
	const struct sp_cursor *in = &k->walk->reader->in;
	struct sp_slice bytes;
	uint8_t *text;
	size_t n = 0;

	while (n < sp_left(in) && in->at[n] < 0x80)
		n++;
	if (sp_walk_bytes(k->walk, n + 1, &bytes, err) < 0)
		return err->code;
	if (arena == NULL)
		return 1;
	text = sp_arena_new_array(arena, uint8_t, bytes.n);
	memcpy(text, bytes.p, bytes.n);
	text[n] &= 0x7f;
	*ret = sp_slice(text, bytes.n);
	return 1;
}

/* Bytes of the unit at p; 0: it is none. */
static size_t unit_length(const uint8_t *p)
{
	if (p[0] < 0x80)
		return 1;
	if ((p[0] & 0xe0) == 0xc0)
		return 2;
	return (p[0] & 0xf0) == 0xe0 ? 3 : 0;
}

static bool is_unit(const uint8_t *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return false;
	return n == 1 || (n == 2 && p[0] >= 0xc2) || (n == 3 && (p[0] > 0xe0 || p[1] >= 0xa0));
}

/* Joins the surrogates of a pair, of six bytes, to one character of four; else copies. */
static struct sp_slice join_surrogates(struct sp_slice text, struct sp_arena *arena)
{
	uint8_t *to = sp_arena_new_array(arena, uint8_t, text.n);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		const uint8_t *p = text.p + i;
		uint32_t c;

		if (text.n - i < 6 || p[0] != 0xed || (p[1] & 0xf0) != 0xa0 || p[3] != 0xed ||
			(p[4] & 0xf0) != 0xb0) {
			to[n++] = p[0];
			continue;
		}
		c = sp_join_surrogates(
			(p[1] & 0x0fU) << 6 | (p[2] & 0x3fU), (p[4] & 0x0fU) << 6 | (p[5] & 0x3fU));
		n = (size_t)(sp_utf8_write(to + n, c) - to);
		i += 5;
	}
	return sp_slice(to, n);
}

static int units(struct sp_kryo_walk *k, uint32_t n, struct sp_arena *arena, struct sp_slice *ret,
	struct sp_error *err)
{
	const struct sp_cursor *in = &k->walk->reader->in;
	const uint8_t *start = in->at;
	struct sp_slice unit;
	size_t length;

	if (sp_kryo_fits(k, n, 1, err) < 0)
		return err->code;
	for (; n > 0; n--) {
		length = sp_left(in) == 0 ? 1 : unit_length(in->at);
		if (length == 0)
			return sp_walk_fail(k->walk, err, "Kryo: malformed string");
		if (sp_walk_bytes(k->walk, length, &unit, err) < 0)
			return err->code;
		if (!is_unit(unit.p, unit.n))
			return sp_walk_fail(k->walk, err, "Kryo: malformed string");
	}
	if (arena != NULL)
		*ret = join_surrogates(sp_slice(start, (size_t)(in->at - start)), arena);
	return 1;
}

int sp_kryo_string(
	struct sp_kryo_walk *k, struct sp_arena *arena, struct sp_slice *ret, struct sp_error *err)
{
	const struct sp_cursor *in = &k->walk->reader->in;
	uint32_t n;
	bool flag;

	if (sp_left(in) > 0 && *in->at < 0x80)
		return ascii(k, arena, ret, err);
	if (sp_kryo_varint_flag(k, &flag, &n, err) < 0)
		return err->code;
	return n == 0 ? 0 : units(k, n - 1, arena, ret, err);
}
