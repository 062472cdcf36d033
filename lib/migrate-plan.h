/*
 * The plan of a migration: the result's metadata with holes, and the jobs that fill them. Part of
 * migrate.c; made before anything is written, so that all refusals come first.
 */
#ifndef SP_MIGRATE_PLAN_H
#define SP_MIGRATE_PLAN_H

#include "migrate.h"

enum sp_job_kind {
	SP_JOB_ROWS,     /* rows of one keyed handle */
	SP_JOB_CARRY,    /* bytes that are carried over */
	SP_JOB_OPERATOR, /* operator state that is written anew */
};

struct sp_job {
	enum sp_job_kind kind;
	struct sp_keyed_place place; /* handle: of SP_JOB_ROWS only */
	size_t op;                   /* number of the operator */
	const char *name;            /* of the file in the result */
	const char *label;           /* of the operator, for people */
	struct sp_arena *arena;      /* the job's own: for the handle it makes; made by the job */
	size_t inline_threshold;     /* what it makes goes into _metadata up to this size */
	uint64_t bytes_read, bytes_written, rows;
	uint64_t counted; /* of bytes_read, in the counters */
	size_t files;
	/* rows */
	const struct sp_format *reader;
	struct sp_keyed_handle *keyed; /* of the result, to be filled */
	/* carried */
	const struct sp_handle *carried; /* of the source */
	struct sp_handle data;           /* that was made of it */
	/* operator state */
	const struct sp_operator_handle *state;
	struct sp_operator_handle *written; /* of the result, to be filled */
};

/* A handle of the result that refers to what a job carries. */
struct sp_fill {
	struct sp_handle *to;
	size_t job;
};

struct sp_plan {
	struct sp_arena *arena;
	struct sp_snapshot *out;
	struct sp_job *jobs;
	size_t n_jobs;
	struct sp_fill *fills; /* to be done when all jobs are */
	size_t n_fills;
	sp_release release; /* that is to restore the result */
	sp_release oldest;  /* that the type codes of handles are chosen for */
	enum sp_kryo kryo;  /* that wrote the source */
};

/* `result->operators` are made and their sizes as planned filled in. */
int sp_plan_make(const struct sp_migration *migration, struct sp_migration_result *result,
	struct sp_plan **ret, struct sp_error *err);
void sp_plan_free(struct sp_plan *plan);
SP_DEFINE_CLEANUP(sp_plan, sp_plan_free)

#endif
