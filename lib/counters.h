/* Counters that workers add to and a progress line reads. */
#ifndef SP_COUNTERS_H
#define SP_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

struct sp_counters {
	_Atomic uint64_t bytes;       /* of the source, worked off */
	_Atomic uint64_t total_bytes; /* of the source, as far as the metadata tells */
	_Atomic uint64_t rows;
	_Atomic(const char *) current; /* operator being worked on; lives until the work ends */
};

#endif
