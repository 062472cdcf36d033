/*
 * Tables of librocksdb and of our own, whole and with every byte flipped in turn. What tells of a
 * flip is a finding; the magic number's flips are seen where files are looked at.
 */
#include "unit.h"

#include <rocksdb/c.h>

#include "path.h"
#include "rocksdb-sst.h"
#include "rocksdb-table.h"
#include "scratch.h"
#include "sst.h"

#define ROWS 300

enum shape { PLAIN, BLOOM, PARTITIONED, DICTIONARY, HASHED, RANGES, N_SHAPES };

struct table {
	int version, checksum, compression;
	enum shape shape;
};

static void no_error(char *message)
{
	ck_assert_msg(message == NULL, "%s", message);
}

/* --- tables ----------------------------------------------------------------------------------- */

static rocksdb_block_based_table_options_t *table_options(const struct table *table)
{
	rocksdb_block_based_table_options_t *options = rocksdb_block_based_options_create();

	rocksdb_block_based_options_set_format_version(options, table->version);
	rocksdb_block_based_options_set_checksum(options, (char)table->checksum);
	rocksdb_block_based_options_set_block_size(options, 512);
	rocksdb_block_based_options_set_index_block_restart_interval(options, 3);
	if (table->shape == BLOOM || table->shape == PARTITIONED)
		rocksdb_block_based_options_set_filter_policy(
			options, rocksdb_filterpolicy_create_bloom_full(10));
	if (table->shape == PARTITIONED) {
		rocksdb_block_based_options_set_index_type(
			options, rocksdb_block_based_table_index_type_two_level_index_search);
		rocksdb_block_based_options_set_partition_filters(options, 1);
		rocksdb_block_based_options_set_metadata_block_size(options, 128);
	}
	if (table->shape == HASHED) {
		rocksdb_block_based_options_set_data_block_index_type(options,
			rocksdb_block_based_table_data_block_index_type_binary_search_and_hash);
		rocksdb_block_based_options_set_data_block_hash_ratio(options, 0.7);
	}
	return options;
}

static rocksdb_options_t *options_of(const struct table *table)
{
	rocksdb_block_based_table_options_t *blocks = table_options(table);
	rocksdb_options_t *options = rocksdb_options_create();

	rocksdb_options_set_block_based_table_factory(options, blocks);
	rocksdb_block_based_options_destroy(blocks);
	rocksdb_options_set_compression(options, table->compression);
	if (table->shape == DICTIONARY)
		rocksdb_options_set_compression_options(options, -14, 32767, 0, 1024);
	return options;
}

static void key_of(int i, char ret[16])
{
	snprintf(ret, 16, "k%06d", i * 7);
}

static void put_rows(rocksdb_sstfilewriter_t *writer, const struct table *table)
{
	char *error = NULL;
	char key[16], value[64];

	for (int i = 0; i < ROWS; i++) {
		key_of(i, key);
		snprintf(value, sizeof(value), "value %d of %d, %x", i, ROWS, i * 2654435761U);
		rocksdb_sstfilewriter_put(writer, key, strlen(key), value, strlen(value), &error);
		no_error(error);
	}
	if (table->shape == RANGES) {
		rocksdb_sstfilewriter_delete_range(writer, "k1", 2, "z", 1, &error);
		no_error(error);
	}
}

static void read_file(const char *path, struct sp_buffer *out)
{
	FILE *f = fopen(path, "rb");

	ck_assert(f != NULL);
	out->n = fread(sp_buffer_reserve(out, 1 << 20), 1, 1 << 20, f);
	ck_assert_uint_gt(out->n, 0);
	fclose(f);
}

/* The bytes of a table that librocksdb writes. */
static void write_table(const struct table *table, struct sp_buffer *out)
{
	char *directory = scratch_make();
	char *path = sp_path_join(directory, "x.sst");
	rocksdb_options_t *options = options_of(table);
	rocksdb_envoptions_t *env = rocksdb_envoptions_create();
	rocksdb_sstfilewriter_t *writer = rocksdb_sstfilewriter_create(env, options);
	char *error = NULL;

	rocksdb_sstfilewriter_open(writer, path, &error);
	no_error(error);
	put_rows(writer, table);
	rocksdb_sstfilewriter_finish(writer, &error);
	no_error(error);
	out->n = 0;
	read_file(path, out);
	rocksdb_sstfilewriter_destroy(writer);
	rocksdb_envoptions_destroy(env);
	rocksdb_options_destroy(options);
	free(path);
	scratch_remove(directory);
}

