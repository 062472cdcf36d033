/*
 * The layout of the RocksDB backend: an incremental handle (codes 5 and 11) of
 *
 *	meta                the header only, see keyed-header.c
 *	shared, private     the files of one database by their names in it: CURRENT, MANIFEST-…,
 *	                    *.sst, OPTIONS-…
 *
 * with one column family per state, named by the state in UTF-8, and the empty family 'default'.
 * A row is a canonical row (canonical-read.c) without its mark. Written by
 * org.apache.flink.contrib.streaming.state.snapshot.RocksIncrementalSnapshotStrategy (1.3+) and
 * RocksNativeFullSnapshotStrategy (1.16+); ForSt (2.0+) writes the same.
 *
 * The database is opened read-only where its files lie and read through RocksDB's own iterators,
 * so that deletions, range deletions and merges are applied. All families are walked in step,
 * one key group at a time: nothing is sorted, nothing is buffered. They begin and end with the
 * key groups that are wanted: a database may hold rows beyond those of its handle.
 */
#include <inttypes.h>
#include <stdlib.h>

#include <rocksdb/c.h>

#include "formats.h"
#include "key-group.h"
#include "rocksdb-directory.h"
#include "rocksdb-merge.h"
#include "rocksdb-verify.h"
#include "rocksdb-write.h"

#define CACHE_MIN ((size_t)4 * 1024 * 1024)
#define READAHEAD_MIN ((size_t)32 * 1024)
#define READAHEAD_MAX ((size_t)2 * 1024 * 1024)
#define OPEN_FILES 256
#define PERF_LEVEL_DISABLED 1 /* rocksdb::PerfLevel::kDisable, per thread */
#define DEFAULT_FAMILY "default"

struct family {
	const struct sp_state *state; /* NULL: 'default' */
	char *name;
	rocksdb_column_family_handle_t *handle;
	rocksdb_iterator_t *rows;
	struct sp_slice key;
	uint32_t group; /* of the row it stands on; NO_GROUP at its end */
};

#define NO_GROUP UINT32_MAX

struct reader {
	struct sp_stream stream;
	struct sp_arena *arena; /* holds the header */
	struct sp_keyed_place place;
	struct sp_rocksdb_directory directory;
	size_t prefix;
	rocksdb_options_t *options;
	rocksdb_block_based_table_options_t *table;
	rocksdb_cache_t *cache;
	rocksdb_readoptions_t *reading;
	rocksdb_t *db;
	struct family *families; /* states by id, then 'default' */
	size_t n_families;
	uint32_t group; /* key group being read */
	size_t current; /* family being read */
	bool given;     /* the row it stands on was given */
	uint8_t end[2]; /* that the iterators do not reach: borrowed by `reading` */
};

static int claim(const struct sp_keyed_place *place, struct sp_error *err)
{
	(void)err;
	return place->handle->code == SP_KEYED_INCREMENTAL ||
	       place->handle->code == SP_KEYED_INCREMENTAL_V2;
}

static int failed(struct reader *self, char *message, struct sp_error *err)
{
	sp_rocksdb_fail(err, &self->directory, message);
	rocksdb_free(message);
	return err->code;
}

/* Reads the key that the family's iterator stands on. */
static int look(struct reader *self, struct family *family, struct sp_error *err)
{
	char *message = NULL;

	if (rocksdb_iter_valid(family->rows)) {
		family->key.p = (const uint8_t *)rocksdb_iter_key(family->rows, &family->key.n);
		if (family->key.n < self->prefix)
			return sp_fail(err, SP_EDAMAGED,
				"%s: offset 0x%" PRIx64 ": row key of %zu bytes has no key group",
				self->place.source->metadata_path, self->place.handle->at,
				family->key.n);
		family->group = sp_key_group_of_prefix(family->key.p, self->prefix);
		return 0;
	}
	family->group = NO_GROUP;
	rocksdb_iter_get_error(family->rows, &message);
	return message == NULL ? 0 : failed(self, message, err);
}

static int advance(struct reader *self, struct sp_error *err)
{
	struct family *family = &self->families[self->current];

	rocksdb_iter_next(family->rows);
	return look(self, family, err);
}

/* The lowest key group in which any family still has rows. */
static uint32_t next_group(const struct reader *self)
{
	uint32_t group = NO_GROUP;

	for (size_t i = 0; i < self->stream.header->n_states; i++)
		if (self->families[i].group < group)
			group = self->families[i].group;
	return group;
}

