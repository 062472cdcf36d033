/* What the halves of the tally share: tally-part.c looks at rows, tally.c adds up. */
#ifndef SP_TALLY_INTERNAL_H
#define SP_TALLY_INTERNAL_H

/* the default hash function falls through its cases, which clang warns of */
#define HASH_FUNCTION(key, length, hash) HASH_FNV(key, length, hash)
#include <uthash.h>

#include "tally.h"

/* A state of the part. */
struct sp_tally_view {
	struct sp_tally_state figures;
	bool layout_known;
	struct sp_key_layout layout;
	bool has_ttl;
	struct sp_age_rule ttl;
};

/* Rows of one state that have the key and namespace of the one before. */
struct sp_tally_run {
	struct sp_tally_view *view; /* NULL: none */
	struct sp_buffer head;      /* composite key without the map key */
	struct sp_buffer json;      /* the same, readable; empty: not among the largest so far */
	size_t key_bytes;           /* of the key, behind the key group */
	uint32_t key_group;
	uint64_t bytes, rows;
};

/* A timer service of raw keyed state. */
struct sp_tally_service {
	struct sp_tally_view view;
	struct sp_slice name;
	bool event;
	UT_hash_handle hh;
};

struct sp_tally_part {
	struct sp_tally *tally; /* touched by those that merge only */
	const struct sp_tally_options *options;
	const struct sp_scan_part *place;
	const struct sp_keyed_header *header;
	struct sp_arena *arena;      /* holds names */
	struct sp_tally_view *views; /* by state id */
	size_t n_views;
	struct sp_tally_service *services; /* of raw state, by name */
	struct sp_tally_service *service;  /* of the timer before */
	struct sp_tally_group *groups;     /* of the handle */
	struct sp_tally_run run;
	struct sp_top values, keys;
};

/* A part has ended: adds its figures to the tally's. Called by one at a time. */
void sp_tally_merge(struct sp_tally *tally, struct sp_tally_part *part);
/* Its state could not be read, for the reason in `err`. */
void sp_tally_warn(
	struct sp_tally *tally, const struct sp_scan_part *place, const struct sp_error *err);
const struct sp_tally_options *sp_tally_options_of(const struct sp_tally *tally);

void sp_tally_state_free(struct sp_tally_state *figures);

#endif
