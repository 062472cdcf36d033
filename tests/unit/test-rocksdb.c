#include "unit.h"

#include <rocksdb/c.h>

#include "formats.h"
#include "keyed.h"
#include "parts.h"
#include "path.h"
#include "rocksdb-merge.h"
#include "scratch.h"

static const char *const states[] = { "one", "two" };

struct database {
	char *path;
	rocksdb_t *db;
	rocksdb_options_t *options;
	rocksdb_writeoptions_t *writing;
	rocksdb_column_family_handle_t *families[3]; /* default, one, two */
};

static void no_error(char *message)
{
	ck_assert_msg(message == NULL, "%s", message);
}

static void open_database(struct database *self, const char *directory)
{
	char *error = NULL;

	self->path = sp_path_join(directory, "db");
	self->options = rocksdb_options_create();
	rocksdb_options_set_create_if_missing(self->options, 1);
	rocksdb_options_set_disable_auto_compactions(self->options, 1);
	rocksdb_options_set_merge_operator(self->options, sp_rocksdb_merge_operator());
	self->writing = rocksdb_writeoptions_create();
	rocksdb_writeoptions_disable_WAL(self->writing, 1);
	self->db = rocksdb_open(self->options, self->path, &error);
	no_error(error);
	for (size_t i = 0; i < 2; i++) {
		self->families[i + 1] =
			rocksdb_create_column_family(self->db, self->options, states[i], &error);
		no_error(error);
	}
}

static void put(struct database *self, int family, const char *key, const char *value)
{
	char *error = NULL;

	rocksdb_put_cf(self->db, self->writing, self->families[family], key, strlen(key), value,
		strlen(value), &error);
	no_error(error);
}

static void merge(struct database *self, int family, const char *key, const char *value)
{
	char *error = NULL;

	rocksdb_merge_cf(self->db, self->writing, self->families[family], key, strlen(key), value,
		strlen(value), &error);
	no_error(error);
}

static void flush(struct database *self)
{
	rocksdb_flushoptions_t *options = rocksdb_flushoptions_create();
	char *error = NULL;

	for (int i = 1; i < 3; i++) {
		rocksdb_flush_cf(self->db, options, self->families[i], &error);
		no_error(error);
	}
	rocksdb_flushoptions_destroy(options);
}

static void close_database(struct database *self)
{
	for (int i = 1; i < 3; i++)
		rocksdb_column_family_handle_destroy(self->families[i]);
	rocksdb_close(self->db);
	rocksdb_writeoptions_destroy(self->writing);
	rocksdb_options_destroy(self->options);
}

struct listing {
	struct sp_arena *arena;
	struct sp_local_file files[64];
	size_t n;
};

static int add_file(const char *path, const struct sp_stat *st, void *arg)
{
	struct listing *listing = arg;
	const char *name = sp_path_base(path);

	if (strcmp(name, "CURRENT") != 0 && strncmp(name, "MANIFEST-", 9) != 0 &&
		strstr(name, ".sst") == NULL)
		return 0;
	listing->files[listing->n++] = (struct sp_local_file){
		.local_path = sp_arena_copy(listing->arena, sp_slice_of(name)),
		.handle = { .code = SP_HANDLE_FILE,
			.name = sp_arena_copy(listing->arena, sp_slice_of(path)),
			.size = (int64_t)st->size },
	};
	return 0;
}

/* Reads `only` of the database in `directory` as Flink's handle for these key groups. */
static int read_groups(struct listing *listing, const char *directory, struct sp_key_groups all,
	struct sp_key_groups only, struct keyed_rows *rows, struct sp_error *err)
{
	static struct sp_operator op = { .parallelism = 1, .max_parallelism = 128 };
	sp_auto_buffer header = { 0 };
	struct sp_keyed_handle handle = { .code = SP_KEYED_INCREMENTAL_V2,
		.start = all.start,
		.count = all.count,
		.private = listing->files,
		.n_private = listing->n };
	struct sp_source source = { .store = sp_store_file_new(),
		.metadata_path = (char *)(uintptr_t) "test",
		.directory = (char *)(uintptr_t)directory,
		.tree = (char *)(uintptr_t)directory };
	struct sp_keyed_place place = sp_place(&source, &op, NULL, &handle);
	struct sp_budget budget = { .memory = 1 << 20, .tmpdir = directory };
	struct sp_stream *stream = NULL;
	int r;

	place.only = only;
	keyed_put_header(&header, false, states, 2);
	handle.data =
		(struct sp_handle){ .code = SP_HANDLE_BYTES, .data = sp_buffer_slice(&header) };
	r = sp_rocksdb.open(&place, &budget, &stream, err);
	if (r == 0)
		r = keyed_read(stream, rows, err);
	sp_stream_free(stream);
	sp_store_free(source.store);
	return r;
}