static int reader_next(struct sp_stream *stream, struct sp_row *row, struct sp_error *err)
{
	struct reader *self = (struct reader *)stream;
	struct family *family;

	if (self->given) {
		self->given = false;
		if (advance(self, err) < 0)
			return sp_within(err, "state '%s'", self->families[self->current].name);
	}
	while (self->current < stream->header->n_states &&
		self->families[self->current].group != self->group)
		self->current++;
	if (self->current == stream->header->n_states) {
		self->group = next_group(self);
		if (self->group == NO_GROUP)
			return 0;
		self->current = 0;
		while (self->families[self->current].group != self->group)
			self->current++;
	}
	family = &self->families[self->current];
	row->state = family->state;
	row->key_group = self->group;
	row->key = family->key;
	row->value.p = (const uint8_t *)rocksdb_iter_value(family->rows, &row->value.n);
	self->given = true;
	return 1;
}

static void reader_free(struct sp_stream *stream)
{
	struct reader *self = (struct reader *)stream;

	for (size_t i = 0; i < self->n_families; i++) {
		if (self->families[i].rows != NULL)
			rocksdb_iter_destroy(self->families[i].rows);
		if (self->families[i].handle != NULL)
			rocksdb_column_family_handle_destroy(self->families[i].handle);
		free(self->families[i].name);
	}
	free(self->families);
	if (self->db != NULL)
		rocksdb_close(self->db);
	if (self->reading != NULL)
		rocksdb_readoptions_destroy(self->reading);
	if (self->options != NULL)
		rocksdb_options_destroy(self->options);
	if (self->table != NULL)
		rocksdb_block_based_options_destroy(self->table);
	if (self->cache != NULL)
		rocksdb_cache_destroy(self->cache);
	sp_rocksdb_directory_remove(&self->directory);
	sp_arena_free(self->arena);
	free(self);
}

static const struct sp_stream_ops reader_ops = { .next = reader_next, .free = reader_free };

/* Every table of every family may be read ahead at once: a quarter of the memory for all of them.
 */
static size_t readahead_of(const struct reader *self, const struct sp_budget *budget)
{
	const struct sp_keyed_handle *handle = self->place.handle;
	size_t size = budget->memory / 4 / (handle->n_shared + handle->n_private + 1);

	return size < READAHEAD_MIN ? READAHEAD_MIN : size > READAHEAD_MAX ? READAHEAD_MAX : size;
}

/* Index blocks go through a cache of bounded size; data blocks are read once and not kept. */
static void set_options(struct reader *self, const struct sp_budget *budget)
{
	size_t cache = budget->memory / 4;

	self->cache = rocksdb_cache_create_lru(cache < CACHE_MIN ? CACHE_MIN : cache);
	self->table = rocksdb_block_based_options_create();
	rocksdb_block_based_options_set_block_cache(self->table, self->cache);
	rocksdb_block_based_options_set_cache_index_and_filter_blocks(self->table, 1);
	self->options = rocksdb_options_create();
	rocksdb_options_set_block_based_table_factory(self->options, self->table);
	rocksdb_options_set_merge_operator(self->options, sp_rocksdb_merge_operator());
	rocksdb_options_set_max_open_files(self->options, OPEN_FILES);
	rocksdb_options_set_max_file_opening_threads(self->options, 1);
	self->reading = rocksdb_readoptions_create();
	rocksdb_readoptions_set_verify_checksums(self->reading, 1);
	rocksdb_readoptions_set_fill_cache(self->reading, 0);
	rocksdb_readoptions_set_total_order_seek(self->reading, 1);
	rocksdb_readoptions_set_readahead_size(self->reading, readahead_of(self, budget));
	rocksdb_set_perf_level(PERF_LEVEL_DISABLED);
}

/* A family per state of the header, by id, and 'default'. */
static int name_families(struct reader *self, struct sp_error *err)
{
	const struct sp_keyed_header *header = self->stream.header;

	self->n_families = header->n_states + 1;
	self->families = calloc(self->n_families, sizeof(*self->families));
	if (self->families == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < header->n_states; i++) {
		sp_auto_buffer name = { 0 };

		sp_mutf8_to_utf8(header->states[i].name, &name);
		if (name.n > 0 && memchr(name.p, 0, name.n) != NULL)
			return sp_fail(err, SP_EUNSUPPORTED,
				"state %zu has the character U+0000 in its name, which RocksDB's C "
				"interface cannot express",
				i);
		sp_buffer_u8(&name, 0);
		self->families[i].state = &header->states[i];
		self->families[i].name = strdup((const char *)name.p);
	}
	self->families[header->n_states].name = strdup(DEFAULT_FAMILY);
	return 0;
}

static bool has_family(const struct reader *self, const char *name)
{
	for (size_t i = 0; i < self->n_families; i++)
		if (strcmp(self->families[i].name, name) == 0)
			return true;
	return false;
}

