/*
 * The distribution of sizes in little memory: a histogram whose bars are as wide as a 32nd of the
 * power of two that they lie in, as HdrHistogram's are. Sizes below 64 are exact; above, a quantile
 * is at most 1.6 % off.
 */
#ifndef SP_TALLY_SIZES_H
#define SP_TALLY_SIZES_H

#include <stdint.h>

#define SP_SIZES_EXACT 64 /* sizes that have a bar of their own */
#define SP_SIZES_BARS 32  /* of each power of two above */
#define SP_SIZES_OCTAVES 40

/* Zeroed it holds nothing. */
struct sp_sizes {
	uint64_t *
		octaves[SP_SIZES_OCTAVES]; /* bars; NULL: all are 0. The first has the exact ones */
	uint64_t n;
};

void sp_sizes_add(struct sp_sizes *sizes, uint64_t size);
void sp_sizes_merge(struct sp_sizes *to, const struct sp_sizes *from);
/* The size that this share (0 to 1) of all sizes do not exceed; 0 of none. */
uint64_t sp_sizes_quantile(const struct sp_sizes *sizes, double share);
void sp_sizes_free(struct sp_sizes *sizes);

#endif
