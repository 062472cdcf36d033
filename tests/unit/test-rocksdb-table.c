/* librocksdb is the judge: it opens what was written, checks its checksums and finds its rows. */
#include "unit.h"

#include <rocksdb/c.h>

#include "path.h"
#include "rocksdb-coding.h"
#include "rocksdb-manifest.h"
#include "rocksdb-merge.h"
#include "rows.h"
#include "scratch.h"
#include "sst.h"

static const char *const states[] = { "only" };

static void no_error(char *message)
{
	ck_assert_msg(message == NULL, "%s", message);
}

/* A table of the rows, in memory. */
static void write_table(const struct rows *rows, size_t write_bytes, struct sp_arena *arena,
	struct sp_rocksdb_file *ret)
{
	struct sp_rocksdb_table_plan plan = { .name = "x",
		.inline_threshold = SIZE_MAX,
		.family_id = 1,
		.family = sp_slice_of("only"),
		.write_bytes = write_bytes };
	sp_auto(sp_rocksdb_table) *table = sp_rocksdb_table_new(&plan);
	struct sp_error err;

	for (size_t i = 0; i < rows->n; i++)
		ck_ok(sp_rocksdb_table_put(table, rows->rows[i].key, rows->rows[i].value, &err),
			err);
	*ret = (struct sp_rocksdb_file){ .number = 9 };
	ck_ok(sp_rocksdb_table_finish(table, arena, ret, &err), err);
	ck_assert_int_eq(ret->handle.code, SP_HANDLE_BYTES);
}

static void put_file(const char *directory, const char *name, struct sp_slice bytes)
{
	char *path = sp_path_join(directory, name);
	FILE *f = fopen(path, "wb");

	ck_assert(f != NULL);
	ck_assert_uint_eq(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	fclose(f);
	free(path);
}

static void lay_out(const char *directory, const struct sp_rocksdb_file *files, size_t n)
{
	const struct sp_slice families[] = { sp_slice_of("default"), sp_slice_of("only") };
	struct sp_rocksdb_manifest manifest = { .families = families,
		.n_families = 2,
		.files = files,
		.n_files = n,
		.next_number = 100 };
	sp_auto_buffer bytes = { 0 };

	sp_rocksdb_manifest_write(&manifest, &bytes);
	put_file(directory, "MANIFEST-000004", sp_buffer_slice(&bytes));
	put_file(directory, "CURRENT", sp_slice_of("MANIFEST-000004\n"));
	for (size_t i = 0; i < n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%06d.sst", (int)files[i].number);
		put_file(directory, name, files[i].handle.data);
	}
}

struct database {
	char *path;
	rocksdb_options_t *options;
	rocksdb_readoptions_t *reading;
	rocksdb_column_family_handle_t *families[2];
	rocksdb_t *db;
};

static void open_database(struct database *self, bool to_write)
{
	static const char *const names[] = { "default", "only" };
	const rocksdb_options_t *options[2];
	char *error = NULL;

	self->options = rocksdb_options_create();
	rocksdb_options_set_merge_operator(self->options, sp_rocksdb_merge_operator());
	rocksdb_options_set_disable_auto_compactions(self->options, 1);
	rocksdb_options_set_paranoid_checks(self->options, 1);
	self->reading = rocksdb_readoptions_create();
	rocksdb_readoptions_set_verify_checksums(self->reading, 1);
	options[0] = options[1] = self->options;
	if (to_write)
		self->db = rocksdb_open_column_families(
			self->options, self->path, 2, names, options, self->families, &error);
	else
		self->db = rocksdb_open_for_read_only_column_families(
			self->options, self->path, 2, names, options, self->families, 0, &error);
	no_error(error);
}

static void close_database(struct database *self)
{
	for (int i = 0; i < 2; i++)
		rocksdb_column_family_handle_destroy(self->families[i]);
	rocksdb_close(self->db);
	rocksdb_options_destroy(self->options);
	rocksdb_readoptions_destroy(self->reading);
}

/* All rows, in order, and nothing else. */
static void assert_scan(const struct database *self, const struct rows *rows)
{
	rocksdb_iterator_t *i =
		rocksdb_create_iterator_cf(self->db, self->reading, self->families[1]);
	char *error = NULL;
	size_t n = 0;

	for (rocksdb_iter_seek_to_first(i); rocksdb_iter_valid(i); rocksdb_iter_next(i), n++) {
		struct sp_slice key, value;

		key.p = (const uint8_t *)rocksdb_iter_key(i, &key.n);
		value.p = (const uint8_t *)rocksdb_iter_value(i, &value.n);
		ck_assert_uint_lt(n, rows->n);
		ck_assert(sp_slice_equal(key, rows->rows[n].key));
		ck_assert(sp_slice_equal(value, rows->rows[n].value));
	}
	rocksdb_iter_get_error(i, &error);
	no_error(error);
	ck_assert_uint_eq(n, rows->n);
	rocksdb_iter_destroy(i);
}

/* Each row by its key, and nothing at the keys beside it. */
static void assert_lookups(const struct database *self, const struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		sp_auto_buffer beside = { 0 };
		char *error = NULL;
		size_t n;
		char *value = rocksdb_get_cf(self->db, self->reading, self->families[1],
			(const char *)rows->rows[i].key.p, rows->rows[i].key.n, &n, &error);

		no_error(error);
		ck_assert(value != NULL);
		ck_assert(sp_slice_equal(sp_slice(value, n), rows->rows[i].value));
		rocksdb_free(value);
		sp_buffer_bytes(&beside, rows->rows[i].key);
		sp_buffer_u8(&beside, 0);
		if (i + 1 < rows->n &&
			sp_slice_equal(sp_buffer_slice(&beside), rows->rows[i + 1].key))
			continue;
		value = rocksdb_get_cf(self->db, self->reading, self->families[1],
			(const char *)beside.p, beside.n, &n, &error);
		no_error(error);
		ck_assert(value == NULL);
	}
}

