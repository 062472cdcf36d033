#include "unit.h"

#include "outlet.h"
#include "scratch.h"

/* Every third piece is copied from a file. */
static int write_piece(
	struct sp_outlet *outlet, size_t i, struct sp_slice piece, struct sp_error *err)
{
	struct sp_file *file;
	int r;

	if (i % 3 != 2)
		return sp_outlet_write(outlet, piece, err);
	file = sp_file_of_bytes(piece, "piece");
	r = sp_outlet_copy(outlet, file, 0, piece.n, err);
	sp_file_free(file);
	return r;
}

/* Writes `n` pieces of `length` bytes; gives how many bytes ended up in a file, 0: none did. */
static uint64_t write_pieces(size_t n, size_t length, size_t inline_threshold)
{
	char *directory = scratch_make();
	struct sp_arena *arena = sp_arena_new();
	sp_auto_buffer piece = { 0 };
	sp_auto_buffer expected = { 0 };
	sp_auto_buffer found = { 0 };
	struct sp_outlet *outlet;
	struct sp_store *store;
	struct sp_tree *tree;
	struct sp_file *file;
	struct sp_handle handle;
	struct sp_error err;
	char *path;
	char name[4096];

	ck_ok(sp_store_open(directory, &store, &path, &err), err);
	snprintf(name, sizeof(name), "%s/made", path);
	ck_ok(sp_tree_begin(store, name, false, &tree, &err), err);
	outlet = sp_outlet_new(tree, "file", inline_threshold);
	for (size_t i = 0; i < n; i++) {
		piece.n = 0;
		memset(sp_buffer_reserve(&piece, length), (int)i, length);
		piece.n = length;
		sp_buffer_bytes(&expected, sp_buffer_slice(&piece));
		ck_ok(write_piece(outlet, i, sp_buffer_slice(&piece), &err), err);
		ck_assert_uint_eq(sp_outlet_size(outlet), (i + 1) * length);
	}
	ck_ok(sp_outlet_finish(outlet, arena, &handle, &err), err);
	ck_assert(sp_slice_is(handle.name, "file"));
	ck_assert_int_eq(handle.size, (int64_t)expected.n);
	sp_outlet_free(outlet);
	ck_ok(sp_tree_publish(tree, &err), err);
	sp_tree_free(tree);
	snprintf(name, sizeof(name), "%s/made/file", path);
	if (handle.code == SP_HANDLE_RELATIVE) {
		ck_ok(sp_file_open(store, name, &file, &err), err);
		ck_ok(sp_file_read_all(file, UINT64_MAX, &found, &err), err);
		sp_file_free(file);
	} else {
		ck_assert_int_eq(handle.code, SP_HANDLE_BYTES);
		sp_buffer_bytes(&found, handle.data);
	}
	ck_assert(sp_slice_equal(sp_buffer_slice(&found), sp_buffer_slice(&expected)));
	sp_arena_free(arena);
	sp_store_free(store);
	free(path);
	scratch_remove(directory);
	return handle.code == SP_HANDLE_RELATIVE ? found.n : 0;
}

START_TEST(few_bytes_stay_inline)
{
	ck_assert_uint_eq(write_pieces(0, 0, 0), 0);
	ck_assert_uint_eq(write_pieces(10, 10, 100), 0);
	ck_assert_uint_eq(write_pieces(10, 20000, SIZE_MAX), 0);
}
END_TEST

START_TEST(more_become_a_file)
{
	static const size_t lengths[] = { 1, 11, 10000, 65535, 65536, 65537, 200000 };

	for (size_t i = 0; i < sp_countof(lengths); i++) {
		ck_assert_uint_eq(write_pieces(1, lengths[i], 0), lengths[i]);
		ck_assert_uint_eq(write_pieces(17, lengths[i], 16), 17 * lengths[i]);
	}
	ck_assert_uint_eq(write_pieces(30000, 5, 100000), 150000);
}
END_TEST

UNIT_MAIN("outlet", few_bytes_stay_inline, more_become_a_file)
