/*
 * Jobs of a migration that change the max parallelism: the rows of every old handle go to their new
 * key groups, sorted on the way (regroup.h), and from there to the new handles.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "migrate-run.h"
#include "row-key.h"

/* One old handle being read. */
struct reading {
	const struct sp_run *run;
	struct sp_job *job;
	struct sp_stream *in;
	struct sp_key_mover *mover;
	struct sp_intake *intake;
	struct sp_key_layout *layouts; /* by state; made when they are needed */
	bool *known;
	bool split; /* keys have to be found in row keys */
	size_t prefix;
};

/* The key in a row's key; where no function is needed it does not matter. */
static int find_key(
	struct reading *self, const struct sp_row *row, struct sp_slice *ret, struct sp_error *err)
{
	const uint32_t id = row->state->id;
	const struct sp_job *job = self->job;
	struct sp_key_parts parts;

	*ret = sp_slice(NULL, 0);
	if (!self->split)
		return 0;
	if (!self->known[id] &&
		sp_key_layout(job->header, row->state, job->moved->op->max_parallelism,
			self->run->plan->kryo, &self->layouts[id], err) < 0)
		return err->code;
	self->known[id] = true;
	if (sp_key_split(&self->layouts[id], row->key, &parts, err) < 0)
		return err->code;
	*ret = parts.key;
	return 0;
}

static int move_row(struct reading *self, const struct sp_row *row, struct sp_error *err)
{
	struct sp_regroup_row moved = { .state = row->state->id, .value = row->value };
	struct sp_slice key;

	if (find_key(self, row, &key, err) < 0 ||
		sp_key_mover_group(self->mover, key, row->key_group, &moved.key_group, err) < 0)
		return sp_within(err, "key group %" PRIu32 ": state '%.*s'", row->key_group,
			(int)row->state->name.n, row->state->name.p);
	moved.key = sp_slice(row->key.p + self->prefix, row->key.n - self->prefix);
	return sp_intake_put(self->intake, &moved, err);
}

static int move_rows(struct reading *self, struct sp_error *err)
{
	const struct sp_key_groups groups = sp_place_groups(&self->job->sources[0].place);
	uint32_t group = UINT32_MAX;
	struct sp_row row;
	int r;

	while ((r = sp_next(self->in, &row, err)) > 0) {
		if (move_row(self, &row, err) < 0)
			return err->code;
		if (row.key_group != group) {
			group = row.key_group;
			sp_run_progress(self->run, self->job, groups, group);
		}
		if (sp_run_count(self->run, self->job, err) < 0)
			return err->code;
	}
	sp_run_counted(self->run, self->job);
	self->job->rows = 0; /* they count where they are written */
	return r < 0 ? r : sp_intake_end(self->intake, err);
}

int sp_run_move(const struct sp_run *run, struct sp_job *job, struct sp_error *err)
{
	const struct sp_rescaled *moved = job->moved;
	const size_t n = job->header->n_states;
	sp_auto(sp_stream) *in = NULL;
	sp_auto(sp_key_mover) *mover = NULL;
	/* readers take their share, the intake another of the same size */
	sp_auto(sp_intake) *intake =
		sp_intake_new(moved->regroup, job->number, sp_run_budget(run).memory / 2);
	struct reading self = { .run = run,
		.job = job,
		.intake = intake,
		.layouts = sp_arena_new_array(job->arena, struct sp_key_layout, n),
		.known = sp_arena_new_array(job->arena, bool, n),
		.prefix = sp_key_group_prefix(moved->op->max_parallelism) };

	if (moved->move == NULL)
		return sp_intake_end(intake, err); /* states without a key */
	self.mover = mover = sp_key_mover_new(moved->move, run->plan->kryo);
	self.split = sp_key_move_rule(moved->move) != NULL;
	if (sp_run_open(run, job, &job->sources[0], &in, err) < 0)
		return err->code;
	self.in = in;
	return move_rows(&self, err);
}

static void put_prefix(struct sp_buffer *key, uint32_t group, int32_t max_parallelism)
{
	if (sp_key_group_prefix(max_parallelism) == 2)
		sp_buffer_u16(key, (uint16_t)group);
	else
		sp_buffer_u8(key, (uint8_t)group);
}

static int write_rows(const struct sp_run *run, struct sp_job *job, struct sp_outtake *from,
	struct sp_writer *out, struct sp_error *err)
{
	sp_auto_buffer key = { 0 };
	struct sp_regroup_row row;
	int r;

	while ((r = sp_outtake_next(from, &row, err)) > 0) {
		struct sp_row put = { .state = &job->header->states[row.state],
			.key_group = row.key_group,
			.value = row.value };

		key.n = 0;
		put_prefix(&key, row.key_group, job->max_parallelism);
		sp_buffer_bytes(&key, row.key);
		put.key = sp_buffer_slice(&key);
		if (sp_put(out, &put, err) < 0)
			return sp_within(err, "state '%.*s', key group %" PRIu32,
				(int)put.state->name.n, put.state->name.p, row.key_group);
		if (sp_run_count(run, job, err) < 0)
			return err->code;
	}
	return r;
}

int sp_run_moved(const struct sp_run *run, struct sp_job *job, struct sp_error *err)
{
	struct sp_budget budget = sp_run_budget(run);
	sp_auto(sp_outtake) *from = NULL;
	sp_auto(sp_writer) *out = NULL;

	budget.memory /= 2; /* the writer has its share, too */
	if (sp_outtake_open(job->moved->regroup, job->groups, &budget, &from, err) < 0 ||
		sp_run_create(run, job, job->header, &out, err) < 0 ||
		write_rows(run, job, from, out, err) < 0)
		return err->code;
	return sp_run_finish(run, job, out, err);
}
