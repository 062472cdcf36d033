#include "key-group.h"

struct sp_key_groups sp_key_groups_of_subtask(int32_t index, int32_t parallelism, int32_t max)
{
	int32_t start = (index * max + parallelism - 1) / parallelism;
	int32_t end = ((index + 1) * max - 1) / parallelism;

	return (struct sp_key_groups){ .start = start, .count = end - start + 1 };
}

struct sp_key_groups sp_key_groups_common(struct sp_key_groups a, struct sp_key_groups b)
{
	int64_t a_end = (int64_t)a.start + a.count, b_end = (int64_t)b.start + b.count;
	int32_t start = a.start > b.start ? a.start : b.start;
	int64_t end = a_end < b_end ? a_end : b_end;

	return (struct sp_key_groups){ start, start < end ? (int32_t)(end - start) : 0 };
}

static uint32_t rotl(uint32_t v, int n)
{
	return v << n | v >> (32 - n);
}

int32_t sp_murmur_hash(int32_t code)
{
	uint32_t x = rotl((uint32_t)code * 0xcc9e2d51U, 15) * 0x1b873593U;

	x = rotl(x, 13) * 5 + 0xe6546b64U;
	x ^= 4;
	x ^= x >> 16;
	x *= 0x85ebca6bU;
	x ^= x >> 13;
	x *= 0xc2b2ae35U;
	x ^= x >> 16;
	if (x == 0x80000000U)
		return 0;
	return (int32_t)(x < 0x80000000U ? x : 0U - x);
}

int32_t sp_key_group_of_hash(int32_t hash_code, int32_t max)
{
	return sp_murmur_hash(hash_code) % max;
}
