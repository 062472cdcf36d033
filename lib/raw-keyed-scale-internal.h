/* What the two ways to scale raw keyed state share: to cut it, and to move its timers. */
#ifndef SP_RAW_KEYED_SCALE_INTERNAL_H
#define SP_RAW_KEYED_SCALE_INTERNAL_H

#include "raw-keyed-scale.h"

#define SP_RAW_KEYED_NONE (-1) /* KeyedStateCheckpointOutputStream.NO_OFFSET_SET */

/* Timers on their way to other key groups. */
struct sp_timer_scale;

/* A key group of the source. */
struct sp_raw_keyed_group {
	bool is_there;
	size_t subtask; /* of op->subtasks */
	uint64_t start, end;
};

struct sp_raw_keyed_scale {
	struct sp_raw_keyed_scale_plan plan;
	struct sp_raw_keyed_group *groups; /* the old max parallelism of them */
	uint64_t bytes;                    /* of all of them */
	struct sp_timer_scale *timers;     /* NULL: the max parallelism stays */
};

/*
 * Begins with those subtasks (n of them, numbers in op->subtasks) that have key groups. Reads all
 * their timers, to know of all services and versions before one is written.
 */
int sp_timer_scale_new(const struct sp_raw_keyed_scale_plan *plan, const size_t *subtasks, size_t n,
	struct sp_timer_scale **ret, struct sp_error *err);
/* Takes NULL. */
void sp_timer_scale_free(struct sp_timer_scale *scale);
SP_DEFINE_CLEANUP(sp_timer_scale, sp_timer_scale_free)

/* As sp_raw_keyed_scale_read(). */
int sp_timer_scale_read(
	struct sp_timer_scale *scale, size_t subtask, size_t memory, struct sp_error *err);

/* Writes all key groups of the range, the offset of each into `offsets`. */
int sp_timer_scale_write(const struct sp_timer_scale *scale, struct sp_key_groups range,
	struct sp_outlet *outlet, const struct sp_budget *budget, int64_t *offsets,
	struct sp_error *err);

#endif
