/*
 * The only place that makes threads: runs numbered jobs on a number of workers.
 */
#ifndef SP_POOL_H
#define SP_POOL_H

#include <stddef.h>

#include "error.h"

/* Job number `index`; `arg` is shared by all and guarded by whoever needs it. */
typedef int sp_job_fn(size_t index, void *arg, struct sp_error *err);

/*
 * Runs jobs 0 … count - 1, begun in that order, on at most `workers` threads (1: on the caller's
 * own). After a failure no further job begins. Gives 0, or the error of the failed job with the
 * lowest number.
 */
int sp_pool_run(size_t count, int workers, sp_job_fn *job, void *arg, struct sp_error *err);

#endif
