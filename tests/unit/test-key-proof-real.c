/* The keys of real snapshots under other max parallelisms. */
#include "key-proof.h"

#include <stdio.h>

#include "real.h"
#include "unit.h"

/* Every key of an operator, moved. */
struct moving {
	const struct sp_key_move *move;
	uint32_t from, to;
	uint64_t keys;
};

struct part {
	struct moving *moving;
	const struct sp_scan_part *at;
	const struct sp_keyed_header *header;
	struct sp_key_mover *mover;
	uint64_t keys;
};

static int begin(const struct sp_scan_part *at, void *arg, void **ret, struct sp_error *err)
{
	struct moving *moving = arg;
	struct part *part = calloc(1, sizeof(*part));

	(void)err;
	part->moving = moving;
	part->at = at;
	part->mover = sp_key_mover_new(moving->move, at->kryo);
	*ret = part;
	return 0;
}

static int take_header(void *self, const struct sp_stream *stream, struct sp_error *err)
{
	(void)err;
	((struct part *)self)->header = stream->header;
	return 0;
}

/* Of two maxima one of which divides the other, one key group tells the other. */
static int move(struct part *part, struct sp_slice key, uint32_t key_group, struct sp_error *err)
{
	const uint32_t from = part->moving->from, to = part->moving->to;
	uint32_t group;

	if (sp_key_mover_group(part->mover, key, key_group, &group, err) < 0)
		return err->code;
	ck_assert_uint_lt(group, to);
	if (to % from == 0)
		ck_assert_uint_eq(group % from, key_group);
	if (from % to == 0)
		ck_assert_uint_eq(group, key_group % to);
	part->keys++;
	return 0;
}

static int take_row(void *self, const struct sp_row *row, struct sp_error *err)
{
	struct part *part = self;
	struct sp_key_layout layout;
	struct sp_key_parts parts;

	if (sp_key_layout(part->header, row->state, (int32_t)part->moving->from, part->at->kryo,
		    &layout, err) < 0 ||
		sp_key_split(&layout, row->key, &parts, err) < 0)
		return err->code;
	return move(part, parts.key, row->key_group, err);
}

static int take_timer(void *self, const struct sp_raw_timer *timer, struct sp_error *err)
{
	return move(self, timer->key, timer->key_group, err);
}

static int end(void *self, int r, struct sp_error *err)
{
	struct part *part = self;

	(void)err;
	part->moving->keys += part->keys;
	sp_key_mover_free(part->mover);
	free(part);
	return r == SP_EUNSUPPORTED ? 0 : r; /* values that only the job can read */
}

static const struct sp_scan_ops ops = {
	.begin = begin, .header = take_header, .row = take_row, .timer = take_timer, .end = end
};

static uint64_t n_moved, n_proved, n_inferred;

static void move_all(struct sp_source *source, const struct sp_operator *op, int32_t to)
{
	const struct sp_key_move_plan plan = { .source = source,
		.op = op,
		.max_parallelism = to,
		.jobs = 2,
		.memory = 64 << 20,
		.tmpdir = "/tmp" };
	sp_auto(sp_key_move) *found = NULL;
	struct sp_counters counters = { 0 };
	struct moving moving = { .from = (uint32_t)op->max_parallelism, .to = (uint32_t)to };
	const struct sp_scan scan = { source, op, 1, 64 << 20, "/tmp", &counters, &ops, &moving };
	struct sp_error err;

	ck_ok(sp_key_move_find(&plan, &found, &err), err);
	if (found == NULL)
		return;
	moving.move = found;
	ck_ok(sp_scan_run(&scan, &err), err);
	n_moved += moving.keys;
	n_proved += sp_key_move_keys(found);
	if (sp_key_move_margin(found) == 0)
		return;
	n_inferred++;
	ck_assert_str_eq(sp_key_move_rule(found), "record(id, part)");
	ck_assert(sp_key_move_margin(found) > 50);
}

static void check_snapshot(const char *name, const char *directory)
{
	sp_auto(sp_source) *source = NULL;
	struct sp_error err;

	(void)name;
	ck_ok(sp_source_open(directory, &source, &err), err);
	for (size_t i = 0; i < source->snapshot->n_operators; i++) {
		const struct sp_operator *op = &source->snapshot->operators[i];

		move_all(source, op, 1);
		move_all(source, op, 5 * op->max_parallelism);
		move_all(source, op, 32767);
	}
}

START_TEST(every_key_finds_its_new_key_group)
{
	real_for_each(check_snapshot);
	ck_assert_uint_ge(n_moved, 10000);
	ck_assert_uint_ge(n_proved, 200);
	ck_assert_uint_ge(n_inferred, 10);
}
END_TEST

/* --- a key moved by hand --------------------------------------------------------------------- */

#define POJO_KEYED "2.2.0-kryo-hashmap-canonical/savepoint"

/* The bytes of {"id": 11, "part": "p2"} behind its key group. */
static const uint8_t bytes[] = { 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 11, 0, 3, 'p', '2' };

/* Makes the first such key another; all state of this snapshot lies in its metadata. */
static bool change_key(const struct sp_operator *op)
{
	for (size_t i = 0; i < op->n_subtasks; i++) {
		const struct sp_slice data = op->subtasks[i].managed_keyed.data.data;
		uint8_t *at = data.n == 0 ? NULL : memmem(data.p, data.n, bytes, sizeof(bytes));

		if (at == NULL)
			continue;
		at[sizeof(bytes) - 1] = '3';
		return true;
	}
	return false;
}

START_TEST(finds_a_key_moved_by_hand)
{
	sp_auto(sp_source) *source = NULL;
	struct sp_key_move_plan plan = {
		.max_parallelism = 720, .jobs = 2, .memory = 64 << 20, .tmpdir = "/tmp"
	};
	struct sp_key_move *found;
	char path[4096];
	size_t changed = 0;
	struct sp_error err;

	snprintf(path, sizeof(path), "%s/snapshots/" POJO_KEYED, getenv("TEST_DATA"));
	ck_ok(sp_source_open(path, &source, &err), err);
	plan.source = source;
	for (size_t i = 0; i < source->snapshot->n_operators; i++) {
		plan.op = &source->snapshot->operators[i];
		if (!change_key(plan.op))
			continue;
		changed++;
		ck_fails(sp_key_move_find(&plan, &found, &err), SP_EDAMAGED,
			"subtask 0: state 'm-pojo-long': key group 4: key {\"key\": {\"id\": 11, "
			"\"part\": "
			"\"p3\"}",
			err);
		ck_assert_ptr_nonnull(strstr(err.message, ": it belongs in key group "));
	}
	ck_assert_uint_eq(changed, 1);
}
END_TEST

UNIT_MAIN("key-proof-real", every_key_finds_its_new_key_group, finds_a_key_moved_by_hand)
