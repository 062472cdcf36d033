/*
 * Operator ids: of a uid, the 128 bits that Guava's murmur3_128(0) gives for its UTF-8 bytes
 * (org.apache.flink.streaming.api.graph.StreamGraphHasherV2.generateUserSpecifiedHash).
 */
#include "metadata-internal.h"

#include <stdio.h>

#define C1 0x87c37b91114253d5U
#define C2 0x4cf5ad432745937fU

static uint64_t rotl(uint64_t v, unsigned bits)
{
	return v << bits | v >> (64 - bits);
}

static uint64_t load_le64(const uint8_t *p)
{
	return __builtin_bswap64(sp_get_be64(p));
}

static uint64_t mix1(uint64_t k)
{
	return rotl(k * C1, 31) * C2;
}

static uint64_t mix2(uint64_t k)
{
	return rotl(k * C2, 33) * C1;
}

static uint64_t mix_final(uint64_t k)
{
	k = (k ^ k >> 33) * 0xff51afd7ed558ccdU;
	k = (k ^ k >> 33) * 0xc4ceb9fe1a85ec53U;
	return k ^ k >> 33;
}

void sp_murmur3_128(struct sp_slice bytes, uint8_t ret[16])
{
	uint8_t tail[16] = { 0 };
	size_t whole = bytes.n / 16 * 16;
	uint64_t h1 = 0;
	uint64_t h2 = 0;

	for (size_t i = 0; i < whole; i += 16) {
		h1 ^= mix1(load_le64(bytes.p + i));
		h1 = (rotl(h1, 27) + h2) * 5 + 0x52dce729;
		h2 ^= mix2(load_le64(bytes.p + i + 8));
		h2 = (rotl(h2, 31) + h1) * 5 + 0x38495ab5;
	}
	if (bytes.n > whole)
		memcpy(tail, bytes.p + whole, bytes.n - whole);
	h2 ^= mix2(load_le64(tail + 8));
	h1 ^= mix1(load_le64(tail));

	h1 ^= bytes.n;
	h2 ^= bytes.n;
	h1 += h2;
	h2 += h1;
	h1 = mix_final(h1);
	h2 = mix_final(h2);
	h1 += h2;
	h2 += h1;
	sp_set_be64(ret, __builtin_bswap64(h1));
	sp_set_be64(ret + 8, __builtin_bswap64(h2));
}

void sp_operator_id_of_uid(const char *uid, uint8_t ret[SP_OPERATOR_ID_BYTES])
{
	sp_murmur3_128(sp_slice_of(uid), ret);
}

void sp_operator_id_text(const uint8_t id[SP_OPERATOR_ID_BYTES], char ret[33])
{
	for (size_t i = 0; i < SP_OPERATOR_ID_BYTES; i++)
		snprintf(ret + 2 * i, 3, "%02x", id[i]);
}

#define UUID_VERSION 8 /* RFC 9562: of a maker's own making */

struct sp_slice sp_uuid_of_name(const char *name, struct sp_arena *arena)
{
	uint8_t id[SP_OPERATOR_ID_BYTES];
	char hex[33];

	sp_operator_id_of_uid(name, id);
	id[6] = (uint8_t)((id[6] & 0x0f) | UUID_VERSION << 4);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
	sp_operator_id_text(id, hex);
	return sp_slice_of(sp_arena_printf(
		arena, "%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8, hex + 12, hex + 16, hex + 20));
}
