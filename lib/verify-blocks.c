/* Blocks: what the drivers of the layouts can say of every byte of a keyed handle's files. */
#include <stdlib.h>

#include "format.h"
#include "interrupt.h"
#include "pool.h"
#include "verify.h"

/* A keyed handle, and what is found in it. */
struct block_job {
	struct sp_keyed_place place;
	struct sp_findings findings;
};

struct blocks {
	const struct sp_verify *verify;
	struct block_job *jobs;
	size_t n;
};

/* A layout that nobody claims is a finding of those who want its rows. */
static int run_job(size_t index, void *arg, struct sp_error *err)
{
	const struct blocks *blocks = arg;
	const struct sp_verify *verify = blocks->verify;
	const size_t workers = verify->jobs < 1 ? 1 : (size_t)verify->jobs;
	const struct sp_budget budget = { verify->memory / workers, verify->tmpdir };
	struct block_job *job = &blocks->jobs[index];
	const struct sp_format *format;
	int r;

	if (sp_interrupt_check(err) < 0)
		return err->code;
	r = sp_format_of(&job->place, &format, err);
	if (r == SP_EUNSUPPORTED || r == SP_EDAMAGED)
		return 0;
	if (r < 0 || format->verify == NULL)
		return r;
	return format->verify(&job->place, &budget, &job->findings, err);
}

static void add_jobs(struct blocks *blocks, const struct sp_operator *op)
{
	for (size_t i = 0; i < op->n_subtasks; i++) {
		const struct sp_subtask *subtask = &op->subtasks[i];
		struct block_job *job = &blocks->jobs[blocks->n];

		if (subtask->managed_keyed.code == SP_KEYED_NONE)
			continue;
		job->place = sp_place(blocks->verify->source, op, subtask, &subtask->managed_keyed);
		sp_findings_init(&job->findings);
		blocks->n++;
	}
}

int sp_verify_blocks(
	const struct sp_verify *verify, struct sp_findings *findings, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = verify->source->snapshot;
	struct blocks blocks = { .verify = verify };
	size_t most = 0;
	int r;

	for (size_t i = 0; i < snapshot->n_operators; i++)
		most += snapshot->operators[i].n_subtasks;
	blocks.jobs = calloc(most + 1, sizeof(*blocks.jobs));
	if (blocks.jobs == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < snapshot->n_operators; i++)
		add_jobs(&blocks, &snapshot->operators[i]);
	r = sp_pool_run(blocks.n, verify->jobs, run_job, &blocks, err);
	for (size_t i = 0; i < blocks.n; i++) {
		sp_findings_take(findings, &blocks.jobs[i].findings);
		sp_findings_free(&blocks.jobs[i].findings);
	}
	free(blocks.jobs);
	return r;
}
