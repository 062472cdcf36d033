#include "rocksdb-block-read.h"

#include <bzlib.h>
#include <lz4.h>
#include <snappy-c.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#include "crc32c.h"
#include "rocksdb-coding.h"

#define XXH3_LAST_BYTE UINT32_C(0x6b9083d9) /* kRandomPrime of ModifyChecksumForLastByte */
#define CONTENTS_MAX UINT32_MAX             /* sizes of compressed contents are 32-bit numbers */
#define RATIO_MAX 1100       /* of deflate; what claims more is not worth the memory */
#define SIZES_SINCE 2        /* format version whose compressed blocks begin with their size */
#define ZLIB_WINDOW_BITS -14 /* CompressionOptions.window_bits: raw deflate */
#define HASH_INDEX_FLAG UINT32_C(0x80000000) /* kDataBlockIndexTypeBitShift: 31 */

enum compression { /* rocksdb::CompressionType */
	COMPRESSION_NONE = 0,
	COMPRESSION_SNAPPY = 1,
	COMPRESSION_ZLIB = 2,
	COMPRESSION_BZIP2 = 3,
	COMPRESSION_LZ4 = 4,
	COMPRESSION_LZ4HC = 5,
	COMPRESSION_XPRESS = 6,
	COMPRESSION_ZSTD = 7,
	COMPRESSION_ZSTD_NOT_FINAL = 0x40,
};

bool sp_rocksdb_take_extent(struct sp_slice *in, struct sp_rocksdb_extent *ret)
{
	return sp_take_varint(in, &ret->offset) && sp_take_varint(in, &ret->size);
}

uint32_t sp_rocksdb_checksum(enum sp_rocksdb_checksum type, struct sp_slice bytes)
{
	switch (type) {
	case SP_ROCKSDB_NO_CHECKSUM: break;
	case SP_ROCKSDB_CRC32C: return sp_crc32c_mask(sp_crc32c(0, bytes));
	case SP_ROCKSDB_XXHASH: return XXH32(bytes.p, bytes.n, 0);
	case SP_ROCKSDB_XXHASH64: return (uint32_t)XXH64(bytes.p, bytes.n, 0);
	case SP_ROCKSDB_XXH3:
		return (uint32_t)XXH3_64bits(bytes.p, bytes.n - 1) ^
		       bytes.p[bytes.n - 1] * XXH3_LAST_BYTE;
	}
	return 0;
}

bool sp_rocksdb_compression_known(uint8_t type)
{
	return type <= COMPRESSION_ZSTD || type == COMPRESSION_ZSTD_NOT_FINAL;
}

/* --- compression ------------------------------------------------------------------------------ */

static int unpack_snappy(struct sp_slice in, struct sp_buffer *out)
{
	size_t n;

	/* no compressed byte stands for more than 64 */
	if (snappy_uncompressed_length((const char *)in.p, in.n, &n) != SNAPPY_OK ||
		n / 64 > in.n ||
		snappy_uncompress((const char *)in.p, in.n, (char *)sp_buffer_reserve(out, n),
			&n) != SNAPPY_OK)
		return -1;
	out->n = n;
	return 1;
}

static bool unpack_zlib(struct sp_slice in, uint8_t *to, size_t n)
{
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)in.p,
		.avail_in = (uInt)in.n,
		.next_out = to,
		.avail_out = (uInt)n };
	bool good;

	if (inflateInit2(&stream, ZLIB_WINDOW_BITS) != Z_OK)
		return false;
	good = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out == n;
	inflateEnd(&stream);
	return good;
}

static bool unpack_bzip2(struct sp_slice in, uint8_t *to, size_t n)
{
	unsigned int done = (unsigned int)n;

	return BZ2_bzBuffToBuffDecompress((char *)to, &done, (char *)(uintptr_t)in.p,
		       (unsigned int)in.n, 0, 0) == BZ_OK &&
	       done == n;
}

static bool unpack_lz4(struct sp_slice in, uint8_t *to, size_t n)
{
	return n <= INT32_MAX && in.n <= INT32_MAX &&
	       LZ4_decompress_safe((const char *)in.p, (char *)to, (int)in.n, (int)n) == (int)n;
}

int sp_rocksdb_unpack(uint8_t compression, uint32_t version, struct sp_slice bytes,
	struct sp_buffer *out, struct sp_slice *ret)
{
	bool good = false;
	uint8_t *to;
	uint64_t n;

