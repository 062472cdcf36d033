#include "migrate-plan-internal.h"

#include <inttypes.h>
#include <stdlib.h>

#include "interrupt.h"
#include "keyed-header-write.h"
#include "ttl.h"

void sp_plan_free(struct sp_plan *plan)
{
	if (plan == NULL)
		return;
	for (size_t i = 0; i < plan->n_jobs; i++)
		sp_arena_free(plan->jobs[i].arena);
	for (size_t i = 0; plan->rescaled != NULL && i < plan->out->n_operators; i++)
		sp_rescaled_free(&plan->rescaled[i]);
	free(plan->jobs);
	free(plan->fills);
	sp_arena_free(plan->arena);
	free(plan);
}

struct sp_job *sp_plan_add_job(struct sp_planner *self, enum sp_job_kind kind, const char *role)
{
	struct sp_plan *plan = self->plan;
	struct sp_job *job;
	char id[33];

	if (plan->n_jobs == self->capacity) {
		self->capacity = self->capacity == 0 ? 64 : self->capacity * 2;
		plan->jobs = reallocarray(plan->jobs, self->capacity, sizeof(*plan->jobs));
		if (plan->jobs == NULL)
			sp_abort("out of memory");
	}
	job = &plan->jobs[plan->n_jobs++];
	sp_operator_id_text(self->from_op->id, id);
	*job = (struct sp_job){
		.kind = kind,
		.round = 1,
		.subtask = self->from,
		.op = self->op,
		.label = self->label,
		.name = sp_arena_printf(
			plan->arena, "%s-%" PRId32 "-%s", id, self->from->index, role),
	};
	return job;
}

/* --- keyed state ----------------------------------------------------------------------------- */

/* Everything that a keyed handle refers to must be there before anything is written. */
static int check_file(
	const struct sp_planner *self, const struct sp_handle *handle, struct sp_error *err)
{
	sp_auto(sp_file) *file = NULL;

	return sp_source_open_handle(self->migration->source, handle, &file, err);
}

static int check_files(const struct sp_planner *self, const struct sp_local_file *files, size_t n,
	struct sp_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (sp_interrupt_check(err) < 0 || check_file(self, &files[i].handle, err) < 0)
			return err->code;
	return 0;
}

static bool is_changelog(const struct sp_keyed_handle *handle)
{
	return handle->code == SP_KEYED_CHANGELOG || handle->code == SP_KEYED_CHANGELOG_V2;
}

/* Streams of changes are as long as they are; see SP_ROLE_CHANGELOG. */
static int check_streams(
	const struct sp_planner *self, const struct sp_keyed_handle *changes, struct sp_error *err)
{
	for (size_t i = 0; i < changes->n_streams; i++) {
		struct sp_handle handle = changes->streams[i].handle;

		if (handle.code != SP_HANDLE_SEGMENT)
			handle.size = -1;
		if (sp_interrupt_check(err) < 0 || check_file(self, &handle, err) < 0)
			return err->code;
	}
	return 0;
}

static int check_handle(
	const struct sp_planner *self, const struct sp_keyed_handle *handle, struct sp_error *err)
{
	if (check_file(self, &handle->data, err) < 0 ||
		check_files(self, handle->shared, handle->n_shared, err) < 0 ||
		check_files(self, handle->private, handle->n_private, err) < 0)
		return err->code;
	return 0;
}

static int check_changelog(
	const struct sp_planner *self, const struct sp_keyed_handle *handle, struct sp_error *err)
{
	for (size_t i = 0; i < handle->n_materialized; i++)
		if (handle->materialized[i].code != SP_KEYED_NONE &&
			check_handle(self, &handle->materialized[i], err) < 0)
			return sp_within(err, "materialized part");
	for (size_t i = 0; i < handle->n_non_materialized; i++)
		if (check_streams(self, &handle->non_materialized[i], err) < 0)
			return sp_within(err, "changes");
	return 0;
}

static void use_lives(const struct sp_planner *self, const struct sp_keyed_header *header)
{
	const struct sp_expiry *expiry = self->migration->expiry;

	for (size_t i = 0; expiry != NULL && i < header->n_states; i++) {
		const struct sp_time_to_live *life = sp_ttl_life(expiry, &header->states[i]);

		if (life != NULL)
			self->lives_used[life - expiry->lives] = true;
	}
}

