/*
 * Records: every row and timer of keyed state, every element of operator state.
 *
 * Each part and each operator has findings of its own, put together in their order at the end, so
 * that the report does not depend on which worker was first.
 */
#include "verify-records.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "pool.h"

/* A part of keyed state that was scanned. */
struct slot {
	bool used;
	struct sp_findings findings;
	struct sp_key_tally tally;
};

/* Values of one state that only the job can read. */
struct opaque {
	const struct sp_operator *op;
	struct sp_slice state;
	const char *what, *type;
	uint64_t n;
};

struct sp_records {
	const struct sp_verify *verify;
	struct sp_verify share;          /* the same, with one worker's memory */
	const struct sp_findings *known; /* of the levels before */
	struct sp_operator_keys **keys;  /* by operator */
	size_t *slots;                   /* by operator: the first of its */
	struct slot *list;
	struct sp_findings *elements; /* by operator */
	pthread_mutex_t lock;
	struct sp_arena *arena; /* of the opaques */
	struct opaque *opaques;
	size_t n_opaques, capacity;
};

/* --- what cannot be read --------------------------------------------------------------------- */

static const char *type_text(struct sp_arena *arena, const struct sp_type *type)
{
	sp_auto_buffer text = { 0 };

	if (type == NULL)
		return "unknown type";
	sp_type_text(type, &text);
	return sp_arena_string(arena, sp_slice(text.p, text.n < 300 ? text.n : 300));
}

static struct opaque *opaque_of(struct sp_records *records, const struct sp_operator *op,
	struct sp_slice state, const char *what)
{
	for (size_t i = 0; i < records->n_opaques; i++)
		if (records->opaques[i].op == op && strcmp(records->opaques[i].what, what) == 0 &&
			sp_slice_equal(records->opaques[i].state, state))
			return &records->opaques[i];
	if (records->n_opaques == records->capacity) {
		records->capacity = records->capacity * 2 + 16;
		records->opaques = reallocarray(
			records->opaques, records->capacity, sizeof(*records->opaques));
		if (records->opaques == NULL)
			sp_abort("out of memory");
	}
	records->opaques[records->n_opaques] = (struct opaque){
		.op = op, .state = sp_arena_copy(records->arena, state), .what = what
	};
	return &records->opaques[records->n_opaques++];
}

void sp_records_opaque(struct sp_records *records, const struct sp_operator *op,
	struct sp_slice state, const char *what, const struct sp_type *type, uint64_t n)
{
	struct opaque *opaque;

	if (n == 0)
		return;
	pthread_mutex_lock(&records->lock);
	opaque = opaque_of(records, op, state, what);
	opaque->n += n;
	if (opaque->type == NULL)
		opaque->type = type_text(records->arena, type);
	pthread_mutex_unlock(&records->lock);
}

static int by_place(const void *a, const void *b)
{
	const struct opaque *x = a, *y = b;
	int r;

	if (x->op != y->op)
		return (uintptr_t)x->op < (uintptr_t)y->op ? -1 : 1;
	r = sp_slice_compare(x->state, y->state);
	return r != 0 ? r : strcmp(x->what, y->what);
}

static void tell_opaque(struct sp_records *records, struct sp_findings *findings)
{
	if (records->n_opaques > 0)
		qsort(records->opaques, records->n_opaques, sizeof(*records->opaques), by_place);
	for (size_t i = 0; i < records->n_opaques; i++) {
		const struct opaque *opaque = &records->opaques[i];
		struct sp_finding_place place = SP_FINDING_PLACE(opaque->op, NULL);
		const bool named = opaque->state.n > 0;
		sp_auto_buffer name = { 0 };

		place.state = opaque->state;
		sp_find_at(findings, SP_FIND_OPAQUE, &place, "%s%s%s%" PRIu64 " %s of %s",
			named ? "state '" : "", sp_verify_name(opaque->state, &name),
			named ? "': " : "", opaque->n, opaque->what, opaque->type);
	}
}

bool sp_records_known(const struct sp_records *records, const struct sp_operator *op,
	const struct sp_subtask *subtask)
{
	for (size_t i = 0; i < records->known->n; i++) {
		const struct sp_finding *finding = &records->known->list[i];

		if (finding->op == op && finding->subtask == subtask->index &&
			finding->kind->code >= SP_FIND_MISSING &&
			finding->kind->severity > SP_SEVERITY_NOTE)
			return true;
	}
	return false;
}