static int read_handle(struct listing *listing, const char *directory, int32_t start, int32_t count,
	struct keyed_rows *rows, struct sp_error *err)
{
	return read_groups(listing, directory, (struct sp_key_groups){ start, count },
		(struct sp_key_groups){ 0, 0 }, rows, err);
}

static void list_database(const struct database *db, struct listing *listing)
{
	sp_auto(sp_store) *store = sp_store_file_new();
	struct sp_error err;

	ck_ok(sp_list(store, db->path, add_file, listing, &err), err);
}

static void assert_row(const struct keyed_rows *rows, size_t i, const char *state, const char *key,
	const char *value)
{
	ck_assert_uint_lt(i, rows->n);
	ck_assert_str_eq(rows->rows[i].state, state);
	ck_assert(sp_slice_is(rows->rows[i].key, key));
	ck_assert(sp_slice_is(rows->rows[i].value, value));
}

/* Key groups are the keys' first byte: "\2x" lies in key group 2. */
static void fill(struct database *db)
{
	char *error = NULL;

	put(db, 1, "\1a", "gone");
	put(db, 1, "\2a", "old");
	put(db, 1, "\5a", "kept");
	merge(db, 2, "\2l", "e1");
	flush(db);
	merge(db, 2, "\2l", "e2");
	put(db, 1, "\2a", "new");
	put(db, 1, "\3r", "range");
	put(db, 2, "\1z", "z");
	flush(db);
	merge(db, 2, "\2l", "e,3");
	rocksdb_delete_cf(db->db, db->writing, db->families[1], "\1a", 2, &error);
	no_error(error);
	rocksdb_delete_range_cf(db->db, db->writing, db->families[1], "\3", 1, "\4", 1, &error);
	no_error(error);
	put(db, 1, "\x7fo", "outside");
	flush(db);
}

START_TEST(applies_merges_deletions_and_bounds)
{
	char *scratch = scratch_make();
	struct listing listing = { .arena = sp_arena_new() };
	struct keyed_rows rows = { .arena = listing.arena };
	struct database db = { 0 };
	struct sp_error err;

	open_database(&db, scratch);
	fill(&db);
	close_database(&db);
	list_database(&db, &listing);
	ck_ok(read_handle(&listing, scratch, 0, 64, &rows, &err), err);
	ck_assert_uint_eq(rows.n, 4); /* ascending by key group, then by state */
	assert_row(&rows, 0, "two", "\1z", "z");
	assert_row(&rows, 1, "one", "\2a", "new");
	assert_row(&rows, 2, "two", "\2l", "e1,e2,e,3");
	assert_row(&rows, 3, "one", "\5a", "kept");

	rows.n = 0;
	ck_ok(read_handle(&listing, scratch, 3, 125, &rows, &err), err);
	ck_assert_uint_eq(rows.n, 2);
	assert_row(&rows, 1, "one", "\x7fo", "outside");
	ck_assert_int_eq(scratch_count(scratch) > 0, 1);
	free(db.path);
	keyed_free(&rows);
	scratch_remove(scratch);
}
END_TEST

START_TEST(gives_only_what_is_wanted)
{
	char *scratch = scratch_make();
	struct listing listing = { .arena = sp_arena_new() };
	struct keyed_rows all = { .arena = listing.arena };
	struct database db = { 0 };
	struct sp_error err;
	uint64_t seed = 29;

	open_database(&db, scratch);
	fill(&db);
	close_database(&db);
	list_database(&db, &listing);
	ck_ok(read_handle(&listing, scratch, 0, 64, &all, &err), err);
	for (int i = 0; i < 10; i++) {
		struct keyed_rows rows = { .arena = sp_arena_new() };
		struct sp_key_groups left = { 0, 64 }, part;

		while (parts_next(&left, &seed, &part))
			ck_ok(read_groups(&listing, scratch, (struct sp_key_groups){ 0, 64 }, part,
				      &rows, &err),
				err);
		ck_assert_uint_eq(rows.n, 4);
		for (size_t n = 0; n < rows.n; n++) {
			ck_assert_str_eq(rows.rows[n].state, all.rows[n].state);
			ck_assert_uint_eq(rows.rows[n].key_group, all.rows[n].key_group);
			ck_assert(sp_slice_equal(rows.rows[n].key, all.rows[n].key));
			ck_assert(sp_slice_equal(rows.rows[n].value, all.rows[n].value));
		}
		keyed_free(&rows);
	}
	free(db.path);
	keyed_free(&all);
	scratch_remove(scratch);
}
END_TEST

