/*
 * Shared by the files that plan a migration: migrate-plan.c goes through the snapshot,
 * migrate-rescale.c plans operators for another parallelism, migrate-release.c chooses for which
 * releases, migrate-refuse.c tells what cannot be done, and migrate-carry.c plans what passes
 * without being converted.
 */
#ifndef SP_MIGRATE_PLAN_INTERNAL_H
#define SP_MIGRATE_PLAN_INTERNAL_H

#include "migrate-plan.h"
#include "operator-state.h"
#include "type-release.h"

struct sp_carried;

struct sp_planner {
	const struct sp_migration *migration;
	struct sp_migration_result *result;
	struct sp_plan *plan;
	struct sp_releases releases; /* of the source, see sp_releases_of() */
	bool *lives_used;            /* by number in the migration's expiry: they fit a state */
	struct sp_carried *files;    /* hash of what is carried over */
	size_t capacity;             /* of plan->jobs */
	size_t fill_capacity;        /* of plan->fills */
	size_t op;                   /* number of the operator at hand */
	const struct sp_operator *from_op;
	const char *label; /* of it */
	const struct sp_subtask *from;
	bool rescales; /* any operator gets another parallelism or max parallelism */
};

/* A job for the subtask at hand, borrowed until the next one; `role` is unique in the subtask. */
struct sp_job *sp_plan_add_job(struct sp_planner *self, enum sp_job_kind kind, const char *role);

/* --- migrate-plan.c ----------------------------------------------------------------------- */

/* Checks the keyed handle of the subtask at hand: can it be read, and the result hold it? */
int sp_plan_source(
	const struct sp_planner *self, struct sp_keyed_source *ret, struct sp_error *err);

/* What is known of the handle that will be written; its codes are read by all releases. */
struct sp_keyed_handle sp_plan_expected(const struct sp_planner *self);

/* Takes records in flight off, if the user lets them go. */
void sp_plan_drop_channels(struct sp_planner *self, struct sp_subtask *to);

/* --- migrate-rescale.c -------------------------------------------------------------------- */

/* Does anything change about the operator at hand? */
bool sp_plan_is_rescaled(const struct sp_planner *self, size_t op);

/* Plans the operator at hand for its new parallelism and max parallelism. */
int sp_plan_rescale(struct sp_planner *self, struct sp_operator *to, struct sp_error *err);

/* Takes an empty one. */
void sp_rescaled_free(struct sp_rescaled *rescaled);

/* --- migrate-release.c -------------------------------------------------------------------- */

/* Sets `releases`, and release, oldest and Kryo of the plan. Fails where state cannot be read for
 * now or at all; damage is left to those who plan it. */
int sp_plan_choose_release(struct sp_planner *self, struct sp_error *err);

/* The metadata version for the plan's release. */
int32_t sp_plan_version(const struct sp_planner *self);

/* --- migrate-refuse.c --------------------------------------------------------------------- */

/* "<what> cannot be converted to <layout>" */
int sp_plan_refuse(const struct sp_planner *self, const char *what, struct sp_error *err);

/* The snapshot as a whole, an operator, a subtask. */
int sp_plan_check_snapshot(const struct sp_planner *self, struct sp_error *err);
int sp_plan_check_operator(const struct sp_planner *self, struct sp_error *err);
int sp_plan_check_subtask(const struct sp_planner *self, struct sp_error *err);

/* Can the release read these? Refused by name where the user named the release. */
int sp_plan_check_keyed_header(
	const struct sp_planner *self, const struct sp_keyed_header *header, struct sp_error *err);
int sp_plan_check_operator_header(const struct sp_planner *self,
	const struct sp_operator_header *header, struct sp_error *err);
int sp_plan_check_raw_keyed(const struct sp_planner *self, struct sp_error *err);

/* --- migrate-carry.c ---------------------------------------------------------------------- */

/* Operator state, managed or raw, of the subtask at hand; `handles` are replaced. */
int sp_plan_operator_state(struct sp_planner *self, struct sp_operator_handle **handles, size_t *n,
	bool managed, struct sp_error *err);
int sp_plan_raw_keyed(struct sp_planner *self, struct sp_keyed_handle *to, struct sp_error *err);
int sp_plan_channels(struct sp_planner *self, const char *role, struct sp_channel_handle **handles,
	size_t n, struct sp_error *err);
void sp_plan_carried_free(struct sp_planner *self);

#endif
