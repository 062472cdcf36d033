/*
 * A table, walked: from the footer to the metaindex and the index, from there to all blocks.
 *
 *	data block *          rows
 *	filter, index blocks, dictionary, range deletions, properties, metaindex
 *	footer                rocksdb-sst-footer.h
 *
 *	metaindex             names and handles of the other blocks that are no data
 *	  rocksdb.properties        names "rocksdb.…" and values, rocksdb-table.c
 *	  rocksdb.compression_dict  bytes
 *	  rocksdb.range_del         entries
 *	  fullfilter.…, filter.…    bytes
 *	  partitionedfilter.…       an index of blocks of bytes
 *	  rocksdb.hashindex.…       bytes
 *	index                 handles of data blocks; two-level: of blocks with those handles
 *
 * Blocks lie side by side; between them zeros may align them (block_align). Which of the blocks
 * is a data block only the index tells: a damaged index hides them, and is a finding itself.
 */
#include "rocksdb-sst.h"

#include <inttypes.h>
#include <stdio.h>

#include "interrupt.h"
#include "rocksdb-coding.h"
#include "rocksdb-sst-footer.h"
#include "sst.h"

#define WINDOW_BYTES ((size_t)256 * 1024)
#define GAP_BYTES ((size_t)4096)
#define INDEX_TWO_LEVEL 2 /* BlockBasedTableOptions::kTwoLevelIndexSearch */
#define DELTA_SINCE 4     /* format version that delta-codes the values of indexes */
#define USER_KEYS_SINCE 3 /* that leaves out sequence numbers in indexes */
#define CHECK_EVERY 1024  /* blocks */

struct properties {
	bool read;
	uint32_t index_type;
	bool delta, user_keys;
	bool has_blocks;
	uint64_t blocks, range_deletions;
	uint64_t sequence_at; /* offset of the global sequence number in the contents; 0: none */
};

struct walk {
	struct sp_file *file;
	struct sp_rocksdb_report *report;
	struct sp_rocksdb_sst *ret;
	struct sp_rocksdb_footer footer;
	struct properties properties;
	struct sp_buffer window; /* bytes of the file from window_at on */
	uint64_t window_at;
	struct sp_buffer unpacked;
	struct sp_rocksdb_extent *blocks; /* all that were met; owned */
	size_t n_blocks, capacity;
	uint64_t block_bytes; /* of all of them */
	uint64_t n_data;
	struct sp_rocksdb_extent last; /* data block */
	bool lost;                     /* not everything could be followed */
	struct sp_error *err;
};

/* --- single blocks --------------------------------------------------------------------------- */

static void remember(struct walk *self, const struct sp_rocksdb_extent *at)
{
	if (self->n_blocks == self->capacity) {
		self->capacity = self->capacity * 2 + 64;
		self->blocks = reallocarray(self->blocks, self->capacity, sizeof(*self->blocks));
		if (self->blocks == NULL)
			sp_abort("out of memory");
	}
	self->blocks[self->n_blocks++] = *at;
	self->block_bytes += at->size + SP_ROCKSDB_BLOCK_TRAILER;
}

/* Bytes that are in the file, through a window: blocks are mostly read one behind the other. */
static int look_at(struct walk *self, uint64_t at, size_t n, struct sp_slice *ret)
{
	struct sp_buffer *window = &self->window;
	uint64_t left = self->file->size - at;
	size_t want = n > WINDOW_BYTES ? n : WINDOW_BYTES;

	if (at < self->window_at || at - self->window_at > window->n ||
		window->n - (size_t)(at - self->window_at) < n) {
		if (want > left)
			want = (size_t)left;
		window->n = 0;
		if (sp_file_append(self->file, at, want, window, self->err) < 0)
			return self->err->code;
		self->window_at = at;
	}
	*ret = sp_slice(window->p + (at - self->window_at), n);
	return 0;
}

static bool in_bounds(const struct walk *self, const struct sp_rocksdb_extent *at)
{
	return at->offset <= self->footer.at &&
	       self->footer.at - at->offset >= SP_ROCKSDB_BLOCK_TRAILER &&
	       at->size <= self->footer.at - at->offset - SP_ROCKSDB_BLOCK_TRAILER;
}

