#include "unit.h"

#include <limits.h>
#include <sys/stat.h>

#include "path.h"
#include "scratch.h"
#include "store.h"

static void put_file(struct sp_tree *tree, const char *name, const char *text)
{
	sp_auto(sp_sink) *sink = NULL;
	struct sp_error err;

	ck_ok(sp_tree_create(tree, name, &sink, &err), err);
	ck_ok(sp_sink_write(sink, sp_slice_of(text), &err), err);
	ck_ok(sp_sink_finish(sink, &err), err);
}

static int put_tree(struct sp_store *store, const char *directory, const char *text, bool replace,
	struct sp_error *err)
{
	sp_auto(sp_tree) *tree = NULL;

	if (sp_tree_begin(store, directory, replace, &tree, err) < 0)
		return err->code;
	put_file(tree, "data", text);
	put_file(tree, "_metadata", text);
	return sp_tree_publish(tree, err);
}

static void assert_content(struct sp_store *store, const char *directory, const char *text)
{
	char *path = sp_path_join(directory, "data");
	sp_auto(sp_file) *file = NULL;
	sp_auto_buffer bytes = { 0 };
	struct sp_error err;

	ck_ok(sp_file_open(store, path, &file, &err), err);
	ck_ok(sp_file_read_all(file, 1000, &bytes, &err), err);
	ck_assert(sp_slice_is(sp_buffer_slice(&bytes), text));
	free(path);
}

START_TEST(a_tree_appears_whole_or_not_at_all)
{
	sp_auto(sp_store) *store = sp_store_file_new();
	char *scratch = scratch_make();
	char *target = sp_path_join(scratch, "new/parents/sp");
	sp_auto(sp_tree) *tree = NULL;
	struct sp_error err;
	struct sp_stat st;

	ck_ok(sp_tree_begin(store, target, false, &tree, &err), err);
	put_file(tree, "data", "x");
	ck_assert_int_eq(sp_stat(store, target, &st, &err), 0);
	sp_tree_free(sp_steal(tree));
	ck_assert_int_eq(scratch_count(scratch), 0); /* parents that were made are gone too */

	ck_ok(put_tree(store, target, "one", false, &err), err);
	assert_content(store, target, "one");
	ck_assert_int_eq(scratch_count(scratch), 5);
	free(target);
	scratch_remove(scratch);
}
END_TEST

START_TEST(an_unfinished_file_goes_away)
{
	sp_auto(sp_store) *store = sp_store_file_new();
	char *scratch = scratch_make();
	char *target = sp_path_join(scratch, "sp");
	sp_auto(sp_tree) *tree = NULL;
	struct sp_sink *sink;
	struct sp_error err;

	ck_ok(sp_tree_begin(store, target, false, &tree, &err), err);
	ck_ok(sp_tree_create(tree, "half", &sink, &err), err);
	ck_ok(sp_sink_write(sink, sp_slice_of("half"), &err), err);
	sp_sink_free(sink);
	ck_ok(sp_tree_publish(tree, &err), err);
	ck_assert_int_eq(scratch_count(scratch), 1);
	free(target);
	scratch_remove(scratch);
}
END_TEST

START_TEST(replaces_a_snapshot_only_when_told)
{
	sp_auto(sp_store) *store = sp_store_file_new();
	char *scratch = scratch_make();
	char *target = sp_path_join(scratch, "sp");
	struct sp_error err;

	ck_ok(put_tree(store, target, "one", false, &err), err);
	ck_assert_int_eq(put_tree(store, target, "two", false, &err), SP_EIO);
	ck_assert_str_eq(err.hint, "--force replaces it");
	assert_content(store, target, "one");
	ck_ok(put_tree(store, target, "two", true, &err), err);
	assert_content(store, target, "two");
	ck_assert_int_eq(scratch_count(scratch), 3);
	free(target);
	scratch_remove(scratch);
}
END_TEST

START_TEST(never_replaces_what_is_no_snapshot)
{
	sp_auto(sp_store) *store = sp_store_file_new();
	char *scratch = scratch_make();
	char *precious = sp_path_join(scratch, "precious");
	struct sp_error err;
	FILE *f = fopen(precious, "w");

	ck_assert(f != NULL);
	fclose(f);
	ck_assert_int_eq(put_tree(store, scratch, "x", true, &err), SP_EIO);
	ck_assert_int_eq(put_tree(store, precious, "x", true, &err), SP_EIO);
	ck_assert_int_eq(scratch_count(scratch), 1);
	free(precious);
	scratch_remove(scratch);
}
END_TEST

START_TEST(one_of_two_writers_wins)
{
	sp_auto(sp_store) *store = sp_store_file_new();
	char *scratch = scratch_make();
	char *target = sp_path_join(scratch, "sp");
	sp_auto(sp_tree) *late = NULL;
	struct sp_error err;

	ck_ok(sp_tree_begin(store, target, false, &late, &err), err);
	put_file(late, "data", "late");
	ck_ok(put_tree(store, target, "early", false, &err), err);
	ck_assert_int_eq(sp_tree_publish(late, &err), SP_EIO);
	sp_tree_free(sp_steal(late));
	assert_content(store, target, "early");
	ck_assert_int_eq(scratch_count(scratch), 3);
	free(target);
	scratch_remove(scratch);
}
END_TEST

