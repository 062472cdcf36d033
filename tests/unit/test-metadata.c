#include "unit.h"

#include "data.h"
#include "metadata-build.h"
#include "snapshot.h"

static struct sp_snapshot *read_ok(const struct sp_buffer *b)
{
	struct sp_snapshot *s = NULL;
	struct sp_error err;

	ck_ok(sp_metadata_read(sp_buffer_slice(b), &s, &err), err);
	return s;
}

static void expect_written(const char *name, const struct sp_snapshot *s, struct sp_slice bytes)
{
	sp_auto_buffer out = { 0 };
	struct sp_error err;

	ck_ok(sp_metadata_write(s, &out, &err), err);
	ck_assert_msg(sp_slice_equal(sp_buffer_slice(&out), bytes), "%s: other bytes", name);
}

static void expect_error(
	const struct sp_buffer *b, enum sp_code code, const char *part, const char *hint)
{
	sp_auto(sp_snapshot) *s = NULL;
	struct sp_error err;

	ck_assert_int_eq(sp_metadata_read(sp_buffer_slice(b), &s, &err), code);
	ck_assert_ptr_null(s);
	ck_assert_msg(strstr(err.message, part) != NULL, "%s", err.message);
	ck_assert_msg(strstr(err.hint, hint) != NULL, "%s", err.hint);
}

static void round_trip(const char *name, struct sp_slice bytes)
{
	sp_auto(sp_snapshot) *s = NULL;
	struct sp_error err;

	ck_ok(sp_metadata_read(bytes, &s, &err), err);
	ck_assert_uint_eq(s->metadata_size, bytes.n);
	ck_assert_uint_eq(s->trailing_bytes, 0);
	ck_assert_int_eq(s->dialect, SP_DIALECT_NORMAL);
	expect_written(name, s, bytes);
}

static void expect_round_trip(const struct sp_buffer *b)
{
	round_trip("built", sp_buffer_slice(b));
}

START_TEST(real_files_come_out_identical)
{
	ck_assert_int_ge(data_for_each("metadata", round_trip), 25);
}
END_TEST

static unsigned uids;

static void compare_uids(const char *name, struct sp_slice bytes)
{
	sp_auto(sp_snapshot) *s = NULL;
	struct sp_error err;

	ck_ok(sp_metadata_read(bytes, &s, &err), err);
	for (size_t i = 0; i < s->n_operators; i++) {
		uint8_t id[SP_OPERATOR_ID_BYTES];
		sp_auto_buffer uid = { 0 };

		if (s->operators[i].uid.n == 0)
			continue;
		sp_mutf8_to_utf8(s->operators[i].uid, &uid);
		sp_buffer_u8(&uid, 0);
		sp_operator_id_of_uid((const char *)uid.p, id);
		ck_assert_msg(memcmp(id, s->operators[i].id, sizeof(id)) == 0, "%s: uid '%s'", name,
			(const char *)uid.p);
		uids++;
	}
}

START_TEST(uids_give_the_operator_ids)
{
	uids = 0;
	data_for_each("metadata", compare_uids);
	ck_assert_uint_gt(uids, 20);
}
END_TEST

static void cut_everywhere(const char *name, struct sp_slice bytes)
{
	struct sp_error err;

	if (bytes.n > 3200)
		return;
	for (size_t n = 0; n < bytes.n; n++) {
		sp_auto_buffer exact = { 0 }; /* so that a sanitizer sees the end */
		struct sp_snapshot *s = NULL;

		exact.p = malloc(n + 1);
		ck_assert_ptr_nonnull(exact.p);
		memcpy(exact.p, bytes.p, n);
		ck_assert_int_eq(sp_metadata_read(sp_slice(exact.p, n), &s, &err), SP_EDAMAGED);
		ck_assert_msg(strstr(err.message, "offset 0x") != NULL, "%s", name);
	}
}

START_TEST(cut_files_are_damaged)
{
	data_for_each("metadata", cut_everywhere);
}
END_TEST

