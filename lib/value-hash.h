/* Hash codes of values without parts (value-hash-plain.c); value-hash.c has the others. */
#ifndef SP_VALUE_HASH_H
#define SP_VALUE_HASH_H

#include "value-internal.h"

/*
 * Hash functions from outside, which are asked before a value's class: 1: *ret; 0: not known;
 * -1: not one of theirs.
 */
struct sp_hash_hook {
	int (*hash)(const struct sp_hash_hook *hook, const struct sp_value *v, uint32_t *ret);
};

/* sp_value_hash() with a hook, which may be NULL; what Scala calls ##; arrays by content. */
int sp_value_hash_by(const struct sp_value *value, enum sp_row_rule rule,
	const struct sp_hash_hook *hook, uint32_t *ret);
int sp_value_hash_scala(const struct sp_value *value, enum sp_row_rule rule,
	const struct sp_hash_hook *hook, uint32_t *ret);
int sp_value_hash_content(const struct sp_value *value, enum sp_row_rule rule,
	const struct sp_hash_hook *hook, uint32_t *ret);

/* 1: *ret; 0: not such a value, or its class has a hash code of its own. */
int sp_hash_plain(const struct sp_value *v, uint32_t *ret);

uint32_t sp_hash_long(uint64_t v);

/* Float.floatToIntBits and Double.doubleToLongBits: they know one NaN. */
uint32_t sp_hash_float_bits(int64_t bits);
uint64_t sp_hash_double_bits(int64_t bits);

/* String.hashCode of UTF-8 in which lone surrogates take three bytes. */
uint32_t sp_hash_string(struct sp_slice text);

/* Arrays.hashCode(byte[]); ByteBuffer.hashCode, from the last to the first. */
uint32_t sp_hash_bytes(struct sp_slice bytes);
uint32_t sp_hash_byte_buffer(struct sp_slice bytes);

/* scala.util.hashing.MurmurHash3.productSeed */
#define SP_HASH_PRODUCT_SEED 0xcafebabeU

/* MurmurHash3 of 32 bits: one word more, and the end after n of what is counted. */
uint32_t sp_hash_mix(uint32_t h, uint32_t k);
uint32_t sp_hash_finish(uint32_t h, uint32_t n);

/* The body of binary SQL data: MurmurHashUtil with its default seed. */
uint32_t sp_hash_body(struct sp_slice body);

#endif
