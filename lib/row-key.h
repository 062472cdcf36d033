/*
 * Composite keys of rows: key group, key, namespace and a map's user key in one string of bytes,
 * put together and taken apart (org.apache.flink.runtime.state.CompositeKeySerializationUtils and
 * SerializedCompositeKeyBuilder, all releases).
 *
 *	key group    1 byte up to a max parallelism of 128, else 2
 *	timer:       i64 timestamp with its sign bit flipped, key, namespace
 *	else:        key [length of key] namespace [length of namespace] [user key]
 *
 * The lengths are there where both serializers are of variable length; each is base 256, little
 * endian, without leading zero digits, at least one byte.
 */
#ifndef SP_ROW_KEY_H
#define SP_ROW_KEY_H

#include "stream.h"
#include "value.h"

/* How the keys of one state are put together. Plain data, made once per state. */
struct sp_key_layout {
	const struct sp_type *key, *ns, *user_key; /* user_key: NULL but for MAP */
	size_t prefix;                             /* bytes of the key group */
	int32_t key_width, ns_width;               /* sp_type_width() */
	int32_t user_key_width;                    /* 0 where there is none */
	bool ambiguous;                            /* the lengths are there */
	bool timer;
	enum sp_kryo kryo;
};

struct sp_key_parts {
	uint32_t key_group;
	int64_t timestamp;                 /* timers */
	struct sp_slice key, ns, user_key; /* user_key.p NULL where there is none */
};

/*
 * SP_EUNSUPPORTED where a map state does not tell its user key (kind 4 of Flink 2.0), or a queue is
 * not one of timers; SP_EDAMAGED where a state lacks a serializer that it must have.
 */
int sp_key_layout(const struct sp_keyed_header *header, const struct sp_state *state,
	int32_t max_parallelism, enum sp_kryo kryo, struct sp_key_layout *ret,
	struct sp_error *err);

/*
 * Takes a row's key apart; decodes only what has to be crossed. The slices borrow from `key`.
 * SP_EDAMAGED where it does not add up; SP_EUNSUPPORTED where an opaque part hides the border.
 */
int sp_key_split(const struct sp_key_layout *layout, struct sp_slice key, struct sp_key_parts *ret,
	struct sp_error *err);

/* Appends the composite key. */
void sp_key_join(const struct sp_key_layout *layout, const struct sp_key_parts *parts,
	struct sp_buffer *out);

/* The types inside of a state's value; NULL where it has none such. */
const struct sp_type *sp_state_element(const struct sp_state *state);    /* LIST */
const struct sp_type *sp_state_user_key(const struct sp_state *state);   /* MAP */
const struct sp_type *sp_state_user_value(const struct sp_state *state); /* MAP */

/*
 * The next element of a LIST state's value (elements with a ',' between two of them). `reader`
 * reads the value; `ret` borrows from it. 1: an element; 0: the end; < 0. Where elements take no
 * bytes at all, the value is one ',' fewer than they are, and no element is given for the last.
 */
int sp_list_next(struct sp_value_reader *reader, const struct sp_type *element,
	struct sp_slice *ret, struct sp_error *err);

#endif
