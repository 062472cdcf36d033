/*
 * A plan that is carried out; part of migrate.c. Keyed state is in migrate-keyed.c, what changes
 * its key groups in migrate-move.c.
 */
#ifndef SP_MIGRATE_RUN_H
#define SP_MIGRATE_RUN_H

#include "migrate-plan.h"

struct sp_run {
	const struct sp_migration *migration;
	struct sp_plan *plan;
	struct sp_tree *tree;
	int round; /* the jobs of which are being run */
};

typedef int sp_run_fn(const struct sp_run *run, struct sp_job *job, struct sp_error *err);

/* Rows, or whole key groups, of one or several handles to a new one. */
sp_run_fn sp_run_keyed;

/* Rows of an old handle to their new key groups; and from there to a new handle. */
sp_run_fn sp_run_move;
sp_run_fn sp_run_moved;

/* --- for these alone ---------------------------------------------------------------------- */

/* A worker's share. */
struct sp_budget sp_run_budget(const struct sp_run *run);

/* The rows of a source of the job, with what they have to pass behind it. */
int sp_run_open(const struct sp_run *run, const struct sp_job *job,
	const struct sp_keyed_source *source, struct sp_stream **ret, struct sp_error *err);

/* A writer of the job's handle, for rows of this header. */
int sp_run_create(const struct sp_run *run, const struct sp_job *job,
	const struct sp_keyed_header *header, struct sp_writer **ret, struct sp_error *err);

/* Finishes the job's handle. */
int sp_run_finish(const struct sp_run *run, struct sp_job *job, struct sp_writer *writer,
	struct sp_error *err);

/* Tells the counters that the job has come to this key group of those that it goes through. */
void sp_run_progress(
	const struct sp_run *run, struct sp_job *job, struct sp_key_groups groups, uint32_t group);

/* Counts a row. Fails where the user has interrupted. */
int sp_run_count(const struct sp_run *run, struct sp_job *job, struct sp_error *err);
void sp_run_counted(const struct sp_run *run, struct sp_job *job);

#endif
