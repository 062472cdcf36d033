/*
 * Plans an operator for another parallelism or max parallelism: which old handles each new subtask
 * is made of. With another max parallelism every key moves: old handles are read in a first round
 * of jobs, and the second one writes what has been regrouped.
 *
 * org.apache.flink.runtime.checkpoint.StateAssignmentOperation does the first on a restore;
 * nothing in Flink does the second.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "interrupt.h"
#include "keyed-header-unite.h"
#include "keyed-header-write.h"
#include "migrate-plan-internal.h"

bool sp_plan_is_rescaled(const struct sp_planner *self, size_t op)
{
	const struct sp_operator *from = &self->migration->source->snapshot->operators[op];
	const struct sp_scale *scale = self->migration->scales;

	return scale != NULL && (scale[op].parallelism != from->parallelism ||
					scale[op].max_parallelism != from->max_parallelism);
}

void sp_rescaled_free(struct sp_rescaled *rescaled)
{
	sp_raw_keyed_scale_free(rescaled->raw_keyed);
	sp_operator_scale_free(rescaled->raw);
	sp_operator_scale_free(rescaled->managed);
	sp_regroup_free(rescaled->regroup);
	sp_key_move_free(rescaled->move);
}

static int check_scale(const struct sp_rescaled *self, struct sp_error *err)
{
	const int32_t parallelism = self->scale.parallelism, max = self->scale.max_parallelism;

	if (parallelism >= 1 && parallelism <= max && max <= SP_MAX_PARALLELISM)
		return 0;
	return sp_fail(err, SP_EUSAGE,
		"parallelism %" PRId32 " and max parallelism %" PRId32
		": 1 <= parallelism <= max parallelism <= %d",
		parallelism, max, SP_MAX_PARALLELISM);
}

static bool moves(const struct sp_rescaled *self)
{
	return self->scale.max_parallelism != self->op->max_parallelism;
}

/* --- keyed state: what there is -------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
	const struct sp_keyed_source *x = a, *y = b;
	const int32_t p = x->place.handle->start, q = y->place.handle->start;

	return (p > q) - (p < q);
}

/* Each key group is to be in one handle: of two, nobody could tell which one counts. */
static int check_ranges(struct sp_rescaled *self, struct sp_error *err)
{
	int32_t end = 0;

	self->full = true;
	for (size_t i = 0; i < self->n_sources; i++) {
		const struct sp_keyed_handle *handle = self->sources[i].place.handle;

		if (handle->start < end)
			return sp_fail(err, SP_EDAMAGED,
				"offset 0x%" PRIx64 ": subtask %" PRId32 ": key group %" PRId32
				" lies in another subtask's state, too",
				handle->at, self->sources[i].place.subtask->index, handle->start);
		self->full &= handle->start == end;
		end = handle->start + handle->count;
	}
	self->full &= end == self->op->max_parallelism;
	return 0;
}

static int find_sources(struct sp_planner *self, struct sp_rescaled *rescaled, struct sp_error *err)
{
	const struct sp_operator *op = self->from_op;

	rescaled->sources =
		sp_arena_new_array(self->plan->arena, struct sp_keyed_source, op->n_subtasks);
	rescaled->same_layout = true;
	for (size_t i = 0; i < op->n_subtasks; i++) {
		struct sp_keyed_source *source = &rescaled->sources[rescaled->n_sources];

		self->from = &op->subtasks[i];
		if (sp_interrupt_check(err) < 0)
			return err->code;
		if (self->from->managed_keyed.code == SP_KEYED_NONE)
			continue;
		if (sp_plan_source(self, source, err) < 0)
			return sp_within(
				err, "subtask %" PRId32 ": keyed state", self->from->index);
		if (source->place.handle->count == 0)
			continue;
		rescaled->same_layout &= source->reader->open == self->migration->target->open;
		rescaled->n_sources++;
	}
	qsort(rescaled->sources, rescaled->n_sources, sizeof(*rescaled->sources), by_start);
	return check_ranges(rescaled, err);
}

/* As the rows will come: sp_plain_states(). */
static int read_header(const struct sp_keyed_source *source, struct sp_arena *arena,
	const struct sp_keyed_header **ret, struct sp_error *err)
{
	if (sp_format_header(source->reader, &source->place, arena, ret, err) < 0 ||
		sp_keyed_header_plain(*ret, arena, ret, err) < 0)
		return sp_within(
			err, "subtask %" PRId32 ": keyed state", source->place.subtask->index);
	return 0;
}

