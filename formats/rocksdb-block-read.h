/*
 * Blocks of a table as they are read: checksums, compression, entries.
 *
 *	block *            contents, compressed or not
 *	  u8               compression type
 *	  u32              checksum of both, little endian, of the type that the footer names
 *
 *	contents           entry *; u32 offset of every restart, u32 number of them
 *	  entry            varint bytes shared with the key before, of the key's others, of the
 *	                   value; the others, the value
 *	  in an index with delta-coded values (format versions 4 and later)
 *	                   no length of the value: where the key shares nothing, varint offset and
 *	                   size of a block; else the difference to the size of the block before,
 *	                   right behind which this one lies
 *
 * After table/format.cc, block.cc, block_based/index_builder.cc and util/compression.h of RocksDB
 * 5.17 to 8.10 and ForSt; no type of checksum or compression is unknown there.
 */
#ifndef SP_ROCKSDB_BLOCK_READ_H
#define SP_ROCKSDB_BLOCK_READ_H

#include "buffer.h"

#define SP_ROCKSDB_BLOCK_TRAILER 5 /* kBlockTrailerSize */

/* A BlockHandle: of the contents, without the trailer. */
struct sp_rocksdb_extent {
	uint64_t offset, size;
};

/* Takes offset and size from the front of `in`. */
bool sp_rocksdb_take_extent(struct sp_slice *in, struct sp_rocksdb_extent *ret);

enum sp_rocksdb_checksum { /* rocksdb::ChecksumType */
	SP_ROCKSDB_NO_CHECKSUM = 0,
	SP_ROCKSDB_CRC32C = 1,
	SP_ROCKSDB_XXHASH = 2,
	SP_ROCKSDB_XXHASH64 = 3,
	SP_ROCKSDB_XXH3 = 4, /* 6.27 and later */
};
#define SP_ROCKSDB_CHECKSUM_MAX SP_ROCKSDB_XXH3

/* The checksum of contents and compression type, as it stands behind them. */
uint32_t sp_rocksdb_checksum(enum sp_rocksdb_checksum type, struct sp_slice bytes);

/* Is this a compression type of RocksDB? */
bool sp_rocksdb_compression_known(uint8_t type);

/*
 * The contents of a block of `version` tables, in `out` if they were compressed. 1: done; 0: the
 * compression is none that this can undo; -1: damaged.
 */
int sp_rocksdb_unpack(uint8_t compression, uint32_t version, struct sp_slice bytes,
	struct sp_buffer *out, struct sp_slice *ret);

/* Entries of a block, in their order. */
struct sp_rocksdb_entries {
	struct sp_slice left;
	bool delta; /* the values are delta-coded handles, sp_rocksdb_entries_index() takes them */
	struct sp_rocksdb_extent before; /* the handle given last */
	/* Of the entry: */
	struct sp_buffer key;
	bool shared; /* the key shares bytes with the one before */
	struct sp_slice value;
};

/* False where the end of the contents cannot be. Free with sp_rocksdb_entries_free(). */
bool sp_rocksdb_entries_begin(
	struct sp_rocksdb_entries *entries, struct sp_slice contents, bool delta);
void sp_rocksdb_entries_free(struct sp_rocksdb_entries *entries);

/* 1: key and value of the next entry; 0: there is none; -1: damaged. */
int sp_rocksdb_entries_next(struct sp_rocksdb_entries *entries);

/* The same of an index: 1, and the block that the entry stands for. */
int sp_rocksdb_entries_index(struct sp_rocksdb_entries *entries, struct sp_rocksdb_extent *ret);

#endif