static bool right_checksum(const struct walk *self, struct sp_slice bytes)
{
	const size_t n = bytes.n - 4;

	return sp_rocksdb_checksum(self->footer.checksum, sp_slice(bytes.p, n)) ==
	       sp_get_le32(bytes.p + n);
}

/* 1: the block with its trailer, and it is sound; 0: it is not, and was found; < 0: failed. */
static int load(struct walk *self, const struct sp_rocksdb_extent *at, const char *what,
	struct sp_slice *ret)
{
	uint8_t compression;

	if (!in_bounds(self, at)) {
		sp_rocksdb_found(self->report, SP_FIND_BLOCK, at->offset,
			"%s of %" PRIu64 " bytes reaches beyond the footer at 0x%" PRIx64, what,
			at->size, self->footer.at);
		self->lost = true;
		return 0;
	}
	remember(self, at);
	if (self->block_bytes >
		self->footer.at) { /* else a small index could name a large block often */
		sp_rocksdb_found(
			self->report, SP_FIND_BLOCK, at->offset, "%s inside of other blocks", what);
		self->lost = true;
		return 0;
	}
	if ((self->n_blocks % CHECK_EVERY == 0 && sp_interrupt_check(self->err) < 0) ||
		look_at(self, at->offset, (size_t)at->size + SP_ROCKSDB_BLOCK_TRAILER, ret) < 0)
		return self->err->code;
	compression = ret->p[at->size];
	if (!right_checksum(self, *ret))
		sp_rocksdb_found(self->report, SP_FIND_BLOCK_CHECKSUM, at->offset,
			"%s of %" PRIu64 " bytes", what, at->size);
	else if (!sp_rocksdb_compression_known(compression))
		sp_rocksdb_found(self->report, SP_FIND_BLOCK, at->offset,
			"%s with compression type %u", what, compression);
	else
		return 1;
	self->lost = true;
	return 0;
}

/* The contents of a sound block. 1, 0 where they cannot be had, and that was found. */
static int unpack(struct walk *self, const struct sp_rocksdb_extent *at, const char *what,
	struct sp_slice *block)
{
	const uint8_t compression = block->p[at->size];
	int r = sp_rocksdb_unpack(compression, self->footer.version,
		sp_slice(block->p, (size_t)at->size), &self->unpacked, block);

	if (r > 0)
		return 1;
	sp_rocksdb_found(self->report, r < 0 ? SP_FIND_BLOCK : SP_FIND_BLOCK_UNKNOWN, at->offset,
		r < 0 ? "%s cannot be decompressed" : "%s with compression type %u", what,
		compression);
	self->lost = true;
	return 0;
}

static int damaged(struct walk *self, const struct sp_rocksdb_extent *at, const char *what)
{
	sp_rocksdb_found(self->report, SP_FIND_BLOCK, at->offset, "%s cannot be read", what);
	self->lost = true;
	return 0;
}

/* --- indexes --------------------------------------------------------------------------------- */

typedef int each_block(struct walk *self, const struct sp_rocksdb_extent *at);

/* Calls `visit` for each block that an index names. */
static int walk_index(
	struct walk *self, const struct sp_rocksdb_extent *at, const char *what, each_block *visit)
{
	struct sp_rocksdb_entries entries;
	struct sp_rocksdb_extent block;
	sp_auto_buffer copy = { 0 }; /* visits move the window */
	struct sp_slice contents;
	int r = load(self, at, what, &contents);

	if (r > 0)
		r = unpack(self, at, what, &contents);
	if (r <= 0)
		return r;
	sp_buffer_bytes(&copy, contents);
	if (!sp_rocksdb_entries_begin(&entries, sp_buffer_slice(&copy), self->properties.delta))
		return damaged(self, at, what);
	while ((r = sp_rocksdb_entries_index(&entries, &block)) > 0)
		if (visit(self, &block) < 0)
			break;
	sp_rocksdb_entries_free(&entries);
	if (r < 0)
		return damaged(self, at, what);
	return r > 0 ? self->err->code : 0;
}

