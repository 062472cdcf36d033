/*
 * The inside of diff: diff.c pairs operators and judges, diff-states.c finds the states,
 * diff-rows.c reads rows one after the other, diff-elements.c those of operator and raw state,
 * diff-sum.c sums all rows, diff-join.c joins those that differ, diff-value.c compares and shows
 * their values.
 */
#ifndef SP_DIFF_INTERNAL_H
#define SP_DIFF_INTERNAL_H

#include "diff.h"
#include "raw-timers.h"
#include "row-key.h"

/* the default hash function falls through its cases, which clang warns of */
#define HASH_FUNCTION(key, length, hash) HASH_FNV(key, length, hash)
#include <uthash.h>

/* Sums of the hashes of some rows, the same in any order of the rows. */
struct sp_diff_bucket {
	uint64_t low, high, rows;
};

struct sp_diff_entry {
	struct sp_diff_state state;
	size_t number; /* among the states of its pair */
	/*
	 * Its rows are elements that have no keys: any of them may stand for an equal one. Else all
	 * keys are different.
	 */
	bool bag[SP_DIFF_SIDES];
	bool recode; /* equal values may have other bytes, and equal bytes be other values */
	struct sp_key_layout layouts[SP_DIFF_SIDES]; /* of keys behind one byte */
	bool layout_known[SP_DIFF_SIDES];
	struct sp_diff_bucket *buckets[SP_DIFF_SIDES]; /* NULL: no rows yet */
	bool *wanted;                                  /* buckets to be joined; NULL: none */
	bool counted; /* its rows are on one side: those joined are but samples */
	UT_hash_handle hh;
};

/* The same of both sides, where their rows can be compared. */
static inline bool sp_diff_is_bag(const struct sp_diff_entry *entry)
{
	return entry->bag[SP_DIFF_A] || entry->bag[SP_DIFF_B];
}

/* An operator on both sides. */
struct sp_diff_pair {
	struct sp_diff_operator *op;
	struct sp_diff_entry **entries;
	size_t n, capacity;
	bool *raw_bytes[SP_DIFF_SIDES]; /* of subtasks: raw keyed state is not timers */
	UT_hash_handle hh;
};

struct sp_differ {
	const struct sp_diff_request *request;
	struct sp_diff *diff;
	struct sp_diff_pair *pairs; /* of diff->operators */
	struct sp_diff_pair *by_id;
	struct sp_diff_entry *by_name;
	enum sp_kryo kryo[SP_DIFF_SIDES];
	size_t buckets; /* of a state, a power of 2 */
	size_t sampled; /* bytes of samples */
};

/* What outlives its reading, since types or names are borrowed from it. */
struct sp_diff_kept {
	struct sp_arena *arena;
	struct sp_raw_timers *timers;
	struct sp_diff_kept *next;
};

/* --- diff.c ---------------------------------------------------------------------------------- */

/* The pair of this operator of a snapshot, or NULL where it is not wanted. */
struct sp_diff_pair *sp_diff_pair_of(
	const struct sp_differ *self, enum sp_diff_side side, const struct sp_operator *op);

/* --- diff-states.c --------------------------------------------------------------------------- */

/* Finds the states of an operator on one side. */
int sp_diff_find_states(struct sp_differ *self, struct sp_diff_pair *pair, enum sp_diff_side side,
	struct sp_error *err);

/* The state, or NULL where it is not wanted. Workers may call it at the same time. */
struct sp_diff_entry *sp_diff_entry(const struct sp_differ *self, const struct sp_diff_pair *pair,
	enum sp_diff_part part, struct sp_slice name);

/* --- diff-rows.c ----------------------------------------------------------------------------- */

/* The entries of a header's states by their ids; to be freed. *any: one is wanted. */
struct sp_diff_entry **sp_diff_entries(const struct sp_differ *self,
	const struct sp_diff_pair *pair, const struct sp_keyed_header *header, bool *any);

/* Timers as rows. */
struct sp_diff_timer {
	struct sp_diff_entry *entry; /* of the timer last seen */
	struct sp_buffer service;    /* its service */
	bool event, known;
	struct sp_buffer key;
};

