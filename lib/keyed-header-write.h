/*
 * Composes the header of keyed state files anew (see keyed-header.c for its layout) from parts
 * that lie in other headers, or in the log of a changelog.
 */
#ifndef SP_KEYED_HEADER_WRITE_H
#define SP_KEYED_HEADER_WRITE_H

#include "type.h"

/*
 * Appends a header of version 6 to `out`: `key` is the snapshot of the key serializer in proxy
 * form, `states` are `n` descriptions as sp_state.bytes gives them, at most 32767.
 */
void sp_keyed_header_write(struct sp_slice key, const struct sp_slice *states, size_t n,
	bool compressed, struct sp_buffer *out);

/*
 * The same states as backends with synchronous access describe them, where some are of kind
 * SP_KIND_KEY_VALUE_V2 (ForSt's asynchronous states): their rows are the same, their serializers
 * are those of a list's elements and of a map's parts. 1 and *ret, in `arena`; 0: there are none.
 * SP_EUNSUPPORTED for a map state of Flink 2.0, which does not tell its user key.
 */
int sp_keyed_header_plain(const struct sp_keyed_header *header, struct sp_arena *arena,
	const struct sp_keyed_header **ret, struct sp_error *err);

/* The key serializer's snapshot in proxy form, as it lies in a header of version 6. */
struct sp_slice sp_keyed_header_key(const struct sp_keyed_header *header);

#endif