static bool take_key(const struct sp_rocksdb_entries *entries, struct sp_buffer *ret)
{
	ret->n = 0;
	sp_buffer_bytes(ret, sp_buffer_slice(&entries->key));
	return ret->n >= SP_ROCKSDB_TRAILER_BYTES;
}

/* First and last key of a data block; false where it has none. */
static bool bounds_of(struct sp_slice contents, struct sp_buffer *first, struct sp_buffer *last)
{
	struct sp_rocksdb_entries entries;
	bool good = sp_rocksdb_entries_begin(&entries, contents, false) &&
		    sp_rocksdb_entries_next(&entries) > 0;
	int r = 0;

	if (good && first != NULL)
		good = take_key(&entries, first);
	while (good && (r = sp_rocksdb_entries_next(&entries)) > 0)
		;
	if (good && last != NULL)
		good = take_key(&entries, last);
	sp_rocksdb_entries_free(&entries);
	return good && r == 0;
}

static bool bounds_at(struct walk *self, const struct sp_rocksdb_extent *at, struct sp_slice block,
	struct sp_buffer *first, struct sp_buffer *last)
{
	struct sp_slice contents;

	return sp_rocksdb_unpack(block.p[at->size], self->footer.version,
		       sp_slice(block.p, (size_t)at->size), &self->unpacked, &contents) > 0 &&
	       bounds_of(contents, first, last);
}

static int visit_data(struct walk *self, const struct sp_rocksdb_extent *at)
{
	struct sp_slice block;
	int r = load(self, at, "data block", &block);

	if (r > 0 && self->n_data == 0)
		self->ret->bounded = bounds_at(self, at, block, &self->ret->smallest, NULL);
	self->n_data++;
	self->last = *at;
	return r < 0 ? r : 0;
}

static int visit_index(struct walk *self, const struct sp_rocksdb_extent *at)
{
	return walk_index(self, at, "index partition", visit_data);
}

static int visit_filter(struct walk *self, const struct sp_rocksdb_extent *at)
{
	struct sp_slice block;
	int r = load(self, at, "filter partition", &block);

	return r < 0 ? r : 0;
}

/* --- properties ------------------------------------------------------------------------------ */

static bool varint_of(struct sp_slice value, uint64_t *ret)
{
	return sp_take_varint(&value, ret);
}

/* A value that is another than the name promises is passed over, as RocksDB does. */
static void take_property(
	struct properties *self, struct sp_rocksdb_sst *sst, const struct sp_rocksdb_entries *entry)
{
	const struct sp_slice name = sp_buffer_slice(&entry->key);
	const struct sp_slice value = entry->value;
	uint64_t v = 0;

	if (sp_slice_is(name, "rocksdb.block.based.table.index.type") && value.n == 4)
		self->index_type = sp_get_le32(value.p);
	else if (sp_slice_is(name, "rocksdb.index.value.is.delta.encoded"))
		self->delta = varint_of(value, &v) && v != 0;
	else if (sp_slice_is(name, "rocksdb.index.key.is.user.key"))
		self->user_keys = varint_of(value, &v) && v != 0;
	else if (sp_slice_is(name, "rocksdb.num.data.blocks"))
		self->has_blocks = varint_of(value, &self->blocks);
	else if (sp_slice_is(name, "rocksdb.num.range-deletions"))
		varint_of(value, &self->range_deletions);
	else if (sp_slice_is(name, "rocksdb.column.family.name"))
		sp_buffer_bytes(&sst->family, value);
}

static int read_properties(struct walk *self, struct sp_slice contents)
{
	struct properties *properties = &self->properties;
	struct sp_rocksdb_entries entries;
	int r;

	if (!sp_rocksdb_entries_begin(&entries, contents, false))
		return -1;
	while ((r = sp_rocksdb_entries_next(&entries)) > 0) {
		take_property(properties, self->ret, &entries);
		if (sp_slice_is(sp_buffer_slice(&entries.key),
			    "rocksdb.external_sst_file.global_seqno") &&
			entries.value.n == 8)
			properties->sequence_at = (uint64_t)(entries.value.p - contents.p);
	}
	sp_rocksdb_entries_free(&entries);
	properties->read = r == 0;
	return r;
}

