/*
 * The bare RocksDB iterator over a database directory: what any reader of a RocksDB snapshot is
 *measured against.
 *
 *	scan DIRECTORY...
 *
 * Each directory holds one database, with its files under their original names. Prints rows, bytes
 *of keys and values, CPU and wall seconds of each, and of all.
 */
#include <errno.h>
#include <inttypes.h>
#include <rocksdb/c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct sum {
	uint64_t rows;
	uint64_t bytes;
	double cpu;
	double wall;
};

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double cpu_now(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return seconds(use.ru_utime) + seconds(use.ru_stime);
}

static double wall_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(char *error, const char *what)
{
	if (error == NULL)
		return;
	fprintf(stderr, "scan: %s: %s\n", what, error);
	exit(1);
}

/* Flink's merge operator: the elements of a list, joined by ','. */
static char *merge(void *state, const char *key, size_t key_size, const char *old, size_t old_size,
	const char *const *operands, const size_t *sizes, int n, unsigned char *good, size_t *size)
{
	size_t total = old != NULL ? old_size + 1 : 0;
	char *joined, *at;

	(void)state, (void)key, (void)key_size;
	for (int i = 0; i < n; i++)
		total += sizes[i] + 1;
	joined = at = malloc(total + 1);
	*good = joined != NULL;
	if (joined == NULL)
		return NULL;
	if (old != NULL) {
		at = mempcpy(at, old, old_size);
		*at++ = ',';
	}
	for (int i = 0; i < n; i++) {
		at = mempcpy(at, operands[i], sizes[i]);
		*at++ = ',';
	}
	*size = total - (total > 0); /* without the last comma */
	return joined;
}

/* Operands alone, without the value they append to: the same join. */
static char *merge_partly(void *state, const char *key, size_t key_size,
	const char *const *operands, const size_t *sizes, int n, unsigned char *good, size_t *size)
{
	return merge(state, key, key_size, NULL, 0, operands, sizes, n, good, size);
}

static void delete_value(void *state, const char *value, size_t size)
{
	(void)state, (void)size;
	free((void *)(uintptr_t)value);
}

static const char *name(void *state)
{
	(void)state;
	return "StringAppendTESTOperator";
}

static void nothing(void *state)
{
	(void)state;
}

static void scan_family(rocksdb_t *db, rocksdb_column_family_handle_t *family, struct sum *sum)
{
	rocksdb_readoptions_t *options = rocksdb_readoptions_create();
	rocksdb_iterator_t *i;
	char *error = NULL;
	size_t n;

	rocksdb_readoptions_set_verify_checksums(options, 1);
	rocksdb_readoptions_set_fill_cache(options, 0);
	i = rocksdb_create_iterator_cf(db, options, family);
	for (rocksdb_iter_seek_to_first(i); rocksdb_iter_valid(i); rocksdb_iter_next(i)) {
		rocksdb_iter_key(i, &n);
		sum->bytes += n;
		rocksdb_iter_value(i, &n);
		sum->bytes += n;
		sum->rows++;
	}
	rocksdb_iter_get_error(i, &error); /* without this call, damage looks like the end */
	must(error, "iterator");
	rocksdb_iter_destroy(i);
	rocksdb_readoptions_destroy(options);
}

static void scan(const char *directory, struct sum *sum)
{
	rocksdb_options_t *options = rocksdb_options_create();
	rocksdb_column_family_handle_t **families;
	const rocksdb_options_t **family_options;
	rocksdb_t *db;
	char *error = NULL, **names;
	size_t n;

	rocksdb_options_set_merge_operator(
		options, rocksdb_mergeoperator_create(
				 NULL, nothing, merge, merge_partly, delete_value, name));
	names = rocksdb_list_column_families(options, directory, &n, &error);
	must(error, directory);
	families = calloc(n, sizeof(*families));
	family_options = calloc(n, sizeof(*family_options));
	if (families == NULL || family_options == NULL)
		must(strerror(errno), directory);
	for (size_t i = 0; i < n; i++)
		family_options[i] = options;
	db = rocksdb_open_for_read_only_column_families(options, directory, (int)n,
		(const char *const *)names, family_options, families, 0, &error);
	must(error, directory);
	for (size_t i = 0; i < n; i++) {
		scan_family(db, families[i], sum);
		rocksdb_column_family_handle_destroy(families[i]);
	}
	rocksdb_close(db);
	rocksdb_list_column_families_destroy(names, n);
	rocksdb_options_destroy(options);
	free(families);
	free(family_options);
}

static void print(const char *what, const struct sum *s)
{
	printf("%s: rows %" PRIu64 " bytes %" PRIu64 " cpu %.2f s wall %.2f s (%.0f MB/s of CPU)\n",
		what, s->rows, s->bytes, s->cpu, s->wall,
		(double)s->bytes / 1e6 / (s->cpu > 0 ? s->cpu : 1e-9));
}

int main(int argc, char **argv)
{
	struct sum all = { 0 };

	if (argc < 2) {
		fprintf(stderr, "usage: scan DIRECTORY...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		struct sum one = { 0 };
		double cpu = cpu_now(), wall = wall_now();

		scan(argv[i], &one);
		one.cpu = cpu_now() - cpu;
		one.wall = wall_now() - wall;
		print(argv[i], &one);
		all.rows += one.rows;
		all.bytes += one.bytes;
		all.cpu += one.cpu;
		all.wall += one.wall;
	}
	if (argc > 2)
		print("all", &all);
	return 0;
}
