/*
 * The plan of a migration: the result's metadata with holes, and the jobs that fill them. Part of
 * migrate.c; made before anything is written, so that all refusals come first.
 */
#ifndef SP_MIGRATE_PLAN_H
#define SP_MIGRATE_PLAN_H

#include "key-proof.h"
#include "migrate.h"
#include "operator-scale.h"
#include "raw-keyed-scale.h"
#include "regroup.h"

enum sp_job_kind {
	SP_JOB_KEYED,          /* keyed state of a subtask */
	SP_JOB_CARRY,          /* bytes that are carried over */
	SP_JOB_OPERATOR,       /* operator state that is written anew */
	SP_JOB_MOVE,           /* rows of an old handle, to their new key groups */
	SP_JOB_MOVED,          /* rows that were moved, to a new handle */
	SP_JOB_MOVE_TIMERS,    /* raw keyed state of an old subtask, the same */
	SP_JOB_SCALE_OPERATOR, /* operator state, managed or raw, of a new subtask */
	SP_JOB_SCALE_RAW_KEYED,
};

/* A keyed handle of the source, and who reads it. */
struct sp_keyed_source {
	struct sp_keyed_place place;
	const struct sp_format *reader;
};

/* An operator that gets another parallelism or max parallelism; see migrate-rescale.c. */
struct sp_rescaled {
	const struct sp_operator *op; /* of the source */
	struct sp_scale scale;
	struct sp_keyed_source *sources; /* ascending by key groups */
	size_t n_sources;
	bool full;                            /* their key groups are all that there are */
	bool same_layout;                     /* all are in that which is written */
	const struct sp_keyed_header *header; /* of all of them */
	struct sp_key_move *move;             /* NULL: the max parallelism stays */
	struct sp_regroup *regroup;           /* rows on their way */
	struct sp_operator_scale *managed, *raw;
	struct sp_raw_keyed_scale *raw_keyed;
};

struct sp_job {
	enum sp_job_kind kind;
	int round;     /* jobs of round 0 end before those of round 1 begin */
	size_t number; /* SP_JOB_MOVE: of the intake, SP_JOB_MOVE_TIMERS: of the old subtask,
			  SP_JOB_SCALE_…: of the new one */
	const struct sp_subtask *subtask; /* that messages name; NULL: they name it themselves */
	size_t op;                        /* number of the operator */
	const char *name;                 /* of the file in the result */
	const char *label;                /* of the operator, for people */
	struct sp_arena *arena;  /* the job's own: for the handle it makes; made by the job */
	size_t inline_threshold; /* what it makes goes into _metadata up to this size */
	uint64_t bytes_read, bytes_written, rows;
	uint64_t counted, rows_counted; /* of these, in the counters */
	size_t files;
	struct sp_rescaled *moved; /* NULL: the operator stays as it is */
	/* keyed */
	const struct sp_keyed_source *sources; /* ascending */
	size_t n_sources;
	struct sp_key_groups groups; /* of the result */
	int32_t max_parallelism;
	const struct sp_keyed_header *header; /* NULL: that of the only source */
	bool whole;                           /* it may pass unread, if it cannot be read */
	bool cut;                             /* key groups may be cut out of the sources */
	struct sp_keyed_handle *keyed;        /* of the result, to be filled */
	/* carried */
	const struct sp_handle *carried; /* of the source */
	struct sp_handle data;           /* that was made of it */
	/* operator state */
	const struct sp_operator_handle *state;
	struct sp_operator_handle *written; /* of the result, to be filled */
	bool managed;
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
	struct sp_rescaled *rescaled; /* by number of the operator; NULL: none is */
	sp_release release;           /* that is to restore the result */
	sp_release oldest;            /* that the type codes of handles are chosen for */
	enum sp_kryo kryo;            /* that wrote the source */
};

/* `result->operators` are made and their sizes as planned filled in. */
int sp_plan_make(const struct sp_migration *migration, struct sp_migration_result *result,
	struct sp_plan **ret, struct sp_error *err);
void sp_plan_free(struct sp_plan *plan);
SP_DEFINE_CLEANUP(sp_plan, sp_plan_free)

#endif
