/*
 * Diff: what two snapshots have in common and what not, whatever their layouts, parallelisms, max
 * parallelisms and orders of rows are.
 *
 * Without rows only metadata and headers are read. With rows all state is, twice at most: the first
 * pass sums hashes of rows in buckets by the hashes of their keys; equal sums are the same rows. Of
 * the buckets that differ the second pass sorts and joins the rows. Memory is bounded in both.
 */
#ifndef SP_DIFF_H
#define SP_DIFF_H

#include "counters.h"
#include "format.h"

enum sp_diff_side {
	SP_DIFF_A,
	SP_DIFF_B,
	SP_DIFF_SIDES,
};

struct sp_diff_request {
	struct sp_source *sources[SP_DIFF_SIDES]; /* borrowed, as all of these */
	const uint8_t *only;                      /* id of the operator wanted; NULL: all */
	const char *state;                        /* name of the state wanted, UTF-8; NULL: all */
	bool rows;
	uint64_t limit; /* samples of each state */
	int jobs;
	size_t memory; /* of all that works at once */
	const char *tmpdir;
	size_t buckets; /* of a state at most, a power of 2; 0: the usual number */
	struct sp_counters *counters;
};

enum sp_diff_part {
	SP_DIFF_KEYED,
	SP_DIFF_TIMERS, /* in managed or raw keyed state */
	SP_DIFF_OPERATOR,
	SP_DIFF_RAW_OPERATOR,
	SP_DIFF_RAW_KEYED, /* that is not timers: bytes by key group */
	SP_DIFF_COORDINATOR,
};

/* A state as one side has it. */
struct sp_diff_declared {
	bool present;
	bool mixed;       /* subtasks declare other types than the first one */
	const char *kind; /* as `dump` names it: "VALUE", "TIMER", "SPLIT", "RAW_KEYED", … */
	const struct sp_type *key, *ns, *user_key, *value; /* NULL: there is none, or not known */
	const struct sp_state *state; /* managed keyed and operator state, else NULL */
	enum sp_kryo kryo;
	bool counted;      /* `elements` is known without reading the rows */
	uint64_t elements; /* SPLIT, UNION, RAW_OPERATOR */
	uint64_t rows;     /* with rows */
};

enum sp_diff_change {
	SP_DIFF_ADDED,   /* only in B */
	SP_DIFF_REMOVED, /* only in A */
	SP_DIFF_CHANGED,
	SP_DIFF_CHANGES,
};

/* A row as JSON; NULL: it has no such part. */
struct sp_diff_sample {
	enum sp_diff_change change;
	const char *key; /* {"key": …, "namespace": …, "map_key": …, "timestamp": …} */
	const char *values[SP_DIFF_SIDES];
};

struct sp_diff_operator {
	const struct sp_operator *sides[SP_DIFF_SIDES]; /* NULL: not there */
	/* Finished on one side; added or removed with state. */
	bool differs;
};

struct sp_diff_state {
	const struct sp_diff_operator *op;
	enum sp_diff_part part;
	struct sp_slice name; /* modified UTF-8; n = 0: none */
	struct sp_diff_declared sides[SP_DIFF_SIDES];
	bool kind_differs, types_differ, elements_differ;
	bool apart; /* keys of other types: no row of one side has a counterpart */
	uint64_t rows[SP_DIFF_CHANGES];
	struct sp_diff_sample *samples; /* by key */
	size_t n_samples;
	bool differs;
};

struct sp_diff {
	struct sp_arena *arena; /* owns what is below */
	struct sp_diff_operator *operators;
	size_t n_operators;
	struct sp_diff_state **states; /* operator by operator */
	size_t n_states;
	bool samples_cut; /* some were left out for want of memory */
	bool differs;
	struct sp_diff_kept *kept; /* what types and names are borrowed from */
};

/*
 * Runs it. `ret` is to be freed also after an error. Errors name the snapshot. SP_EUNSUPPORTED for
 * state that cannot be read as rows.
 */
int sp_diff_run(const struct sp_diff_request *request, struct sp_diff *ret, struct sp_error *err);
void sp_diff_free(struct sp_diff *diff);

/* --- types (diff-type.c) --------------------------------------------------------------------- */

/*
 * Are they the same type, whatever else their snapshots tell (versions, the order in which classes
 * were registered)? Either may be NULL.
 */
bool sp_diff_same_type(const struct sp_type *a, const struct sp_type *b);

/* The same, and do equal values have equal bytes, as far as order and padding allow? */
bool sp_diff_same_encoding(
	const struct sp_type *a, enum sp_kryo kryo_a, const struct sp_type *b, enum sp_kryo kryo_b);

#endif
