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

/* Adds the files of the snapshot that are none of `paths`, which are sorted. */
int sp_verify_orphans(struct sp_source *source, struct sp_findings *findings,
	const char *const *paths, size_t n, struct sp_error *err);

/* The name of a state in the text of a finding; lives as long as `to` is not written to. */
static inline const char *sp_verify_name(struct sp_slice mutf8, struct sp_buffer *to)
{
	to->n = 0;
	sp_mutf8_to_utf8(mutf8, to);
	sp_buffer_u8(to, '\0');
	return (const char *)to->p;
}

#endif