static void flip(const char *path, long from_end)
{
	FILE *f = fopen(path, "r+");
	int c;

	ck_assert(f != NULL);
	fseek(f, -from_end, SEEK_END);
	c = fgetc(f);
	fseek(f, -from_end, SEEK_END);
	fputc(c ^ 0x20, f);
	fclose(f);
}

#define DAMAGED_AT 5000 /* in a block that is not the first */

/* "path: offset 0x…: …": of the block that the damaged byte is in. */
static void assert_block(const char *message, const char *path)
{
	const char *place = strstr(message, path);
	uint64_t offset;

	ck_assert_msg(place != NULL, "%s", message);
	ck_assert_msg(strncmp(place + strlen(path), ": offset 0x", 11) == 0, "%s", message);
	offset = strtoull(place + strlen(path) + 11, NULL, 16);
	ck_assert_msg(offset > 0 && offset <= DAMAGED_AT, "%s", message);
}

START_TEST(names_the_file_and_the_block_that_are_damaged)
{
	char *scratch = scratch_make();
	struct listing listing = { .arena = sp_arena_new() };
	struct keyed_rows rows = { .arena = listing.arena };
	struct database db = { 0 };
	struct sp_error err;

	open_database(&db, scratch);
	for (int i = 0; i < 1000; i++) {
		char key[8] = { 1, 0 };

		sprintf(key + 1, "%04d", i);
		put(&db, 1, key, "some value that fills the blocks of the table");
	}
	flush(&db);
	close_database(&db);
	list_database(&db, &listing);
	for (size_t i = 0; i < listing.n; i++)
		if (strstr((const char *)listing.files[i].local_path.p, ".sst") != NULL) {
			char *path = sp_arena_string(listing.arena, listing.files[i].handle.name);

			flip(path, (long)listing.files[i].handle.size - DAMAGED_AT);
			ck_assert_int_eq(
				read_handle(&listing, scratch, 0, 128, &rows, &err), SP_EDAMAGED);
			assert_block(err.message, path);
		}
	free(db.path);
	keyed_free(&rows);
	scratch_remove(scratch);
}
END_TEST

START_TEST(demands_the_families_of_the_header_and_all_files)
{
	char *scratch = scratch_make();
	struct listing listing = { .arena = sp_arena_new() };
	struct keyed_rows rows = { .arena = listing.arena };
	rocksdb_column_family_handle_t *more;
	struct database db = { 0 };
	struct sp_error err;
	char *error = NULL;

	open_database(&db, scratch);
	fill(&db);
	more = rocksdb_create_column_family(db.db, db.options, "three", &error);
	no_error(error);
	rocksdb_column_family_handle_destroy(more);
	close_database(&db);
	list_database(&db, &listing);
	ck_assert_int_eq(read_handle(&listing, scratch, 0, 128, &rows, &err), SP_EDAMAGED);
	ck_assert(strstr(err.message, "'three'") != NULL);

	listing.n--; /* a file is missing */
	ck_assert_int_eq(read_handle(&listing, scratch, 0, 128, &rows, &err), SP_EDAMAGED);
	listing.files[0].local_path = sp_slice_of("../CURRENT");
	ck_assert_int_eq(read_handle(&listing, scratch, 0, 128, &rows, &err), SP_EDAMAGED);
	ck_assert(strstr(err.message, "no plain file name") != NULL);
	free(db.path);
	keyed_free(&rows);
	scratch_remove(scratch);
}
END_TEST

/* Lists of Flink may name a file twice; the same name for two files is damage. */
START_TEST(takes_a_file_twice_but_no_two_files)
{
	char *scratch = scratch_make();
	struct listing listing = { .arena = sp_arena_new() };
	struct keyed_rows rows = { .arena = listing.arena };
	struct database db = { 0 };
	struct sp_error err;

	open_database(&db, scratch);
	fill(&db);
	close_database(&db);
	list_database(&db, &listing);
	listing.files[listing.n] = listing.files[0];
	listing.n++;
	ck_ok(read_handle(&listing, scratch, 0, 128, &rows, &err), err);
	ck_assert_uint_eq(rows.n, 5);
	listing.files[listing.n - 1].handle = listing.files[1].handle;
	ck_assert_int_eq(read_handle(&listing, scratch, 0, 128, &rows, &err), SP_EDAMAGED);
	ck_assert_msg(strstr(err.message, "another file of this name") != NULL, "%s", err.message);
	free(db.path);
	keyed_free(&rows);
	scratch_remove(scratch);
}
END_TEST

UNIT_MAIN("rocksdb", applies_merges_deletions_and_bounds, gives_only_what_is_wanted,
	names_the_file_and_the_block_that_are_damaged,
	demands_the_families_of_the_header_and_all_files, takes_a_file_twice_but_no_two_files)
