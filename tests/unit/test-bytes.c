#include "unit.h"

#include "bytes.h"

static const uint8_t numbers[] = { 0x01, 0xff, 0xfe, 0x80, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff };

START_TEST(takes_big_endian_numbers)
{
	struct sp_cursor in = sp_cursor(sp_slice(numbers, sizeof(numbers)), 100);
	struct sp_error err;
	uint8_t u8;
	int16_t i16;
	int32_t i32;
	int64_t i64;

	ck_ok(sp_take_u8(&in, &u8, &err), err);
	ck_ok(sp_take_i16(&in, &i16, &err), err);
	ck_ok(sp_take_i32(&in, &i32, &err), err);
	ck_ok(sp_take_i64(&in, &i64, &err), err);
	ck_assert_int_eq(u8, 1);
	ck_assert_int_eq(i16, -2);
	ck_assert_int_eq(i32, INT32_MIN + 1);
	ck_assert(i64 == INT64_MAX);
	ck_assert_uint_eq(sp_left(&in), 0);
	ck_assert_uint_eq(sp_offset(&in), 100 + sizeof(numbers));
}
END_TEST

START_TEST(stops_at_the_end_and_names_the_offset)
{
	struct sp_cursor in = sp_cursor(sp_slice(numbers, 3), 0x1f0);
	struct sp_error err;
	int32_t i32 = 7;

	ck_assert_int_eq(sp_take_i32(&in, &i32, &err), SP_EDAMAGED);
	ck_assert_int_eq(i32, 7);
	ck_assert_uint_eq(sp_left(&in), 3);
	ck_assert_str_eq(err.message, "offset 0x1f0: cut short: 4 bytes wanted, 3 left");
}
END_TEST

START_TEST(believes_no_count_beyond_the_bytes_left)
{
	const uint8_t bytes[] = { 0, 0, 0, 3, 1, 2, 3, 4, 5 };
	struct sp_cursor in = sp_cursor(sp_slice(bytes, sizeof(bytes)), 0);
	struct sp_error err;
	struct sp_slice blob;
	uint32_t n;

	ck_assert_int_eq(sp_take_count(&in, 2, "things", &n, &err), SP_EDAMAGED);
	ck_ok(sp_take_count(&in, 1, "things", &n, &err), err);
	ck_assert_uint_eq(n, 3);
	in = sp_cursor(sp_slice(bytes, sizeof(bytes)), 0);
	ck_ok(sp_take_blob(&in, &blob, &err), err);
	ck_assert_uint_eq(blob.n, 3);
	ck_assert_uint_eq(sp_left(&in), 2);
	in = sp_cursor(sp_slice(bytes, 6), 0);
	ck_assert_int_eq(sp_take_blob(&in, &blob, &err), SP_EDAMAGED);
}
END_TEST

START_TEST(errors_gain_places)
{
	struct sp_error err;

	sp_fail(&err, SP_EDAMAGED, "type %d", 42);
	sp_hint(&err, "first");
	sp_hint(&err, "second");
	ck_assert_int_eq(sp_within(&err, "subtask %d", 2), SP_EDAMAGED);
	sp_within(&err, "operator '%s'", "orders");
	ck_assert_str_eq(err.message, "operator 'orders': subtask 2: type 42");
	ck_assert_str_eq(err.hint, "first");
	ck_assert_int_eq(sp_exit_status(err.code), 4);
}
END_TEST

UNIT_MAIN("bytes", takes_big_endian_numbers, stops_at_the_end_and_names_the_offset,
	believes_no_count_beyond_the_bytes_left, errors_gain_places)
