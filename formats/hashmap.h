/* The heap-native layout, drawn in hashmap.c. */
#ifndef SP_HASHMAP_H
#define SP_HASHMAP_H

#include "format.h"
#include "key-groups.h"
#include "row-key.h"

#define SP_HASHMAP_GROUP_BYTES 4 /* the key group's number in front of its blocks */
#define SP_HASHMAP_BLOCK_BYTES 6 /* a state's id and the number of its entries */

/* What has to be known to find the borders in a state's entries. */
struct sp_hashmap_state {
	struct sp_key_layout layout;
	const struct sp_type *value;      /* VALUE and the like, and timers */
	const struct sp_type *element;    /* LIST */
	const struct sp_type *user_key;   /* MAP */
	const struct sp_type *user_value; /* MAP */
	bool no_bytes;                    /* LIST: of elements that take none */
};

/* SP_EUNSUPPORTED where the header does not tell enough. */
int sp_hashmap_state(const struct sp_keyed_header *header, const struct sp_state *state,
	int32_t max_parallelism, enum sp_kryo kryo, struct sp_hashmap_state *ret,
	struct sp_error *err);

/* What to do about state that the heap layout cannot express or tell apart. */
int sp_hashmap_hint(struct sp_error *err);

/* sp_key_group_data_open() for this layout: every key group that is wanted is there. */
int sp_hashmap_data_open(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_key_group_data *ret, struct sp_error *err);

int sp_hashmap_open(const struct sp_keyed_place *place, const struct sp_budget *budget,
	struct sp_stream **ret, struct sp_error *err);

int sp_hashmap_create(
	const struct sp_writer_plan *plan, struct sp_writer **ret, struct sp_error *err);

/* The same with all of it inline; more than `limit` bytes are SP_EUNSUPPORTED. */
int sp_hashmap_create_inline(const struct sp_writer_plan *plan, uint64_t limit,
	struct sp_writer **ret, struct sp_error *err);

#endif
