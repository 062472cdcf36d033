/*
 * A table of RocksDB, the block-based one in format version 2, which RocksDB 5.17 (Flink 1.8 to
 * 1.13), 6.20 (1.14 to 1.20), 8.10 (2.0 and later) and ForSt read; later versions add nothing but
 * other filters and shorter indexes.
 *
 *	data block *       rows: key ‖ trailer (rocksdb-coding.h), value; about 4 KiB
 *	index block        a key from the block's last one on and before the next block's first,
 *	                   with its trailer; varint offset and size of the block
 *	properties         names "rocksdb.…" and values (table/table_properties.cc)
 *	metaindex          "rocksdb.properties"; varint offset and size
 *	footer, 53 bytes   u8 checksum type; metaindex, index: varint offset and size each; zeros
 *	                   up to byte 41; u32 format version; u64 magic, little endian
 *
 *	block              as in rocksdb-block.h, compressed or not; u8 compression type; u32
 *	                   masked CRC-32C of both
 *
 * After table/block_based/block_based_table_builder.cc and table/format.cc of RocksDB. What it
 * knows of a file's origin (times, host, session) is left out: equal rows give equal bytes.
 */
#include "rocksdb-table.h"

#include <inttypes.h>

#include <snappy-c.h>

#include "crc32c.h"
#include "rocksdb-block.h"
#include "rocksdb-coding.h"
#include "sst.h"

#define BLOCK_BYTES ((size_t)4096)                        /* BlockBasedTableOptions.block_size */
#define BLOCK_FULL_BYTES (BLOCK_BYTES - BLOCK_BYTES / 10) /* block_size_deviation: 10 percent */
#define RESTART_INTERVAL 16                               /* block_restart_interval */
#define COMPRESS_MAX ((size_t)INT32_MAX)                  /* kCompressionSizeLimit */
#define FORMAT_VERSION 2
#define FOOTER_BYTES 53

enum compression { /* rocksdb::CompressionType */
	COMPRESSION_NONE = 0,
	COMPRESSION_SNAPPY = 1,
};

#define CHECKSUM_CRC32C 1      /* rocksdb::ChecksumType */
#define INDEX_BINARY_SEARCH 0  /* BlockBasedTableOptions::IndexType */
#define UNKNOWN_NAME "nullptr" /* that RocksDB writes for what it was not given */

struct block_handle {
	uint64_t offset, size;
};

struct sp_rocksdb_table {
	struct sp_rocksdb_table_plan plan;
	struct sp_outlet *outlet;
	struct sp_rocksdb_block data, index;
	struct block_handle pending;  /* the last data block, not yet in the index; size 0: none */
	struct sp_buffer first, last; /* keys */
	struct sp_buffer separator;
	struct sp_buffer out; /* bytes to be passed on */
	uint64_t offset;      /* behind them */
	uint64_t rows, blocks, key_bytes, value_bytes, data_bytes;
};

struct sp_rocksdb_table *sp_rocksdb_table_new(const struct sp_rocksdb_table_plan *plan)
{
	struct sp_rocksdb_table *self = calloc(1, sizeof(*self));

	if (self == NULL)
		sp_abort("out of memory");
	self->plan = *plan;
	self->outlet = sp_outlet_new(plan->tree, plan->name, plan->inline_threshold);
	self->data.interval = RESTART_INTERVAL;
	self->index.interval = 1;
	return self;
}

void sp_rocksdb_table_free(struct sp_rocksdb_table *self)
{
	if (self == NULL)
		return;
	sp_outlet_free(self->outlet);
	sp_rocksdb_block_free(&self->data);
	sp_rocksdb_block_free(&self->index);
	sp_buffer_free(&self->first);
	sp_buffer_free(&self->last);
	sp_buffer_free(&self->separator);
	sp_buffer_free(&self->out);
	free(self);
}

uint64_t sp_rocksdb_table_size(const struct sp_rocksdb_table *self)
{
	return self->offset;
}

size_t sp_rocksdb_table_index_size(const struct sp_rocksdb_table *self)
{
	return sp_rocksdb_block_size(&self->index);
}

/* --- blocks ---------------------------------------------------------------------------------- */

static int flush(struct sp_rocksdb_table *self, size_t least, struct sp_error *err)
{
	struct sp_slice bytes = sp_buffer_slice(&self->out);
	int r;

	if (bytes.n < least || bytes.n == 0)
		return 0;
	r = sp_outlet_write(self->outlet, bytes, err);
	self->out.n = 0;
	if (self->out.capacity > 2 * self->plan.write_bytes + 2 * BLOCK_BYTES)
		sp_buffer_free(&self->out); /* a large row is gone */
	return r;
}

/* Appends the compressed block if that is worth it: at least an eighth less. */
static bool compress(struct sp_buffer *out, struct sp_slice block)
{
	size_t n;
	char *to;

	if (block.n >= COMPRESS_MAX)
		return false;
	n = snappy_max_compressed_length(block.n);
	to = (char *)sp_buffer_reserve(out, n);
	if (snappy_compress((const char *)block.p, block.n, to, &n) != SNAPPY_OK ||
		n >= block.n - block.n / 8)
		return false;
	out->n += n;
	return true;
}