/* The database's families must be exactly those of the header, as Flink itself demands. */
static int check_families(struct reader *self, struct sp_error *err)
{
	char *message = NULL;
	char **names;
	size_t n, known = 0;
	int r = 0;

	names = rocksdb_list_column_families(self->options, self->directory.path, &n, &message);
	if (message != NULL)
		r = failed(self, message, err);
	for (size_t i = 0; i < n && r == 0; i++) {
		known++;
		if (!has_family(self, names[i]))
			r = sp_fail(err, SP_EDAMAGED,
				"%s: offset 0x%" PRIx64
				": column family '%s' is no state of the snapshot's header",
				self->place.source->metadata_path, self->place.handle->at,
				names[i]);
	}
	rocksdb_list_column_families_destroy(names, n);
	if (r == 0 && known < self->n_families)
		return sp_fail(err, SP_EDAMAGED,
			"%s: offset 0x%" PRIx64
			": the database has %zu column families, the header names %zu states",
			self->place.source->metadata_path, self->place.handle->at, known,
			self->n_families - 1);
	return r;
}

static int open_database(struct reader *self, struct sp_error *err)
{
	const char **names = calloc(self->n_families, sizeof(*names));
	const rocksdb_options_t **options = calloc(self->n_families, sizeof(*options));
	rocksdb_column_family_handle_t **handles = calloc(self->n_families, sizeof(*handles));
	char *message = NULL;

	if (names == NULL || options == NULL || handles == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < self->n_families; i++) {
		names[i] = self->families[i].name;
		options[i] = self->options;
	}
	self->db = rocksdb_open_for_read_only_column_families(self->options, self->directory.path,
		(int)self->n_families, names, options, handles, 0, &message);
	for (size_t i = 0; message == NULL && i < self->n_families; i++)
		self->families[i].handle = handles[i];
	free(names);
	free(options);
	free(handles);
	return message == NULL ? 0 : failed(self, message, err);
}

/* The prefix of a key group's keys; 128, behind the last one of a single byte, has one too. */
static const char *prefix_of(const struct reader *self, uint32_t group, uint8_t bytes[2])
{
	sp_set_be16(bytes, (uint16_t)group);
	return (const char *)bytes + 2 - self->prefix;
}

static int seek(struct reader *self, struct sp_error *err)
{
	const struct sp_key_groups groups = sp_place_groups(&self->place);
	uint8_t bytes[2];
	const char *start = prefix_of(self, (uint32_t)groups.start, bytes);
	const char *end =
		prefix_of(self, (uint32_t)groups.start + (uint32_t)groups.count, self->end);

	rocksdb_readoptions_set_iterate_upper_bound(self->reading, end, self->prefix);
	for (size_t i = 0; i < self->n_families; i++) {
		struct family *family = &self->families[i];

		family->rows = rocksdb_create_iterator_cf(self->db, self->reading, family->handle);
		rocksdb_iter_seek(family->rows, start, self->prefix);
		if (look(self, family, err) < 0)
			return sp_within(err, "state '%s'", family->name);
	}
	if (self->families[self->n_families - 1].group != NO_GROUP)
		return sp_fail(err, SP_EDAMAGED,
			"%s: offset 0x%" PRIx64 ": rows in column family '" DEFAULT_FAMILY
			"', which Flink leaves empty",
			self->place.source->metadata_path, self->place.handle->at);
	return 0;
}

static int open(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_stream **ret, struct sp_error *err)
{
	struct reader *self = calloc(1, sizeof(*self));
	sp_auto(sp_stream) *stream = NULL;
	int r;

	if (self == NULL)
		sp_abort("out of memory");
	self->stream.ops = &reader_ops;
	self->stream.order = SP_ORDER_KEYS;
	stream = &self->stream;
	self->arena = sp_arena_new();
	self->place = *place;
	self->prefix = sp_key_group_prefix(place->op->max_parallelism);
	self->group = NO_GROUP;
	if (sp_check_key_groups(place, err) < 0)
		return err->code;
	r = sp_source_read_keyed_header(
		place->source, place->handle, self->arena, &self->stream.header, err);
	if (r < 0)
		return r;
	if (name_families(self, err) < 0)
		return err->code;
	self->current = self->stream.header->n_states;
	set_options(self, budget);
	if (sp_rocksdb_directory_make(&self->place, budget, &self->directory, err) < 0 ||
		check_families(self, err) < 0 || open_database(self, err) < 0 ||
		seek(self, err) < 0)
		return err->code;
	*ret = sp_steal(stream);
	return 0;
}

const struct sp_format sp_rocksdb = {
	.name = "rocksdb",
	.description = "RocksDB native",
	.claim = claim,
	.open = open,
	.verify_files = sp_rocksdb_verify_files,
	.verify = sp_rocksdb_verify,
	.order = SP_ORDER_KEYS,
	.check = sp_rocksdb_check_states,
	.create = sp_rocksdb_create,
};