static int unite_headers(
	struct sp_planner *self, struct sp_rescaled *rescaled, struct sp_error *err)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header **headers =
		sp_arena_new_array(arena, const struct sp_keyed_header *, rescaled->n_sources);
	const struct sp_keyed_header *united;

	for (size_t i = 0; i < rescaled->n_sources; i++)
		if (read_header(&rescaled->sources[i], arena, &headers[i], err) < 0)
			return err->code;
	if (sp_keyed_headers_unite(headers, rescaled->n_sources, arena, &united, err) < 0)
		return sp_within(err, "keyed state");
	return sp_keyed_header_read(united->bytes, 0, self->plan->arena, &rescaled->header, err);
}

/* --- keyed state: what it becomes ------------------------------------------------------------ */

static struct sp_key_groups groups_of(const struct sp_rescaled *self, int32_t index)
{
	return sp_key_groups_of_subtask(
		index, self->scale.parallelism, self->scale.max_parallelism);
}

/* The part of the source's key groups that lies in these; count 0: none. */
static struct sp_key_groups meet(
	const struct sp_keyed_source *source, const struct sp_key_groups *groups)
{
	const struct sp_keyed_handle *handle = source->place.handle;
	int32_t end = handle->start + handle->count;
	struct sp_key_groups ret = { .start = handle->start };

	if (ret.start < groups->start)
		ret.start = groups->start;
	if (end > groups->start + groups->count)
		end = groups->start + groups->count;
	ret.count = end > ret.start ? end - ret.start : 0;
	return ret;
}

static uint64_t share(const struct sp_keyed_handle *handle, int32_t count)
{
	return sp_keyed_handle_size(handle) * (uint64_t)count / (uint64_t)handle->count;
}

static struct sp_job *add_keyed(struct sp_planner *self, enum sp_job_kind kind,
	struct sp_rescaled *rescaled, struct sp_subtask *to)
{
	struct sp_job *job;

	self->from = to;
	job = sp_plan_add_job(self, kind, "keyed");
	job->groups = groups_of(rescaled, to->index);
	job->max_parallelism = rescaled->scale.max_parallelism;
	job->header = rescaled->header;
	job->moved = kind == SP_JOB_MOVED ? rescaled : NULL;
	job->keyed = &to->managed_keyed;
	job->inline_threshold = self->migration->inline_threshold;
	to->managed_keyed = sp_plan_expected(self);
	return job;
}

/* The handles that the new subtask is made of; key groups may be cut where they make all of it. */
static void plan_parts(struct sp_planner *self, struct sp_rescaled *rescaled, struct sp_subtask *to)
{
	const struct sp_key_groups groups = groups_of(rescaled, to->index);
	struct sp_keyed_source *parts;
	struct sp_job *job;
	size_t first = 0, n = 0;

	while (first < rescaled->n_sources && meet(&rescaled->sources[first], &groups).count == 0)
		first++;
	while (first + n < rescaled->n_sources &&
		meet(&rescaled->sources[first + n], &groups).count > 0)
		n++;
	if (n == 0)
		return;
	parts = sp_arena_new_array(self->plan->arena, struct sp_keyed_source, n);
	job = add_keyed(self, SP_JOB_KEYED, rescaled, to);
	for (size_t i = 0; i < n; i++) {
		parts[i] = rescaled->sources[first + i];
		parts[i].place.only = meet(&parts[i], &groups);
		job->bytes_read += share(parts[i].place.handle, parts[i].place.only.count);
	}
	job->subtask = NULL; /* messages name the old one */
	job->sources = parts;
	job->n_sources = n;
	job->cut = rescaled->same_layout && rescaled->full &&
		   self->migration->target->cut != NULL && self->migration->expiry == NULL;
}

static void plan_moved(
	struct sp_planner *self, struct sp_rescaled *rescaled, struct sp_operator *to)
{
	uint64_t total = 0;

	rescaled->regroup = sp_regroup_new(
		rescaled->n_sources, rescaled->scale.max_parallelism, self->migration->tmpdir);
	for (size_t i = 0; i < rescaled->n_sources; i++) {
		struct sp_job *job;

		self->from = rescaled->sources[i].place.subtask;
		job = sp_plan_add_job(self, SP_JOB_MOVE, "keyed");
		job->round = 0;
		job->number = i;
		job->moved = rescaled;
		job->header = rescaled->header;
		job->sources = &rescaled->sources[i];
		job->n_sources = 1;
		job->bytes_read = sp_keyed_handle_size(rescaled->sources[i].place.handle);
		total += job->bytes_read;
	}
	for (size_t i = 0; i < to->n_subtasks; i++)
		add_keyed(self, SP_JOB_MOVED, rescaled, &to->subtasks[i])->bytes_read =
			total / to->n_subtasks;
}

