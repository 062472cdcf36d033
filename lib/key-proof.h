/*
 * Proof of a hash function: samples of an operator's keys are taken, the rules that come into
 * question are made of them, and all keys tell which of these holds. And what follows from it: to
 * which key group each key belongs under another max parallelism.
 */
#ifndef SP_KEY_PROOF_H
#define SP_KEY_PROOF_H

#include "counters.h"
#include "key-hash.h"
#include "row-key.h"
#include "scan.h"

/* How keys of an operator find their new key groups; does not change, workers share it. */
struct sp_key_move;

struct sp_key_move_plan {
	struct sp_source *source;
	const struct sp_operator *op;
	int32_t max_parallelism; /* new; other than the operator's */
	const char *stated;      /* the function, as --key-hash has it; NULL: found out */
	int jobs;
	size_t memory; /* of all jobs together */
	const char *tmpdir;
	struct sp_counters *counters; /* NULL: nobody looks on */
};

/*
 * Finds the function and proves it over all keys of the operator, managed state and timers in raw
 * keyed state. What needs no decoding (sp_key_hash_is_fast()) is proved by sp_key_mover_group(),
 * row by row. Where the new maximum divides the old one no function is needed and none is looked
 * for. *ret is NULL where the operator has no keys at all.
 *
 * Errors leave it to the caller to name the operator. SP_EUNSUPPORTED: no function is known or
 * proved; the hints say what would help. SP_EDAMAGED: a key lies in a wrong key group; names
 * subtask, state, key group, key and where it belongs.
 * SP_EUSAGE: `stated` is not understood; SP_EUNSUPPORTED: it does not explain the keys.
 */
int sp_key_move_find(
	const struct sp_key_move_plan *plan, struct sp_key_move **ret, struct sp_error *err);
/* Takes NULL. */
void sp_key_move_free(struct sp_key_move *move);
SP_DEFINE_CLEANUP(sp_key_move, sp_key_move_free)

/* The function's name, living as long as `move`; NULL: none is needed. */
const char *sp_key_move_rule(const struct sp_key_move *move);

/* Keys it was proved over; 0 where it is proved row by row. */
uint64_t sp_key_move_keys(const struct sp_key_move *move);

/* Bits; 0 where the function is known or stated. */
double sp_key_move_margin(const struct sp_key_move *move);

/* One worker's use of it. */
struct sp_key_mover;

struct sp_key_mover *sp_key_mover_new(const struct sp_key_move *move, enum sp_kryo kryo);
/* Takes NULL. */
void sp_key_mover_free(struct sp_key_mover *mover);
SP_DEFINE_CLEANUP(sp_key_mover, sp_key_mover_free)

/*
 * The new key group of a key. SP_EDAMAGED where it does not lie in the key group that it belongs
 * to today: "key {"key": "a"}: it belongs in key group 7".
 */
int sp_key_mover_group(struct sp_key_mover *mover, struct sp_slice key, uint32_t key_group,
	uint32_t *ret, struct sp_error *err);

#endif
