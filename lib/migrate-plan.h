/*
 * The plan of a migration: the result's metadata with holes, and the jobs that fill them. Part of
 * migrate.c; made before anything is written, so that all refusals come first.
 */
#ifndef SP_MIGRATE_PLAN_H
#define SP_MIGRATE_PLAN_H

#include "migrate.h"

/* Rows of one keyed handle, or one file carried over. */
struct sp_job {
	struct sp_keyed_place place;    /* handle: NULL for a carried file */
	size_t op;                      /* number of the operator */
	const struct sp_format *reader; /* NULL: a carried file */
	const struct sp_handle *carried;
	const char *name;              /* of the file in the result */
	const char *label;             /* of the operator, for people */
	struct sp_arena *arena;        /* the job's own: for the handle it makes */
	struct sp_keyed_handle *keyed; /* of the result, to be filled */
	uint64_t bytes_read, bytes_written, rows;
	uint64_t counted; /* of bytes_read, in the counters */
	size_t files;
};

struct sp_plan {
	struct sp_arena *arena;
	struct sp_snapshot *out;
	struct sp_job *jobs;
	size_t n_jobs;
};

/* `result->operators` are made and their sizes as planned filled in. */
int sp_plan_make(const struct sp_migration *migration, struct sp_migration_result *result,
	struct sp_plan **ret, struct sp_error *err);
void sp_plan_free(struct sp_plan *plan);
SP_DEFINE_CLEANUP(sp_plan, sp_plan_free)

#endif