static void assert_opens(const struct rows *rows, const struct sp_rocksdb_file *files, size_t n)
{
	struct database self = { .path = scratch_make() };

	lay_out(self.path, files, n);
	open_database(&self, false);
	assert_scan(&self, rows);
	assert_lookups(&self, rows);
	close_database(&self);
	scratch_remove(self.path);
}

static void make_sorted(const struct rows_shape *shape, struct rows *ret)
{
	struct rows made;

	rows_begin(&made, states, 1);
	rows_make(&made, shape, 0, 12);
	rows_sorted(&made, ret);
	ck_assert_uint_gt(ret->n, 0);
	free(made.rows);
	rows_keep(ret, made.arena);
}

static const struct rows_shape shapes[] = {
	{ .seed = 1, .per_run = 1, .key_bytes = 0, .value_bytes = 0, .alphabet = 1 },
	{ .seed = 2, .per_run = 3, .key_bytes = 3, .value_bytes = 10, .alphabet = 3 },
	{ .seed = 3, .per_run = 2000, .key_bytes = 12, .value_bytes = 20, .alphabet = 256 },
	{ .seed = 4, .per_run = 1000, .key_bytes = 200, .value_bytes = 100, .alphabet = 2 },
	{ .seed = 5, .per_run = 100, .key_bytes = 16, .value_bytes = 9000, .alphabet = 256 },
	{ .seed = 6, .per_run = 8, .key_bytes = 100000, .value_bytes = 100000, .alphabet = 2 },
};

START_TEST(librocksdb_finds_every_row)
{
	for (size_t i = 0; i < sp_countof(shapes); i++) {
		struct sp_rocksdb_file file;
		struct rows rows;

		make_sorted(&shapes[i], &rows);
		write_table(&rows, 32768, rows.arena, &file);
		ck_assert(sp_slice_equal(file.smallest, rows.rows[0].key));
		ck_assert(sp_slice_equal(file.largest, rows.rows[rows.n - 1].key));
		assert_opens(&rows, &file, 1);
		rows_free(&rows);
	}
}
END_TEST