/*
 * The sequence number of an ingested file is written into its properties afterwards; the checksum
 * is that of zeros there (ReadTablePropertiesHelper).
 */
static bool right_without_sequence(struct walk *self, struct sp_slice block)
{
	sp_auto_buffer copy = { 0 };

	if (self->properties.sequence_at == 0)
		return false;
	sp_buffer_bytes(&copy, block);
	memset(copy.p + self->properties.sequence_at, 0, 8);
	return right_checksum(self, sp_buffer_slice(&copy));
}

static int walk_properties(struct walk *self, const struct sp_rocksdb_extent *at)
{
	struct sp_slice block;
	int r;

	if (!in_bounds(self, at))
		return load(self, at, "properties block", &block);
	if (look_at(self, at->offset, (size_t)at->size + SP_ROCKSDB_BLOCK_TRAILER, &block) < 0)
		return self->err->code;
	r = read_properties(self, sp_slice(block.p, (size_t)at->size));
	if (r == 0 && right_without_sequence(self, block)) {
		remember(self, at);
		return 0;
	}
	if (load(self, at, "properties block", &block) < 0)
		return self->err->code;
	return r < 0 ? damaged(self, at, "properties block") : 0;
}

/* --- metaindex ------------------------------------------------------------------------------- */

static bool begins_with(struct sp_slice name, const char *start)
{
	size_t n = strlen(start);

	return name.n >= n && memcmp(name.p, start, n) == 0;
}

struct meta_block {
	char name[64]; /* shortened */
	bool filters;  /* an index of filter blocks */
	struct sp_rocksdb_extent at;
};

static int walk_meta_block(struct walk *self, const struct meta_block *block)
{
	struct sp_slice bytes;
	int r;

	if (block->filters)
		return walk_index(self, &block->at, "filter index", visit_filter);
	r = load(self, &block->at, block->name, &bytes);
	return r < 0 ? r : 0;
}

/* All entries, or only the properties, which tell how indexes are written. */
static int walk_entries(struct walk *self, struct sp_rocksdb_entries *entries, bool properties)
{
	int r;

	while ((r = sp_rocksdb_entries_next(entries)) > 0) {
		const struct sp_slice name = sp_buffer_slice(&entries->key);
		struct sp_slice value = entries->value;
		struct meta_block block = { .filters = begins_with(name, "partitionedfilter.") };

		if (sp_slice_is(name, "rocksdb.properties") != properties)
			continue;
		snprintf(block.name, sizeof(block.name), "block '%.*s'", (int)name.n, name.p);
		if (!sp_rocksdb_take_extent(&value, &block.at))
			return damaged(self, &self->footer.metaindex, "metaindex");
		if ((properties ? walk_properties(self, &block.at)
				: walk_meta_block(self, &block)) < 0)
			return self->err->code;
	}
	return r < 0 ? damaged(self, &self->footer.metaindex, "metaindex") : 0;
}

static int walk_metaindex(struct walk *self)
{
	const struct sp_rocksdb_extent *at = &self->footer.metaindex;
	struct sp_rocksdb_entries entries;
	sp_auto_buffer copy = { 0 };
	struct sp_slice contents;
	int r = load(self, at, "metaindex", &contents);

	if (r > 0)
		r = unpack(self, at, "metaindex", &contents);
	if (r <= 0)
		return r;
	sp_buffer_bytes(&copy, contents);
	for (int properties = 1; properties >= 0 && r >= 0; properties--) {
		if (!sp_rocksdb_entries_begin(&entries, sp_buffer_slice(&copy), false))
			return damaged(self, at, "metaindex");
		r = walk_entries(self, &entries, properties != 0);
		sp_rocksdb_entries_free(&entries);
	}
	return r;
}

/* --- the whole ------------------------------------------------------------------------------- */

