/* What a release says to the metadata: versions, handles, parallelism, records in flight. */
#include <inttypes.h>

#include "release-limits.h"
#include "verify-restore-internal.h"

#define NO_STATE ((struct sp_slice){ NULL, 0 })
/* FLINK-19801: unaligned checkpoints are rescaled. */
#define RESCALED_CHANNELS_MIN SP_RELEASE(1, 13)

static void unknown_code(struct sp_predictor *self, const struct sp_unread *unread)
{
	static const char *const says[] = {
		[SP_UNREAD_STREAM] =
			"IOException: Unknown implementation of StreamStateHandle, code",
		[SP_UNREAD_OPERATOR] =
			"IllegalStateException: Reading invalid OperatorStateHandle, type",
		[SP_UNREAD_KEYED] = "IllegalStateException: Reading invalid KeyedStateHandle, type",
	};
	char from[16];

	sp_predict(self, self->findings, SP_FIND_RESTORE_HANDLE, NO_STATE,
		"a handle of type %d, known from Flink %s on; '%s: %d'", unread->code,
		sp_release_text(unread->from, from), says[unread->what], unread->code);
}

static void unknown_dialect(
	struct sp_predictor *self, const struct sp_unread *unread, const char *what)
{
	char from[16], to[16];

	sp_predict(self, self->findings, SP_FIND_RESTORE_DIALECT, NO_STATE,
		"%s, which Flink %s to %s read", what, sp_release_text(unread->from, from),
		sp_release_text(unread->to, to));
}

static void tell_unread(const struct sp_unread *unread, void *arg)
{
	struct sp_predictor *self = arg;

	self->op = unread->op;
	self->subtask = NULL;
	switch (unread->what) {
	case SP_UNREAD_VERSION:
		sp_predict(self, self->findings, SP_FIND_RESTORE_VERSION, NO_STATE,
			"version %d; 'IllegalArgumentException: Unrecognized checkpoint version "
			"number: %d'",
			unread->code, unread->code);
		break;
	case SP_UNREAD_STREAM:
	case SP_UNREAD_OPERATOR:
	case SP_UNREAD_KEYED: unknown_code(self, unread); break;
	case SP_UNREAD_FINISHED:
		sp_predict(self, self->findings, SP_FIND_RESTORE_FINISHED, NO_STATE,
			"the metadata of Flink %s has no room for them", self->release);
		break;
	case SP_UNREAD_CHANGELOG_1_14:
		unknown_dialect(self, unread, "a changelog of Flink 1.14");
		break;
	case SP_UNREAD_CHANNELS_1_11:
		unknown_dialect(self, unread, "records in flight of Flink 1.11");
		break;
	case SP_UNREAD_CHANNELS: unknown_dialect(self, unread, "records in flight"); break;
	case SP_UNREAD_LEGACY: unknown_dialect(self, unread, "state of a Flink 1.1 job"); break;
	case SP_UNREAD_COORDINATOR: break; /* known to all that are asked for */
	}
}

static bool has_channels(const struct sp_operator *op)
{
	for (size_t i = 0; i < op->n_subtasks; i++)
		if (op->subtasks[i].n_input_channels + op->subtasks[i].n_result_subpartitions > 0)
			return true;
	return false;
}

/* The records lie there as the network stack of the release had them. */
static void predict_channels(struct sp_predictor *self, const struct sp_releases *written)
{
	const struct sp_restore *restore = self->restore;
	const int32_t parallelism = restore->parallelism;
	char from[16], to[16];

	if (!has_channels(self->op) || self->source->snapshot->dialect ==
					       SP_DIALECT_CHANNELS_1_11) /* told by its handles */
		return;
	if (parallelism != 0 && parallelism != self->op->parallelism &&
		restore->release < RESCALED_CHANNELS_MIN)
		sp_predict(self, self->findings, SP_FIND_RESTORE_RESCALED_CHANNELS, NO_STATE,
			"written with parallelism %" PRId32 ", to be restored with %" PRId32,
			self->op->parallelism, parallelism);
	if (written->written_to != 0 && (restore->release < written->written_from ||
						restore->release > written->written_to))
		sp_predict(self, self->findings, SP_FIND_RESTORE_CHANNELS, NO_STATE,
			"written by Flink %s to %s", sp_release_text(written->written_from, from),
			sp_release_text(written->written_to, to));
}

/* An operator that cannot have more than one subtask does not get the job's parallelism. */
static void predict_parallelism(struct sp_predictor *self)
{
	const int32_t wanted = self->restore->parallelism;

	if (self->op->max_parallelism > 1 && wanted > self->op->max_parallelism)
		sp_predict(self, self->findings, SP_FIND_RESTORE_PARALLELISM, NO_STATE,
			"parallelism %" PRId32 ", max parallelism %" PRId32
			"; 'IllegalStateException: … The maximum parallelism (%" PRId32
			") of the restored state is lower than the configured parallelism (%" PRId32
			")'",
			wanted, self->op->max_parallelism, self->op->max_parallelism, wanted);
}

void sp_predict_metadata(struct sp_predictor *self)
{
	const struct sp_snapshot *snapshot = self->source->snapshot;
	struct sp_releases written;

	sp_release_unread(snapshot, self->restore->release, tell_unread, self);
	sp_releases_of(snapshot, &written);
	for (size_t i = 0; i < snapshot->n_operators; i++) {
		self->op = &snapshot->operators[i];
		if (self->restore->release < SP_COORDINATOR_1_MIN &&
			sp_is_coordinator_1(&self->op->coordinator))
			sp_predict(self, self->findings, SP_FIND_RESTORE_COORDINATOR, NO_STATE,
				"version 1, known from Flink 1.12 on");
		predict_channels(self, &written);
		predict_parallelism(self);
	}
}