static int count_handle(const struct sp_reference *reference, void *arg)
{
	unsigned *counts = arg;

	ck_assert_int_ne(reference->handle->code, SP_HANDLE_NONE);
	ck_assert_ptr_nonnull(reference->op);
	ck_assert((reference->subtask == NULL) == (reference->role == SP_ROLE_COORDINATOR));
	ck_assert((reference->local_path.n != 0) ==
		  (reference->role == SP_ROLE_SHARED || reference->role == SP_ROLE_PRIVATE));
	counts[reference->role]++;
	return 0;
}

START_TEST(visits_every_handle)
{
	unsigned counts[SP_ROLE_LEGACY + 1] = { 0 };
	sp_auto_buffer file = { 0 };
	sp_auto(sp_snapshot) *s = NULL;

	data_read("metadata", "2.2.0-small-rocksdb-incremental.metadata", &file);
	s = read_ok(&file);
	ck_assert_int_eq(sp_visit_handles(s, count_handle, counts), 0);
	ck_assert_uint_gt(counts[SP_ROLE_SHARED], 0);
	ck_assert_uint_gt(counts[SP_ROLE_PRIVATE], 0);
	ck_assert_uint_gt(counts[SP_ROLE_MANAGED_KEYED], 0);
	ck_assert_uint_gt(counts[SP_ROLE_MANAGED_OPERATOR], 0);
	ck_assert_uint_eq(counts[SP_ROLE_LEGACY], 0);
}
END_TEST

static int stop_at_first(const struct sp_reference *reference, void *arg)
{
	*(struct sp_handle **)arg = reference->handle;
	return 5;
}

START_TEST(visits_the_data_of_key_groups_in_streams)
{
	struct sp_handle *found = NULL;
	sp_auto(sp_snapshot) *s = NULL;
	sp_auto_buffer b = { 0 };

	put_until_keyed(&b, 3);
	sp_buffer_u8(&b, 7);
	sp_buffer_u32(&b, 64);
	sp_buffer_u32(&b, 1);
	sp_buffer_u64(&b, 33);
	sp_buffer_u8(&b, SP_HANDLE_KEY_GROUPS);
	sp_buffer_u32(&b, 64);
	sp_buffer_u32(&b, 0);
	put_file(&b, "/inner");
	put_after_keyed(&b, 3);
	expect_round_trip(&b);
	s = read_ok(&b);
	ck_assert_int_eq(sp_visit_handles(s, stop_at_first, &found), 5);
	ck_assert(sp_slice_is(found->name, "/inner"));
}
END_TEST

START_TEST(version_1_has_a_slot_per_chained_operator)
{
	const struct sp_subtask *t;
	sp_auto(sp_snapshot) *s = NULL;
	sp_auto_buffer b = { 0 };
	sp_auto_buffer out = { 0 };
	struct sp_error err;

	put_header(&b, 1, 1);
	put_operator(&b, 1, 1);
	sp_buffer_u32(&b, 3);
	sp_buffer_u64(&b, UINT64_MAX);
	sp_buffer_u32(&b, 2); /* legacy slots */
	sp_buffer_u8(&b, 0);
	put_file(&b, "/legacy");
	sp_buffer_u32(&b, 2); /* managed operator slots */
	sp_buffer_u8(&b, 0);
	sp_buffer_u8(&b, SP_OPERATOR_STREAM);
	sp_buffer_u32(&b, 1);
	put_text(&b, "_default_");
	sp_buffer_u8(&b, SP_MODE_UNION);
	sp_buffer_u32(&b, 1);
	sp_buffer_u64(&b, 9);
	put_file(&b, "/operator");
	sp_buffer_u32(&b, 0);
	sp_buffer_u8(&b, 0);
	sp_buffer_u8(&b, 0);
	s = read_ok(&b);
	ck_assert_uint_eq(s->trailing_bytes, 0);
	t = &s->operators[0].subtasks[0];
	ck_assert_uint_eq(t->n_legacy, 2);
	ck_assert_uint_eq(t->n_managed_operator, 2);
	ck_assert_int_eq(t->managed_operator[0].code, SP_OPERATOR_NONE);
	ck_assert_int_eq(t->managed_operator[1].states[0].mode, SP_MODE_UNION);
	ck_assert_int_eq(sp_metadata_write(s, &out, &err), SP_EUNSUPPORTED);
}
END_TEST

