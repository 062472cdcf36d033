/*
 * Operator state for another parallelism, as RoundRobinOperatorStateRepartitioner shares it out on
 * a restore: elements of list states round robin, those of union states each exactly once (a
 * restore gives all of them to every subtask), of broadcast states one copy to each subtask.
 * Every new subtask gets a stream of its own, since Flink loses state where two share one.
 */
#ifndef SP_OPERATOR_SCALE_H
#define SP_OPERATOR_SCALE_H

#include "operator-state.h"

struct sp_operator_scale;

/* Operator state of all subtasks of an operator, managed or raw. */
struct sp_operator_scale_plan {
	struct sp_source *source;
	const struct sp_operator *op;
	bool managed;
	int32_t parallelism; /* new */
};

/*
 * Opens each stream once, one after the other, unites their headers and decides who gets what. What
 * `plan` points at is borrowed. Refuses with SP_EUNSUPPORTED and SP_EDAMAGED all that the writing
 * would refuse, as far as it can be known from metadata and headers; damage of elements is found
 * when they are read. Errors in a stream begin with "old subtask <index>".
 * 1: *ret; 0: the operator has no such state.
 */
int sp_operator_scale_new(const struct sp_operator_scale_plan *plan, struct sp_operator_scale **ret,
	struct sp_error *err);
/* Takes NULL. */
void sp_operator_scale_free(struct sp_operator_scale *scale);
SP_DEFINE_CLEANUP(sp_operator_scale, sp_operator_scale_free)

/* The united header, of managed state; NULL of raw state. */
const struct sp_operator_header *sp_operator_scale_header(const struct sp_operator_scale *scale);

/*
 * Does new subtask `index` get anything? About how many bytes? Where states are declared of which
 * nobody has any elements, subtask 0 gets these declarations.
 */
bool sp_operator_scale_has(const struct sp_operator_scale *scale, int32_t index, uint64_t *bytes);

/*
 * Writes the stream of new subtask `index` for `release`; the handle lives in `arena`. Different
 * subtasks may be written at the same time.
 */
int sp_operator_scale_write(const struct sp_operator_scale *scale, int32_t index,
	struct sp_outlet *outlet, sp_release release, struct sp_arena *arena,
	struct sp_operator_handle *ret, struct sp_error *err);

#endif
