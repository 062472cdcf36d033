/* The parts of verify. */
#ifndef SP_VERIFY_INTERNAL_H
#define SP_VERIFY_INTERNAL_H

#include "verify.h"

void sp_verify_keyed(struct sp_findings *findings, const struct sp_operator *op,
	const struct sp_subtask *subtask);
void sp_verify_operator_state(struct sp_findings *findings, const struct sp_operator *op);
void sp_verify_references(struct sp_source *source, struct sp_findings *findings);

/*
 * The content of a subtask's files, as far as verify looks into them. Handles whose file is
 * missing or of a wrong size are passed over.
 */
int sp_verify_keyed_data(struct sp_source *source, struct sp_findings *findings,
	const struct sp_operator *op, struct sp_error *err);
int sp_verify_operator_data(struct sp_source *source, struct sp_findings *findings,
	const struct sp_operator *op, struct sp_error *err);

/*
 * Opens a handle's bytes if they are there. 1: *ret is open; 0: they are not, or not as they
 * should be, which is a finding of its own; < 0: input/output failed.
 */
int sp_verify_open(struct sp_source *source, const struct sp_handle *handle, struct sp_file **ret,
	struct sp_error *err);

#endif
