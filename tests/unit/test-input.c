#include "unit.h"

#include "crc32c.h"
#include "input.h"
#include "snappy-frame.h"

/* n bytes that compress in parts: runs and noise, the same for the same seed. */
static void make_bytes(struct sp_buffer *out, size_t n, uint32_t seed)
{
	while (out->n < n) {
		seed = seed * 1664525 + 1013904223;
		sp_buffer_u8(out, seed >> 31 ? (uint8_t)(seed >> 16) : 'a');
	}
}

START_TEST(crc32c_has_the_published_values)
{
	uint8_t zeros[32] = { 0 };

	ck_assert_uint_eq(sp_crc32c(0, sp_slice_of("123456789")), 0xe3069283);
	ck_assert_uint_eq(sp_crc32c(0, sp_slice(zeros, 32)), 0x8a9136aa);
	ck_assert_uint_eq(
		sp_crc32c(sp_crc32c(0, sp_slice_of("1234")), sp_slice_of("56789")), 0xe3069283);
}
END_TEST

static void assert_reads(struct sp_slice stored, bool framed, struct sp_slice content, size_t step)
{
	struct sp_file *file = sp_file_of_bytes(stored, "x");
	struct sp_error err;
	struct sp_input in;
	size_t at = 0;

	sp_input_init(&in, file, 4096);
	sp_input_range(&in, 0, stored.n, framed);
	while (at < content.n) {
		size_t n = content.n - at < step ? content.n - at : step;

		ck_ok(sp_input_need(&in, n, &err), err);
		ck_assert_mem_eq(sp_input_bytes(&in), content.p + at, n);
		sp_input_skip(&in, n);
		at += n;
	}
	ck_assert_int_eq(sp_input_more(&in, &err), 0);
	ck_assert_int_eq(sp_input_need(&in, 1, &err), SP_EDAMAGED);
	sp_input_free(&in);
	sp_file_free(file);
}

START_TEST(slides_over_plain_and_framed_bytes)
{
	static const size_t sizes[] = { 0, 1, 4096, 65536, 65537, 300000 };
	static const size_t steps[] = { 1000, 7, 70000 };

	for (size_t i = 0; i < sp_countof(sizes); i++) {
		sp_auto_buffer content = { 0 };
		sp_auto_buffer framed = { 0 };

		make_bytes(&content, sizes[i], (uint32_t)i);
		sp_buffer_bytes(
			&framed, sp_slice(sp_snappy_identifier, SP_SNAPPY_IDENTIFIER_BYTES));
		sp_snappy_frame(sp_buffer_slice(&content), &framed);
		for (size_t j = 0; j < sp_countof(steps); j++) {
			assert_reads(sp_buffer_slice(&content), false, sp_buffer_slice(&content),
				steps[j]);
			assert_reads(sp_buffer_slice(&framed), true, sp_buffer_slice(&content),
				steps[j]);
		}
	}
}
END_TEST

START_TEST(finds_every_flipped_byte_of_a_frame)
{
	sp_auto_buffer content = { 0 };
	sp_auto_buffer framed = { 0 };
	struct sp_error err;

	make_bytes(&content, 500, 3);
	sp_buffer_bytes(&framed, sp_slice(sp_snappy_identifier, SP_SNAPPY_IDENTIFIER_BYTES));
	sp_snappy_frame(sp_buffer_slice(&content), &framed);
	for (size_t i = 0; i < framed.n; i++) {
		struct sp_file *file = sp_file_of_bytes(sp_buffer_slice(&framed), "x");
		struct sp_input in;

		framed.p[i] ^= 0x10;
		sp_input_init(&in, file, 4096);
		sp_input_range(&in, 0, framed.n, true);
		if (sp_input_need(&in, content.n, &err) == 0) /* a chunk type that is skipped */
			ck_abort_msg("byte %zu flipped and not found", i);
		sp_input_free(&in);
		sp_file_free(file);
		framed.p[i] ^= 0x10;
	}
}
END_TEST

START_TEST(names_the_offset_where_bytes_end)
{
	struct sp_file *file = sp_file_of_bytes(sp_slice_of("0123456789"), "f");
	struct sp_error err;
	struct sp_input in;

	sp_input_init(&in, file, 4096);
	sp_input_range(&in, 2, 8, false);
	ck_ok(sp_input_need(&in, 4, &err), err);
	sp_input_skip(&in, 4);
	ck_assert(sp_input_can_hold(&in, 2) && !sp_input_can_hold(&in, 3));
	ck_assert_int_eq(sp_input_need(&in, 3, &err), SP_EDAMAGED);
	ck_assert_str_eq(err.message, "f: offset 0x6: cut short: 3 bytes wanted, 2 left");
	sp_input_free(&in);
	sp_file_free(file);
}
END_TEST

START_TEST(gathers_what_there_is)
{
	sp_auto_buffer framed = { 0 };
	struct sp_slice chunks;
	struct sp_error err;
	struct sp_input in;

	sp_buffer_bytes(&framed, sp_slice(sp_snappy_identifier, SP_SNAPPY_IDENTIFIER_BYTES));
	sp_snappy_frame(sp_slice_of("some bytes"), &framed);
	chunks = sp_buffer_slice(&framed);
	for (int i = 0; i < 2; i++) {
		struct sp_slice stored = i == 0 ? sp_slice_of("some bytes") : chunks;
		struct sp_file *file = sp_file_of_bytes(stored, "x");

		sp_input_init(&in, file, 4096);
		sp_input_range(&in, 0, stored.n, i == 1);
		ck_ok(sp_input_gather(&in, 4, &err), err);
		ck_assert_uint_ge(in.window.n - in.used, 4);
		sp_input_skip(&in, 4);
		ck_ok(sp_input_gather(&in, 1000, &err), err);
		ck_assert_uint_eq(in.window.n - in.used, 6);
		ck_assert_mem_eq(sp_input_bytes(&in), " bytes", 6);
		ck_assert_int_eq(sp_input_fill(&in, 7, &err), SP_EDAMAGED);
		sp_input_free(&in);
		sp_file_free(file);
	}
}
END_TEST

UNIT_MAIN("input", gathers_what_there_is, crc32c_has_the_published_values,
	slides_over_plain_and_framed_bytes, finds_every_flipped_byte_of_a_frame,
	names_the_offset_where_bytes_end)
