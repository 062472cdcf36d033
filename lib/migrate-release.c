/*
 * For which releases of Flink the result is made. Named by the user, it is one. Else it is the
 * newest that can have written the source, and the type codes are those that the oldest of these
 * knows too: Flink reads older codes, never newer ones.
 */
#include "interrupt.h"
#include "migrate-plan-internal.h"
#include "release-limits.h"

static struct sp_release_range written_by(const struct sp_planner *self)
{
	struct sp_releases r = self->releases;

	if (r.written_to == 0) /* not by Flink itself */
		sp_releases_of_version(self->migration->source->snapshot->version, &r);
	return (struct sp_release_range){ r.written_from, r.written_to };
}

/* What is wrong with the state itself is told, with its place, when it is planned. */
static int pass_over(const struct sp_error *err)
{
	return err->code == SP_EDAMAGED || err->code == SP_EUNSUPPORTED ? 0 : err->code;
}

static void narrow(struct sp_release_range *range, struct sp_release_range by)
{
	struct sp_release_range met = sp_release_range_meet(*range, by);

	if (met.from <= met.to)
		*range = met;
}

static int narrow_by_keyed(const struct sp_planner *self, const struct sp_keyed_handle *handle,
	struct sp_release_range *range, struct sp_error *err)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	int r = sp_source_read_keyed_header(self->migration->source, handle, arena, &header, err);

	if (r <= 0)
		return r == 0 ? 0 : pass_over(err);
	narrow(range, sp_type_releases(header->key, self->plan->kryo, 0, NULL));
	for (size_t i = 0; i < header->n_states; i++)
		if (header->states[i].value != NULL)
			narrow(range, sp_type_releases(
					      header->states[i].value, self->plan->kryo, 0, NULL));
	return 0;
}

static int narrow_by_operator(const struct sp_planner *self,
	const struct sp_operator_handle *handle, struct sp_release_range *range,
	struct sp_error *err)
{
	sp_auto(sp_file) *file = NULL;
	struct sp_release_range by;
	bool compressed;
	int32_t version;

	if (handle->code == SP_OPERATOR_NONE)
		return 0;
	if (sp_source_open_handle(self->migration->source, &handle->data, &file, err) < 0 ||
		sp_operator_peek(file, &version, &compressed, err) < 0)
		return pass_over(err);
	sp_operator_header_releases(version, false, &by.from, &by.to);
	if (version == SP_OPERATOR_VERSION_PROXIED) /* what later releases read they do not write */
		by.to = SP_RELEASE(1, 17);
	narrow(range, by);
	return 0;
}

static int narrow_by_subtask(const struct sp_planner *self, const struct sp_subtask *subtask,
	struct sp_release_range *range, struct sp_error *err)
{
	if (sp_interrupt_check(err) < 0 ||
		narrow_by_keyed(self, &subtask->managed_keyed, range, err) < 0)
		return err->code;
	for (size_t i = 0; i < subtask->n_managed_operator; i++)
		if (narrow_by_operator(self, &subtask->managed_operator[i], range, err) < 0)
			return err->code;
	return 0;
}

/* What the state says about who wrote it. */
static int narrow_by_state(
	const struct sp_planner *self, struct sp_release_range *range, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = self->migration->source->snapshot;

	for (size_t i = 0; i < snapshot->n_operators; i++)
		for (size_t j = 0; j < snapshot->operators[i].n_subtasks; j++)
			if (narrow_by_subtask(
				    self, &snapshot->operators[i].subtasks[j], range, err) < 0)
				return err->code;
	return 0;
}

int sp_plan_choose_release(struct sp_planner *self, struct sp_error *err)
{
	const struct sp_migration *migration = self->migration;
	struct sp_release_range written;
	struct sp_plan *plan = self->plan;
	sp_release least =
		migration->target->canonical ? SP_CANONICAL_MIN : SP_MIGRATION_RELEASE_MIN;

	sp_releases_of(migration->source->snapshot, &self->releases);
	written = written_by(self);
	plan->kryo = sp_kryo_of(migration->source->snapshot);
	if (migration->release != 0) {
		plan->release = plan->oldest = migration->release;
		return 0;
	}
	plan->oldest = written.from < least ? least : written.from;
	if (narrow_by_state(self, &written, err) < 0)
		return err->code;
	plan->release = written.to < plan->oldest ? plan->oldest : written.to;
	return 0;
}

int32_t sp_plan_version(const struct sp_planner *self)
{
	const sp_release release = self->migration->release;
	const int32_t version = self->migration->source->snapshot->version;

	if (release == 0) /* 3 is the lowest with relative paths */
		return version < 3 ? 3 : version;
	return release >= SP_RELEASE(2, 1)    ? 6
	       : release >= SP_RELEASE(2, 0)  ? 5
	       : release >= SP_RELEASE(1, 16) ? 4
					      : 3;
}