static void put_channel(struct sp_buffer *b, bool with_index, uint32_t channel)
{
	if (with_index)
		sp_buffer_u32(b, 2);
	sp_buffer_u32(b, 0);
	sp_buffer_u32(b, channel);
	sp_buffer_u32(b, 1);
	sp_buffer_u64(b, 4);
	sp_buffer_u64(b, 24);
	put_file(b, "/channels");
}

static void put_two_channels(struct sp_buffer *b, bool with_index)
{
	put_until_keyed(b, 3);
	sp_buffer_u8(b, 0);
	sp_buffer_u8(b, 0);
	sp_buffer_u32(b, 2);
	put_channel(b, with_index, 0);
	put_channel(b, with_index, 1);
	sp_buffer_u32(b, 0);
}

START_TEST(channels_of_1_11_gain_their_subtask)
{
	sp_auto(sp_snapshot) *s = NULL;
	sp_auto_buffer normal = { 0 };
	sp_auto_buffer old = { 0 };

	put_two_channels(&normal, true);
	expect_round_trip(&normal);
	put_two_channels(&old, false);
	s = read_ok(&old);
	ck_assert_int_eq(s->dialect, SP_DIALECT_CHANNELS_1_11);
	expect_written("1.11", s, sp_buffer_slice(&normal));
}
END_TEST

/* Code 8 over a file and an in-memory change; `full`: as from 1.15 on. */
static void put_changelog(struct sp_buffer *b, bool full)
{
	put_until_keyed(b, 3);
	sp_buffer_u8(b, SP_KEYED_CHANGELOG);
	sp_buffer_u32(b, 64);
	sp_buffer_u32(b, 32);
	if (full)
		sp_buffer_u64(b, 100);
	sp_buffer_u32(b, 0);
	sp_buffer_u32(b, 2);
	sp_buffer_u8(b, SP_KEYED_CHANGELOG_BYTES);
	sp_buffer_u32(b, 64);
	sp_buffer_u32(b, 32);
	sp_buffer_u64(b, 3);
	sp_buffer_u64(b, 4);
	sp_buffer_u32(b, 1);
	sp_buffer_u32(b, UINT32_MAX);
	sp_buffer_blob(b, sp_slice_of("change"));
	if (full)
		put_text(b, "id 1");
	sp_buffer_u8(b, SP_KEYED_CHANGELOG_FILE);
	sp_buffer_u32(b, 64);
	sp_buffer_u32(b, 32);
	sp_buffer_u32(b, 1);
	sp_buffer_u64(b, 10);
	put_file(b, "/dstl/1");
	sp_buffer_u64(b, 50);
	if (full) {
		sp_buffer_u64(b, 50);
		put_text(b, "id 2");
		sp_buffer_u64(b, 6);
		put_text(b, "id 3");
	}
	put_after_keyed(b, 3);
}

START_TEST(changelog_of_1_14_gains_its_ids)
{
	const struct sp_keyed_handle *keyed;
	sp_auto(sp_snapshot) *s = NULL;
	sp_auto_buffer normal = { 0 };
	sp_auto_buffer old = { 0 };
	sp_auto_buffer out = { 0 };
	struct sp_error err;

	put_changelog(&normal, true);
	expect_round_trip(&normal);
	put_changelog(&old, false);
	s = read_ok(&old);
	ck_assert_int_eq(s->dialect, SP_DIALECT_CHANGELOG_1_14);
	keyed = &s->operators[0].subtasks[0].managed_keyed;
	ck_assert_uint_eq(keyed->n_non_materialized, 2);
	ck_assert_int_eq(keyed->checkpointed_size, -1);
	ck_assert(sp_slice_is(keyed->non_materialized[1].storage_identifier, "filesystem"));
	ck_assert_uint_eq(keyed->state_handle_id.n, 36);
	ck_assert(!sp_slice_equal(keyed->non_materialized[0].state_handle_id,
		keyed->non_materialized[1].state_handle_id));
	ck_ok(sp_metadata_write(s, &out, &err), err);
	expect_round_trip(&out);
}
END_TEST

