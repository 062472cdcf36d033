/* CRC-32C (Castagnoli), with the processor's instruction where it has one. */
#ifndef SP_CRC32C_H
#define SP_CRC32C_H

#include "bytes.h"

/* Continues `crc` (0 to begin with) over the bytes. */
uint32_t sp_crc32c(uint32_t crc, struct sp_slice bytes);

/* The masked form of the snappy framing format. */
static inline uint32_t sp_crc32c_mask(uint32_t crc)
{
	return (crc >> 15 | crc << 17) + 0xa282ead8U;
}

#endif
