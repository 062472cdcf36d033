/* The canonical layout; see canonical-read.c. */
#ifndef SP_CANONICAL_H
#define SP_CANONICAL_H

#include "format.h"

#define SP_CANONICAL_LAST 0x80  /* FullSnapshotUtil.FIRST_BIT_IN_BYTE_MASK: last row of a run */
#define SP_CANONICAL_END 0xffff /* FullSnapshotUtil.END_OF_KEY_GROUP_MARK */

int sp_canonical_open(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_stream **ret, struct sp_error *err);
int sp_canonical_create(
	const struct sp_writer_plan *plan, struct sp_writer **ret, struct sp_error *err);

#endif
