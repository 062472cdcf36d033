/*
 * Tally: what is big, skewed and old in the keyed state of a snapshot. A consumer of scan.h, whose
 * memory depends on the number of states and key groups, not on that of rows; it decodes nothing
 * but the keys of the largest.
 *
 * A row is a row of the canonical form: a value, a list, an entry of a map, a timer. Timers in raw
 * keyed state count as the rows that they would be there. So the figures do not depend on the
 * layout; nor do they on the number of workers.
 */
#ifndef SP_TALLY_H
#define SP_TALLY_H

#include "scan.h"
#include "tally-ages.h"
#include "tally-distinct.h"
#include "tally-sizes.h"
#include "tally-top.h"

struct sp_tally_options {
	bool groups;                 /* figures of key groups, too */
	size_t top;                  /* so many of the largest values, and keys */
	const struct sp_expiry *ttl; /* ages of TTL states; with any number of lives. NULL: none */
};

/* A state that has rows. */
struct sp_tally_state {
	size_t op;            /* number of the operator in the snapshot */
	const char *kind;     /* sp_state_kind_text() */
	struct sp_slice name; /* modified UTF-8 */
	uint64_t rows, key_bytes, value_bytes;
	uint64_t largest; /* bytes of a key and its value */
	struct sp_sizes sizes;
	struct sp_distinct keys;
	bool keys_unknown;    /* where the key ends is not */
	struct sp_ages *ages; /* NULL: no TTL, or not asked for */
	bool ages_unknown;    /* where elements of its lists end is not */
	/* Of timers in raw keyed state, which no header describes. */
	bool raw;
	struct sp_slice key_type, ns_type; /* texts */
	uint32_t parts;                    /* subtasks that have rows */
};

struct sp_tally_group {
	uint64_t rows, bytes;
};

struct sp_tally;

struct sp_tally *sp_tally_new(
	const struct sp_snapshot *snapshot, const struct sp_tally_options *options);
/* Takes NULL. */
void sp_tally_free(struct sp_tally *tally);
SP_DEFINE_CLEANUP(sp_tally, sp_tally_free)

/* To be run by sp_scan_run() with the tally as `arg`; what `scan` says otherwise is the caller's.
 */
extern const struct sp_scan_ops sp_tally_ops;

/* Puts the results in order; after the scan. */
void sp_tally_finish(struct sp_tally *tally);

/* By operator, kind and name; NULL: it has no rows. */
const struct sp_tally_state *sp_tally_find(
	const struct sp_tally *tally, size_t op, const char *kind, struct sp_slice name);

/* All, by operator, name and kind. */
size_t sp_tally_states(const struct sp_tally *tally);
const struct sp_tally_state *sp_tally_state(const struct sp_tally *tally, size_t i);

/*
 * Could all keyed state of the operator be read? Where it could not, its figures are those of a
 * part of its subtasks. `raw`: its raw keyed state.
 */
bool sp_tally_is_complete(const struct sp_tally *tally, size_t op, bool raw);

/* Why not, of the first such part, or NULL; with the number of parts. */
const struct sp_error *sp_tally_warning(const struct sp_tally *tally, size_t *n_parts);

/* By key group, up to the operator's max parallelism; NULL: not asked for, or no rows. */
const struct sp_tally_group *sp_tally_groups(const struct sp_tally *tally, size_t op);

/* The largest by the bytes of a value; by all bytes of a key in a namespace of a state. */
const struct sp_top *sp_tally_top_values(const struct sp_tally *tally);
const struct sp_top *sp_tally_top_keys(const struct sp_tally *tally);

#endif
