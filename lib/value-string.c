/*
 * Strings (org.apache.flink.types.StringValue.writeString, Flink 1.2 to 2.2).
 *
 *	varint        base 128, little end first
 *	String        varint units + 1 (0: null), units as varints         StringSerializer
 *	StringValue   varint units, units as varints                       StringValueSerializer
 *
 * Units are those of UTF-16. Most are ASCII: those are crossed a word at a time, and borrowed.
 */
#include "value-internal.h"

#include "utf8.h"

#define MOST_VARINT 5 /* bytes */

/* At most 32 bits, in at most five bytes. */
static int walk_varint(struct sp_walk *walk, uint32_t *ret, struct sp_error *err)
{
	uint64_t v = 0;
	uint8_t byte;

	for (unsigned i = 0; i < MOST_VARINT; i++) {
		if (sp_walk_u8(walk, &byte, err) < 0)
			return err->code;
		v |= (uint64_t)(byte & 0x7f) << 7 * i;
		if (byte >= 0x80)
			continue;
		if (v > INT32_MAX)
			break;
		*ret = (uint32_t)v;
		return 0;
	}
	return sp_walk_fail(walk, err, "length too large");
}

/* The length in bytes of the unit at p; 0: it is cut short; more than 3: it is none. */
static size_t unit_length(const uint8_t *p, const uint8_t *end)
{
	for (size_t i = 0; i < 3; i++) {
		if (p + i == end)
			return 0;
		if (p[i] < 0x80)
			return i < 2 || p[i] < 4 ? i + 1 : 4;
	}
	return 4;
}

/* Moves over n units; *ascii: each of them took one byte. */
static int cross_units(struct sp_walk *walk, size_t n, bool *ascii, struct sp_error *err)
{
	struct sp_cursor *in = &walk->reader->in;
	const uint8_t *p = in->at;
	size_t length;
	uint64_t word;

	*ascii = true;
	if (n > sp_left(in))
		return sp_walk_short(walk, n - sp_left(in), err);
	while (n > 0) {
		if (n >= sizeof(word) && (size_t)(in->end - p) >= sizeof(word)) {
			memcpy(&word, p, sizeof(word));
			if ((word & 0x8080808080808080) == 0) {
				p += sizeof(word);
				n -= sizeof(word);
				continue;
			}
		}
		length = unit_length(p, in->end);
		if (length == 0)
			return sp_walk_short(walk, n, err);
		if (length > 3)
			return sp_walk_fail(walk, err, "a character of more than 16 bits");
		*ascii &= length == 1;
		p += length;
		n--;
	}
	in->at = p;
	return 0;
}

static uint32_t take_unit(const uint8_t **p)
{
	uint32_t unit = *(*p)++;

	if (unit < 0x80)
		return unit;
	unit = (unit & 0x7f) | (uint32_t)(**p & 0x7f) << 7;
	if (*(*p)++ < 0x80)
		return unit;
	return unit | (uint32_t) * (*p)++ << 14;
}

static bool is_pair(uint32_t high, uint32_t low)
{
	return high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
}

/* The n units at p, which are whole, as UTF-8. */
static struct sp_slice decode_units(struct sp_walk *walk, const uint8_t *p, size_t n)
{
	uint8_t *start = sp_arena_alloc(walk->arena, n, 3);
	uint8_t *out = start;

	while (n > 0) {
		uint32_t unit = take_unit(&p);
		const uint8_t *next = p;
		uint32_t low = n > 1 ? take_unit(&next) : 0;

		n--;
		if (is_pair(unit, low)) {
			unit = sp_join_surrogates(unit, low);
			p = next;
			n--;
		}
		out = sp_utf8_write(out, unit);
	}
	return sp_slice(start, (size_t)(out - start));
}

int sp_walk_string(struct sp_walk *walk, uint32_t bias, struct sp_value *to, struct sp_error *err)
{
	const uint8_t *start;
	uint32_t n = 0;
	bool ascii;

	if (walk_varint(walk, &n, err) < 0)
		return err->code;
	if (n < bias) {
		sp_walk_null(to);
		return 0;
	}
	n -= bias;
	start = walk->reader->in.at;
	if (cross_units(walk, n, &ascii, err) < 0)
		return err->code;
	if (to == NULL)
		return 0;
	to->kind = SP_VALUE_STRING;
	to->bytes = ascii ? sp_slice(start, n) : decode_units(walk, start, n);
	return 0;
}