static int write_block(struct sp_rocksdb_table *self, struct sp_slice block,
	enum compression wanted, struct block_handle *ret, struct sp_error *err)
{
	struct sp_buffer *out = &self->out;
	size_t at = out->n;
	uint32_t crc;

	if (wanted == COMPRESSION_NONE || !compress(out, block)) {
		sp_buffer_bytes(out, block);
		wanted = COMPRESSION_NONE;
	}
	*ret = (struct block_handle){ .offset = self->offset, .size = out->n - at };
	sp_buffer_u8(out, (uint8_t)wanted);
	crc = sp_crc32c(0, sp_slice(out->p + at, out->n - at));
	sp_buffer_le32(out, sp_crc32c_mask(crc));
	self->offset += out->n - at;
	return flush(self, self->plan.write_bytes, err);
}

static void put_block_handle(struct sp_buffer *out, const struct block_handle *handle)
{
	sp_buffer_varint(out, handle->offset);
	sp_buffer_varint(out, handle->size);
}

static int write_data_block(struct sp_rocksdb_table *self, struct sp_error *err)
{
	struct sp_slice block = sp_rocksdb_block_finish(&self->data);

	if (write_block(self, block, COMPRESSION_SNAPPY, &self->pending, err) < 0)
		return err->code;
	sp_rocksdb_block_clear(&self->data);
	self->blocks++;
	self->data_bytes = self->offset;
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------ */

/* Number of bytes that two keys begin with in common. */
static size_t common_prefix(struct sp_slice a, struct sp_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t x = sp_get_be64(a.p + i) ^ sp_get_be64(b.p + i);

		if (x != 0)
			return i + (size_t)__builtin_clzll(x) / 8;
	}
	while (i < n && a.p[i] == b.p[i])
		i++;
	return i;
}

/* The last key, or a shorter one that is greater and still less than `next`. */
static struct sp_slice find_separator(
	struct sp_rocksdb_table *self, size_t shared, struct sp_slice next)
{
	struct sp_slice last = sp_buffer_slice(&self->last);

	if (shared >= last.n || shared >= next.n || last.p[shared] + 1 >= next.p[shared])
		return last;
	self->separator.n = 0;
	sp_buffer_bytes(&self->separator, sp_slice(last.p, shared + 1));
	self->separator.p[shared]++;
	return sp_buffer_slice(&self->separator);
}

static void add_index_entry(struct sp_rocksdb_table *self, struct sp_slice key)
{
	uint8_t value[2 * SP_VARINT_BYTES];
	uint8_t *end = sp_set_varint(value, self->pending.offset);

	end = sp_set_varint(end, self->pending.size);
	sp_rocksdb_block_add(&self->index, 0, key,
		sp_slice(sp_rocksdb_trailer, sizeof(sp_rocksdb_trailer)),
		sp_slice(value, (size_t)(end - value)));
	self->pending.size = 0;
}

/* Would the row make the block too large? (FlushBlockBySizePolicy) */
static bool is_full(const struct sp_rocksdb_table *self, size_t row)
{
	size_t size = sp_rocksdb_block_size(&self->data);

	if (self->data.bytes.n == 0)
		return false;
	return size >= BLOCK_BYTES || (size > BLOCK_FULL_BYTES && size + row > BLOCK_BYTES);
}

static void remember(struct sp_buffer *last, size_t shared, struct sp_slice key)
{
	last->n = shared;
	sp_buffer_bytes(last, sp_slice(key.p + shared, key.n - shared));
}

int sp_rocksdb_table_put(struct sp_rocksdb_table *self, struct sp_slice key, struct sp_slice value,
	struct sp_error *err)
{
	struct sp_slice last = sp_buffer_slice(&self->last);
	size_t shared = common_prefix(last, key);

	if (self->rows == 0)
		sp_buffer_bytes(&self->first, key);
	else if (shared == key.n || (shared < last.n && key.p[shared] < last.p[shared]))
		return sp_fail(err, SP_EDAMAGED, "row keys are not in ascending order");
	if (is_full(self, key.n + SP_ROCKSDB_TRAILER_BYTES + value.n) &&
		write_data_block(self, err) < 0)
		return err->code;
	if (self->pending.size != 0)
		add_index_entry(self, find_separator(self, shared, key));
	sp_rocksdb_block_add(&self->data, shared, key,
		sp_slice(sp_rocksdb_trailer, sizeof(sp_rocksdb_trailer)), value);
	remember(&self->last, shared, key);
	self->rows++;
	self->key_bytes += key.n + SP_ROCKSDB_TRAILER_BYTES;
	self->value_bytes += value.n;
	return 0;
}

/* --- the end --------------------------------------------------------------------------------- */

static void put_text(struct sp_rocksdb_block *block, const char *name, struct sp_slice value)
{
	sp_rocksdb_block_add(block, 0, sp_slice_of(name), sp_slice(NULL, 0), value);
}

static void put_number(struct sp_rocksdb_block *block, const char *name, uint64_t v)
{
	uint8_t bytes[SP_VARINT_BYTES];

	put_text(block, name, sp_slice(bytes, (size_t)(sp_set_varint(bytes, v) - bytes)));
}

