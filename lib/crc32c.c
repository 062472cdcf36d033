#include "crc32c.h"

#define POLYNOMIAL 0x82f63b78U /* reflected */

static uint32_t by_table(uint32_t crc, const uint8_t *p, size_t n)
{
	static uint32_t table[256];
	static bool made;

	if (!__atomic_load_n(&made, __ATOMIC_ACQUIRE)) {
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = i;

			for (int bit = 0; bit < 8; bit++)
				c = c & 1 ? c >> 1 ^ POLYNOMIAL : c >> 1;
			__atomic_store_n(
				&table[i], c, __ATOMIC_RELAXED); /* the same from every thread */
		}
		__atomic_store_n(&made, true, __ATOMIC_RELEASE);
	}
	while (n-- > 0)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t by_instruction(
	uint32_t crc, const uint8_t *p, size_t n)
{
	uint64_t c = crc, word;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&word, p, 8);
		c = __builtin_ia32_crc32di(c, word);
	}
	for (; n > 0; n--)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p++);
	return (uint32_t)c;
}
#endif

uint32_t sp_crc32c(uint32_t crc, struct sp_slice bytes)
{
	crc = ~crc;
#if defined(__x86_64__)
	if (__builtin_cpu_supports("sse4.2"))
		return ~by_instruction(crc, bytes.p, bytes.n);
#endif
	return ~by_table(crc, bytes.p, bytes.n);
}
