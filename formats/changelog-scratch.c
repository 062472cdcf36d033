/*
 * The scratch database of a changelog: rows that changes touch, taken from the materialized state,
 * and what becomes of them. It holds a few entries however large the state is, and spills to disk
 * however many they are.
 *
 *	u8 tag, u16 key group, u16 state, key of a row      tag 2: the row
 *	                                                    tag 1: its value is not known
 *	                                                    tag 0: rows that begin so are touched
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <rocksdb/c.h>

#include "changelog.h"
#include "path.h"
#include "rocksdb-merge.h"

#define TAG_TOUCHED 0
#define TAG_MARK 1
#define TAG_ROW 2    /* the last: rows are read up to the end */
#define HEAD_BYTES 5 /* tag, key group, state */
#define MEMORY_MIN ((size_t)1024 * 1024)
#define MEMORY_MAX ((size_t)64 * 1024 * 1024)
#define OPEN_FILES 64
#define BLOOM_BITS 10 /* per key */

struct sp_scratch {
	char *path;
	rocksdb_options_t *options;
	rocksdb_block_based_table_options_t *table;
	rocksdb_cache_t *cache;
	rocksdb_writeoptions_t *writing;
	rocksdb_readoptions_t *reading;
	rocksdb_t *db;
	rocksdb_iterator_t *rows;
	bool has_marks; /* or had */
	/* Nothing is touched from `from` up to where `touched` stands. */
	rocksdb_iterator_t *touched;
	struct sp_buffer from;
	struct sp_buffer key; /* of the call at hand */
};

static int failed(const struct sp_scratch *self, char *message, struct sp_error *err)
{
	sp_fail(err, SP_EIO, "%s: scratch database: %s", self->path, message);
	rocksdb_free(message);
	return sp_hint(err, "--tmpdir names another place for scratch files");
}

static void set_options(struct sp_scratch *self, const struct sp_budget *budget)
{
	size_t memory = budget->memory / 8;

	if (memory < MEMORY_MIN)
		memory = MEMORY_MIN;
	if (memory > MEMORY_MAX)
		memory = MEMORY_MAX;
	self->cache = rocksdb_cache_create_lru(memory);
	self->table = rocksdb_block_based_options_create();
	rocksdb_block_based_options_set_block_cache(self->table, self->cache);
	rocksdb_block_based_options_set_cache_index_and_filter_blocks(self->table, 1);
	rocksdb_block_based_options_set_filter_policy(
		self->table, rocksdb_filterpolicy_create_bloom(BLOOM_BITS));
	self->options = rocksdb_options_create();
	rocksdb_options_set_block_based_table_factory(self->options, self->table);
	rocksdb_options_set_create_if_missing(self->options, 1);
	rocksdb_options_set_merge_operator(self->options, sp_rocksdb_merge_operator());
	rocksdb_options_set_write_buffer_size(self->options, memory / 2);
	rocksdb_options_set_max_open_files(self->options, OPEN_FILES);
	rocksdb_options_set_keep_log_file_num(self->options, 1);
	self->writing = rocksdb_writeoptions_create();
	rocksdb_writeoptions_disable_WAL(self->writing, 1);
	self->reading = rocksdb_readoptions_create();
}

int sp_scratch_open(const struct sp_budget *budget, struct sp_scratch **ret, struct sp_error *err)
{
	sp_auto(sp_scratch) *self = calloc(1, sizeof(*self));
	char *message = NULL;

	if (self == NULL)
		sp_abort("out of memory");
	self->path = sp_path_join(budget->tmpdir, "savepoint-changelog.XXXXXX");
	if (mkdtemp(self->path) == NULL) {
		sp_fail_errno(err, errno, "%s: cannot make a directory in it", budget->tmpdir);
		free(self->path);
		self->path = NULL;
		return sp_hint(err, "--tmpdir names another place for scratch files");
	}
	set_options(self, budget);
	self->db = rocksdb_open(self->options, self->path, &message);
	if (message != NULL)
		return failed(self, message, err);
	*ret = sp_steal(self);
	return 0;
}

static void remove_directory(struct sp_scratch *self)
{
	char *message = NULL;

	rocksdb_destroy_db(self->options, self->path, &message);
	rocksdb_free(message); /* nothing more can be done about it */
	rmdir(self->path);
	free(self->path);
}

