/*
 * The keys of an operator before all of them are read: their type, and samples of them, from which
 * their hash function is made.
 */
#ifndef SP_KEY_SAMPLES_H
#define SP_KEY_SAMPLES_H

#include "format.h"
#include "key-hash.h"
#include "raw-timers.h"

/* Where keys are taken from. */
struct sp_key_origin {
	struct sp_source *source;
	const struct sp_operator *op;
	enum sp_kryo kryo;
	struct sp_budget budget;
};

struct sp_sampled_keys {
	struct sp_arena *arena;       /* of the header that `type` is of, and of the samples */
	struct sp_raw_timers *timers; /* or what it is of, where there are only timers */
	const struct sp_type *type;
	struct sp_key_sample *list; /* distinct ones, as far as they were needed */
	size_t n;
};

/*
 * Finds the type of the keys. 1: *ret; 0: the operator has no keyed state, or none that tells it.
 * SP_EDAMAGED, SP_EUNSUPPORTED: no header can be read, and why not the first.
 */
int sp_sampled_keys_new(
	const struct sp_key_origin *from, struct sp_sampled_keys **ret, struct sp_error *err);
/* Takes NULL. */
void sp_sampled_keys_free(struct sp_sampled_keys *keys);
SP_DEFINE_CLEANUP(sp_sampled_keys, sp_sampled_keys_free)

/*
 * The rules for the keys, living no longer than these. Takes samples for them where that is needed:
 * from the beginnings of some subtasks, and if `thorough` and they are too few, from all there is.
 * Damage is passed over: it is found when all keys are read.
 */
int sp_sampled_keys_hash(struct sp_sampled_keys *keys, const struct sp_key_origin *from,
	bool thorough, struct sp_key_hash **ret, struct sp_error *err);

#endif