	out->n = 0;
	*ret = bytes;
	if (compression == COMPRESSION_NONE)
		return 1;
	if (compression == COMPRESSION_SNAPPY) {
		int r = unpack_snappy(bytes, out);

		*ret = sp_buffer_slice(out);
		return r;
	}
	if (version < SIZES_SINCE || compression == COMPRESSION_XPRESS)
		return 0;
	if (!sp_take_varint(&bytes, &n) || n > CONTENTS_MAX || bytes.n > CONTENTS_MAX)
		return -1;
	if (n / RATIO_MAX > bytes.n)
		return 0;
	to = sp_buffer_reserve(out, (size_t)n + 1);
	switch (compression) {
	case COMPRESSION_ZLIB: good = unpack_zlib(bytes, to, (size_t)n); break;
	case COMPRESSION_BZIP2: good = unpack_bzip2(bytes, to, (size_t)n); break;
	case COMPRESSION_LZ4:
	case COMPRESSION_LZ4HC: good = unpack_lz4(bytes, to, (size_t)n); break;
	default: good = ZSTD_decompress(to, (size_t)n, bytes.p, bytes.n) == n; break;
	}
	out->n = (size_t)n;
	*ret = sp_buffer_slice(out);
	return good ? 1 : -1;
}

/* --- entries ---------------------------------------------------------------------------------- */

/* Takes a little-endian number of `bytes` bytes off the end. */
static bool take_back(struct sp_slice *in, size_t bytes, uint32_t *ret)
{
	if (in->n < bytes)
		return false;
	in->n -= bytes;
	*ret = bytes == 4 ? sp_get_le32(in->p + in->n)
			  : (uint32_t)in->p[in->n] | (uint32_t)in->p[in->n + 1] << 8;
	return true;
}

/* Data blocks may have a hash index behind the restarts: u8 buckets, u16 their number. */
bool sp_rocksdb_entries_begin(
	struct sp_rocksdb_entries *entries, struct sp_slice contents, bool delta)
{
	uint32_t restarts, buckets = 0;

	*entries = (struct sp_rocksdb_entries){ .delta = delta };
	if (!take_back(&contents, 4, &restarts))
		return false;
	if ((restarts & HASH_INDEX_FLAG) != 0 && !take_back(&contents, 2, &buckets))
		return false;
	restarts &= ~HASH_INDEX_FLAG;
	if (buckets > contents.n || restarts > (contents.n - buckets) / 4)
		return false;
	contents.n -= buckets + (size_t)4 * restarts;
	entries->left = contents;
	return true;
}

void sp_rocksdb_entries_free(struct sp_rocksdb_entries *entries)
{
	sp_buffer_free(&entries->key);
}

int sp_rocksdb_entries_next(struct sp_rocksdb_entries *entries)
{
	struct sp_slice *in = &entries->left;
	uint64_t shared, other, value = 0;
	struct sp_slice bytes;

	if (in->n == 0)
		return 0;
	if (!sp_take_varint(in, &shared) || !sp_take_varint(in, &other) ||
		(!entries->delta && !sp_take_varint(in, &value)) || shared > entries->key.n ||
		!sp_take_front(in, other, &bytes) || !sp_take_front(in, value, &entries->value))
		return -1;
	entries->shared = shared != 0;
	entries->key.n = (size_t)shared;
	sp_buffer_bytes(&entries->key, bytes);
	return 1;
}

static bool take_delta(struct sp_rocksdb_entries *entries, struct sp_rocksdb_extent *ret)
{
	const struct sp_rocksdb_extent *before = &entries->before;
	uint64_t zigzag;

	if (!sp_take_varint(&entries->left, &zigzag))
		return false;
	ret->offset = before->offset + before->size + SP_ROCKSDB_BLOCK_TRAILER;
	ret->size = before->size + (zigzag >> 1 ^ (0 - (zigzag & 1)));
	return true;
}

int sp_rocksdb_entries_index(struct sp_rocksdb_entries *entries, struct sp_rocksdb_extent *ret)
{
	int r = sp_rocksdb_entries_next(entries);
	bool good;

	if (r <= 0)
		return r;
	good = !entries->delta   ? sp_rocksdb_take_extent(&entries->value, ret)
	       : entries->shared ? take_delta(entries, ret)
				 : sp_rocksdb_take_extent(&entries->left, ret);
	entries->before = *ret;
	return good ? 1 : -1;
}
