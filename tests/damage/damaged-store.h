/*
 * A store around any other in which one file is damaged in memory: a byte flipped, cut short,
 * exchanged with another file, or missing. What is on disk is never written to; what does not lie
 * below `damaged_root` is not there, as the originals of copied snapshots.
 */
#ifndef DAMAGED_STORE_H
#define DAMAGED_STORE_H

#include "store.h"

enum damage_kind { DAMAGE_NONE, DAMAGE_FLIP, DAMAGE_CUT, DAMAGE_SWAP, DAMAGE_MISSING };

struct damage {
	enum damage_kind kind;
	const char *path;  /* of the file, in the store */
	const char *other; /* SWAP: that it is exchanged with */
	uint64_t at;       /* FLIP: the byte; CUT: the length that is left */
	uint8_t bits;      /* FLIP */
};

/* What is damaged from now on, in stores that are open, too; borrowed. */
extern const struct damage *damaged_now;

/* Nothing else is there; without a slash at its end. */
extern const char *damaged_root;

/* Takes `store` over; fits sp_store_wrap. */
struct sp_store *damaged_store_new(struct sp_store *store);

#endif
