/*
 * Regroup: rows of one operator on their way to other key groups, sorted again, in bounded memory.
 * Workers put in what they read, each through an intake of its own; when all have ended, the rows
 * are taken out by ranges of key groups, each range by one worker. Meanwhile they lie in scratch
 * files, which have no names and so leave nothing behind; less than 1 MiB of them in memory, so
 * that few rows need no disk.
 *
 * Rows come out by key group, state and key (bytewise), of equal keys the last one: the latest of
 * an intake, that of the intake with the highest number. So the order does not depend on who was
 * faster.
 */
#ifndef SP_REGROUP_H
#define SP_REGROUP_H

#include "format.h"

struct sp_regroup;

/*
 * `intakes` will be made, numbered from 0. `max_parallelism`: key groups are below it. `tmpdir` is
 * borrowed.
 */
struct sp_regroup *sp_regroup_new(size_t intakes, int32_t max_parallelism, const char *tmpdir);
/* Takes NULL. */
void sp_regroup_free(struct sp_regroup *regroup);
SP_DEFINE_CLEANUP(sp_regroup, sp_regroup_free)

struct sp_regroup_row { /* borrowed until the next call */
	uint32_t key_group;
	uint32_t state; /* below 65536; rows come out in its order */
	struct sp_slice
		key; /* whatever is to be sorted by, at most UINT32_MAX bytes, as the value */
	struct sp_slice value;
};

struct sp_intake;

/* Holds at most `memory` bytes until it ends, and a row that is larger. One thread. */
struct sp_intake *sp_intake_new(struct sp_regroup *regroup, size_t number, size_t memory);
int sp_intake_put(struct sp_intake *intake, const struct sp_regroup_row *row, struct sp_error *err);
/* All is put. */
int sp_intake_end(struct sp_intake *intake, struct sp_error *err);
/* Takes NULL. What was put without an end does not count. */
void sp_intake_free(struct sp_intake *intake);
SP_DEFINE_CLEANUP(sp_intake, sp_intake_free)

struct sp_outtake;

/*
 * The rows of these key groups; every intake has ended. Any number may be open at the same time,
 * in several threads, each of about `budget->memory` bytes.
 */
int sp_outtake_open(struct sp_regroup *regroup, struct sp_key_groups groups,
	const struct sp_budget *budget, struct sp_outtake **ret, struct sp_error *err);
/* 1: a row; 0: the end. */
int sp_outtake_next(struct sp_outtake *outtake, struct sp_regroup_row *ret, struct sp_error *err);
/* Takes NULL. */
void sp_outtake_free(struct sp_outtake *outtake);
SP_DEFINE_CLEANUP(sp_outtake, sp_outtake_free)

#endif
