/* Operator selectors: what a user names an operator by. */
#ifndef SP_SELECT_H
#define SP_SELECT_H

#include "snapshot.h"

/*
 * The operator with this uid (by its hash, so in every version), id of 32 hexadecimal digits,
 * name, or unique beginning of the id of at least 4 digits. SP_EUSAGE where there is none, or more
 * than one.
 */
int sp_select_operator(const struct sp_snapshot *snapshot, const char *selector,
	const struct sp_operator **ret, struct sp_error *err);

/* The same; 1: *ret is it, 0: there is none, and *ret is NULL. */
int sp_find_operator(const struct sp_snapshot *snapshot, const char *selector,
	const struct sp_operator **ret, struct sp_error *err);

/* Fails with SP_EUSAGE: no such operator "in this snapshot". */
int sp_no_operator(const char *selector, const char *where, struct sp_error *err);

/* The operator with this id, or NULL. */
const struct sp_operator *sp_operator_by_id(
	const struct sp_snapshot *snapshot, const uint8_t id[SP_OPERATOR_ID_BYTES]);

/* Appends uid, or name, or id: whichever is first known; UTF-8. */
void sp_operator_short_label(const struct sp_operator *op, struct sp_buffer *out);

#endif
