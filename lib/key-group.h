/*
 * Flink's key-group arithmetic (org.apache.flink.runtime.state.KeyGroupRangeAssignment, all
 * releases) and the key-group prefix of composite keys (CompositeKeySerializationUtils).
 */
#ifndef SP_KEY_GROUP_H
#define SP_KEY_GROUP_H

#include "bytes.h"

struct sp_key_groups {
	int32_t start; /* first key group */
	int32_t count; /* 0: none */
};

/* The key groups of subtask `index` of `parallelism`; 1 <= parallelism <= max <= 32768. */
struct sp_key_groups sp_key_groups_of_subtask(int32_t index, int32_t parallelism, int32_t max);

/* The key groups that are in both; start >= 0. */
struct sp_key_groups sp_key_groups_common(struct sp_key_groups a, struct sp_key_groups b);

static inline bool sp_key_groups_have(struct sp_key_groups groups, int64_t group)
{
	return group >= groups.start && group - groups.start < groups.count;
}

/* The key group of a key with this Java hash code. */
int32_t sp_key_group_of_hash(int32_t hash_code, int32_t max);

/* MathUtils.murmurHash: never negative. */
int32_t sp_murmur_hash(int32_t code);

/* Bytes of the key-group prefix: 1 up to a max parallelism of 128, else 2. */
static inline size_t sp_key_group_prefix(int32_t max)
{
	return max > 128 ? 2 : 1;
}

static inline uint32_t sp_key_group_of_prefix(const uint8_t *key, size_t prefix)
{
	return prefix == 1 ? key[0] : sp_get_be16(key);
}

#endif
