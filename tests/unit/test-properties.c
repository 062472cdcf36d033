#include "unit.h"

#include "data.h"
#include "snapshot.h"

/* A canonical savepoint; it ends with them. */
#define SAVEPOINT "1.18-stateful-scala-with-broadcast.metadata"
#define SAVEPOINT_BYTES 745

static struct sp_slice last(const struct sp_buffer *file, size_t n)
{
	ck_assert_uint_ge(file->n, n);
	return sp_slice(file->p + file->n - n, n);
}

START_TEST(writes_what_flink_writes)
{
	sp_auto_buffer file = { 0 };
	sp_auto_buffer out = { 0 };

	data_read("metadata", SAVEPOINT, &file);
	sp_properties_write_savepoint(false, &out);
	ck_assert_uint_eq(out.n, SAVEPOINT_BYTES);
	ck_assert(sp_slice_equal(sp_buffer_slice(&out), last(&file, SAVEPOINT_BYTES)));
}
END_TEST

START_TEST(reads_what_it_wrote)
{
	struct sp_properties properties;
	sp_auto_buffer out = { 0 };
	struct sp_cursor in;
	struct sp_error err;

	sp_properties_write_savepoint(false, &out);
	sp_buffer_u8(&out, 42);
	in = sp_cursor(sp_buffer_slice(&out), 0);
	ck_ok(sp_properties_read(&in, &properties, &err), err);
	ck_assert_uint_eq(sp_left(&in), 1);
	ck_assert_uint_eq(properties.bytes.n, SAVEPOINT_BYTES);
	ck_assert_int_eq(properties.type, SP_TYPE_SAVEPOINT);
	ck_assert(!properties.native && !properties.unclaimed);
	ck_assert(sp_slice_is(properties.name, "Savepoint"));
}
END_TEST

START_TEST(null_is_unknown)
{
	const uint8_t null[] = { 0xac, 0xed, 0, 5, 0x70 };
	struct sp_cursor in = sp_cursor(sp_slice(null, sizeof(null)), 0);
	struct sp_properties properties;
	struct sp_error err;

	ck_ok(sp_properties_read(&in, &properties, &err), err);
	ck_assert_int_eq(properties.type, SP_TYPE_UNKNOWN);
	ck_assert_uint_eq(properties.bytes.n, sizeof(null));
}
END_TEST

static struct sp_properties properties_of(const char *name, size_t n)
{
	struct sp_properties properties;
	static struct sp_buffer file; /* the name is borrowed from it */
	struct sp_cursor in;
	struct sp_error err;

	file.n = 0;
	data_read("metadata", name, &file);
	in = sp_cursor(last(&file, n), file.n - n);
	ck_ok(sp_properties_read(&in, &properties, &err), err);
	ck_assert_uint_eq(sp_left(&in), 0);
	return properties;
}

START_TEST(tells_types_apart)
{
	struct sp_properties p = properties_of("2.2.0-changelog-hashmap.metadata", 604);

	ck_assert_int_eq(p.type, SP_TYPE_CHECKPOINT);
	ck_assert(sp_slice_is(p.name, "Checkpoint"));

	p = properties_of("1.17-stateful-native.metadata", 742);
	ck_assert_int_eq(p.type, SP_TYPE_SAVEPOINT);
	ck_assert(p.native);

	p = properties_of("2.2.0-small-hashmap-canonical-files.metadata", 756);
	ck_assert(sp_slice_is(p.name, "Suspend Savepoint"));
	ck_assert(!p.native);
}
END_TEST

/* No byte but the seven booleans and the name is free. */
START_TEST(refuses_everything_else)
{
	struct sp_properties properties;
	sp_auto_buffer out = { 0 };
	struct sp_error err;
	struct sp_cursor in;
	unsigned accepted = 0;

	sp_properties_write_savepoint(false, &out);
	for (size_t n = 0; n < out.n; n++) {
		in = sp_cursor(sp_slice(out.p, n), 0);
		ck_assert_int_eq(sp_properties_read(&in, &properties, &err), SP_EDAMAGED);
		ck_assert_ptr_eq(in.at, out.p);
	}
	for (size_t i = 0; i < out.n; i++) {
		out.p[i] ^= 0x01;
		in = sp_cursor(sp_buffer_slice(&out), 0);
		accepted += sp_properties_read(&in, &properties, &err) == 0;
		out.p[i] ^= 0x01;
	}
	ck_assert_uint_eq(accepted, 7 + strlen("Savepoint"));
}
END_TEST

UNIT_MAIN("properties", writes_what_flink_writes, reads_what_it_wrote, null_is_unknown,
	tells_types_apart, refuses_everything_else)
