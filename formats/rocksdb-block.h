/*
 * A block of a RocksDB table while it is being made (table/block_based/block_builder.cc).
 *
 *	entry *       varint bytes shared with the key before, varint other bytes, varint bytes of
 *	              the value; the other bytes, the value
 *	u32 *         offsets of the entries that share nothing: the first, and every n-th
 *	u32           number of them
 */
#ifndef SP_ROCKSDB_BLOCK_H
#define SP_ROCKSDB_BLOCK_H

#include "buffer.h"

struct sp_rocksdb_block {
	uint32_t interval;       /* of the entries that share nothing; set by who makes it */
	uint32_t since;          /* the last of them */
	struct sp_buffer bytes;  /* entries */
	struct sp_buffer starts; /* their offsets, as they will stand at the end */
};

/*
 * Appends an entry, whose key is `key` and `tail` together, not less than the one before. At
 * least `shared` bytes of `key` are those of the key before.
 */
void sp_rocksdb_block_add(struct sp_rocksdb_block *block, size_t shared, struct sp_slice key,
	struct sp_slice tail, struct sp_slice value);

/* Bytes that the block would have if it ended now. */
static inline size_t sp_rocksdb_block_size(const struct sp_rocksdb_block *block)
{
	return block->bytes.n + block->starts.n + 4;
}

/* The whole block, borrowed until it is changed. */
struct sp_slice sp_rocksdb_block_finish(struct sp_rocksdb_block *block);

/* Empty again. Room that only a large row needed is given back. */
void sp_rocksdb_block_clear(struct sp_rocksdb_block *block);

void sp_rocksdb_block_free(struct sp_rocksdb_block *block);

#endif
