/*
 * Tally of keys: every key is hashed under each rule that comes into question, and for each rule
 * those are counted that it does not put where they lie.
 */
#ifndef SP_KEY_TALLY_H
#define SP_KEY_TALLY_H

#include "key-hash.h"
#include "row-key.h"

#define SP_KEY_EXAMPLES 3 /* of keys that a rule does not explain, of each part */
#define SP_KEY_SHOWN 512  /* bytes of a decoded key that are shown */

/* A key that some rules do not explain. */
struct sp_misfit {
	uint32_t rules; /* a bit for each */
	bool timer;
	const char *state; /* modified UTF-8 */
	const char *key;   /* JSON, NULL: too long */
	uint32_t key_group;
	int32_t expected[SP_KEY_RULES_MAX];
};

/* Decoded keys share an arena, which costs more to make than a key. */
struct sp_key_scratch {
	struct sp_arena *arena;
	size_t used;
};

/* An arena for what is decoded of a key of n bytes, until the next call. */
struct sp_arena *sp_key_scratch_for(struct sp_key_scratch *scratch, size_t n);
void sp_key_scratch_free(struct sp_key_scratch *scratch);

/* The keys of one part, or of several. */
struct sp_key_tally {
	const struct sp_key_hash *hash; /* NULL: keys are not counted */
	size_t rules;
	bool fast;
	int32_t max_parallelism;
	int32_t other_max; /* key groups under this one are compared; 0: not asked */
	uint64_t keys;     /* that were asked for */
	uint64_t unhashed; /* and those of a class without a hash code that could be told */
	uint64_t misses[SP_KEY_RULES_MAX];
	/* By rule: those, as bits, that put a key which both explain into another key group. */
	uint32_t apart[SP_KEY_RULES_MAX];
	bool keeps; /* examples */
	struct sp_misfit *misfits;
	size_t n_misfits;
	struct sp_arena *arena; /* of the misfits */
	struct sp_key_scratch scratch;
};

/* `hash` NULL: keys are not counted. */
void sp_key_tally_init(struct sp_key_tally *tally, const struct sp_key_hash *hash,
	int32_t max_parallelism, bool keeps);
void sp_key_tally_free(struct sp_key_tally *tally);

/* Where a key was met. */
struct sp_key_met {
	struct sp_slice key;
	uint32_t key_group;
	struct sp_slice state; /* modified UTF-8 */
	bool timer;
	const struct sp_key_layout *layout; /* of `composite`; NULL: `type` is all that is known */
	struct sp_slice composite;
	const struct sp_type *type;
	enum sp_kryo kryo;
};

/* The key as JSON, {"key": …}, with a zero behind it; NULL: too long to be shown. */
const char *sp_key_met_json(const struct sp_key_met *met, struct sp_buffer *text);

/*
 * Counts a key of which its rules are asked. SP_EDAMAGED, SP_EUNSUPPORTED: it has no hash code, see
 * sp_key_hash_codes(), and is counted as such.
 */
int sp_key_tally_add(
	struct sp_key_tally *tally, const struct sp_key_met *met, struct sp_error *err);

/* Adds the numbers of `part`, of the same rules. */
void sp_key_tally_merge(struct sp_key_tally *tally, const struct sp_key_tally *part);

/* The rule that leaves the fewest keys over; of several the first. */
size_t sp_key_tally_best(const struct sp_key_tally *tally);

/* Does the rule explain all keys but so few that these must lie wrong? */
bool sp_key_tally_holds(const struct sp_key_tally *tally, size_t rule);

/* Do so many distinct keys prove a rule that was inferred? */
bool sp_key_tally_proves(const struct sp_key_tally *tally, size_t distinct);

#endif
