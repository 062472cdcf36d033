#include "tally-sizes.h"

#include <math.h>
#include <stdlib.h>

#include "error.h"

#define EXACT_BITS 6 /* of SP_SIZES_EXACT */
#define BAR_BITS 5   /* of SP_SIZES_BARS */

static size_t bars_of(size_t octave)
{
	return octave == 0 ? SP_SIZES_EXACT : SP_SIZES_BARS;
}

/* Octave and bar of a size; what is too large for all counts as the largest. */
static size_t find_bar(uint64_t size, size_t *octave)
{
	const unsigned top = size == 0 ? 0 : 63 - (unsigned)__builtin_clzll(size);

	if (size < SP_SIZES_EXACT) {
		*octave = 0;
		return (size_t)size;
	}
	*octave = top - EXACT_BITS + 1;
	if (*octave >= SP_SIZES_OCTAVES) {
		*octave = SP_SIZES_OCTAVES - 1;
		return SP_SIZES_BARS - 1;
	}
	return (size_t)(size >> (top - BAR_BITS)) % SP_SIZES_BARS;
}

/* The middle of a bar. */
static uint64_t size_of(size_t octave, size_t bar)
{
	const size_t shift =
		octave + EXACT_BITS - 1 - BAR_BITS; /* a bar's width, as a power of 2 */

	if (octave == 0)
		return bar;
	return ((uint64_t)(SP_SIZES_BARS + bar) << shift) + ((uint64_t)1 << shift >> 1);
}

static uint64_t *octave_at(struct sp_sizes *sizes, size_t octave)
{
	if (sizes->octaves[octave] == NULL)
		sizes->octaves[octave] = calloc(bars_of(octave), sizeof(uint64_t));
	if (sizes->octaves[octave] == NULL)
		sp_abort("out of memory");
	return sizes->octaves[octave];
}

void sp_sizes_add(struct sp_sizes *sizes, uint64_t size)
{
	size_t octave;
	const size_t bar = find_bar(size, &octave);

	octave_at(sizes, octave)[bar]++;
	sizes->n++;
}

void sp_sizes_merge(struct sp_sizes *to, const struct sp_sizes *from)
{
	for (size_t i = 0; i < SP_SIZES_OCTAVES; i++)
		for (size_t bar = 0; from->octaves[i] != NULL && bar < bars_of(i); bar++)
			octave_at(to, i)[bar] += from->octaves[i][bar];
	to->n += from->n;
}

uint64_t sp_sizes_quantile(const struct sp_sizes *sizes, double share)
{
	const double rank = ceil(share * (double)sizes->n);
	uint64_t below = 0, last = 0;

	for (size_t i = 0; i < SP_SIZES_OCTAVES; i++)
		for (size_t bar = 0; sizes->octaves[i] != NULL && bar < bars_of(i); bar++) {
			if (sizes->octaves[i][bar] == 0)
				continue;
			below += sizes->octaves[i][bar];
			last = size_of(i, bar);
			if ((double)below >= rank)
				return last;
		}
	return last;
}

void sp_sizes_free(struct sp_sizes *sizes)
{
	for (size_t i = 0; i < SP_SIZES_OCTAVES; i++)
		free(sizes->octaves[i]);
	*sizes = (struct sp_sizes){ 0 };
}