/* A life for a state that is not there would leave all as it is: most likely a slip of the pen. */
static int check_lives(const struct sp_planner *self, struct sp_error *err)
{
	const struct sp_expiry *expiry = self->migration->expiry;

	for (size_t i = 0; expiry != NULL && i < expiry->n_lives; i++) {
		if (expiry->lives[i].state == NULL || self->lives_used[i])
			continue;
		sp_fail(err, SP_EUSAGE, "no state with TTL is named '%s'", expiry->lives[i].state);
		return sp_hint(err, "savepoint inspect --states shows names and types");
	}
	return 0;
}

/* The states, as the result will describe them. */
static int check_states(
	const struct sp_planner *self, const struct sp_keyed_source *source, struct sp_error *err)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	int r = sp_format_header(source->reader, &source->place, arena, &header, err);

	if (r <= 0)
		return r;
	if (sp_keyed_header_plain(header, arena, &header, err) < 0)
		return err->code;
	if (self->migration->target->check != NULL &&
		self->migration->target->check(header, err) < 0)
		return err->code;
	use_lives(self, header);
	return sp_plan_check_keyed_header(self, header, err);
}

/*
 * Is it the layout that the user says it is? Layouts that are read in the same way are one; and
 * canonical state belongs to any backend.
 */
static int check_layout(
	const struct sp_format *from, const struct sp_format *reader, struct sp_error *err)
{
	if (reader->open == from->open || reader->canonical)
		return 0;
	return sp_fail(
		err, SP_EUNSUPPORTED, "is %s, not %s", reader->description, from->description);
}

/* A changelog belongs to the backend below it, that of its materialized parts; to any without. */
static int check_materialized(
	const struct sp_format *from, const struct sp_keyed_place *changelog, struct sp_error *err)
{
	for (size_t i = 0; i < changelog->handle->n_materialized; i++) {
		struct sp_keyed_place place = *changelog;
		const struct sp_format *reader;

		place.handle = &changelog->handle->materialized[i];
		if (place.handle->code == SP_KEYED_NONE)
			continue;
		if (sp_format_of(&place, &reader, err) < 0 || check_layout(from, reader, err) < 0)
			return sp_within(err, "materialized part");
	}
	return 0;
}

static int check_from(
	const struct sp_planner *self, const struct sp_keyed_source *source, struct sp_error *err)
{
	const struct sp_format *from = self->migration->from;

	if (from == NULL)
		return 0;
	return is_changelog(source->place.handle) && !from->canonical
		       ? check_materialized(from, &source->place, err)
		       : check_layout(from, source->reader, err);
}

struct sp_keyed_handle sp_plan_expected(const struct sp_planner *self)
{
	struct sp_keyed_handle handle = { .code = SP_KEYED_NONE };

	if (self->migration->target->canonical)
		handle.code = SP_KEYED_SAVEPOINT;
	sp_keyed_handle_fit(&handle, self->plan->oldest);
	return handle;
}

int sp_plan_source(const struct sp_planner *self, struct sp_keyed_source *ret, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = &self->from->managed_keyed;
	struct sp_migration_operator *op = &self->result->operators[self->op];

	*ret = (struct sp_keyed_source){ .place = sp_place(self->migration->source, self->from_op,
						 self->from, handle) };
	if (sp_format_of(&ret->place, &ret->reader, err) < 0)
		return err->code;
	if (check_from(self, ret, err) < 0 || sp_check_key_groups(&ret->place, err) < 0 ||
		check_states(self, ret, err) < 0 ||
		(is_changelog(handle) ? check_changelog(self, handle, err)
				      : check_handle(self, handle, err)) < 0)
		return err->code;
	op->from = ret->reader;
	op->bytes_read += sp_keyed_handle_size(handle);
	return 0;
}

static int plan_keyed(struct sp_planner *self, struct sp_subtask *to, struct sp_error *err)
{
	const struct sp_keyed_handle *handle = &self->from->managed_keyed;
	struct sp_keyed_source *source =
		sp_arena_new_array(self->plan->arena, struct sp_keyed_source, 1);
	struct sp_job *job;

	if (sp_plan_source(self, source, err) < 0)
		return err->code;
	to->managed_keyed = sp_plan_expected(self);
	job = sp_plan_add_job(self, SP_JOB_KEYED, "keyed");
	job->sources = source;
	job->n_sources = 1;
	job->groups = sp_place_groups(&source->place);
	job->max_parallelism = self->from_op->max_parallelism;
	job->whole = self->migration->expiry == NULL;
	job->keyed = &to->managed_keyed;
	job->inline_threshold = self->migration->inline_threshold;
	job->bytes_read = sp_keyed_handle_size(handle);
	return 0;
}

