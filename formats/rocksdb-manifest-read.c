/*
 * Records as in rocksdb-manifest.c. An edit is fields, each a varint tag and values, of which each
 * is a varint (v) or a length and bytes (s):
 *
 *	1 comparator s     2 log number v     3 next file number v    4 last sequence v
 *	5 compact cursor vs                   6 deleted file: level, number vv
 *	7 new file: level, number, size, smallest, largest vvvss
 *	9 previous log v                      10 oldest log to keep v
 *	100 new file with sequence numbers vvvssvv
 *	102 the same with a path id behind the number vvvvssvv
 *	103 as 100, then varint tags with an s each, ended by tag 1
 *	200 column family v                   201 add it under a name s
 *	202 drop it                           203 largest family v    300 atomic group v
 *	8193 and above: may be passed over s
 *
 * The family of an edit's files stands behind them. After db/version_edit.cc of RocksDB 5.17 to
 * 8.10 and ForSt.
 */
#include "rocksdb-manifest-read.h"

#include <inttypes.h>
#include <stdlib.h>

#include "crc32c.h"
#include "interrupt.h"
#include "rocksdb-coding.h"

#define LOG_BLOCK_BYTES ((size_t)32768) /* log::kBlockSize */
#define LOG_HEAD_BYTES ((size_t)7)      /* log::kHeaderSize */
#define TAG_IGNORED 8192                /* kTagSafeIgnoreMask */
#define TAG_WAL_ADDITION 8196           /* of 6.12 alone, without a length */
#define TAG_WAL_DELETION 8197
#define VALUES_MAX 6
#define TEXTS_MAX 2

enum log_type { LOG_FULL = 1, LOG_FIRST = 2, LOG_MIDDLE = 3, LOG_LAST = 4 };

enum tag {
	TAG_DELETED_FILE = 6,
	TAG_NEW_FILE = 7,
	TAG_NEW_FILE_2 = 100,
	TAG_NEW_FILE_3 = 102,
	TAG_NEW_FILE_4 = 103,
	TAG_COLUMN_FAMILY = 200,
	TAG_COLUMN_FAMILY_ADD = 201,
	TAG_COLUMN_FAMILY_DROP = 202,
};

/* A file added or deleted. */
struct change {
	struct sp_rocksdb_live file;
	bool deleted;
	size_t order;
};

struct reader {
	struct sp_file *file;
	struct sp_rocksdb_report *report;
	struct sp_rocksdb_version version;
	struct sp_buffer record;
	uint64_t record_at; /* in the file */
	bool inside;        /* of a record of several fragments */
	struct change *changes;
	size_t n_changes, capacity, family_capacity;
	/* Of the edit: */
	size_t first_change;
	uint64_t family;
	bool dropped, added;
	struct sp_slice name;
};

/* --- edits ----------------------------------------------------------------------------------- */

struct field {
	uint64_t tag;
	uint64_t v[VALUES_MAX];
	struct sp_slice s[TEXTS_MAX];
};

static const char *shape_of(uint64_t tag)
{
	static const struct {
		uint64_t tag;
		const char *shape;
	} shapes[] = {
		{ 1, "s" },
		{ 2, "v" },
		{ 3, "v" },
		{ 4, "v" },
		{ 5, "vs" },
		{ TAG_DELETED_FILE, "vv" },
		{ TAG_NEW_FILE, "vvvss" },
		{ 9, "v" },
		{ 10, "v" },
		{ TAG_NEW_FILE_2, "vvvssvv" },
		{ TAG_NEW_FILE_3, "vvvvssvv" },
		{ TAG_NEW_FILE_4, "vvvssvv" },
		{ TAG_COLUMN_FAMILY, "v" },
		{ TAG_COLUMN_FAMILY_ADD, "s" },
		{ TAG_COLUMN_FAMILY_DROP, "" },
		{ 203, "v" },
		{ 300, "v" },
	};

	for (size_t i = 0; i < sp_countof(shapes); i++)
		if (shapes[i].tag == tag)
			return shapes[i].shape;
	return (tag & TAG_IGNORED) != 0 && tag != TAG_WAL_ADDITION && tag != TAG_WAL_DELETION
		       ? "s"
		       : NULL;
}

/* The fields of a new file that older releases may pass over. */
static bool pass_custom(struct sp_slice *in)
{
	struct sp_slice ignored;
	uint64_t tag;

	while (sp_take_varint(in, &tag)) {
		if (tag == 1)
			return true;
		if (!sp_take_varbytes(in, &ignored))
			return false;
	}
	return false;
}

static bool take_values(struct sp_slice *in, const char *shape, struct field *ret)
{
	size_t values = 0, texts = 0;

	for (; *shape != '\0'; shape++)
		if (*shape == 'v' ? !sp_take_varint(in, &ret->v[values++])
				  : !sp_take_varbytes(in, &ret->s[texts++]))
			return false;
	return ret->tag != TAG_NEW_FILE_4 || pass_custom(in);
}

