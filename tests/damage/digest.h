/* What a snapshot's keyed state is, in a few bytes: to tell what damage did to it. */
#ifndef DIGEST_H
#define DIGEST_H

#include "source.h"

#define DIGEST_MEMORY ((size_t)16 * 1024 * 1024)
#define KEY_BITS 65536

/* All rows of the snapshot, whatever their order. */
struct digest {
	uint8_t keys[KEY_BITS / 8]; /* a bit for each key that is there */
	uint64_t names;             /* of all in front of the values */
	uint64_t rows;
};

/* < 0 where not all rows can be read. */
int digest_of(struct sp_source *source, struct digest *ret);

/* Where scratch files go: $TMPDIR, or memory where it can be had. */
const char *digest_scratch(void);

#endif