/* The same rows as our own writer puts them. */
static void write_own(struct sp_buffer *out)
{
	struct sp_rocksdb_table_plan plan = { .name = "x",
		.inline_threshold = SIZE_MAX,
		.family_id = 1,
		.family = sp_slice_of("only"),
		.write_bytes = 4096 };
	sp_auto(sp_rocksdb_table) *writer = sp_rocksdb_table_new(&plan);
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_rocksdb_file file = { .number = 9 };
	struct sp_error err;
	char key[16];

	for (int i = 0; i < ROWS; i++) {
		key_of(i, key);
		ck_ok(sp_rocksdb_table_put(writer, sp_slice_of(key), sp_slice_of(key), &err), err);
	}
	ck_ok(sp_rocksdb_table_finish(writer, arena, &file, &err), err);
	sp_buffer_bytes(out, file.handle.data);
}

/* --- walking them ----------------------------------------------------------------------------- */

static size_t walk(struct sp_slice bytes, struct sp_findings *findings, struct sp_rocksdb_sst *sst)
{
	struct sp_source source = { .metadata_path = (char *)(uintptr_t) "test" };
	const struct sp_keyed_place place = { .source = &source };
	const struct sp_local_file local = { .local_path = sp_slice_of("000009.sst"),
		.handle = { .code = SP_HANDLE_FILE } };
	sp_auto(sp_file) *file = sp_file_of_bytes(bytes, "x.sst");
	struct sp_rocksdb_report report = { &place, findings, &local, file, 0 };
	struct sp_error err;

	ck_ok(sp_rocksdb_sst_verify(file, &report, sst, &err), err);
	return findings->n;
}

static bool is_key(const struct sp_buffer *with_trailer, const char *key)
{
	ck_assert_uint_ge(with_trailer->n, 8);
	return sp_slice_is(sp_slice(with_trailer->p, with_trailer->n - 8), key);
}

static void assert_sound(struct sp_slice bytes, bool bounded)
{
	struct sp_findings findings;
	struct sp_rocksdb_sst sst;
	char last[16];

	sp_findings_init(&findings);
	key_of(ROWS - 1, last);
	ck_assert_msg(walk(bytes, &findings, &sst) == 0, "%s", findings.list[0].text);
	ck_assert_int_eq(sst.bounded, bounded);
	if (bounded) {
		ck_assert(is_key(&sst.smallest, "k000000"));
		ck_assert(is_key(&sst.largest, last));
	}
	sp_rocksdb_sst_free(&sst);
	sp_findings_free(&findings);
}

static bool is_found(struct sp_slice bytes)
{
	sp_auto(sp_file) *file = sp_file_of_bytes(bytes, "x.sst");
	struct sp_sst_footer footer;
	struct sp_findings findings;
	struct sp_rocksdb_sst sst;
	struct sp_error err;
	bool found;

	ck_ok(sp_sst_footer_read(file, &footer, &err), err);
	sp_findings_init(&findings);
	found = walk(bytes, &findings, &sst) > 0 || !footer.table ||
		footer.version > SP_SST_VERSION_MAX;
	for (size_t i = 0; i < findings.n; i++)
		ck_assert_str_eq(findings.list[i].file, "x.sst");
	sp_rocksdb_sst_free(&sst);
	sp_findings_free(&findings);
	return found;
}

/* Where the global sequence number is, which RocksDB writes without a checksum of its own. */
static size_t sequence_at(const struct sp_buffer *bytes)
{
	static const char name[] = "global_seqno";
	const uint8_t *at = memmem(bytes->p, bytes->n, name, sizeof(name) - 1);

	return at == NULL ? SIZE_MAX : (size_t)(at - bytes->p) + sizeof(name) - 1;
}