/* --- errors of readers ----------------------------------------------------------------------- */

#define OFFSET ": offset 0x"

/* "state: key group 3: /file: offset 0x12: cause": the file and the offset, if they are there. */
static void find_place(char *message, struct sp_finding_place *place)
{
	char *at = strstr(message, OFFSET), *file = message;
	unsigned long long offset;

	if (at == NULL)
		return;
	offset = strtoull(at + sizeof(OFFSET) - 1, NULL, 16);
	*at = '\0';
	for (char *next = file; (next = strstr(file, ": ")) != NULL;)
		file = next + 2;
	place->file = file;
	place->offset = offset > INT64_MAX ? -1 : (int64_t)offset;
}

int sp_verify_error(struct sp_findings *findings, enum sp_finding_code code,
	const struct sp_finding_place *place, int r, struct sp_error *err)
{
	struct sp_finding_place at = *place;
	struct sp_error copy = *err;

	if (r != SP_EDAMAGED && r != SP_EUNSUPPORTED)
		return r;
	find_place(copy.message, &at);
	sp_find_at(
		findings, r == SP_EDAMAGED ? code : SP_FIND_NOT_CHECKED, &at, "%s", err->message);
	return 0;
}

/* --- keyed state ----------------------------------------------------------------------------- */

struct part {
	struct sp_records *records;
	const struct sp_scan_part *at;
	struct slot *slot;
	struct sp_row_check *check;
};

static int begin(const struct sp_scan_part *at, void *arg, void **ret, struct sp_error *err)
{
	struct sp_records *records = arg;
	const struct sp_operator *op = at->place.op;
	const size_t number = 2 * (size_t)(at->place.subtask - op->subtasks) + at->raw;
	struct slot *slot = &records->list[records->slots[at->op] + number];
	struct part *part = calloc(1, sizeof(*part));

	(void)err;
	if (part == NULL)
		sp_abort("out of memory");
	slot->used = true;
	sp_findings_init(&slot->findings);
	sp_operator_keys_begin(records->keys[at->op], op, number, &slot->tally);
	*part = (struct part){ .records = records, .at = at, .slot = slot };
	part->check = sp_row_check_new(records, at, &slot->tally, &slot->findings);
	*ret = part;
	return 0;
}

static int take_header(void *self, const struct sp_stream *stream, struct sp_error *err)
{
	struct part *part = self;

	(void)err;
	sp_row_check_header(part->check, stream);
	return 0;
}

static int take_row(void *self, const struct sp_row *row, struct sp_error *err)
{
	struct part *part = self;

	(void)err;
	sp_row_check_row(part->check, row);
	return 0;
}

static int take_timer(void *self, const struct sp_raw_timer *timer, struct sp_error *err)
{
	struct part *part = self;

	(void)err;
	sp_row_check_timer(part->check, timer);
	return 0;
}

static int end(void *self, int r, struct sp_error *err)
{
	struct part *part = self;
	const struct sp_keyed_place *at = &part->at->place;
	const bool known = sp_records_known(part->records, at->op, at->subtask);
	const struct sp_finding_place place = SP_FINDING_PLACE(at->op, at->subtask);

	sp_row_check_end(part->check);
	sp_row_check_free(part->check);
	sp_operator_keys_merge(part->records->keys[part->at->op], &part->slot->tally);
	if ((r == SP_EDAMAGED || r == SP_EUNSUPPORTED) && known)
		r = 0;
	if (r < 0)
		r = sp_verify_error(&part->slot->findings, SP_FIND_ROWS, &place, r, err);
	free(part);
	return r;
}

static const struct sp_scan_ops scan_ops = {
	.begin = begin,
	.header = take_header,
	.row = take_row,
	.timer = take_timer,
	.end = end,
};

static int scan_keyed(struct sp_records *records, struct sp_error *err)
{
	const struct sp_verify *verify = records->verify;
	const struct sp_scan scan = {
		.source = verify->source,
		.jobs = verify->jobs,
		.memory = verify->memory,
		.tmpdir = verify->tmpdir,
		.counters = verify->counters,
		.ops = &scan_ops,
		.arg = records,
	};

	return sp_scan_run(&scan, err);
}