START_TEST(behind_the_end)
{
	sp_auto(sp_snapshot) *s = NULL;
	sp_auto_buffer b = { 0 };

	put_two_channels(&b, true);
	sp_buffer_u8(&b, 0);
	s = read_ok(&b);
	ck_assert_int_eq(s->dialect, SP_DIALECT_NORMAL);
	ck_assert_uint_eq(s->trailing_bytes, 1);
}
END_TEST

/* One merged handle of two channels, and one plain. */
static void put_merged(struct sp_buffer *b)
{
	sp_auto_buffer blob = { 0 };

	put_until_keyed(b, 6);
	sp_buffer_u8(b, 0);
	sp_buffer_u8(b, 0);
	sp_buffer_u32(b, 2);
	sp_buffer_u8(b, 3);
	sp_buffer_u32(b, 2);
	sp_buffer_u64(b, 48);
	put_file(b, "/channels");
	sp_buffer_u32(&blob, 2);
	for (uint32_t i = 0; i < 2; i++) {
		sp_buffer_u32(&blob, 0);
		sp_buffer_u32(&blob, i);
		sp_buffer_u64(&blob, 24);
		sp_buffer_u32(&blob, 1);
		sp_buffer_u64(&blob, 4);
	}
	sp_buffer_blob(b, sp_buffer_slice(&blob));
	sp_buffer_u8(b, 1);
	put_channel(b, true, 2);
	sp_buffer_u32(b, 0);
	put_end(b, 6);
}

START_TEST(merged_channels_expand_below_version_6)
{
	sp_auto(sp_snapshot) *s = NULL;
	sp_auto_buffer merged = { 0 };
	sp_auto_buffer expanded = { 0 };

	put_merged(&merged);
	expect_round_trip(&merged);
	put_until_keyed(&expanded, 3);
	sp_buffer_u8(&expanded, 0);
	sp_buffer_u8(&expanded, 0);
	sp_buffer_u32(&expanded, 3);
	for (uint32_t i = 0; i < 3; i++)
		put_channel(&expanded, true, i);
	sp_buffer_u32(&expanded, 0);
	s = read_ok(&merged);
	s->version = 3;
	expect_written("expanded", s, sp_buffer_slice(&expanded));
}
END_TEST

START_TEST(empty_merged_operator_state)
{
	sp_auto_buffer b = { 0 };

	put_header(&b, 4, 1);
	put_operator(&b, 4, 2);
	sp_buffer_u32(&b, 0);
	sp_buffer_u32(&b, 1);
	sp_buffer_u8(&b, SP_OPERATOR_MERGED);
	sp_buffer_u32(&b, 0);
	put_text(&b, "file:/taskowned");
	put_text(&b, "file:/shared");
	sp_buffer_u8(&b, 1);
	sp_buffer_u8(&b, SP_HANDLE_EMPTY_SEGMENT);
	sp_buffer_u32(&b, 0);
	sp_buffer_u8(&b, 0);
	put_after_keyed(&b, 3);            /* the rest but the properties */
	sp_buffer_u32(&b, UINT32_MAX - 2); /* subtask 2, finished */
	put_end(&b, 4);
	expect_round_trip(&b);
}
END_TEST