static void add_change(struct reader *self, const struct field *field)
{
	const bool deleted = field->tag == TAG_DELETED_FILE;
	const size_t size = field->tag == TAG_NEW_FILE_3 ? 3 : 2;

	if (self->n_changes == self->capacity) {
		self->capacity = self->capacity * 2 + 64;
		self->changes = reallocarray(self->changes, self->capacity, sizeof(*self->changes));
		if (self->changes == NULL)
			sp_abort("out of memory");
	}
	self->changes[self->n_changes] = (struct change){
		.file = { .number = field->v[1],
			.size = deleted ? 0 : field->v[size],
			.smallest = sp_arena_copy(self->version.arena, field->s[0]),
			.largest = sp_arena_copy(self->version.arena, field->s[1]) },
		.deleted = deleted,
		.order = self->n_changes,
	};
	self->n_changes++;
}

static void take_field(struct reader *self, const struct field *field)
{
	switch (field->tag) {
	case TAG_DELETED_FILE:
	case TAG_NEW_FILE:
	case TAG_NEW_FILE_2:
	case TAG_NEW_FILE_3:
	case TAG_NEW_FILE_4: add_change(self, field); break;
	case TAG_COLUMN_FAMILY: self->family = field->v[0]; break;
	case TAG_COLUMN_FAMILY_ADD:
		self->added = true;
		self->name = sp_arena_copy(self->version.arena, field->s[0]);
		break;
	case TAG_COLUMN_FAMILY_DROP: self->dropped = true; break;
	default: break;
	}
}

static void end_edit(struct reader *self)
{
	struct sp_rocksdb_version *version = &self->version;

	for (size_t i = self->first_change; i < self->n_changes; i++)
		self->changes[i].file.family = self->family;
	self->first_change = self->n_changes;
	if (!self->added && !self->dropped)
		return;
	if (version->n_families == self->family_capacity) {
		self->family_capacity = self->family_capacity * 2 + 16;
		version->families = reallocarray(
			version->families, self->family_capacity, sizeof(*version->families));
		if (version->families == NULL)
			sp_abort("out of memory");
	}
	version->families[version->n_families++] = (struct sp_rocksdb_family){ self->family,
		self->added ? self->name : sp_slice(NULL, 0), self->dropped };
}

/* 1: taken; 0: it was found that it cannot be. */
static int take_edit(struct reader *self, struct sp_slice in)
{
	struct field field;
	const char *shape;

	self->family = 0;
	self->added = self->dropped = false;
	while (in.n > 0) {
		field = (struct field){ 0 };
		shape = sp_take_varint(&in, &field.tag) ? shape_of(field.tag) : "";
		if (shape == NULL) {
			sp_rocksdb_found(self->report, SP_FIND_MANIFEST_UNKNOWN, self->record_at,
				"edit with tag %" PRIu64, field.tag);
			return 0;
		}
		if (field.tag == 0 || !take_values(&in, shape, &field)) {
			sp_rocksdb_found(self->report, SP_FIND_MANIFEST, self->record_at,
				"edit cannot be read");
			return 0;
		}
		take_field(self, &field);
	}
	end_edit(self);
	return 1;
}

/* --- records --------------------------------------------------------------------------------- */

static int damaged(struct reader *self, uint64_t at, const char *what)
{
	sp_rocksdb_found(self->report, SP_FIND_MANIFEST, at, "%s", what);
	return 0;
}

/* One fragment with a right checksum. 1 or 0. */
static int take_fragment(
	struct reader *self, enum log_type type, uint64_t at, struct sp_slice bytes)
{
	const bool begins = type == LOG_FULL || type == LOG_FIRST;

	if (type < LOG_FULL || type > LOG_LAST)
		return damaged(self, at, "record of an unknown type");
	if (begins == self->inside)
		return damaged(self, at, "record that is not whole");
	if (begins) {
		self->record.n = 0;
		self->record_at = at;
	}
	sp_buffer_bytes(&self->record, bytes);
	self->inside = type == LOG_FIRST || type == LOG_MIDDLE;
	return self->inside ? 1 : take_edit(self, sp_buffer_slice(&self->record));
}

static bool all_zero(struct sp_slice bytes)
{
	for (size_t i = 0; i < bytes.n; i++)
		if (bytes.p[i] != 0)
			return false;
	return true;
}