/* In the order of their names. */
static void put_properties(
	const struct sp_rocksdb_table *self, uint64_t index_bytes, struct sp_rocksdb_block *block)
{
	static const uint8_t index_type[4] = { INDEX_BINARY_SEARCH };

	put_text(block, "rocksdb.block.based.table.index.type",
		sp_slice(index_type, sizeof(index_type)));
	put_text(block, "rocksdb.block.based.table.prefix.filtering", sp_slice_of("0"));
	put_text(block, "rocksdb.block.based.table.whole.key.filtering", sp_slice_of("1"));
	put_number(block, "rocksdb.column.family.id", self->plan.family_id);
	put_text(block, "rocksdb.column.family.name", self->plan.family);
	put_text(block, "rocksdb.comparator", sp_slice_of("leveldb.BytewiseComparator"));
	put_text(block, "rocksdb.compression", sp_slice_of("Snappy"));
	put_number(block, "rocksdb.data.size", self->data_bytes);
	put_number(block, "rocksdb.deleted.keys", 0);
	put_number(block, "rocksdb.filter.size", 0);
	put_number(block, "rocksdb.fixed.key.length", 0);
	put_number(block, "rocksdb.format.version", FORMAT_VERSION);
	put_number(block, "rocksdb.index.key.is.user.key", 0);
	put_number(block, "rocksdb.index.size", index_bytes);
	put_number(block, "rocksdb.index.value.is.delta.encoded", 0);
	put_number(block, "rocksdb.merge.operands", 0);
	put_text(block, "rocksdb.merge.operator", sp_slice_of("StringAppendTESTOperator"));
	put_number(block, "rocksdb.num.data.blocks", self->blocks);
	put_number(block, "rocksdb.num.entries", self->rows);
	put_number(block, "rocksdb.num.range-deletions", 0);
	put_text(block, "rocksdb.prefix.extractor.name", sp_slice_of(UNKNOWN_NAME));
	put_text(block, "rocksdb.property.collectors", sp_slice_of("[]"));
	put_number(block, "rocksdb.raw.key.size", self->key_bytes);
	put_number(block, "rocksdb.raw.value.size", self->value_bytes);
}

static int write_properties(struct sp_rocksdb_table *self, uint64_t index_bytes,
	struct block_handle *ret, struct sp_error *err)
{
	struct sp_rocksdb_block block = { .interval = 1 };
	int r;

	put_properties(self, index_bytes, &block);
	r = write_block(self, sp_rocksdb_block_finish(&block), COMPRESSION_NONE, ret, err);
	sp_rocksdb_block_free(&block);
	return r;
}

static int write_metaindex(struct sp_rocksdb_table *self, const struct block_handle *properties,
	struct block_handle *ret, struct sp_error *err)
{
	struct sp_rocksdb_block block = { .interval = 1 };
	sp_auto_buffer handle = { 0 };
	int r;

	put_block_handle(&handle, properties);
	put_text(&block, "rocksdb.properties", sp_buffer_slice(&handle));
	r = write_block(self, sp_rocksdb_block_finish(&block), COMPRESSION_NONE, ret, err);
	sp_rocksdb_block_free(&block);
	return r;
}

static int write_footer(struct sp_rocksdb_table *self, const struct block_handle *metaindex,
	const struct block_handle *index, struct sp_error *err)
{
	struct sp_buffer *out = &self->out;
	size_t start = out->n;

	sp_buffer_u8(out, CHECKSUM_CRC32C);
	put_block_handle(out, metaindex);
	put_block_handle(out, index);
	while (out->n < start + FOOTER_BYTES - SP_SST_FOOTER_BYTES)
		sp_buffer_u8(out, 0);
	sp_buffer_le32(out, FORMAT_VERSION);
	sp_buffer_le64(out, SP_SST_MAGIC);
	return flush(self, 0, err);
}

static int write_end(struct sp_rocksdb_table *self, struct sp_error *err)
{
	struct block_handle index, properties, metaindex;
	struct sp_slice block;

	if (write_data_block(self, err) < 0)
		return err->code;
	add_index_entry(self, sp_buffer_slice(&self->last));
	block = sp_rocksdb_block_finish(&self->index);
	if (write_block(self, block, COMPRESSION_NONE, &index, err) < 0 ||
		write_properties(self, self->offset - index.offset, &properties, err) < 0 ||
		write_metaindex(self, &properties, &metaindex, err) < 0)
		return err->code;
	return write_footer(self, &metaindex, &index, err);
}

int sp_rocksdb_table_finish(struct sp_rocksdb_table *self, struct sp_arena *arena,
	struct sp_rocksdb_file *ret, struct sp_error *err)
{
	if (write_end(self, err) < 0 ||
		sp_outlet_finish(self->outlet, arena, &ret->handle, err) < 0)
		return err->code;
	ret->family = self->plan.family_id;
	ret->smallest = sp_arena_copy(arena, sp_buffer_slice(&self->first));
	ret->largest = sp_arena_copy(arena, sp_buffer_slice(&self->last));
	return 0;
}