/*
 * Every `step`-th byte flipped in one bit. The version alone may become another one that reads
 * these bytes no differently.
 */
static void assert_flips(const char *what, struct sp_buffer *bytes, size_t step)
{
	const size_t version = bytes->n - SP_SST_FOOTER_BYTES;
	const size_t sequence = sequence_at(bytes);

	for (size_t at = 0; at < bytes->n; at += step) {
		const uint8_t bit = (uint8_t)(1U << (at * 5 + at / 8) % 8);

		if (at == version || (at >= sequence && at - sequence < 8))
			continue;
		bytes->p[at] ^= bit;
		ck_assert_msg(is_found(sp_buffer_slice(bytes)), "%s: bit 0x%02x at %zu of %zu",
			what, bit, at, bytes->n);
		bytes->p[at] ^= bit;
	}
}

static void check(const struct table *table, size_t step)
{
	sp_auto_buffer bytes = { 0 };
	char what[64];

	snprintf(what, sizeof(what), "version %d, checksum %d, compression %d, shape %d",
		table->version, table->checksum, table->compression, (int)table->shape);
	write_table(table, &bytes);
	assert_sound(sp_buffer_slice(&bytes),
		table->shape != RANGES && !(table->shape == DICTIONARY && table->compression != 0));
	if (table->checksum != 0)
		assert_flips(what, &bytes, step);
}

START_TEST(walks_all_versions_and_checksums)
{
	for (int version = 2; version <= 5; version++)
		for (int checksum = 0; checksum <= 4; checksum++) {
			const struct table plain = { version, checksum, 1, PLAIN };
			const struct table partitioned = { version, checksum, 1, PARTITIONED };

			check(&plain, 17);
			check(&partitioned, 17);
		}
}
END_TEST

START_TEST(walks_all_compressions)
{
	static const int types[] = { rocksdb_no_compression, rocksdb_snappy_compression,
		rocksdb_zlib_compression, rocksdb_bz2_compression, rocksdb_lz4_compression,
		rocksdb_lz4hc_compression, rocksdb_zstd_compression };

	for (size_t i = 0; i < sp_countof(types); i++)
		for (int version = 2; version <= 5; version += 3) {
			const struct table plain = { version, 1, types[i], PLAIN };
			const struct table partitioned = { version, 4, types[i], PARTITIONED };

			check(&plain, 17);
			check(&partitioned, 17);
		}
}
END_TEST

START_TEST(walks_all_shapes)
{
	for (int shape = PLAIN; shape < N_SHAPES; shape++) {
		const struct table crc = { 4, 1, shape == DICTIONARY ? 7 : 1, (enum shape)shape };
		const struct table xxh3 = { 5, 4, shape == DICTIONARY ? 7 : 0, (enum shape)shape };

		check(&crc, 5);
		check(&xxh3, 5);
	}
}
END_TEST

START_TEST(finds_each_flipped_byte)
{
	const struct table partitioned = { 5, 3, 1, PARTITIONED };
	sp_auto_buffer own = { 0 };

	check(&partitioned, 1);
	write_own(&own);
	assert_sound(sp_buffer_slice(&own), true);
	assert_flips("own", &own, 1);
}
END_TEST

START_TEST(finds_cut_and_empty_files)
{
	sp_auto_buffer own = { 0 };
	struct sp_slice bytes;

	write_own(&own);
	bytes = sp_buffer_slice(&own);
	for (size_t n = SP_SST_FOOTER_BYTES; n < bytes.n; n += 3)
		ck_assert_msg(is_found(sp_slice(bytes.p, n)), "%zu bytes", n);
	for (size_t cut = 1; cut + 60 < bytes.n;
		cut += 7) /* the front is missing, the end is whole */
		ck_assert_msg(is_found(sp_slice(bytes.p + cut, bytes.n - cut)), "%zu cut", cut);
}
END_TEST

UNIT_MAIN("rocksdb-sst", walks_all_versions_and_checksums, walks_all_compressions, walks_all_shapes,
	finds_each_flipped_byte, finds_cut_and_empty_files)
