/*
 * One header for the rows of several handles: every state of theirs once, by name, in order of
 * first appearance.
 */
#ifndef SP_KEYED_HEADER_UNITE_H
#define SP_KEYED_HEADER_UNITE_H

#include "type.h"

/*
 * `n` is at least 1. Headers whose bytes are the same, but for the compression flag, are one: *ret
 * is the first of them. Else a header of version 6 is composed in `arena`, which borrows nothing.
 * States of one name have to be the same (sp_same_state()). SP_EUNSUPPORTED names what differs:
 * kinds, types, the key; and for headers before version 6 that are not all the same. SP_EDAMAGED
 * where a header has a state twice.
 */
int sp_keyed_headers_unite(const struct sp_keyed_header *const *headers, size_t n,
	struct sp_arena *arena, const struct sp_keyed_header **ret, struct sp_error *err);

#endif
