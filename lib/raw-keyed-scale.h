/*
 * Raw keyed state for another parallelism or max parallelism. For another parallelism key groups
 * are cut and put together as they are, whatever is in them; for another maximum timers are read,
 * and each goes to the key group of its key. What is not timers cannot be regrouped.
 */
#ifndef SP_RAW_KEYED_SCALE_H
#define SP_RAW_KEYED_SCALE_H

#include "key-proof.h"
#include "outlet.h"
#include "raw-timers.h"
#include "regroup.h"

struct sp_raw_keyed_scale;

struct sp_raw_keyed_scale_plan { /* what it points at is borrowed */
	struct sp_source *source;
	const struct sp_operator *op;
	int32_t parallelism, max_parallelism; /* new */
	const struct sp_key_move *move; /* NULL: the max parallelism stays, or there are no keys */
	const char *tmpdir;
	enum sp_kryo kryo;
};

/*
 * Looks at the raw keyed state of all subtasks; where the max parallelism changes, at all of its
 * bytes. 1: *ret; 0: the operator has none. SP_EUNSUPPORTED where what is there cannot be
 * regrouped, or is a handle of another kind; SP_EDAMAGED where key groups are not the operator's or
 * lie in two subtasks. Errors name the subtask and the key group, not the operator.
 */
int sp_raw_keyed_scale_new(const struct sp_raw_keyed_scale_plan *plan,
	struct sp_raw_keyed_scale **ret, struct sp_error *err);
/* Takes NULL. */
void sp_raw_keyed_scale_free(struct sp_raw_keyed_scale *scale);
SP_DEFINE_CLEANUP(sp_raw_keyed_scale, sp_raw_keyed_scale_free)

/*
 * Where the max parallelism changes: reads old subtask number `i` (of op->subtasks), to be called
 * once for each before the first sp_raw_keyed_scale_write(); several at the same time. Else there
 * is nothing to be read before: 0 at once.
 */
int sp_raw_keyed_scale_read(
	struct sp_raw_keyed_scale *scale, size_t i, size_t memory, struct sp_error *err);

/* About how many bytes new subtask `index` gets; false: none, and there is nothing to be written.
 */
bool sp_raw_keyed_scale_has(const struct sp_raw_keyed_scale *scale, int32_t index, uint64_t *bytes);

/*
 * Writes the stream of new subtask `index` and finishes the outlet. The handle (code
 * SP_KEYED_KEY_GROUPS, its arrays in `arena`) may have no key group: then `ret->code` is
 * SP_KEYED_NONE, and the outlet was not used. Different subtasks may be written at the same time.
 */
int sp_raw_keyed_scale_write(const struct sp_raw_keyed_scale *scale, int32_t index,
	struct sp_outlet *outlet, const struct sp_budget *budget, struct sp_arena *arena,
	struct sp_keyed_handle *ret, struct sp_error *err);

#endif
