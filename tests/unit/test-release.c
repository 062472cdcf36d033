#include "unit.h"

#include "data.h"
#include "metadata-build.h"
#include "snapshot.h"

static struct sp_releases releases_of(struct sp_slice bytes)
{
	sp_auto(sp_snapshot) *s = NULL;
	struct sp_releases releases;
	struct sp_error err;

	ck_ok(sp_metadata_read(bytes, &s, &err), err);
	sp_releases_of(s, &releases);
	return releases;
}

/* The names of the files begin with the release that wrote them. */
static void expect_release(const char *name, struct sp_slice bytes)
{
	struct sp_releases r = releases_of(bytes);
	int major;
	int minor;

	ck_assert_int_eq(sscanf(name, "%d.%d", &major, &minor), 2);
	ck_assert_msg(r.written_from <= SP_RELEASE(major, minor) &&
			      SP_RELEASE(major, minor) <= r.written_to,
		"%s: %d to %d", name, r.written_from, r.written_to);
	ck_assert_msg(r.read_from <= SP_RELEASE(major, minor) && r.read_to == SP_RELEASE_NEWEST,
		"%s: read by %d to %d", name, r.read_from, r.read_to);
}

START_TEST(real_files_belong_to_their_release)
{
	ck_assert_int_ge(data_for_each("metadata", expect_release), 25);
}
END_TEST

static void expect(const struct sp_buffer *b, struct sp_releases e)
{
	struct sp_releases r = releases_of(sp_buffer_slice(b));

	ck_assert_int_eq(r.written_from, e.written_from);
	ck_assert_int_eq(r.written_to, e.written_to);
	ck_assert_int_eq(r.read_from, e.read_from);
	ck_assert_int_eq(r.read_to, e.read_to);
}

#define R SP_RELEASE

static void expect_keyed(int version, uint8_t code, struct sp_releases e)
{
	sp_auto_buffer b = { 0 };

	put_until_keyed(&b, version);
	sp_buffer_u8(&b, code);
	sp_buffer_u32(&b, 0);
	sp_buffer_u32(&b, 0);
	put_file(&b, "/a");
	if (code == 12)
		put_text(&b, "id");
	put_after_keyed(&b, version);
	expect(&b, e);
}

START_TEST(codes_narrow_versions)
{
	expect_keyed(2, 3, (struct sp_releases){ R(1, 3), R(1, 10), R(1, 3), R(2, 2) });
	expect_keyed(3, 3, (struct sp_releases){ R(1, 11), R(1, 14), R(1, 11), R(2, 2) });
	expect_keyed(3, 7, (struct sp_releases){ R(1, 13), R(1, 15), R(1, 13), R(2, 2) });
	expect_keyed(3, 12, (struct sp_releases){ R(1, 15), R(1, 15), R(1, 15), R(2, 2) });
	expect_keyed(5, 12, (struct sp_releases){ R(2, 0), R(2, 0), R(2, 0), R(2, 2) });
}
END_TEST

/* Such a file comes from a tool. */
START_TEST(a_mixture_that_no_release_writes)
{
	expect_keyed(4, 3, (struct sp_releases){ 0, 0, R(1, 16), R(2, 2) });
}
END_TEST

START_TEST(version_1_ended_with_1_10)
{
	sp_auto_buffer b = { 0 };

	put_header(&b, 1, 0);
	expect(&b, (struct sp_releases){ R(1, 2), R(1, 2), R(1, 2), R(1, 10) });
}
END_TEST

START_TEST(finished_subtasks_came_with_1_14)
{
	sp_auto_buffer b = { 0 };

	put_header(&b, 3, 1);
	put_operator(&b, 3, 1);
	sp_buffer_u32(&b, UINT32_MAX);
	expect(&b, (struct sp_releases){ R(1, 14), R(1, 15), R(1, 14), R(2, 2) });
}
END_TEST

/* Two channels: with and without the subtask index the files cannot be taken for each other. */
static void put_channels(struct sp_buffer *b, bool with_index)
{
	put_until_keyed(b, 3);
	sp_buffer_u8(b, 0);
	sp_buffer_u8(b, 0);
	sp_buffer_u32(b, 2);
	for (uint32_t i = 0; i < 2; i++) {
		if (with_index)
			sp_buffer_u32(b, 2);
		sp_buffer_u32(b, 0);
		sp_buffer_u32(b, i);
		sp_buffer_u32(b, 1);
		sp_buffer_u64(b, 4);
		sp_buffer_u64(b, 24);
		put_file(b, "/channels");
	}
	sp_buffer_u32(b, 0);
}

START_TEST(channel_state_splits_1_11_from_1_12)
{
	sp_auto_buffer old = { 0 };
	sp_auto_buffer b = { 0 };

	put_channels(&old, false);
	expect(&old, (struct sp_releases){ R(1, 11), R(1, 11), R(1, 11), R(1, 11) });
	put_channels(&b, true);
	expect(&b, (struct sp_releases){ R(1, 12), R(1, 15), R(1, 12), R(2, 2) });
}
END_TEST

START_TEST(texts)
{
	char text[16];

	ck_assert_str_eq(sp_release_text(R(1, 20), text), "1.20");
	ck_assert_str_eq(sp_release_text(R(2, 2), text), "2.2");
	ck_assert_str_eq(sp_release_text(0, text), "none");
}
END_TEST

UNIT_MAIN("release", real_files_belong_to_their_release, codes_narrow_versions,
	a_mixture_that_no_release_writes, version_1_ended_with_1_10,
	finished_subtasks_came_with_1_14, channel_state_splits_1_11_from_1_12, texts)