static int by_offset(const void *a, const void *b)
{
	const struct sp_rocksdb_extent *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static int check_gap(struct walk *self, uint64_t at, uint64_t end)
{
	while (at < end) {
		size_t n = end - at < GAP_BYTES ? (size_t)(end - at) : GAP_BYTES;
		struct sp_slice bytes;

		if (look_at(self, at, n, &bytes) < 0)
			return self->err->code;
		for (size_t i = 0; i < n; i++)
			if (bytes.p[i] != 0) {
				sp_rocksdb_found(self->report, SP_FIND_SST_GAP, at + i,
					"%" PRIu64 " bytes up to 0x%" PRIx64, end - at - i, end);
				return 0;
			}
		at += n;
	}
	return 0;
}

/* Blocks side by side, from the first byte to the footer. */
static int check_gaps(struct walk *self)
{
	uint64_t at = 0;

	if (self->lost)
		return 0;
	if (self->n_blocks > 0)
		qsort(self->blocks, self->n_blocks, sizeof(*self->blocks), by_offset);
	for (size_t i = 0; i < self->n_blocks; i++) {
		const struct sp_rocksdb_extent *block = &self->blocks[i];

		if (block->offset < at) {
			sp_rocksdb_found(self->report, SP_FIND_BLOCK, block->offset,
				"block inside of another that ends at 0x%" PRIx64, at);
			return 0;
		}
		if (check_gap(self, at, block->offset) < 0)
			return self->err->code;
		at = block->offset + block->size + SP_ROCKSDB_BLOCK_TRAILER;
	}
	return check_gap(self, at, self->footer.at);
}

static void check_properties(struct walk *self)
{
	const struct properties *properties = &self->properties;

	if (self->lost)
		return;
	if (properties->has_blocks && properties->blocks != self->n_data)
		sp_rocksdb_found(self->report, SP_FIND_SST_COUNT, self->footer.index.offset,
			"%" PRIu64 " data blocks instead of %" PRIu64, self->n_data,
			properties->blocks);
	if ((properties->delta && self->footer.version < DELTA_SINCE) ||
		(properties->user_keys && self->footer.version < USER_KEYS_SINCE))
		sp_rocksdb_found(self->report, SP_FIND_SST_FOOTER,
			self->file->size - SP_SST_FOOTER_BYTES,
			"version %" PRIu32 ", which has no index like this one",
			self->footer.version);
}

static int find_largest(struct walk *self)
{
	struct sp_rocksdb_sst *ret = self->ret;
	struct sp_slice block;

	ret->bounded = ret->bounded && !self->lost && self->properties.read &&
		       self->properties.range_deletions == 0;
	if (!ret->bounded)
		return 0;
	if (look_at(self, self->last.offset, (size_t)self->last.size + SP_ROCKSDB_BLOCK_TRAILER,
		    &block) < 0)
		return self->err->code;
	ret->ingested = self->properties.sequence_at != 0;
	ret->bounded = bounds_at(self, &self->last, block, NULL, &ret->largest);
	return 0;
}

static int walk(struct walk *self)
{
	int r = sp_rocksdb_footer_read(self->file, self->report, &self->footer, self->err);

	if (r <= 0)
		return r;
	if (walk_metaindex(self) < 0)
		return self->err->code;
	if (self->properties.index_type == INDEX_TWO_LEVEL)
		r = walk_index(self, &self->footer.index, "index", visit_index);
	else
		r = walk_index(self, &self->footer.index, "index", visit_data);
	if (r < 0 || check_gaps(self) < 0)
		return self->err->code;
	check_properties(self);
	return find_largest(self);
}

int sp_rocksdb_sst_verify(struct sp_file *file, struct sp_rocksdb_report *report,
	struct sp_rocksdb_sst *ret, struct sp_error *err)
{
	struct walk self = { .file = file, .report = report, .ret = ret, .err = err };
	int r;

	*ret = (struct sp_rocksdb_sst){ 0 };
	r = walk(&self);
	sp_buffer_free(&self.window);
	sp_buffer_free(&self.unpacked);
	free(self.blocks);
	return r;
}

void sp_rocksdb_sst_free(struct sp_rocksdb_sst *sst)
{
	sp_buffer_free(&sst->family);
	sp_buffer_free(&sst->smallest);
	sp_buffer_free(&sst->largest);
}
