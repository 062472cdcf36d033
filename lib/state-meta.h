/*
 * Descriptions of states, as they stand in the headers of keyed and of operator state. Part of
 * the readers of these.
 */
#ifndef SP_STATE_META_H
#define SP_STATE_META_H

#include "type-internal.h"

/* StateMetaInfoSnapshotReadersWriters: of keyed headers 6, 5 and operator state headers 5-6, 4. */
enum sp_state_meta {
	SP_STATE_META_PAIRS = 5,   /* serializers by resilient list */
	SP_STATE_META_PROXIED = 6, /* serializers by snapshot */
};

#define SP_STATE_META_LEAST 14 /* bytes: utf, i32, i32, i32 */

/* What the first of several states must look like. */
bool sp_state_meta_may_start(struct sp_cursor in);

/*
 * One description, `left` more of which come behind it. Its kind must be one of r->state_kinds.
 * Of SP_STATE_META_PROXIED unknown snapshots are crossed.
 */
int sp_state_meta_read(struct sp_type_reader *r, enum sp_state_meta form, size_t left,
	struct sp_state *state, struct sp_error *err);

/* n descriptions that are not kept; as in sp_type_rest_ops. */
int sp_state_meta_cross(struct sp_type_reader *r, size_t n, struct sp_error *err);

/* i16 number of states. */
int sp_state_meta_take_count(struct sp_type_reader *r, uint16_t *ret, struct sp_error *err);

/* The type of a state by its number in StateDescriptor.Type. 1: *ret; 0: there is none such. */
int sp_state_type_of_ordinal(uint32_t ordinal, enum sp_state_type *ret);

#endif
