#include "text.h"

#include <inttypes.h>
#include <stdio.h>

#include "mutf8.h"
#include "utf8.h"

#define NOT_UTF8 0xffffffffU

/* The character at the start of `text` (n > 0) and its length; NOT_UTF8 for a bad byte. */
static uint32_t next_character(struct sp_slice text, size_t *n)
{
	uint32_t c = 0;
	const size_t length = sp_utf8_take(text, &c);

	*n = 1;
	if (length == 0 || sp_is_surrogate(c))
		return NOT_UTF8;
	*n = length;
	return c;
}

static bool is_steering(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void escape_character(uint32_t c, uint8_t byte, struct sp_buffer *out)
{
	if (c == '\n')
		sp_buffer_printf(out, "\\n");
	else if (c == '\t')
		sp_buffer_printf(out, "\\t");
	else if (c == NOT_UTF8 || c < 0x80)
		sp_buffer_printf(out, "\\x%02x", byte);
	else
		sp_buffer_printf(out, "\\u%04" PRIx32, c);
}

void sp_text_escape(struct sp_slice text, struct sp_buffer *out)
{
	size_t n;

	for (; text.n > 0; text = sp_slice(text.p + n, text.n - n)) {
		const uint32_t c = next_character(text, &n);

		if (c == NOT_UTF8 || is_steering(c))
			escape_character(c, text.p[0], out);
		else
			sp_buffer_bytes(out, sp_slice(text.p, n));
	}
}

void sp_text_json(struct sp_slice text, struct sp_buffer *out)
{
	size_t n;

	sp_buffer_u8(out, '"');
	for (; text.n > 0; text = sp_slice(text.p + n, text.n - n)) {
		const uint32_t c = next_character(text, &n);

		if (c == NOT_UTF8)
			sp_buffer_printf(out, "\\ufffd");
		else if (c == '"' || c == '\\')
			sp_buffer_printf(out, "\\%c", (int)c);
		else if (is_steering(c))
			sp_buffer_printf(out, "\\u%04" PRIx32, c);
		else
			sp_buffer_bytes(out, sp_slice(text.p, n));
	}
	sp_buffer_u8(out, '"');
}

const char *sp_text_size(uint64_t bytes, char ret[16])
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(ret, 16, "%" PRIu64 " B", bytes);
		return ret;
	}
	for (; value >= 1023.95 && unit + 1 < sp_countof(units); unit++)
		value /= 1024;
	snprintf(ret, 16, "%.1f %s", value, units[unit]);
	return ret;
}

void sp_text_escape_mutf8(struct sp_slice text, struct sp_buffer *out)
{
	sp_auto_buffer utf8 = { 0 };

	sp_mutf8_to_utf8(text, &utf8);
	sp_text_escape(sp_buffer_slice(&utf8), out);
}

const char *sp_text_of(struct sp_buffer *buffer)
{
	*sp_buffer_reserve(buffer, 1) = '\0';
	return (const char *)buffer->p;
}

/* Levenshtein's distance; words longer than the row count as far away. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64];
	const size_t n = strlen(b);

	if (n >= sp_countof(row))
		return SIZE_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; *a != '\0'; a++, i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = diagonal + (*a != b[j - 1]);

			diagonal = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	return row[n];
}

const char *sp_text_closest(const char *text, const char *const *words)
{
	const char *closest = NULL;
	size_t least = strlen(text) / 3 + 2;

	for (; *words != NULL; words++) {
		const size_t d = strncmp(text, *words, strlen(text)) == 0 && strlen(text) > 1
					 ? 0
					 : distance(text, *words);

		if (d < least) {
			closest = *words;
			least = d;
		}
	}
	return closest;
}