/* --- the snapshot ---------------------------------------------------------------------------- */

void sp_plan_drop_channels(struct sp_planner *self, struct sp_subtask *to)
{
	if (!self->migration->drop_in_flight)
		return;
	for (size_t i = 0; i < to->n_input_channels; i++)
		self->result->dropped += sp_handle_size(&to->input_channels[i].data);
	for (size_t i = 0; i < to->n_result_subpartitions; i++)
		self->result->dropped += sp_handle_size(&to->result_subpartitions[i].data);
	to->n_input_channels = 0;
	to->n_result_subpartitions = 0;
}

static int plan_subtask(struct sp_planner *self, struct sp_subtask *to, struct sp_error *err)
{
	if (sp_interrupt_check(err) < 0 || sp_plan_check_subtask(self, err) < 0)
		return err->code;
	sp_plan_drop_channels(self, to);
	to->n_legacy = 0; /* what is left are empty slots, which later versions have no room for */
	if (self->from->managed_keyed.code != SP_KEYED_NONE && plan_keyed(self, to, err) < 0)
		return sp_within(err, "keyed state");
	if (sp_plan_raw_keyed(self, &to->raw_keyed, err) < 0)
		return sp_within(err, "raw keyed state");
	if (sp_plan_operator_state(
		    self, &to->managed_operator, &to->n_managed_operator, true, err) < 0 ||
		sp_plan_operator_state(self, &to->raw_operator, &to->n_raw_operator, false, err) <
			0 ||
		sp_plan_channels(self, "input", &to->input_channels, to->n_input_channels, err) <
			0 ||
		sp_plan_channels(self, "result", &to->result_subpartitions,
			to->n_result_subpartitions, err) < 0)
		return err->code;
	return 0;
}

static int plan_subtasks(struct sp_planner *self, struct sp_operator *to, struct sp_error *err)
{
	const struct sp_operator *from = self->from_op;

	to->subtasks = sp_arena_new_array(self->plan->arena, struct sp_subtask, from->n_subtasks);
	for (size_t i = 0; i < from->n_subtasks; i++) {
		self->from = &from->subtasks[i];
		to->subtasks[i] = from->subtasks[i];
		if (plan_subtask(self, &to->subtasks[i], err) < 0)
			return sp_within(err, "subtask %" PRId32, self->from->index);
	}
	return 0;
}

static int plan_operator(struct sp_planner *self, struct sp_operator *to, struct sp_error *err)
{
	char label[256];

	self->label = sp_arena_string(self->plan->arena,
		sp_slice_of(sp_operator_label(self->from_op, label, sizeof(label))));
	self->result->operators[self->op].op = self->from_op;
	self->result->operators[self->op].bytes_carried =
		sp_handle_size(&self->from_op->coordinator);
	self->result->operators[self->op].parallelism = to->parallelism;
	self->result->operators[self->op].max_parallelism = to->max_parallelism;
	if (sp_plan_check_operator(self, err) < 0 ||
		(sp_plan_is_rescaled(self, self->op) ? sp_plan_rescale(self, to, err)
						     : plan_subtasks(self, to, err)) < 0)
		return sp_within(err, "%s", label);
	return 0;
}

/* Which operators change; nothing of them is planned yet. */
static void find_rescaled(struct sp_planner *self)
{
	struct sp_plan *plan = self->plan;

	for (size_t i = 0; i < plan->out->n_operators; i++)
		self->rescales |= sp_plan_is_rescaled(self, i);
	if (self->rescales)
		plan->rescaled =
			sp_arena_new_array(plan->arena, struct sp_rescaled, plan->out->n_operators);
}

/* The result's version, and properties that call it the savepoint that it is. */
static void plan_version(struct sp_planner *self)
{
	struct sp_snapshot *out = self->plan->out;
	bool native = !self->migration->target->canonical;
	sp_auto_buffer properties = { 0 };

	out->version = sp_plan_version(self);
	out->dialect = SP_DIALECT_NORMAL;
	sp_properties_write_savepoint(native, &properties);
	out->properties = (struct sp_properties){
		.bytes = sp_arena_copy(self->plan->arena, sp_buffer_slice(&properties)),
		.type = SP_TYPE_SAVEPOINT,
		.native = native,
	};
}

