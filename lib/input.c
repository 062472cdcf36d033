#include "input.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "interrupt.h"
#include "snappy-frame.h"

void sp_input_init(struct sp_input *in, struct sp_file *file, size_t block)
{
	*in = (struct sp_input){ .file = file, .block = block };
}

void sp_input_free(struct sp_input *in)
{
	sp_buffer_free(&in->window);
	sp_buffer_free(&in->chunk);
}

void sp_input_range(struct sp_input *in, uint64_t start, uint64_t end, bool framed)
{
	in->start = start;
	in->at = start;
	in->end = end;
	in->framed = framed;
	in->begun = false;
	in->taken = 0;
	in->window.n = 0;
	in->used = 0;
}

int sp_input_fail(struct sp_error *err, const struct sp_input *in, const char *fmt, ...)
{
	char cause[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(cause, sizeof(cause), fmt, args);
	va_end(args);
	if (in->framed)
		return sp_fail(err, SP_EDAMAGED,
			"%s: offset 0x%" PRIx64 " (uncompressed byte %" PRIu64 "): %s",
			in->file->place, in->start, in->taken, cause);
	return sp_fail(err, SP_EDAMAGED, "%s: offset 0x%" PRIx64 ": %s", in->file->place,
		in->start + in->taken, cause);
}

bool sp_input_can_hold(const struct sp_input *in, uint64_t n)
{
	if (in->framed) /* nothing is bounded but by what the chunks turn out to hold */
		return n <= INT32_MAX;
	return n <= in->window.n - in->used + (in->end - in->at);
}

/* Drops the bytes that were taken from the front of the window. */
static void slide(struct sp_input *in)
{
	if (in->used == 0)
		return;
	memmove(in->window.p, in->window.p + in->used, in->window.n - in->used);
	in->window.n -= in->used;
	in->used = 0;
}

/* Adds one chunk of a framed stream to the window. */
static int fill_chunk(struct sp_input *in, struct sp_error *err)
{
	uint8_t head[4];
	uint32_t n;

	if (in->end - in->at < sizeof(head))
		return sp_fail(err, SP_EDAMAGED, "%s: offset 0x%" PRIx64 ": chunk cut short",
			in->file->place, in->at);
	if (sp_file_read(in->file, in->at, head, sizeof(head), err) < 0)
		return err->code;
	n = (uint32_t)head[3] << 16 | (uint32_t)head[2] << 8 | head[1];
	if (!in->begun && memcmp(head, sp_snappy_identifier, 4) != 0)
		return sp_fail(err, SP_EDAMAGED,
			"%s: offset 0x%" PRIx64 ": no snappy stream identifier", in->file->place,
			in->at);
	if (n > in->end - in->at - sizeof(head))
		return sp_fail(err, SP_EDAMAGED,
			"%s: offset 0x%" PRIx64 ": chunk of %" PRIu32 " bytes, %" PRIu64 " left",
			in->file->place, in->at, n, in->end - in->at - sizeof(head));
	in->chunk.n = 0;
	if (sp_file_append(in->file, in->at + sizeof(head), n, &in->chunk, err) < 0)
		return err->code;
	if (sp_snappy_unframe(head[0], sp_buffer_slice(&in->chunk), &in->window, err) < 0)
		return sp_within(err, "%s: offset 0x%" PRIx64, in->file->place, in->at);
	in->begun = true;
	in->at += sizeof(head) + n;
	return 0;
}

static int fill_plain(struct sp_input *in, size_t n, struct sp_error *err)
{
	uint64_t left = in->end - in->at;
	size_t want = n > in->block ? n : in->block;

	if (want > left)
		want = (size_t)left;
	if (sp_file_append(in->file, in->at, want, &in->window, err) < 0)
		return err->code;
	in->at += want;
	return 0;
}

static int fill(struct sp_input *in, size_t n, struct sp_error *err)
{
	if (sp_interrupt_check(err) < 0)
		return err->code;
	return in->framed ? fill_chunk(in, err) : fill_plain(in, n, err);
}

int sp_input_gather(struct sp_input *in, size_t n, struct sp_error *err)
{
	slide(in);
	while (in->window.n < n && in->at < in->end)
		if (fill(in, n - in->window.n, err) < 0)
			return err->code;
	return 0;
}

int sp_input_fill(struct sp_input *in, size_t n, struct sp_error *err)
{
	if (sp_input_gather(in, n, err) < 0)
		return err->code;
	if (in->window.n >= n)
		return 0;
	return sp_input_fail(err, in, "cut short: %zu bytes wanted, %zu left", n, in->window.n);
}

int sp_input_more(struct sp_input *in, struct sp_error *err)
{
	while (in->window.n == in->used && in->at < in->end) {
		slide(in);
		if (fill(in, 1, err) < 0)
			return err->code;
	}
	return in->window.n > in->used;
}
