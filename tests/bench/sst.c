/*
 * The bare RocksDB table writer: what the writer of RocksDB snapshots is measured against.
 *
 *	sst rows DATABASE... >FILE	all rows of the databases, by database and column family
 *	sst write FILE DIRECTORY	tables of them, with the settings that savepoint writes with
 *
 * FILE is mapped into memory, so that nothing but the writer itself costs time:
 *
 *	row *       u32 bytes of the key, u32 bytes of the value (as the machine has them), both
 *	u32 max     the next row begins another table
 */
#include <fcntl.h>
#include <rocksdb/c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TABLE_BYTES ((uint64_t)64 << 20)
#define BORDER UINT32_MAX
#define FORMAT_VERSION 2
#define CHECKSUM_CRC32C 1

static void must(char *error, const char *what)
{
	if (error == NULL)
		return;
	fprintf(stderr, "sst: %s: %s\n", what, error);
	exit(1);
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* --- rows ------------------------------------------------------------------------------------ */

static void put(const void *bytes, size_t n)
{
	if (fwrite(bytes, 1, n, stdout) != n)
		fail("standard output");
}

static void put_length(size_t n)
{
	uint32_t length = (uint32_t)n;

	put(&length, sizeof(length));
}

static void put_family(rocksdb_t *db, rocksdb_column_family_handle_t *family)
{
	rocksdb_readoptions_t *options = rocksdb_readoptions_create();
	rocksdb_iterator_t *i = rocksdb_create_iterator_cf(db, options, family);
	char *error = NULL;

	put_length(BORDER);
	for (rocksdb_iter_seek_to_first(i); rocksdb_iter_valid(i); rocksdb_iter_next(i)) {
		size_t key_size, value_size;
		const char *key = rocksdb_iter_key(i, &key_size);
		const char *value = rocksdb_iter_value(i, &value_size);

		put_length(key_size);
		put_length(value_size);
		put(key, key_size);
		put(value, value_size);
	}
	rocksdb_iter_get_error(i, &error);
	must(error, "iterator");
	rocksdb_iter_destroy(i);
	rocksdb_readoptions_destroy(options);
}

static void put_database(const char *directory)
{
	rocksdb_options_t *options = rocksdb_options_create();
	rocksdb_column_family_handle_t **families;
	const rocksdb_options_t **family_options;
	char *error = NULL, **names;
	rocksdb_t *db;
	size_t n;

	names = rocksdb_list_column_families(options, directory, &n, &error);
	must(error, directory);
	families = calloc(n, sizeof(*families));
	family_options = calloc(n, sizeof(*family_options));
	if (families == NULL || family_options == NULL)
		fail(directory);
	for (size_t i = 0; i < n; i++)
		family_options[i] = options;
	db = rocksdb_open_for_read_only_column_families(options, directory, (int)n,
		(const char *const *)names, family_options, families, 0, &error);
	must(error, directory);
	for (size_t i = 0; i < n; i++) {
		put_family(db, families[i]);
		rocksdb_column_family_handle_destroy(families[i]);
	}
	rocksdb_close(db);
	rocksdb_list_column_families_destroy(names, n);
	rocksdb_options_destroy(options);
	free(families);
	free(family_options);
}

/* --- write ----------------------------------------------------------------------------------- */

struct tables {
	const char *directory;
	rocksdb_options_t *options;
	rocksdb_envoptions_t *env;
	rocksdb_sstfilewriter_t *writer; /* of the table being written, or NULL */
	int n;
};

static void begin_tables(struct tables *self)
{
	rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();

	rocksdb_block_based_options_set_format_version(table, FORMAT_VERSION);
	rocksdb_block_based_options_set_checksum(table, CHECKSUM_CRC32C);
	self->options = rocksdb_options_create();
	rocksdb_options_set_block_based_table_factory(self->options, table);
	rocksdb_options_set_compression(self->options, rocksdb_snappy_compression);
	self->env = rocksdb_envoptions_create();
	rocksdb_block_based_options_destroy(table);
}

static void end_table(struct tables *self)
{
	char *error = NULL;

	if (self->writer == NULL)
		return;
	rocksdb_sstfilewriter_finish(self->writer, &error);
	must(error, self->directory);
	rocksdb_sstfilewriter_destroy(self->writer);
	self->writer = NULL;
}

static void begin_table(struct tables *self)
{
	char *error = NULL, path[4096];

	snprintf(path, sizeof(path), "%s/%06d.sst", self->directory, self->n++);
	self->writer = rocksdb_sstfilewriter_create(self->env, self->options);
	rocksdb_sstfilewriter_open(self->writer, path, &error);
	must(error, path);
}

/* Writes a row and gives where it ends. */
static const char *write_row(struct tables *self, const char *at, uint32_t key)
{
	char *error = NULL;
	uint64_t size;
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	at += sizeof(value);
	if (self->writer == NULL)
		begin_table(self);
	rocksdb_sstfilewriter_put(self->writer, at, key, at + key, value, &error);
	must(error, self->directory);
	rocksdb_sstfilewriter_file_size(self->writer, &size);
	if (size >= TABLE_BYTES)
		end_table(self);
	return at + key + value;
}

static void write_tables(const char *rows, size_t n, const char *directory)
{
	struct tables self = { .directory = directory };
	const char *end = rows + n;

	begin_tables(&self);
	while (rows < end) {
		uint32_t key;

		memcpy(&key, rows, sizeof(key));
		rows += sizeof(key);
		if (key == BORDER)
			end_table(&self);
		else
			rows = write_row(&self, rows, key);
	}
	end_table(&self);
	rocksdb_envoptions_destroy(self.env);
	rocksdb_options_destroy(self.options);
}

static void write_file(const char *path, const char *directory)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *rows;

	if (fd < 0 || fstat(fd, &st) < 0)
		fail(path);
	rows = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (rows == MAP_FAILED)
		fail(path);
	write_tables(rows, (size_t)st.st_size, directory);
	munmap(rows, (size_t)st.st_size);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "write") == 0) {
		write_file(argv[2], argv[3]);
		return 0;
	}
	if (argc < 3 || strcmp(argv[1], "rows") != 0) {
		fprintf(stderr, "usage: sst rows DATABASE... >FILE | sst write FILE DIRECTORY\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		put_database(argv[i]);
	return fflush(stdout) == 0 ? 0 : 1;
}