START_TEST(bytes_are_the_same_every_time)
{
	static const size_t write_bytes[] = { 1, 1000, 32768, SIZE_MAX / 4 };
	struct sp_rocksdb_file first, again;
	struct rows rows;

	make_sorted(&shapes[2], &rows);
	write_table(&rows, 32768, rows.arena, &first);
	for (size_t i = 0; i < sp_countof(write_bytes); i++) {
		write_table(&rows, write_bytes[i], rows.arena, &again);
		ck_assert(sp_slice_equal(first.handle.data, again.handle.data));
	}
	rows_free(&rows);
}
END_TEST

START_TEST(several_tables_of_a_family_are_one_row_of_rows)
{
	struct rows rows, part;
	struct sp_rocksdb_file files[8];
	size_t n = 0;

	make_sorted(&shapes[2], &rows);
	for (size_t from = 0; from < rows.n; from += part.n, n++) {
		size_t left = rows.n - from;

		part = rows;
		part.rows = rows.rows + from;
		part.n = left < rows.n / 7 ? left : rows.n / 7;
		ck_assert_uint_lt(n, sp_countof(files));
		write_table(&part, 32768, rows.arena, &files[n]);
		files[n].number = 20 + n;
	}
	assert_opens(&rows, files, n);
	rows_free(&rows);
}
END_TEST

/* What a job does with its state: it writes on, and RocksDB compacts. */
START_TEST(a_database_goes_on_from_it)
{
	struct database self = { .path = scratch_make() };
	rocksdb_writeoptions_t *writing = rocksdb_writeoptions_create();
	struct sp_rocksdb_file file;
	struct rows rows;
	char *error = NULL;

	make_sorted(&shapes[2], &rows);
	write_table(&rows, 32768, rows.arena, &file);
	lay_out(self.path, &file, 1);
	open_database(&self, true);
	rocksdb_put_cf(self.db, writing, self.families[1], (const char *)rows.rows[3].key.p,
		rows.rows[3].key.n, "new", 3, &error);
	no_error(error);
	rocksdb_merge_cf(self.db, writing, self.families[1], (const char *)rows.rows[3].key.p,
		rows.rows[3].key.n, "more", 4, &error);
	no_error(error);
	rows.rows[3].value = sp_slice_of("new,more");
	assert_scan(&self, &rows);
	rocksdb_compact_range_cf(self.db, self.families[1], NULL, 0, NULL, 0);
	assert_scan(&self, &rows);
	close_database(&self);
	open_database(&self, true);
	assert_scan(&self, &rows);
	close_database(&self);
	rocksdb_writeoptions_destroy(writing);
	scratch_remove(self.path);
	rows_free(&rows);
}
END_TEST

START_TEST(properties_say_what_is_in_it)
{
	struct database self = { .path = scratch_make() };
	struct sp_rocksdb_file file;
	char expected[64];
	struct rows rows;
	char *text;

	make_sorted(&shapes[2], &rows);
	write_table(&rows, 32768, rows.arena, &file);
	lay_out(self.path, &file, 1);
	open_database(&self, false);
	text = rocksdb_property_value_cf(
		self.db, self.families[1], "rocksdb.aggregated-table-properties");
	ck_assert(text != NULL);
	snprintf(expected, sizeof(expected), "# entries=%zu;", rows.n);
	ck_assert_msg(strstr(text, expected) != NULL, "no '%s' in: %s", expected, text);
	ck_assert(strstr(text, "# deletions=0;") != NULL);
	rocksdb_free(text);
	close_database(&self);
	scratch_remove(self.path);
	rows_free(&rows);
}
END_TEST

START_TEST(is_format_version_2)
{
	struct sp_sst_footer footer;
	struct sp_rocksdb_file written;
	struct sp_error err;
	struct sp_file *file;
	struct rows rows;

	make_sorted(&shapes[1], &rows);
	write_table(&rows, 32768, rows.arena, &written);
	file = sp_file_of_bytes(written.handle.data, "table");
	ck_ok(sp_sst_footer_read(file, &footer, &err), err);
	ck_assert(footer.table);
	ck_assert_uint_eq(footer.version, 2);
	sp_file_free(file);
	rows_free(&rows);
}
END_TEST

