/* Numbers as RocksDB writes them (util/coding.h): little endian, and varints of 7 bits a byte. */
#ifndef SP_ROCKSDB_CODING_H
#define SP_ROCKSDB_CODING_H

#include "buffer.h"

#define SP_VARINT_BYTES 10 /* at most */

/* Gives where the next byte goes; SP_VARINT_BYTES bytes have room at `p`. */
static inline uint8_t *sp_set_varint(uint8_t *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)(v | 0x80);
	*p++ = (uint8_t)v;
	return p;
}

static inline void sp_buffer_varint(struct sp_buffer *buffer, uint64_t v)
{
	uint8_t *p = sp_buffer_reserve(buffer, SP_VARINT_BYTES);

	buffer->n += (size_t)(sp_set_varint(p, v) - p);
}

static inline void sp_buffer_le32(struct sp_buffer *buffer, uint32_t v)
{
	uint8_t *p = sp_buffer_reserve(buffer, 4);

	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
	buffer->n += 4;
}

static inline void sp_buffer_le64(struct sp_buffer *buffer, uint64_t v)
{
	sp_buffer_le32(buffer, (uint32_t)v);
	sp_buffer_le32(buffer, (uint32_t)(v >> 32));
}

/* Takes a varint from the front of `in`; false and nothing taken where there is none. */
static inline bool sp_take_varint(struct sp_slice *in, uint64_t *ret)
{
	uint64_t v = 0;

	for (size_t i = 0; i < in->n && i < SP_VARINT_BYTES; i++) {
		v |= (uint64_t)(in->p[i] & 0x7f) << (7 * i);
		if (in->p[i] < 0x80) {
			*in = sp_slice(in->p + i + 1, in->n - i - 1);
			*ret = v;
			return true;
		}
	}
	return false;
}

/* Takes n bytes from the front of `in`; false and nothing taken where there are fewer. */
static inline bool sp_take_front(struct sp_slice *in, uint64_t n, struct sp_slice *ret)
{
	if (n > in->n)
		return false;
	*ret = sp_slice(in->p, (size_t)n);
	*in = sp_slice(n == 0 ? in->p : in->p + n, in->n - (size_t)n);
	return true;
}

/* The reverse of sp_buffer_varbytes(). */
static inline bool sp_take_varbytes(struct sp_slice *in, struct sp_slice *ret)
{
	struct sp_slice at = *in;
	uint64_t n;

	if (!sp_take_varint(&at, &n) || !sp_take_front(&at, n, ret))
		return false;
	*in = at;
	return true;
}

static inline uint32_t sp_get_le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* A varint of the length, and the bytes (PutLengthPrefixedSlice). */
static inline void sp_buffer_varbytes(struct sp_buffer *buffer, struct sp_slice bytes)
{
	sp_buffer_varint(buffer, bytes.n);
	sp_buffer_bytes(buffer, bytes);
}

/*
 * What stands behind each key inside of tables and manifests: u64 sequence number << 8 | type
 * (db/dbformat.h). Sequence number 0 and kTypeValue, here always.
 */
#define SP_ROCKSDB_TRAILER_BYTES 8
extern const uint8_t sp_rocksdb_trailer[SP_ROCKSDB_TRAILER_BYTES];

#endif