/* The example of the format's description: Flink 2.0 to 2.2 load it. */
START_TEST(version_5_with_uid_and_union_state)
{
	sp_auto(sp_snapshot) *s = NULL;
	sp_auto_buffer b = { 0 };

	put_header(&b, 5, 1);
	put_operator(&b, 5, 1);
	sp_buffer_u32(&b, 0);
	sp_buffer_u32(&b, 1);
	sp_buffer_u8(&b, SP_OPERATOR_STREAM);
	sp_buffer_u32(&b, 1);
	put_text(&b, "s");
	sp_buffer_u8(&b, SP_MODE_UNION);
	sp_buffer_u32(&b, 2);
	sp_buffer_u64(&b, 64);
	sp_buffer_u64(&b, 73);
	sp_buffer_u8(&b, SP_HANDLE_RELATIVE);
	put_text(&b, "ab-1");
	sp_buffer_u64(&b, 82);
	sp_buffer_u32(&b, 0);
	sp_buffer_u8(&b, 0);
	put_after_keyed(&b, 5);
	ck_assert_uint_eq(b.n, 131);
	expect_round_trip(&b);
	s = read_ok(&b);
	ck_assert(sp_slice_is(s->operators[0].uid, "src"));
	ck_assert_uint_eq(s->properties.bytes.n, 5);
}
END_TEST

START_TEST(unknown_things_are_unsupported)
{
	const char *newer = "newer than 2.2";
	sp_auto_buffer version = { 0 };
	sp_auto_buffer code = { 0 };
	sp_auto_buffer magic = { 0 };

	put_header(&version, 7, 0);
	expect_error(&version, SP_EUNSUPPORTED, "offset 0x4: unknown metadata version 7", newer);
	put_until_keyed(&code, 6);
	sp_buffer_u8(&code, 42);
	put_after_keyed(&code, 6);
	expect_error(&code, SP_EUNSUPPORTED,
		"operator f362c87ffabe89c8a91fa7d0a523ba6c (uid 'src'): subtask 2: "
		"managed keyed state: offset 0x48: unknown keyed state handle type 42",
		newer);
	sp_buffer_u32(&magic, 0xcafebabe);
	expect_error(&magic, SP_EDAMAGED, "offset 0x0: not Flink metadata", "");
}
END_TEST

static void expect_refused_operator(
	uint32_t parallelism, uint32_t max, uint32_t index, const char *part)
{
	sp_auto_buffer b = { 0 };

	put_header(&b, 3, 1);
	sp_buffer_u64(&b, 1);
	sp_buffer_u64(&b, 2);
	sp_buffer_u32(&b, parallelism);
	sp_buffer_u32(&b, max);
	sp_buffer_u8(&b, 0);
	sp_buffer_u32(&b, 1);
	sp_buffer_u32(&b, index);
	sp_buffer_u64(&b, 0);
	put_after_keyed(&b, 3);
	sp_buffer_u8(&b, 0);
	expect_error(&b, SP_EDAMAGED, part, "");
}

static void expect_refused_keyed(struct sp_slice handle, const char *part)
{
	sp_auto_buffer b = { 0 };

	put_until_keyed(&b, 3);
	sp_buffer_bytes(&b, handle);
	put_after_keyed(&b, 3);
	expect_error(&b, SP_EDAMAGED, part, "");
}