/* The fragments of one block of the log. */
static int take_block(struct reader *self, uint64_t at, struct sp_slice block)
{
	while (block.n >= LOG_HEAD_BYTES && !all_zero(sp_slice(block.p, LOG_HEAD_BYTES))) {
		const uint32_t crc = sp_get_le32(block.p);
		const size_t n = (size_t)block.p[4] | (size_t)block.p[5] << 8;

		if (n > block.n - LOG_HEAD_BYTES)
			return damaged(self, at, "record cut short");
		if (sp_crc32c_mask(sp_crc32c(0, sp_slice(block.p + 6, n + 1))) != crc)
			return damaged(self, at, "record with a wrong checksum");
		if (take_fragment(self, (enum log_type)block.p[6], at,
			    sp_slice(block.p + LOG_HEAD_BYTES, n)) == 0)
			return 0;
		block = sp_slice(block.p + LOG_HEAD_BYTES + n, block.n - LOG_HEAD_BYTES - n);
		at += LOG_HEAD_BYTES + n;
	}
	return all_zero(block) ? 1 : damaged(self, at, "bytes that are no record");
}

static int take_all(struct reader *self, struct sp_error *err)
{
	sp_auto_buffer block = { 0 };
	int r = 1;

	for (uint64_t at = 0; at < self->file->size && r > 0; at += LOG_BLOCK_BYTES) {
		const uint64_t left = self->file->size - at;
		const size_t n = left < LOG_BLOCK_BYTES ? (size_t)left : LOG_BLOCK_BYTES;

		block.n = 0;
		if (sp_interrupt_check(err) < 0 ||
			sp_file_append(self->file, at, n, &block, err) < 0)
			return err->code;
		r = take_block(self, at, sp_buffer_slice(&block));
	}
	if (r > 0 && self->inside)
		return damaged(self, self->record_at, "ends inside of a record");
	if (r > 0 && self->file->size == 0)
		return damaged(self, 0, "is empty");
	return r;
}

/* --- what they add up to --------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	if (x->file.number != y->file.number)
		return x->file.number < y->file.number ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static int by_id(const void *a, const void *b)
{
	const struct sp_rocksdb_family *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* One entry for each family, by id. */
static void merge_families(struct sp_rocksdb_version *version)
{
	size_t n = 0;

	if (version->n_families > 0)
		qsort(version->families, version->n_families, sizeof(*version->families), by_id);
	for (size_t i = 0; i < version->n_families; i++) {
		const struct sp_rocksdb_family *from = &version->families[i];
		struct sp_rocksdb_family *to = &version->families[n];

		if (n == 0 || to[-1].id != from->id) {
			*to = *from;
			n++;
			continue;
		}
		to[-1].dropped = to[-1].dropped || from->dropped;
		if (from->name.n > 0)
			to[-1].name = from->name;
	}
	version->n_families = n;
}

static const struct sp_rocksdb_family *family_of(
	const struct sp_rocksdb_version *version, uint64_t id)
{
	const struct sp_rocksdb_family key = { .id = id };

	return version->n_families == 0
		       ? NULL
		       : bsearch(&key, version->families, version->n_families, sizeof(key), by_id);
}

static bool is_dropped(const struct sp_rocksdb_version *version, uint64_t id)
{
	const struct sp_rocksdb_family *family = family_of(version, id);

	return family != NULL && family->dropped;
}

/* Of each number the last change counts. Deletions stand before what an edit adds. */
static void add_up(struct reader *self)
{
	struct sp_rocksdb_version *version = &self->version;

	version->files = calloc(self->n_changes + 1, sizeof(*version->files));
	if (version->files == NULL)
		sp_abort("out of memory");
	merge_families(version);
	if (self->n_changes > 0)
		qsort(self->changes, self->n_changes, sizeof(*self->changes), by_number);
	for (size_t i = 0; i < self->n_changes; i++) {
		const struct change *change = &self->changes[i];

		if (i + 1 < self->n_changes && change[1].file.number == change->file.number)
			continue;
		if (!change->deleted && !is_dropped(version, change->file.family))
			version->files[version->n_files++] = change->file;
	}
}

int sp_rocksdb_manifest_read(struct sp_file *file, struct sp_rocksdb_report *report,
	struct sp_rocksdb_version *ret, struct sp_error *err)
{
	struct reader self = { .file = file, .report = report };
	int r;

	self.version.arena = sp_arena_new();
	r = take_all(&self, err);
	if (r > 0) {
		add_up(&self);
		*ret = self.version;
	} else {
		sp_rocksdb_version_free(&self.version);
	}
	free(self.changes);
	sp_buffer_free(&self.record);
	return r;
}

void sp_rocksdb_version_free(struct sp_rocksdb_version *version)
{
	sp_arena_free(version->arena);
	free(version->files);
	free(version->families);
	*version = (struct sp_rocksdb_version){ 0 };
}

struct sp_slice sp_rocksdb_version_family(const struct sp_rocksdb_version *version, uint64_t id)
{
	const struct sp_rocksdb_family *family = family_of(version, id);

	return family != NULL ? family->name : id == 0 ? sp_slice_of("default") : sp_slice(NULL, 0);
}