static int plan_keyed(struct sp_planner *self, struct sp_rescaled *rescaled, struct sp_operator *to,
	struct sp_error *err)
{
	if (rescaled->n_sources == 0)
		return 0;
	if (unite_headers(self, rescaled, err) < 0)
		return err->code;
	if (moves(rescaled))
		plan_moved(self, rescaled, to);
	for (size_t i = 0; !moves(rescaled) && i < to->n_subtasks; i++)
		plan_parts(self, rescaled, &to->subtasks[i]);
	return 0;
}

/* Where keys move to: found, and proved, before anything is written. */
static int find_move(struct sp_planner *self, struct sp_rescaled *rescaled, struct sp_error *err)
{
	const struct sp_migration *migration = self->migration;
	struct sp_migration_operator *op = &self->result->operators[self->op];
	const struct sp_key_move_plan plan = {
		.source = migration->source,
		.op = self->from_op,
		.max_parallelism = rescaled->scale.max_parallelism,
		.stated = rescaled->scale.key_hash,
		.jobs = migration->jobs,
		.memory = migration->memory,
		.tmpdir = migration->tmpdir,
	};

	if (!moves(rescaled))
		return 0;
	if (sp_key_move_find(&plan, &rescaled->move, err) < 0)
		return err->code;
	if (rescaled->move == NULL)
		return 0;
	op->moved = true;
	if (sp_key_move_rule(rescaled->move) != NULL)
		op->key_hash = sp_arena_string(
			self->result->arena, sp_slice_of(sp_key_move_rule(rescaled->move)));
	op->keys = sp_key_move_keys(rescaled->move);
	op->margin = sp_key_move_margin(rescaled->move);
	return 0;
}

/* --- raw keyed state ------------------------------------------------------------------------- */

static int check_raw_keyed(struct sp_planner *self, struct sp_error *err)
{
	for (size_t i = 0; i < self->from_op->n_subtasks; i++) {
		self->from = &self->from_op->subtasks[i];
		if (self->from->raw_keyed.code != SP_KEYED_NONE &&
			sp_plan_check_raw_keyed(self, err) < 0)
			return sp_within(err, "subtask %" PRId32, self->from->index);
	}
	return 0;
}

static struct sp_job *add_scaled(struct sp_planner *self, enum sp_job_kind kind,
	struct sp_rescaled *rescaled, const char *role)
{
	struct sp_job *job = sp_plan_add_job(self, kind, role);

	job->number = (size_t)self->from->index;
	job->moved = rescaled;
	job->inline_threshold = self->migration->target->inline_limit != 0
					? SIZE_MAX
					: self->migration->inline_threshold;
	return job;
}

static void plan_timers(struct sp_planner *self, struct sp_rescaled *rescaled)
{
	for (size_t i = 0; i < self->from_op->n_subtasks; i++) {
		struct sp_job *job;

		self->from = &self->from_op->subtasks[i];
		job = sp_plan_add_job(self, SP_JOB_MOVE_TIMERS, "raw-keyed");
		job->round = 0;
		job->number = i;
		job->moved = rescaled;
	}
}

static int plan_raw_keyed(struct sp_planner *self, struct sp_rescaled *rescaled,
	struct sp_operator *to, struct sp_error *err)
{
	const struct sp_raw_keyed_scale_plan plan = {
		.source = self->migration->source,
		.op = self->from_op,
		.parallelism = rescaled->scale.parallelism,
		.max_parallelism = rescaled->scale.max_parallelism,
		.move = rescaled->move,
		.tmpdir = self->migration->tmpdir,
		.kryo = self->plan->kryo,
	};
	int r = check_raw_keyed(self, err);

	if (r == 0)
		r = sp_raw_keyed_scale_new(&plan, &rescaled->raw_keyed, err);
	if (r <= 0)
		return r;
	if (rescaled->move != NULL)
		plan_timers(self, rescaled);
	for (size_t i = 0; i < to->n_subtasks; i++) {
		uint64_t bytes;
		struct sp_job *job;

		self->from = &to->subtasks[i];
		if (!sp_raw_keyed_scale_has(rescaled->raw_keyed, self->from->index, &bytes))
			continue;
		job = add_scaled(self, SP_JOB_SCALE_RAW_KEYED, rescaled, "raw-keyed");
		job->keyed = &to->subtasks[i].raw_keyed;
		job->bytes_read = bytes;
		self->result->operators[self->op].bytes_carried += bytes;
	}
	return 0;
}

