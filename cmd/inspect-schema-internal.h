/* Shared by the files that read, show and judge the types of states. */
#ifndef SP_INSPECT_SCHEMA_INTERNAL_H
#define SP_INSPECT_SCHEMA_INTERNAL_H

#include "inspect-schema.h"
#include "type-fragile.h"
#include "type-part.h"

/* the default hash function falls through its cases, which clang warns of */
#define HASH_FUNCTION(key, length, hash) HASH_FNV(key, length, hash)
#include <uthash.h>

/* A state, and in how many subtasks it has this very description. */
struct sp_schema_state {
	const struct sp_operator *op;
	const struct sp_state *state;
	const struct sp_type *key; /* of keyed state, else NULL */
	const char *kind;          /* VALUE, MAP, …; of operator state its mode */
	uint32_t subtasks;
	UT_hash_handle hh;
};

struct sp_schema {
	const struct sp_survey *survey;
	struct sp_arena *arena;
	struct sp_schema_state **list; /* operator by operator */
	size_t n, capacity;
	enum sp_kryo kryo;
	size_t n_unread;
	const char *unread;
};

/* The types that a state has, by their roles: gives how many. */
size_t sp_schema_roles(const struct sp_schema_state *state, struct sp_type_part ret[3]);

/* The releases that can read all of them. */
struct sp_release_range sp_schema_releases(
	const struct sp_schema *schema, const struct sp_schema_state *state);

#endif
