#include "rocksdb-block.h"

#include "rocksdb-coding.h"

#define KEPT_BYTES ((size_t)64 * 1024)

const uint8_t sp_rocksdb_trailer[SP_ROCKSDB_TRAILER_BYTES] = { 1 /* kTypeValue */ };

void sp_rocksdb_block_add(struct sp_rocksdb_block *block, size_t shared, struct sp_slice key,
	struct sp_slice tail, struct sp_slice value)
{
	size_t other;
	uint8_t *p;

	if (block->bytes.n == 0 || block->since == block->interval) {
		sp_buffer_le32(&block->starts, (uint32_t)block->bytes.n);
		block->since = 0;
		shared = 0;
	}
	block->since++;
	other = key.n - shared;
	p = sp_buffer_reserve(
		&block->bytes, (size_t)3 * SP_VARINT_BYTES + other + tail.n + value.n);
	p = sp_set_varint(p, shared);
	p = sp_set_varint(p, other + tail.n);
	p = sp_set_varint(p, value.n);
	p = mempcpy(p, key.p + shared, other);
	if (tail.n != 0)
		p = mempcpy(p, tail.p, tail.n);
	if (value.n != 0)
		p = mempcpy(p, value.p, value.n);
	block->bytes.n = (size_t)(p - block->bytes.p);
}

struct sp_slice sp_rocksdb_block_finish(struct sp_rocksdb_block *block)
{
	if (block->starts.n == 0) /* a block without entries has an offset all the same */
		sp_buffer_le32(&block->starts, 0);
	sp_buffer_bytes(&block->bytes, sp_buffer_slice(&block->starts));
	sp_buffer_le32(&block->bytes, (uint32_t)(block->starts.n / 4));
	return sp_buffer_slice(&block->bytes);
}

void sp_rocksdb_block_clear(struct sp_rocksdb_block *block)
{
	if (block->bytes.capacity > KEPT_BYTES)
		sp_buffer_free(&block->bytes);
	block->bytes.n = 0;
	block->starts.n = 0;
	block->since = 0;
}

void sp_rocksdb_block_free(struct sp_rocksdb_block *block)
{
	sp_buffer_free(&block->bytes);
	sp_buffer_free(&block->starts);
}
