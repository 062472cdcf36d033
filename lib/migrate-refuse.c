/* What a migration refuses, before anything is written. */
#include <inttypes.h>
#include <stdlib.h>

#include "migrate-plan-internal.h"
#include "raw-timers.h"
#include "release-limits.h"

int sp_plan_refuse(const struct sp_planner *self, const char *what, struct sp_error *err)
{
	return sp_fail(err, SP_EUNSUPPORTED, "%s cannot be converted to %s", what,
		self->migration->target->name);
}

/* --- the metadata ------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	const struct sp_operator *x = *(const struct sp_operator *const *)a;
	const struct sp_operator *y = *(const struct sp_operator *const *)b;

	return memcmp(x->id, y->id, sizeof(x->id));
}

/* Flink lets the last of several operators with one id win; that is never what was meant. */
static int check_duplicate_operators(const struct sp_snapshot *snapshot, struct sp_error *err)
{
	const struct sp_operator **sorted = calloc(snapshot->n_operators + 1, sizeof(*sorted));
	char label[256];
	int r = 0;

	if (sorted == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < snapshot->n_operators; i++)
		sorted[i] = &snapshot->operators[i];
	qsort(sorted, snapshot->n_operators, sizeof(*sorted), by_id);
	for (size_t i = 1; i < snapshot->n_operators && r == 0; i++)
		if (by_id(&sorted[i - 1], &sorted[i]) == 0)
			r = sp_fail(err, SP_EDAMAGED, "offset 0x%" PRIx64 ": %s stands there twice",
				sorted[i]->at, sp_operator_label(sorted[i], label, sizeof(label)));
	free(sorted);
	return r;
}

int sp_plan_check_snapshot(const struct sp_planner *self, struct sp_error *err)
{
	const struct sp_snapshot *from = self->migration->source->snapshot;

	if (from->version < 2)
		return sp_plan_refuse(self, "metadata of version 1 (Flink 1.2)", err);
	if (self->migration->target->create == NULL) {
		sp_fail(err, SP_EUNSUPPORTED, "%s cannot be written by this release",
			self->migration->target->description);
		return sp_hint(err, "canonical can: every backend restores it");
	}
	return check_duplicate_operators(from, err);
}

static int by_index(const void *a, const void *b)
{
	const struct sp_subtask *x = *(const struct sp_subtask *const *)a;
	const struct sp_subtask *y = *(const struct sp_subtask *const *)b;

	return (x->index > y->index) - (x->index < y->index);
}

static int check_duplicate_subtasks(const struct sp_operator *op, struct sp_error *err)
{
	const struct sp_subtask **sorted = calloc(op->n_subtasks + 1, sizeof(*sorted));
	int r = 0;

	if (sorted == NULL)
		sp_abort("out of memory");
	for (size_t i = 0; i < op->n_subtasks; i++)
		sorted[i] = &op->subtasks[i];
	qsort(sorted, op->n_subtasks, sizeof(*sorted), by_index);
	for (size_t i = 1; i < op->n_subtasks && r == 0; i++)
		if (by_index(&sorted[i - 1], &sorted[i]) == 0)
			r = sp_fail(err, SP_EDAMAGED,
				"offset 0x%" PRIx64 ": subtask %" PRId32 " stands there twice",
				sorted[i]->at, sorted[i]->index);
	free(sorted);
	return r;
}

static bool is_named(const struct sp_planner *self)
{
	return self->migration->release != 0;
}

/* "<what> is known from Flink <from> on" */
static int refuse_before(
	const struct sp_planner *self, const char *what, sp_release from, struct sp_error *err)
{
	char text[16], release[16];

	return sp_fail(err, SP_EUNSUPPORTED, "%s cannot be read by Flink %s, only from %s on", what,
		sp_release_text(self->plan->release, release), sp_release_text(from, text));
}

int sp_plan_check_operator(const struct sp_planner *self, struct sp_error *err)
{
	if (check_duplicate_subtasks(self->from_op, err) < 0)
		return err->code;
	if (!is_named(self))
		return 0;
	if (self->plan->release < SP_FINISHED_MIN && sp_has_finished(self->from_op)) {
		refuse_before(self, "an operator with finished subtasks", SP_FINISHED_MIN, err);
		return sp_hint(err, "take a snapshot before parts of the job have finished");
	}
	if (self->plan->release < SP_COORDINATOR_1_MIN &&
		sp_is_coordinator_1(&self->from_op->coordinator))
		return refuse_before(self, "the coordinator's state (of a source, in version 1)",
			SP_COORDINATOR_1_MIN, err);
	return 0;
}

static bool has_legacy_state(const struct sp_subtask *subtask)
{
	for (size_t i = 0; i < subtask->n_legacy; i++)
		if (subtask->legacy[i].code != SP_HANDLE_NONE)
			return true;
	return false;
}

/* They lie there as the network stack of the release had them, and only that one restores them. */
static int check_channels(const struct sp_planner *self, struct sp_error *err)
{
	const struct sp_snapshot *from = self->migration->source->snapshot;
	char release[16];

	if (self->migration->drop_in_flight ||
		(self->from->n_input_channels == 0 && self->from->n_result_subpartitions == 0))
		return 0;
	if (self->rescales) {
		sp_fail(err, SP_EUNSUPPORTED,
			"records in flight (an unaligned checkpoint) belong to the channels of "
			"the present parallelism");
		return sp_hint(err, "take an aligned checkpoint or a savepoint of the job; "
				    "--drop-in-flight leaves them out, and they are lost");
	}
	if (from->dialect == SP_DIALECT_CHANNELS_1_11)
		return sp_plan_refuse(self, "records in flight of Flink 1.11", err);
	if (!is_named(self) || (self->plan->release >= self->releases.written_from &&
				       self->plan->release <= self->releases.written_to))
		return 0;
	sp_fail(err, SP_EUNSUPPORTED,
		"records in flight (an unaligned checkpoint) cannot be restored by another "
		"release, "
		"Flink %s",
		sp_release_text(self->plan->release, release));
	return sp_hint(err, "take an aligned checkpoint or a savepoint of the job");
}