#define BYTES(...)                                                                                 \
	sp_slice((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

START_TEST(what_flink_refuses)
{
	expect_refused_operator(5, 4, 0, "exceeds max parallelism");
	expect_refused_operator(4, 4, 4, "subtask index 4 with parallelism 4");
	expect_refused_operator(4, 4, (uint32_t)-5, "subtask index 4 with parallelism 4");
	expect_refused_operator((uint32_t)-1, 4, 0, "negative parallelism");
	expect_refused_keyed(BYTES(3, 0, 0, 0, 0, 0, 0, 0, 0, 0), "without data");
	expect_refused_keyed(
		BYTES(3, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0), "empty path");
	expect_refused_keyed(BYTES(3, 0, 0, 0, 0, 0, 0, 0, 0, 2, 255, 255, 255, 255, 255, 255, 255,
				     254, 0, 1, 'a'),
		"size -2");
	expect_refused_keyed(BYTES(3, 0, 0, 0, 0, 0x7f, 255, 255, 255), "cannot fit");
}
END_TEST

START_TEST(coordinators_are_inline)
{
	sp_auto_buffer file = { 0 };
	sp_auto_buffer finished = { 0 };

	put_header(&file, 3, 1);
	put_operator(&file, 3, 0);
	file.n -= 5;
	put_file(&file, "/coordinator");
	sp_buffer_u32(&file, 0);
	expect_error(&file, SP_EDAMAGED, "coordinator state is of type 2", "");
	put_header(&finished, 3, 1);
	put_operator(&finished, 3, 0);
	finished.n -= 5;
	put_bytes(&finished, "name", "state");
	sp_buffer_u32(&finished, UINT32_MAX);
	expect_error(&finished, SP_EDAMAGED, "fully finished, but with coordinator state", "");
}
END_TEST

START_TEST(nesting_is_bounded)
{
	sp_auto_buffer b = { 0 };

	put_until_keyed(&b, 3);
	sp_buffer_u8(&b, 3);
	for (int i = 0; i < 1000; i++) {
		sp_buffer_u64(&b, 0);
		sp_buffer_u8(&b, SP_HANDLE_KEY_GROUPS);
	}
	expect_error(&b, SP_EDAMAGED, "nested too deeply", "");
}
END_TEST

/* Four bytes each in the file, hundreds in memory: 40 MB must not become 8 GB. */
START_TEST(memory_is_bounded_by_the_file)
{
	const uint32_t n = 10000000;
	sp_auto_buffer b = { 0 };

	put_header(&b, 3, 1);
	put_operator(&b, 3, n);
	memset(sp_buffer_reserve(&b, (size_t)n * 4), 0xff, (size_t)n * 4);
	b.n += (size_t)n * 4;
	expect_error(&b, SP_EDAMAGED, "10000000 subtasks: ", "");
}
END_TEST

static void expect_refused_below_3(const char *name, const char *part)
{
	sp_auto_buffer file = { 0 };
	sp_auto_buffer out = { 0 };
	sp_auto(sp_snapshot) *s = NULL;
	struct sp_error err;

	data_read("metadata", name, &file);
	s = read_ok(&file);
	s->version = 2;
	ck_assert_int_eq(sp_metadata_write(s, &out, &err), SP_EUNSUPPORTED);
	ck_assert_msg(strstr(err.message, part) != NULL, "%s", err.message);
	ck_assert_uint_eq(out.n, 0);
}

START_TEST(version_2_says_what_it_cannot_hold)
{
	expect_refused_below_3("2.2.0-small-hashmap-canonical-files.metadata", "coordinator state");
	expect_refused_below_3("1.20.3-unaligned-hashmap.metadata", "cannot hold ");
}
END_TEST

/* Every version that can hold it gives back the same state. */
START_TEST(versions_convert)
{
	sp_auto_buffer file = { 0 };
	sp_auto(sp_snapshot) *s = NULL;
	struct sp_error err;

	data_read("metadata", "2.2.0-sql-rocksdb-incremental.metadata", &file);
	s = read_ok(&file);
	for (int32_t version = 3; version <= 6; version++) {
		sp_auto_buffer out = { 0 };
		sp_auto(sp_snapshot) *again = NULL;

		s->version = version;
		ck_ok(sp_metadata_write(s, &out, &err), err);
		expect_round_trip(&out);
		again = read_ok(&out);
		ck_assert_uint_eq(again->n_operators, s->n_operators);
		ck_assert((again->operators[0].uid.n != 0) ==
			  (version >= 5 && s->operators[0].uid.n != 0));
	}
}
END_TEST

UNIT_MAIN("metadata", real_files_come_out_identical, uids_give_the_operator_ids,
	cut_files_are_damaged, visits_every_handle, visits_the_data_of_key_groups_in_streams,
	version_1_has_a_slot_per_chained_operator, channels_of_1_11_gain_their_subtask,
	changelog_of_1_14_gains_its_ids, behind_the_end, merged_channels_expand_below_version_6,
	empty_merged_operator_state, version_5_with_uid_and_union_state,
	unknown_things_are_unsupported, what_flink_refuses, coordinators_are_inline,
	nesting_is_bounded, memory_is_bounded_by_the_file, version_2_says_what_it_cannot_hold,
	versions_convert)
