/* Ranges of key groups cut into parts at random: what is read or written by parts is the whole. */
#ifndef PARTS_H
#define PARTS_H

#include "key-group.h"
#include "test-data.h"

/* Takes a part from the front of *left, of one key group or more. false: nothing is left. */
static inline bool parts_next(struct sp_key_groups *left, uint64_t *seed, struct sp_key_groups *ret)
{
	int32_t n;

	if (left->count == 0)
		return false;
	n = (int32_t)(test_random(seed) % (uint64_t)left->count) + 1;
	if (test_random(seed) % 2 == 0)
		n = (n + 7) / 8; /* small ones, too */
	*ret = (struct sp_key_groups){ left->start, n };
	left->start += n;
	left->count -= n;
	return true;
}

#endif
