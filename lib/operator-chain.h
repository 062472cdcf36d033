/*
 * Chained operators: which of them run in one task, as far as a snapshot tells.
 *
 * Those of a task have one parallelism and one max parallelism. The metadata does not say which
 * they are, but the id of an operator without uid is a hash of its place in the job graph, and so
 * tells its inputs and how many operators are chained behind it.
 */
#ifndef SP_OPERATOR_CHAIN_H
#define SP_OPERATOR_CHAIN_H

#include "snapshot.h"

enum sp_chained {
	SP_CHAINED_NOT,
	SP_CHAINED_PERHAPS, /* nothing is known that speaks against it */
	SP_CHAINED_SURELY,
};

struct sp_chains;

/* `snapshot` lives longer. */
struct sp_chains *sp_chains_new(const struct sp_snapshot *snapshot);
/* Takes NULL. */
void sp_chains_free(struct sp_chains *chains);
SP_DEFINE_CLEANUP(sp_chains, sp_chains_free)

/* Of the operators a and b of the snapshot, which are not the same. */
enum sp_chained sp_chained(const struct sp_chains *chains, size_t a, size_t b);

#endif
