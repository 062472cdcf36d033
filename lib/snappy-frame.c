#include "snappy-frame.h"

#include <snappy-c.h>

#include "crc32c.h"

enum chunk_type {
	CHUNK_COMPRESSED = 0x00,
	CHUNK_PLAIN = 0x01,
	CHUNK_SKIPPABLE_MIN = 0x80, /* 0x80 to 0xfe: to be skipped */
	CHUNK_IDENTIFIER = 0xff,
};

#define MIN_RATIO_PERCENT 85 /* SnappyFramedOutputStream.DEFAULT_MIN_COMPRESSION_RATIO */
#define CHECKSUM_BYTES 4

const uint8_t sp_snappy_identifier[SP_SNAPPY_IDENTIFIER_BYTES] = { 0xff, 6, 0, 0, 's', 'N', 'a',
	'P', 'p', 'Y' };

static void put_le(uint8_t *p, uint32_t v, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t get_le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void frame_block(struct sp_slice block, struct sp_buffer *out)
{
	size_t room = snappy_max_compressed_length(block.n);
	uint8_t *chunk = sp_buffer_reserve(out, 4 + CHECKSUM_BYTES + room + block.n);
	uint8_t *body = chunk + 4 + CHECKSUM_BYTES;
	size_t n = room;
	enum chunk_type type = CHUNK_COMPRESSED;

	if (snappy_compress((const char *)block.p, block.n, (char *)body, &n) != SNAPPY_OK ||
		n * 100 > block.n * MIN_RATIO_PERCENT) {
		type = CHUNK_PLAIN;
		memcpy(body, block.p, block.n);
		n = block.n;
	}
	chunk[0] = (uint8_t)type;
	put_le(chunk + 1, (uint32_t)(n + CHECKSUM_BYTES), 3);
	put_le(chunk + 4, sp_crc32c_mask(sp_crc32c(0, block)), 4);
	out->n += 4 + CHECKSUM_BYTES + n;
}

void sp_snappy_frame(struct sp_slice bytes, struct sp_buffer *out)
{
	while (bytes.n > 0) {
		size_t n = bytes.n < SP_SNAPPY_BLOCK ? bytes.n : SP_SNAPPY_BLOCK;

		frame_block(sp_slice(bytes.p, n), out);
		bytes = sp_slice(bytes.p + n, bytes.n - n);
	}
}

static int unframe_compressed(struct sp_slice body, struct sp_buffer *out, struct sp_error *err)
{
	size_t n;

	if (snappy_uncompressed_length((const char *)body.p, body.n, &n) != SNAPPY_OK ||
		n > SP_SNAPPY_BLOCK)
		return sp_fail(err, SP_EDAMAGED, "compressed chunk of an impossible length");
	if (snappy_uncompress((const char *)body.p, body.n, (char *)sp_buffer_reserve(out, n),
		    &n) != SNAPPY_OK)
		return sp_fail(err, SP_EDAMAGED, "compressed chunk cannot be decompressed");
	out->n += n;
	return 0;
}

int sp_snappy_unframe(
	uint8_t type, struct sp_slice body, struct sp_buffer *out, struct sp_error *err)
{
	size_t before = out->n;
	struct sp_slice data;

	if (type == CHUNK_IDENTIFIER) {
		if (sp_slice_equal(body, sp_slice(sp_snappy_identifier + 4, 6)))
			return 0;
		return sp_fail(err, SP_EDAMAGED, "not a snappy stream identifier");
	}
	if (type >= CHUNK_SKIPPABLE_MIN)
		return 0;
	if (type > CHUNK_PLAIN)
		return sp_fail(err, SP_EDAMAGED, "unknown snappy chunk type 0x%02x", type);
	if (body.n < CHECKSUM_BYTES)
		return sp_fail(err, SP_EDAMAGED, "snappy chunk of %zu bytes", body.n);
	data = sp_slice(body.p + CHECKSUM_BYTES, body.n - CHECKSUM_BYTES);
	if (type == CHUNK_COMPRESSED) {
		if (unframe_compressed(data, out, err) < 0)
			return err->code;
	} else {
		sp_buffer_bytes(out, data);
	}
	data = sp_slice(out->p + before, out->n - before);
	if (sp_crc32c_mask(sp_crc32c(0, data)) != get_le32(body.p))
		return sp_fail(err, SP_EDAMAGED, "wrong checksum of a compressed chunk");
	return 0;
}
