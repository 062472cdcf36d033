/*
 * Namespaces that were merged (MERGE_NS in changelog-apply.c): the sources' values go into the
 * target's (AbstractHeapMergingState.mergeNamespaces, RocksDBReducingState.mergeNamespaces). Lists
 * are appended. Of two values of a reducing or aggregating state only the job's own function makes
 * one, and the log does not tell what it made.
 *
 * But it mostly tells soon: WindowOperator adds its element to the merged window, and what is there
 * then is logged whole (ChangelogReducingState.add, ChangelogAggregatingState.add: SET_INTERNAL).
 * So the target is only marked. It keeps one of the values in its row: there is a value. What is
 * merged with it is marked in turn, what is set or cleared is not any more, and what is still
 * marked when the log has ended cannot be had.
 */
#include <inttypes.h>

#include "changelog.h"

/* Puts the value that came from another namespace into the target's. */
static int put(struct sp_scratch *scratch, const struct sp_spot *target, struct sp_slice value,
	struct sp_error *err)
{
	sp_auto_buffer there = { 0 };
	int r = sp_scratch_get(scratch, target, &there, err);

	if (r < 0)
		return r;
	return r > 0 ? sp_scratch_mark(scratch, target, err)
		     : sp_scratch_put(scratch, target, value, err);
}

/* The source's value is gone: so is its mark, and the target's has it. */
static int pass_on(struct sp_scratch *scratch, const struct sp_spot *target,
	const struct sp_spot *source, struct sp_error *err)
{
	int r = sp_scratch_marked(scratch, source, err);

	if (r <= 0)
		return r;
	if (sp_scratch_unmark(scratch, source, err) < 0)
		return err->code;
	return sp_scratch_mark(scratch, target, err);
}

int sp_changelog_merge(struct sp_scratch *scratch, enum sp_state_type type,
	const struct sp_merged *merged, struct sp_error *err)
{
	sp_auto_buffer value = { 0 };
	int r;

	if (sp_slice_equal(merged->source.key, merged->target.key))
		return 0;
	r = sp_scratch_get(scratch, &merged->source, &value, err);
	if (r <= 0)
		return r;
	if (sp_scratch_delete(scratch, &merged->source, err) < 0)
		return err->code;
	if (type == SP_STATE_LIST)
		return sp_scratch_append(scratch, &merged->target, sp_buffer_slice(&value), err);
	if (put(scratch, &merged->target, sp_buffer_slice(&value), err) < 0)
		return err->code;
	return pass_on(scratch, &merged->target, &merged->source, err);
}

int sp_changelog_check_merged(
	const struct sp_changelog_states *states, struct sp_scratch *scratch, struct sp_error *err)
{
	const struct sp_state *state;
	struct sp_spot spot;
	int r = sp_scratch_first_mark(scratch, &spot, err);

	if (r <= 0)
		return r;
	state = states->states[spot.state].state;
	sp_fail(err, SP_EUNSUPPORTED,
		"state '%.*s': key group %" PRIu32 ": values of merged namespaces have to be %s, "
		"which only the job's own function can",
		(int)state->name.n, state->name.p, spot.key_group,
		state->type == SP_STATE_REDUCING ? "reduced" : "aggregated");
	return sp_hint(err, "take a savepoint, or a checkpoint after the next materialization");
}
