#include <inttypes.h>
#include <stdio.h>

#include "inspect.h"
#include "interrupt.h"
#include "mutf8.h"
#include "progress.h"
#include "text.h"

static void warn_unread(const struct sp_inspection *self, const struct sp_globals *globals)
{
	size_t n;
	const struct sp_error *why = sp_tally_warning(self->tally, &n);

	if (n == 1)
		sp_warn(globals, "%s: what is there has no figures", why->message);
	else if (n > 1)
		sp_warn(globals, "%s: what is there, and in %zu other subtasks, has no figures",
			why->message, n - 1);
}

static void warn_ages(const struct sp_inspection *self, const struct sp_globals *globals)
{
	for (size_t i = 0; i < sp_tally_states(self->tally); i++) {
		const struct sp_tally_state *state = sp_tally_state(self->tally, i);

		if (state->ages_unknown)
			sp_warn(globals,
				"state '%.*s': where elements of its lists end is not known: it "
				"has no ages",
				(int)state->name.n, (const char *)state->name.p);
	}
}

/* `name` in UTF-8; NULL: any. */
static bool has_ages(const struct sp_tally *tally, const char *name)
{
	for (size_t i = 0; i < sp_tally_states(tally); i++) {
		const struct sp_tally_state *state = sp_tally_state(tally, i);
		sp_auto_buffer text = { 0 };

		if (state->ages == NULL && !state->ages_unknown)
			continue;
		sp_mutf8_to_utf8(state->name, &text);
		if (name == NULL || sp_slice_is(sp_buffer_slice(&text), name))
			return true;
	}
	return false;
}

/* Most likely a slip of the pen. */
static void warn_lives(const struct sp_inspection *self, const struct sp_globals *globals)
{
	for (size_t i = 0; self->ages && i < self->ttl.n_lives; i++) {
		const char *name = self->ttl.lives[i].state;

		if (has_ages(self->tally, name))
			continue;
		if (name == NULL)
			sp_warn(globals, "--ttl: no state with TTL has rows");
		else
			sp_warn(globals, "--ttl: no state with TTL that has rows is named '%s'",
				name);
	}
}

int sp_inspect_scan(
	struct sp_inspection *self, const struct sp_globals *globals, struct sp_error *err)
{
	const struct sp_tally_options options = {
		.groups = self->key_groups, .top = self->top, .ttl = self->ages ? &self->ttl : NULL
	};
	struct sp_counters counters = { 0 };
	struct sp_progress *progress;
	struct sp_scan scan = { .source = self->survey.source,
		.only = self->survey.only,
		.jobs = globals->jobs,
		.memory = (size_t)globals->memory,
		.tmpdir = globals->tmpdir,
		.counters = &counters,
		.ops = &sp_tally_ops };
	int r;

	sp_interrupt_install();
	self->tally = sp_tally_new(self->survey.source->snapshot, &options);
	scan.arg = self->tally;
	progress = sp_progress_start(globals->progress, &counters);
	r = sp_scan_run(&scan, err);
	sp_progress_stop(progress);
	if (r < 0)
		return r;
	sp_tally_finish(self->tally);
	warn_unread(self, globals);
	warn_ages(self, globals);
	warn_lives(self, globals);
	return 0;
}