START_TEST(compresses_where_that_helps)
{
	static const uint8_t zeros[4000];
	struct sp_rocksdb_file file;
	size_t random_bytes = 0;
	struct rows rows;

	rows_begin(&rows, states, 1);
	for (uint8_t i = 0; i < 100; i++) {
		struct sp_row row = { .state = &rows.header->states[0],
			.key = sp_slice(&i, 1),
			.value = sp_slice(zeros, sizeof(zeros)) };

		rows_add(&rows, &row);
	}
	write_table(&rows, 32768, rows.arena, &file);
	ck_assert_uint_lt(file.handle.data.n, 100 * sizeof(zeros) / 10);
	assert_opens(&rows, &file, 1);
	rows_free(&rows);
	make_sorted(&shapes[5], &rows);
	for (size_t i = 0; i < rows.n; i++)
		random_bytes += rows.rows[i].value.n;
	write_table(&rows, 32768, rows.arena, &file);
	ck_assert_uint_gt(file.handle.data.n, random_bytes);
	rows_free(&rows);
}
END_TEST

START_TEST(refuses_keys_out_of_order)
{
	static const char *const wrong[] = { "b", "a", "" };
	struct sp_rocksdb_table_plan plan = { .name = "x", .inline_threshold = SIZE_MAX };

	for (size_t i = 0; i < sp_countof(wrong); i++) {
		sp_auto(sp_rocksdb_table) *table = sp_rocksdb_table_new(&plan);
		struct sp_error err;

		ck_ok(sp_rocksdb_table_put(table, sp_slice_of("b"), sp_slice_of(""), &err), err);
		ck_assert_int_eq(
			sp_rocksdb_table_put(table, sp_slice_of(wrong[i]), sp_slice_of(""), &err),
			SP_EDAMAGED);
	}
}
END_TEST

/* Edits of every length, so that fragments end at, before and behind every end of a block. */
START_TEST(manifests_of_any_length_are_read)
{
	struct rows rows;
	struct sp_rocksdb_file file;

	make_sorted(&shapes[1], &rows);
	write_table(&rows, 32768, rows.arena, &file);
	for (size_t n = 32600; n < 32800; n++) {
		struct sp_slice names[3] = { sp_slice_of("default"), sp_slice_of("only") };
		struct sp_rocksdb_manifest manifest = { .families = names,
			.n_families = 3,
			.files = &file,
			.n_files = 1,
			.next_number = 10 };
		struct database self = { .path = scratch_make() };
		sp_auto_buffer name = { 0 }, bytes = { 0 };

		memset(sp_buffer_reserve(&name, n), 'n', n);
		names[2] = sp_slice(name.p, n);
		lay_out(self.path, &file, 1);
		sp_rocksdb_manifest_write(&manifest, &bytes);
		put_file(self.path, "MANIFEST-000004", sp_buffer_slice(&bytes));
		open_database(&self, false);
		assert_scan(&self, &rows);
		close_database(&self);
		scratch_remove(self.path);
	}
	rows_free(&rows);
}
END_TEST

START_TEST(varints_as_rocksdb_has_them)
{
	sp_auto_buffer out = { 0 };
	static const uint8_t expected[] = { 0, 0x7f, 0x80, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 1 };

	sp_buffer_varint(&out, 0);
	sp_buffer_varint(&out, 127);
	sp_buffer_varint(&out, 128);
	sp_buffer_varint(&out, UINT64_MAX);
	ck_assert_uint_eq(out.n, sizeof(expected));
	ck_assert_mem_eq(out.p, expected, sizeof(expected));
}
END_TEST

UNIT_MAIN("rocksdb-table", librocksdb_finds_every_row, bytes_are_the_same_every_time,
	several_tables_of_a_family_are_one_row_of_rows, a_database_goes_on_from_it,
	properties_say_what_is_in_it, is_format_version_2, compresses_where_that_helps,
	refuses_keys_out_of_order, manifests_of_any_length_are_read, varints_as_rocksdb_has_them)