/* The state and key of a timer, borrowed until the next one. NULL: it is not wanted. */
struct sp_diff_entry *sp_diff_timer_row(const struct sp_differ *self,
	const struct sp_diff_pair *pair, struct sp_diff_timer *timers,
	const struct sp_raw_timer *timer, struct sp_slice *key);
void sp_diff_timer_free(struct sp_diff_timer *timers);

/* A row without its key group; of a bag `key` is empty. Borrowed until the next one. */
struct sp_diff_row {
	struct sp_diff_entry *entry;
	struct sp_slice key, value;
};

struct sp_diff_rows {
	int (*next)(struct sp_diff_rows *rows, struct sp_diff_row *ret, struct sp_error *err);
	void (*free)(struct sp_diff_rows *rows);
};

/*
 * All rows of an operator on one side, one subtask after the other; without `keyed` only operator
 * state and raw state that is not timers.
 */
struct sp_diff_rows *sp_diff_rows_open(struct sp_differ *self, struct sp_diff_pair *pair,
	enum sp_diff_side side, bool keyed, const struct sp_budget *budget);

/* Takes NULL. */
static inline void sp_diff_rows_free(struct sp_diff_rows *rows)
{
	if (rows != NULL)
		rows->free(rows);
}
SP_DEFINE_CLEANUP(sp_diff_rows, sp_diff_rows_free)

/* --- diff-elements.c ------------------------------------------------------------------------- */

/* Where elements lie. */
struct sp_diff_place {
	const struct sp_differ *differ;
	const struct sp_diff_pair *pair;
	enum sp_diff_side side;
	const struct sp_subtask *subtask;
	size_t memory; /* that one element may take */
	bool *done;    /* by the numbers of states: broadcast states of which a copy was read */
};

int sp_diff_managed_elements(const struct sp_diff_place *place,
	const struct sp_operator_handle *handle, struct sp_diff_rows **ret, struct sp_error *err);
int sp_diff_raw_elements(const struct sp_diff_place *place, const struct sp_operator_handle *handle,
	struct sp_diff_rows **ret, struct sp_error *err);
int sp_diff_raw_groups(const struct sp_diff_place *place, const struct sp_keyed_handle *handle,
	struct sp_diff_rows **ret, struct sp_error *err);

/* --- diff-sum.c ------------------------------------------------------------------------------ */

/* Sums all rows of both sides, and marks the buckets that differ. */
int sp_diff_sum(struct sp_differ *self, struct sp_error *err);

#define SP_DIFF_IDENTITY 16 /* bytes of what stands for an element's key */

/* Of an element: the same for equal ones. */
void sp_diff_identity(const struct sp_differ *self, const struct sp_diff_entry *entry,
	enum sp_diff_side side, struct sp_slice element, uint8_t ret[SP_DIFF_IDENTITY]);

/* The number of a key's bucket. */
size_t sp_diff_bucket_of(const struct sp_differ *self, struct sp_slice key);

/* --- diff-join.c ----------------------------------------------------------------------------- */

/* Compares the rows in the buckets of the pair that differ. */
int sp_diff_join(struct sp_differ *self, struct sp_diff_pair *pair, struct sp_error *err);

/* --- diff-value.c ---------------------------------------------------------------------------- */

/* Are two values of a state, one of each side, equal? */
bool sp_diff_equal(const struct sp_differ *self, const struct sp_diff_entry *entry,
	struct sp_slice a, struct sp_slice b);

/* Appends the value as JSON. */
void sp_diff_value_json(const struct sp_diff_entry *entry, enum sp_diff_side side,
	struct sp_slice value, struct sp_buffer *out);

/* Adds a sample, if the state has not enough. `key` is behind one byte; a side's value or NULL. */
void sp_diff_add_sample(struct sp_differ *self, struct sp_diff_entry *entry, struct sp_slice key,
	const struct sp_slice *const values[SP_DIFF_SIDES]);

#endif