/* The target's name still has room, that of the directory it is written in has not. */
START_TEST(a_tree_that_cannot_begin_leaves_nothing)
{
	sp_auto(sp_store) *store = sp_store_file_new();
	char *scratch = scratch_make();
	sp_auto_buffer target = { 0 };
	sp_auto(sp_tree) *tree = NULL;
	struct sp_error err;

	sp_buffer_printf(&target, "%s", scratch);
	while (target.n < PATH_MAX - 200)
		sp_buffer_printf(&target, "/%0100d", 7);
	sp_buffer_printf(&target, "/%0*d", (int)(PATH_MAX - 2 - target.n), 7);
	sp_buffer_u8(&target, 0);
	ck_assert_int_eq(sp_tree_begin(store, (const char *)target.p, false, &tree, &err), SP_EIO);
	ck_assert_int_eq(scratch_count(scratch), 0);
	scratch_remove(scratch);
}
END_TEST

#define COPIED ((size_t)17 << 20) /* more than is copied at a time */

/* Copies part of the file into one that has bytes already, and looks at what is there then. */
static void assert_copied(
	struct sp_store *store, const char *directory, struct sp_file *file, const uint8_t *bytes)
{
	char *path = sp_path_join(directory, "data");
	sp_auto_buffer copied = { 0 };
	sp_auto(sp_tree) *tree = NULL;
	sp_auto(sp_sink) *sink = NULL;
	sp_auto(sp_file) *there = NULL;
	struct sp_error err;

	ck_ok(sp_tree_begin(store, directory, false, &tree, &err), err);
	ck_ok(sp_tree_create(tree, "data", &sink, &err), err);
	ck_ok(sp_sink_write(sink, sp_slice_of("before"), &err), err);
	ck_ok(sp_sink_copy(sink, file, 4097, COPIED - 5000, &err), err);
	ck_ok(sp_sink_copy(sink, file, 0, 0, &err), err);
	ck_ok(sp_sink_write(sink, sp_slice_of("behind"), &err), err);
	ck_fails(sp_sink_copy(sink, file, COPIED - 10, 11, &err), SP_EDAMAGED, "cut short", err);
	ck_ok(sp_sink_finish(sink, &err), err);
	ck_ok(sp_tree_publish(tree, &err), err);
	ck_ok(sp_file_open(store, path, &there, &err), err);
	ck_ok(sp_file_read_all(there, COPIED, &copied, &err), err);
	ck_assert_mem_eq(copied.p, "before", 6);
	ck_assert_mem_eq(copied.p + 6, bytes + 4097, COPIED - 5000);
	ck_assert_mem_eq(copied.p + 6 + COPIED - 5000, "behind", 6);
	free(path);
}

START_TEST(copies_files)
{
	sp_auto(sp_store) *store = sp_store_file_new();
	char *scratch = scratch_make();
	char *path = sp_path_join(scratch, "from");
	char *one = sp_path_join(scratch, "one");
	char *other = sp_path_join(scratch, "other");
	sp_auto_buffer bytes = { 0 };
	sp_auto(sp_file) *file = NULL;
	sp_auto(sp_file) *held = NULL;
	struct sp_error err;
	FILE *f = fopen(path, "w");

	ck_assert(f != NULL);
	for (uint32_t i = 0; bytes.n < COPIED; i++)
		sp_buffer_u32(&bytes, i * 2654435761U);
	ck_assert_uint_eq(fwrite(bytes.p, 1, COPIED, f), COPIED);
	fclose(f);
	ck_ok(sp_file_open(store, path, &file, &err), err);
	held = sp_file_of_bytes(sp_slice(bytes.p, COPIED), "test");
	assert_copied(store, one, file, bytes.p);
	assert_copied(store, other, held, bytes.p); /* that no kernel can copy */
	free(path);
	free(one);
	free(other);
	scratch_remove(scratch);
}
END_TEST

START_TEST(understands_locations)
{
	static const struct {
		const char *location, *path;
	} good[] = { { "/a/b/", "/a/b" }, { "file:/a", "/a" }, { "file:///a/../b", "/b" } };
	struct sp_store *store;
	struct sp_error err;
	char *path;

	for (size_t i = 0; i < sp_countof(good); i++) {
		ck_ok(sp_store_open(good[i].location, &store, &path, &err), err);
		ck_assert_str_eq(path, good[i].path);
		free(path);
		sp_store_free(store);
	}
	ck_assert_int_eq(sp_store_open("s3://bucket/x", &store, &path, &err), SP_EUNSUPPORTED);
	ck_assert_int_eq(sp_store_open("file://host/x", &store, &path, &err), SP_EUSAGE);
	ck_assert_int_eq(sp_store_open("", &store, &path, &err), SP_EUSAGE);
}
END_TEST

UNIT_MAIN("store-file", a_tree_appears_whole_or_not_at_all, an_unfinished_file_goes_away,
	replaces_a_snapshot_only_when_told, never_replaces_what_is_no_snapshot,
	one_of_two_writers_wins, a_tree_that_cannot_begin_leaves_nothing, copies_files,
	understands_locations)