/* --- by operator ----------------------------------------------------------------------------- */

/* The operators are looked at beside each other: before the scan their keys, then the others. */
static int make_keys(size_t index, void *arg, struct sp_error *err)
{
	struct sp_records *records = arg;
	const struct sp_snapshot *snapshot = records->verify->source->snapshot;

	return sp_operator_keys_new(&records->share, &snapshot->operators[index],
		sp_kryo_of(snapshot), &records->keys[index], err);
}

static int check_operator(size_t index, void *arg, struct sp_error *err)
{
	struct sp_records *records = arg;
	const struct sp_operator *op = &records->verify->source->snapshot->operators[index];
	struct sp_findings *findings = &records->elements[index];

	if (sp_verify_elements(records, &records->share, op, findings, err) < 0)
		return err->code;
	return sp_verify_raw(records, &records->share, op, findings, err);
}

static void finish_operator(struct sp_records *records, size_t index, struct sp_findings *findings)
{
	const struct sp_operator *op = &records->verify->source->snapshot->operators[index];
	const struct sp_operator_keys *keys = records->keys[index];

	sp_operator_keys_conclude(keys, op, findings);
	for (size_t i = 0; i < 2 * op->n_subtasks; i++) {
		struct slot *slot = &records->list[records->slots[index] + i];

		if (!slot->used)
			continue;
		sp_findings_take(findings, &slot->findings);
		sp_operator_keys_report(keys, &slot->tally, op, &op->subtasks[i / 2], findings);
	}
	sp_findings_take(findings, &records->elements[index]);
}

static void init(
	struct sp_records *records, const struct sp_verify *verify, const struct sp_findings *known)
{
	const struct sp_snapshot *snapshot = verify->source->snapshot;
	size_t n = 0;

	*records = (struct sp_records){ .verify = verify, .share = *verify, .known = known };
	records->share.memory /= verify->jobs < 1 ? 1 : (size_t)verify->jobs;
	pthread_mutex_init(&records->lock, NULL);
	records->arena = sp_arena_new();
	records->keys = sp_arena_new_array(
		records->arena, struct sp_operator_keys *, snapshot->n_operators);
	records->slots = sp_arena_new_array(records->arena, size_t, snapshot->n_operators);
	records->elements =
		sp_arena_new_array(records->arena, struct sp_findings, snapshot->n_operators);
	for (size_t i = 0; i < snapshot->n_operators; i++) {
		sp_findings_init(&records->elements[i]);
		records->slots[i] = n;
		n += 2 * snapshot->operators[i].n_subtasks;
	}
	records->list = sp_arena_new_array(records->arena, struct slot, n);
}

static void destroy(struct sp_records *records)
{
	const struct sp_snapshot *snapshot = records->verify->source->snapshot;

	for (size_t i = 0; i < snapshot->n_operators; i++) {
		for (size_t j = 0; j < 2 * snapshot->operators[i].n_subtasks; j++) {
			struct slot *slot = &records->list[records->slots[i] + j];

			if (!slot->used)
				continue;
			sp_findings_free(&slot->findings);
			sp_key_tally_free(&slot->tally);
		}
		sp_operator_keys_free(records->keys[i]);
		sp_findings_free(&records->elements[i]);
	}
	free(records->opaques);
	sp_arena_free(records->arena);
	pthread_mutex_destroy(&records->lock);
}

int sp_verify_records(
	const struct sp_verify *verify, struct sp_findings *findings, struct sp_error *err)
{
	const struct sp_snapshot *snapshot = verify->source->snapshot;
	struct sp_records records;
	int r;

	init(&records, verify, findings);
	r = sp_pool_run(snapshot->n_operators, verify->jobs, make_keys, &records, err);
	if (r == 0)
		r = scan_keyed(&records, err);
	if (r == 0)
		r = sp_pool_run(snapshot->n_operators, verify->jobs, check_operator, &records, err);
	for (size_t i = 0; r == 0 && i < snapshot->n_operators; i++)
		finish_operator(&records, i, findings);
	if (r == 0)
		tell_opaque(&records, findings);
	destroy(&records);
	return r;
}