int sp_plan_check_subtask(const struct sp_planner *self, struct sp_error *err)
{
	if (check_channels(self, err) < 0)
		return err->code;
	if (has_legacy_state(self->from))
		return sp_plan_refuse(self, "state of a Flink 1.1 job", err);
	return 0;
}

/* --- types -------------------------------------------------------------------------------- */

static int refuse_part(
	const struct sp_planner *self, const struct sp_type *part, struct sp_error *err)
{
	sp_auto_buffer text = { 0 };

	sp_type_unread_text(part, self->plan->kryo, self->plan->release, &text);
	sp_fail(err, SP_EUNSUPPORTED, "%.*s", (int)text.n, (const char *)text.p);
	return part->kind == SP_KRYO ? sp_hint(err, "in the job, give the type another serializer "
						    "and take a new snapshot")
				     : err->code;
}

static int check_type(const struct sp_planner *self, const struct sp_type *type, const char *role,
	struct sp_error *err)
{
	const struct sp_type *part;

	if (type == NULL)
		return 0;
	sp_type_releases(type, self->plan->kryo, self->plan->release, &part);
	return part == NULL || refuse_part(self, part, err) == 0 ? 0 : sp_within(err, "%s", role);
}

static int check_state(
	const struct sp_planner *self, const struct sp_state *state, struct sp_error *err)
{
	sp_auto_buffer name = { 0 };

	if (check_type(self, state->key, "key", err) == 0 &&
		check_type(self, state->ns, "namespace", err) == 0 &&
		check_type(self, state->user_key, "map key", err) == 0 &&
		check_type(self, state->value, "value", err) == 0)
		return 0;
	sp_mutf8_to_utf8(state->name, &name);
	return sp_within(err, "state '%.*s'", (int)name.n, (const char *)name.p);
}

static int refuse_old(
	const struct sp_planner *self, const char *what, int32_t version, struct sp_error *err)
{
	char release[16];

	sp_fail(err, SP_EUNSUPPORTED,
		"%s of header version %" PRId32
		" (Flink 1.6 and before) cannot be read by Flink %s",
		what, version, sp_release_text(self->plan->release, release));
	return sp_hint(err, "restore it in Flink 1.16 at most and take a new savepoint there");
}

int sp_plan_check_keyed_header(
	const struct sp_planner *self, const struct sp_keyed_header *header, struct sp_error *err)
{
	if (!is_named(self))
		return 0;
	if (header->version < SP_KEYED_HEADER_CURRENT && self->plan->release > SP_OLD_HEADERS_MAX)
		return refuse_old(self, "keyed state", header->version, err);
	if (check_type(self, header->key, "key", err) < 0)
		return err->code;
	for (size_t i = 0; i < header->n_states; i++)
		if (check_state(self, &header->states[i], err) < 0)
			return err->code;
	return 0;
}

int sp_plan_check_operator_header(const struct sp_planner *self,
	const struct sp_operator_header *header, struct sp_error *err)
{
	if (header->version < SP_OPERATOR_VERSION_PROXIED &&
		self->plan->release > SP_OLD_HEADERS_MAX)
		return refuse_old(self, "operator state", header->version, err);
	for (size_t i = 0; i < header->n_states; i++)
		if (check_state(self, &header->states[i], err) < 0)
			return err->code;
	return 0;
}

/* --- raw keyed state ---------------------------------------------------------------------- */

static int check_timers(
	const struct sp_planner *self, const struct sp_raw_timer *service, struct sp_error *err)
{
	sp_auto_buffer name = { 0 };

	if (check_type(self, service->key_type, "key", err) == 0 &&
		check_type(self, service->ns_type, "namespace", err) == 0)
		return 0;
	sp_mutf8_to_utf8(service->service, &name);
	return sp_within(err, "timers '%.*s'", (int)name.n, (const char *)name.p);
}

/* Keys that have no length hide the services behind them, which are passed as they are. */
static int pass_unknown(int r, const struct sp_error *err)
{
	return r < 0 && err->code == SP_EUNSUPPORTED ? 0 : r;
}

/* The types of the first key group: the others have the same. */
static int check_timer_types(const struct sp_planner *self, struct sp_error *err)
{
	sp_auto(sp_raw_timers) *timers = NULL;
	struct sp_raw_timer service;
	int64_t first = -1;
	int r = sp_raw_timers_open(self->migration->source, &self->from->raw_keyed, &timers, err);

	if (r <= 0)
		return r;
	while ((r = sp_raw_timers_next_service(timers, &service, err)) > 0 &&
		(first < 0 || service.key_group == first)) {
		if (check_timers(self, &service, err) < 0)
			return err->code;
		first = service.key_group;
	}
	return r > 0 ? 0 : pass_unknown(r, err);
}

int sp_plan_check_raw_keyed(const struct sp_planner *self, struct sp_error *err)
{
	int32_t version = 0;
	int r = is_named(self) ? sp_timers_version(self->migration->source, &self->from->raw_keyed,
					 &version, err)
			       : 0;

	if (r <= 0)
		return r;
	if (version < SP_TIMERS_CURRENT && self->plan->release > SP_OLD_HEADERS_MAX)
		return refuse_old(self, "timers", version, err);
	return check_timer_types(self, err);
}