void sp_scratch_free(struct sp_scratch *self)
{
	if (self == NULL)
		return;
	if (self->rows != NULL)
		rocksdb_iter_destroy(self->rows);
	if (self->touched != NULL)
		rocksdb_iter_destroy(self->touched);
	if (self->db != NULL)
		rocksdb_close(self->db);
	if (self->path != NULL)
		remove_directory(self);
	if (self->options != NULL) {
		rocksdb_readoptions_destroy(self->reading);
		rocksdb_writeoptions_destroy(self->writing);
		rocksdb_options_destroy(self->options);
		rocksdb_block_based_options_destroy(self->table);
		rocksdb_cache_destroy(self->cache);
	}
	sp_buffer_free(&self->from);
	sp_buffer_free(&self->key);
	free(self);
}

static const char *key_of(struct sp_scratch *self, uint8_t tag, const struct sp_spot *spot)
{
	self->key.n = 0;
	sp_buffer_u8(&self->key, tag);
	sp_buffer_u16(&self->key, (uint16_t)spot->key_group);
	sp_buffer_u16(&self->key, spot->state);
	sp_buffer_bytes(&self->key, spot->key);
	return (const char *)self->key.p;
}

static int done(const struct sp_scratch *self, char *message, struct sp_error *err)
{
	return message == NULL ? 0 : failed(self, message, err);
}

static int get(struct sp_scratch *self, uint8_t tag, const struct sp_spot *spot,
	struct sp_buffer *ret, struct sp_error *err)
{
	const char *key = key_of(self, tag, spot);
	char *message = NULL;
	size_t n;
	char *value = rocksdb_get(self->db, self->reading, key, self->key.n, &n, &message);

	if (message != NULL)
		return failed(self, message, err);
	if (value == NULL)
		return 0;
	sp_buffer_bytes(ret, sp_slice(value, n));
	rocksdb_free(value);
	return 1;
}

/* What the database's key says. Borrowed from it. */
static struct sp_spot spot_in(struct sp_slice key)
{
	return (struct sp_spot){ .key_group = sp_get_be16(key.p + 1),
		.state = sp_get_be16(key.p + 3),
		.key = sp_slice(key.p + HEAD_BYTES, key.n - HEAD_BYTES) };
}

/* --- what is touched ------------------------------------------------------------------------- */

int sp_scratch_touch(struct sp_scratch *self, const struct sp_spot *spot, struct sp_error *err)
{
	const char *key = key_of(self, TAG_TOUCHED, spot);
	char *message = NULL;

	rocksdb_put(self->db, self->writing, key, self->key.n, "", 0, &message);
	return done(self, message, err);
}

static struct sp_slice iterator_key(const rocksdb_iterator_t *it)
{
	size_t n;
	const char *p = rocksdb_iter_key(it, &n);

	return sp_slice(p, n);
}

static int iterator_check(struct sp_scratch *self, rocksdb_iterator_t *it, struct sp_error *err)
{
	char *message = NULL;

	rocksdb_iter_get_error(it, &message);
	return done(self, message, err);
}

/* Is the key in the gap that was found last, or at its end? */
static bool in_gap(const struct sp_scratch *self, struct sp_slice key)
{
	if (self->touched == NULL || sp_slice_compare(sp_buffer_slice(&self->from), key) > 0)
		return false;
	return !rocksdb_iter_valid(self->touched) ||
	       sp_slice_compare(key, iterator_key(self->touched)) <= 0;
}

/* Rows mostly come in order, and few of them are touched: hardly any of them needs a seek. */
int sp_scratch_touched(
	struct sp_scratch *self, const struct sp_spot *spot, bool *ret, struct sp_error *err)
{
	const char *p = key_of(self, TAG_TOUCHED, spot);
	struct sp_slice key = sp_buffer_slice(&self->key);

	if (!in_gap(self, key)) {
		if (self->touched == NULL)
			self->touched = rocksdb_create_iterator(self->db, self->reading);
		rocksdb_iter_seek(self->touched, p, key.n);
		if (iterator_check(self, self->touched, err) < 0)
			return err->code;
		self->from.n = 0;
		sp_buffer_bytes(&self->from, key);
	}
	*ret = rocksdb_iter_valid(self->touched) &&
	       sp_slice_equal(iterator_key(self->touched), key);
	return 0;
}

/* --- marks ----------------------------------------------------------------------------------- */

int sp_scratch_mark(struct sp_scratch *self, const struct sp_spot *spot, struct sp_error *err)
{
	const char *key = key_of(self, TAG_MARK, spot);
	char *message = NULL;

	self->has_marks = true;
	rocksdb_put(self->db, self->writing, key, self->key.n, "", 0, &message);
	return done(self, message, err);
}

