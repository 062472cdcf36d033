/*
 * Behind key-proof.h: a proof, its scan (key-proof-scan.c), and what it leaves for those who move
 * keys (key-mover.c).
 */
#ifndef SP_KEY_PROOF_INTERNAL_H
#define SP_KEY_PROOF_INTERNAL_H

#include "key-proof.h"
#include "key-samples.h"
#include "key-tally.h"

struct sp_key_move {
	struct sp_sampled_keys *keys; /* NULL, as `hash`: no function is needed */
	struct sp_key_hash *hash;
	size_t rule;      /* that holds */
	int32_t from, to; /* max parallelism */
	uint64_t proved;  /* keys */
	double margin;
};

/* The first key, in the order of the snapshot, that a rule does not explain. */
struct sp_key_lost {
	size_t part;
	char *state, *key; /* modified UTF-8; JSON, NULL: too long */
	uint32_t key_group;
	int32_t expected;
};

struct sp_key_proof {
	const struct sp_key_move_plan *plan;
	const struct sp_type *type;
	const struct sp_key_hash *hash;
	struct sp_key_tally all;
	struct sp_key_lost lost[SP_KEY_RULES_MAX];
	size_t distinct; /* samples */
	bool inferred;   /* else the function is known, or stated */
};

/* Counts all keys in proof->all, keeps those that are lost, fails at one without a hash code. */
int sp_key_proof_scan(struct sp_key_proof *proof, struct sp_error *err);
void sp_key_lost_free(struct sp_key_lost *lost);

/* Puts "state 'a': key group 5: " in front. */
int sp_key_proof_within(struct sp_slice state, uint32_t key_group, struct sp_error *err);

/* Hints at what would help with keys of this type: to state a function, or to need none. */
int sp_key_proof_advise(
	const struct sp_key_move_plan *plan, const struct sp_type *type, struct sp_error *err);

#endif