/* --- operator state -------------------------------------------------------------------------- */

static int plan_operator_state(struct sp_planner *self, struct sp_rescaled *rescaled,
	struct sp_operator *to, bool managed, struct sp_error *err)
{
	const struct sp_operator_scale_plan plan = { .source = self->migration->source,
		.op = self->from_op,
		.managed = managed,
		.parallelism = rescaled->scale.parallelism };
	struct sp_operator_scale **scale = managed ? &rescaled->managed : &rescaled->raw;
	int r = sp_operator_scale_new(&plan, scale, err);

	if (r > 0 && managed && self->migration->release != 0)
		r = sp_plan_check_operator_header(self, sp_operator_scale_header(*scale), err) < 0
			    ? err->code
			    : r;
	if (r <= 0)
		return r < 0 ? sp_within(err, "%s state", managed ? "operator" : "raw operator")
			     : 0;
	for (size_t i = 0; i < to->n_subtasks; i++) {
		struct sp_subtask *subtask = &to->subtasks[i];
		struct sp_operator_handle *handle;
		struct sp_job *job;
		uint64_t bytes;

		self->from = subtask;
		if (!sp_operator_scale_has(*scale, subtask->index, &bytes))
			continue;
		handle = sp_arena_new_array(self->plan->arena, struct sp_operator_handle, 1);
		job = add_scaled(self, SP_JOB_SCALE_OPERATOR, rescaled,
			managed ? "operator" : "raw-operator");
		job->managed = managed;
		job->written = handle;
		job->bytes_read = bytes;
		self->result->operators[self->op].bytes_carried += bytes;
		*(managed ? &subtask->managed_operator : &subtask->raw_operator) = handle;
		*(managed ? &subtask->n_managed_operator : &subtask->n_raw_operator) = 1;
	}
	return 0;
}

/* --- the operator ---------------------------------------------------------------------------- */

static int check_subtasks(struct sp_planner *self, struct sp_error *err)
{
	for (size_t i = 0; i < self->from_op->n_subtasks; i++) {
		struct sp_subtask old = self->from_op->subtasks[i];

		self->from = &self->from_op->subtasks[i];
		if (sp_interrupt_check(err) < 0 || sp_plan_check_subtask(self, err) < 0)
			return sp_within(err, "subtask %" PRId32, self->from->index);
		sp_plan_drop_channels(self, &old);
	}
	return 0;
}

/* New ones, still without state. Those that had finished are nothing but empty now. */
static void make_subtasks(
	struct sp_planner *self, const struct sp_rescaled *rescaled, struct sp_operator *to)
{
	to->parallelism = rescaled->scale.parallelism;
	to->max_parallelism = rescaled->scale.max_parallelism;
	if (to->n_subtasks == 0) /* finished, or without any state */
		return;
	to->n_subtasks = (size_t)to->parallelism;
	to->subtasks = sp_arena_new_array(self->plan->arena, struct sp_subtask, to->n_subtasks);
	for (size_t i = 0; i < to->n_subtasks; i++)
		to->subtasks[i].index = (int32_t)i;
}

int sp_plan_rescale(struct sp_planner *self, struct sp_operator *to, struct sp_error *err)
{
	struct sp_rescaled *rescaled = &self->plan->rescaled[self->op];

	rescaled->op = self->from_op;
	rescaled->scale = self->migration->scales[self->op];
	if (check_scale(rescaled, err) < 0 || check_subtasks(self, err) < 0)
		return err->code;
	make_subtasks(self, rescaled, to);
	self->result->operators[self->op].parallelism = to->parallelism;
	self->result->operators[self->op].max_parallelism = to->max_parallelism;
	if (find_sources(self, rescaled, err) < 0 || find_move(self, rescaled, err) < 0 ||
		plan_keyed(self, rescaled, to, err) < 0)
		return err->code;
	if (plan_raw_keyed(self, rescaled, to, err) < 0)
		return sp_within(err, "raw keyed state");
	if (plan_operator_state(self, rescaled, to, true, err) < 0 ||
		plan_operator_state(self, rescaled, to, false, err) < 0)
		return err->code;
	return 0;
}