int sp_scratch_unmark(struct sp_scratch *self, const struct sp_spot *spot, struct sp_error *err)
{
	char *message = NULL;
	const char *key;

	if (!self->has_marks)
		return 0;
	key = key_of(self, TAG_MARK, spot);
	rocksdb_delete(self->db, self->writing, key, self->key.n, &message);
	return done(self, message, err);
}

int sp_scratch_marked(struct sp_scratch *self, const struct sp_spot *spot, struct sp_error *err)
{
	sp_auto_buffer ignored = { 0 };

	return self->has_marks ? get(self, TAG_MARK, spot, &ignored, err) : 0;
}

int sp_scratch_first_mark(struct sp_scratch *self, struct sp_spot *ret, struct sp_error *err)
{
	const char tag = TAG_MARK;
	rocksdb_iterator_t *it;
	struct sp_slice key;
	int r;

	if (!self->has_marks)
		return 0;
	it = rocksdb_create_iterator(self->db, self->reading);
	rocksdb_iter_seek(it, &tag, sizeof(tag));
	r = iterator_check(self, it, err);
	if (r == 0 && rocksdb_iter_valid(it)) {
		key = iterator_key(it);
		r = key.p[0] == TAG_MARK;
		*ret = spot_in(key);
		ret->key = sp_slice("", 0); /* it goes with the iterator */
	}
	rocksdb_iter_destroy(it);
	return r;
}

/* --- rows ------------------------------------------------------------------------------------ */

int sp_scratch_put(struct sp_scratch *self, const struct sp_spot *spot, struct sp_slice value,
	struct sp_error *err)
{
	const char *key = key_of(self, TAG_ROW, spot);
	char *message = NULL;

	rocksdb_put(self->db, self->writing, key, self->key.n, (const char *)value.p, value.n,
		&message);
	return done(self, message, err);
}

int sp_scratch_append(struct sp_scratch *self, const struct sp_spot *spot, struct sp_slice value,
	struct sp_error *err)
{
	const char *key = key_of(self, TAG_ROW, spot);
	char *message = NULL;

	rocksdb_merge(self->db, self->writing, key, self->key.n, (const char *)value.p, value.n,
		&message);
	return done(self, message, err);
}

int sp_scratch_delete(struct sp_scratch *self, const struct sp_spot *spot, struct sp_error *err)
{
	const char *key = key_of(self, TAG_ROW, spot);
	char *message = NULL;

	rocksdb_delete(self->db, self->writing, key, self->key.n, &message);
	return done(self, message, err);
}

int sp_scratch_delete_all(struct sp_scratch *self, const struct sp_spot *spot, struct sp_error *err)
{
	rocksdb_iterator_t *it = rocksdb_create_iterator(self->db, self->reading);
	const char *prefix = key_of(self, TAG_ROW, spot);
	char *message = NULL;
	int r;

	for (rocksdb_iter_seek(it, prefix, self->key.n); rocksdb_iter_valid(it) && message == NULL;
		rocksdb_iter_next(it)) {
		struct sp_slice key = iterator_key(it);

		if (key.n < self->key.n || memcmp(key.p, prefix, self->key.n) != 0)
			break;
		rocksdb_delete(self->db, self->writing, (const char *)key.p, key.n, &message);
	}
	r = done(self, message, err);
	if (r == 0)
		r = iterator_check(self, it, err);
	rocksdb_iter_destroy(it);
	return r;
}

int sp_scratch_get(struct sp_scratch *self, const struct sp_spot *spot, struct sp_buffer *ret,
	struct sp_error *err)
{
	return get(self, TAG_ROW, spot, ret, err);
}

static int look(struct sp_scratch *self, struct sp_spot *ret, struct sp_error *err)
{
	if (!rocksdb_iter_valid(self->rows))
		return iterator_check(self, self->rows, err);
	*ret = spot_in(iterator_key(self->rows));
	return 1;
}

int sp_scratch_seek(struct sp_scratch *self, uint32_t key_group, uint32_t state,
	struct sp_spot *ret, struct sp_error *err)
{
	const struct sp_spot spot = { .key_group = key_group, .state = (uint16_t)state };
	const char *key = key_of(self, TAG_ROW, &spot);

	if (self->rows == NULL)
		self->rows = rocksdb_create_iterator(self->db, self->reading);
	rocksdb_iter_seek(self->rows, key, self->key.n);
	return look(self, ret, err);
}

int sp_scratch_next(struct sp_scratch *self, struct sp_spot *ret, struct sp_error *err)
{
	rocksdb_iter_next(self->rows);
	return look(self, ret, err);
}

struct sp_slice sp_scratch_value(struct sp_scratch *self)
{
	size_t n;
	const char *p = rocksdb_iter_value(self->rows, &n);

	return sp_slice(p, n);
}
