/* All keys of an operator, asked which rules explain them. */
#include "key-proof-internal.h"

#include <inttypes.h>
#include <stdlib.h>

struct part {
	struct sp_key_proof *proof;
	const struct sp_scan_part *at;
	struct sp_key_tally tally;
	const struct sp_keyed_header *header;
	struct view {
		bool known;
		struct sp_key_layout layout;
	} * views;             /* by state */
	struct sp_buffer last; /* the key before */
	uint32_t key_group;    /* of it; UINT32_MAX: there is none */
};

static size_t number_of(const struct sp_scan_part *at)
{
	return 2 * (size_t)(at->place.subtask - at->place.op->subtasks) + at->raw;
}

static int begin(const struct sp_scan_part *at, void *arg, void **ret, struct sp_error *err)
{
	struct sp_key_proof *proof = arg;
	struct part *part = calloc(1, sizeof(*part));

	(void)err;
	if (part == NULL)
		sp_abort("out of memory");
	part->proof = proof;
	part->at = at;
	part->key_group = UINT32_MAX;
	sp_key_tally_init(&part->tally, proof->hash, proof->all.max_parallelism, true);
	part->tally.other_max = proof->all.other_max;
	*ret = part;
	return 0;
}

static int take_header(void *self, const struct sp_stream *stream, struct sp_error *err)
{
	struct part *part = self;

	(void)err;
	part->header = stream->header;
	part->views = calloc(stream->header->n_states + 1, sizeof(*part->views));
	if (part->views == NULL)
		sp_abort("out of memory");
	return 0;
}

int sp_key_proof_within(struct sp_slice state, uint32_t key_group, struct sp_error *err)
{
	sp_auto_buffer name = { 0 };

	sp_mutf8_to_utf8(state, &name);
	return sp_within(
		err, "state '%.*s': key group %" PRIu32, (int)name.n, (char *)name.p, key_group);
}

static int within_key(const struct sp_key_met *met, struct sp_error *err)
{
	sp_auto_buffer text = { 0 };
	const char *json = sp_key_met_json(met, &text);

	sp_within(err, "key %s", json != NULL ? json : "not shown");
	return sp_key_proof_within(met->state, met->key_group, err);
}

static bool is_same(const struct part *part, const struct sp_key_met *met)
{
	return part->key_group == met->key_group &&
	       sp_slice_equal(sp_buffer_slice(&part->last), met->key);
}

/* Without rules, keys are only counted; there were no samples of them. */
static int count(struct part *part, const struct sp_key_met *met, struct sp_error *err)
{
	if (part->tally.rules == 0 &&
		sp_value_cross_all(met->key, 0, met->kryo, part->proof->type, err) < 0)
		return err->code;
	return sp_key_tally_add(&part->tally, met, err);
}

static int take_key(struct part *part, const struct sp_key_met *met, struct sp_error *err)
{
	if (is_same(part, met))
		return 0;
	part->last.n = 0;
	sp_buffer_bytes(&part->last, met->key);
	part->key_group = met->key_group;
	if (count(part, met, err) == 0)
		return 0;
	within_key(met, err);
	return err->code == SP_EUNSUPPORTED
		       ? sp_key_proof_advise(part->proof->plan, part->proof->type, err)
		       : err->code;
}

/* Also keys that nobody can cut out of their rows stay where a divisor needs none. */
static int refuse_row(const struct part *part, const struct sp_row *row, struct sp_error *err)
{
	sp_key_proof_within(row->state->name, row->key_group, err);
	return err->code == SP_EUNSUPPORTED
		       ? sp_key_proof_advise(part->proof->plan, part->proof->type, err)
		       : err->code;
}

static int take_row(void *self, const struct sp_row *row, struct sp_error *err)
{
	struct part *part = self;
	struct view *view = &part->views[row->state->id];
	struct sp_key_parts parts;

	if (!view->known &&
		sp_key_layout(part->header, row->state, part->proof->all.max_parallelism,
			part->at->kryo, &view->layout, err) < 0)
		return refuse_row(part, row, err);
	view->known = true;
	if (sp_key_split(&view->layout, row->key, &parts, err) < 0)
		return refuse_row(part, row, err);
	return take_key(part,
		&(struct sp_key_met){
			.key = parts.key,
			.key_group = row->key_group,
			.state = row->state->name,
			.timer = view->layout.timer,
			.layout = &view->layout,
			.composite = row->key,
			.kryo = part->at->kryo,
		},
		err);
}

static int take_timer(void *self, const struct sp_raw_timer *timer, struct sp_error *err)
{
	struct part *part = self;

	return take_key(part,
		&(struct sp_key_met){
			.key = timer->key,
			.key_group = timer->key_group,
			.state = timer->service,
			.timer = true,
			.type = timer->key_type,
			.kryo = part->at->kryo,
		},
		err);
}

void sp_key_lost_free(struct sp_key_lost *lost)
{
	free(lost->state);
	free(lost->key);
}

static char *copy(const char *text)
{
	char *ret = text == NULL ? NULL : strdup(text);

	if (text != NULL && ret == NULL)
		sp_abort("out of memory");
	return ret;
}

/* Of each rule, the first key that it does not explain. */
static void keep_lost(struct sp_key_proof *proof, const struct sp_key_tally *tally, size_t number)
{
	for (size_t i = tally->n_misfits; i-- > 0;)
		for (size_t rule = 0; rule < tally->rules; rule++) {
			const struct sp_misfit *misfit = &tally->misfits[i];
			struct sp_key_lost *lost = &proof->lost[rule];

			if ((misfit->rules >> rule & 1) == 0 || lost->part < number)
				continue;
			sp_key_lost_free(lost);
			*lost = (struct sp_key_lost){ number, copy(misfit->state),
				copy(misfit->key), misfit->key_group, misfit->expected[rule] };
		}
}

static int end(void *self, int r, struct sp_error *err)
{
	struct part *part = self;

	(void)err;
	sp_key_tally_merge(&part->proof->all, &part->tally);
	keep_lost(part->proof, &part->tally, number_of(part->at));
	sp_key_tally_free(&part->tally);
	sp_buffer_free(&part->last);
	free(part->views);
	free(part);
	return r;
}

int sp_key_proof_scan(struct sp_key_proof *proof, struct sp_error *err)
{
	static const struct sp_scan_ops ops = {
		.begin = begin,
		.header = take_header,
		.row = take_row,
		.timer = take_timer,
		.end = end,
	};
	const struct sp_key_move_plan *plan = proof->plan;
	struct sp_counters counters = { 0 };
	const struct sp_scan scan = {
		.source = plan->source,
		.only = plan->op,
		.jobs = plan->jobs,
		.memory = plan->memory,
		.tmpdir = plan->tmpdir,
		.counters = plan->counters != NULL ? plan->counters : &counters,
		.ops = &ops,
		.arg = proof,
	};

	return sp_scan_run(&scan, err);
}