static int plan_all(struct sp_planner *self, struct sp_error *err)
{
	const struct sp_snapshot *from = self->migration->source->snapshot;
	struct sp_plan *plan = self->plan;
	uint64_t total = 0;

	if (sp_plan_check_snapshot(self, err) < 0 || sp_plan_choose_release(self, err) < 0)
		return err->code;
	plan->out = sp_arena_new_array(plan->arena, struct sp_snapshot, 1);
	*plan->out = *from;
	plan->out->operators =
		sp_arena_new_array(plan->arena, struct sp_operator, from->n_operators);
	find_rescaled(self);
	for (self->op = 0; self->op < from->n_operators; self->op++) {
		self->from_op = &from->operators[self->op];
		plan->out->operators[self->op] = from->operators[self->op];
		if (plan_operator(self, &plan->out->operators[self->op], err) < 0)
			return err->code;
	}
	if (check_lives(self, err) < 0)
		return err->code;
	plan_version(self);
	for (size_t i = 0; i < plan->n_jobs; i++)
		total += plan->jobs[i].bytes_read;
	atomic_store(&self->migration->counters->total_bytes, total);
	return 0;
}

/* --- the layout of the source ----------------------------------------------------------------- */

static int merge_layout(
	const struct sp_keyed_place *place, const struct sp_format **layout, struct sp_error *err)
{
	const struct sp_format *reader;

	if (place->handle->code == SP_KEYED_NONE)
		return 0;
	if (sp_format_of(place, &reader, err) < 0)
		return err->code;
	if (*layout != NULL && *layout != reader) {
		sp_fail(err, SP_EUNSUPPORTED,
			"keyed state lies there in several layouts: %s and %s",
			(*layout)->description, reader->description);
		return sp_hint(err, "--to LAYOUT says which one is to be written");
	}
	*layout = reader;
	return 0;
}

static int merge_subtask(
	const struct sp_keyed_place *place, const struct sp_format **layout, struct sp_error *err)
{
	struct sp_keyed_place part = *place;

	if (!is_changelog(place->handle))
		return merge_layout(place, layout, err);
	for (size_t i = 0; i < place->handle->n_materialized; i++) {
		part.handle = &place->handle->materialized[i];
		if (merge_layout(&part, layout, err) < 0)
			return err->code;
	}
	return 0;
}

static const struct sp_format *canonical(void)
{
	size_t i = 0;

	while (!sp_formats[i]->canonical)
		i++;
	return sp_formats[i];
}

int sp_migration_layout(
	struct sp_source *source, const struct sp_format **ret, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = source->snapshot;
	const struct sp_format *layout = NULL;

	for (size_t i = 0; i < snapshot->n_operators; i++)
		for (size_t j = 0; j < snapshot->operators[i].n_subtasks; j++) {
			const struct sp_operator *op = &snapshot->operators[i];
			const struct sp_keyed_place place = sp_place(
				source, op, &op->subtasks[j], &op->subtasks[j].managed_keyed);

			if (merge_subtask(&place, &layout, err) < 0)
				return sp_within(err, "%s", source->metadata_path);
		}
	*ret = layout != NULL ? layout : canonical();
	return 0;
}

/* --- making it ----------------------------------------------------------------------------------
 */

int sp_plan_make(const struct sp_migration *migration, struct sp_migration_result *result,
	struct sp_plan **ret, struct sp_error *err)
{
	sp_auto(sp_plan) *plan = calloc(1, sizeof(*plan));
	struct sp_planner self = { .migration = migration, .result = result, .plan = plan };
	int r;

	if (plan == NULL)
		sp_abort("out of memory");
	plan->arena = sp_arena_new();
	if (migration->expiry != NULL)
		self.lives_used = sp_arena_new_array(plan->arena, bool, migration->expiry->n_lives);
	result->n_operators = migration->source->snapshot->n_operators;
	result->operators = sp_arena_new_array(
		result->arena, struct sp_migration_operator, result->n_operators);
	r = plan_all(&self, err);
	sp_plan_carried_free(&self);
	if (r < 0)
		return sp_within(err, "%s", migration->source->metadata_path);
	*ret = sp_steal(plan);
	return 0;
}
