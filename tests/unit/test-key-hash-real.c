/* The keys of real snapshots: a rule explains in which key group each of them lies. */
#include "key-group.h"
#include "key-hash.h"
#include "real.h"
#include "row-key.h"
#include "scan.h"
#include "source.h"
#include "unit.h"

#define STATES_MAX 64

/* Distinct keys in a row of one operator; their type in a header of their own. */
struct operator
{
	struct sp_arena *arena;
	const struct sp_type *type;
	enum sp_kryo kryo;
	int32_t max;
	struct sp_key_sample *keys;
	size_t n, capacity;
};

struct part {
	struct operator* op;
	const struct sp_keyed_header *header;
	struct sp_key_layout layouts[STATES_MAX];
};

static void add_key(struct operator* op, struct sp_slice key, uint32_t key_group)
{
	if (op->n > 0 && sp_slice_equal(op->keys[op->n - 1].key, key))
		return;
	if (op->n == op->capacity) {
		op->capacity = op->capacity * 2 + 64;
		op->keys = realloc(op->keys, op->capacity * sizeof(*op->keys));
	}
	op->keys[op->n++] = (struct sp_key_sample){ sp_arena_copy(op->arena, key), key_group };
}

static int begin(const struct sp_scan_part *part, void *arg, void **ret, struct sp_error *err)
{
	struct operator* op = &((struct operator*)arg)[part->op];
	struct part *self = calloc(1, sizeof(*self));

	(void)err;
	op->kryo = part->kryo;
	op->max = part->place.op->max_parallelism;
	self->op = op;
	*ret = self;
	return 0;
}

static int take_header(void *arg, const struct sp_stream *stream, struct sp_error *err)
{
	struct part *self = arg;
	const struct sp_keyed_header *header;

	self->header = stream->header;
	ck_assert_uint_le(self->header->n_states, STATES_MAX);
	for (size_t i = 0; i < self->header->n_states; i++)
		ck_ok(sp_key_layout(self->header, &self->header->states[i], self->op->max,
			      self->op->kryo, &self->layouts[i], err),
			*err);
	ck_ok(sp_keyed_header_read(self->header->bytes, 0, self->op->arena, &header, err), *err);
	self->op->type = header->key;
	return 0;
}

static int take_row(void *arg, const struct sp_row *row, struct sp_error *err)
{
	struct part *self = arg;
	struct sp_key_parts parts;

	ck_ok(sp_key_split(
		      &self->layouts[row->state - self->header->states], row->key, &parts, err),
		*err);
	add_key(self->op, parts.key, row->key_group);
	return 0;
}

/* State that cannot be read has no keys here. */
static int end(void *self, int r, struct sp_error *err)
{
	free(self);
	return r == SP_EUNSUPPORTED ? 0 : r < 0 ? err->code : 0;
}

static const struct sp_scan_ops ops = {
	.begin = begin, .header = take_header, .row = take_row, .end = end
};

static size_t n_inferred, n_known, n_keys;

/* Keys that each rule puts where they lie, as far as all of them do. */
static bool explains(const struct operator* op, const struct sp_key_hash *hash)
{
	size_t right[SP_KEY_RULES_MAX] = { 0 };
	int32_t codes[SP_KEY_RULES_MAX];
	struct sp_error err;

	for (size_t i = 0; i < op->n; i++) {
		sp_auto(sp_arena) *arena = sp_arena_new();

		ck_ok(sp_key_hash_codes(hash, op->keys[i].key, arena, codes, &err), err);
		for (size_t rule = 0; rule < sp_key_hash_rules(hash); rule++)
			right[rule] += sp_key_group_of_hash(codes[rule], op->max) ==
				       (int32_t)op->keys[i].key_group;
	}
	n_keys += op->n;
	for (size_t rule = 0; rule < sp_key_hash_rules(hash); rule++)
		if (right[rule] == op->n)
			return true;
	return false;
}

static void check_operator(const char *name, const struct operator* op)
{
	sp_auto(sp_key_hash) *hash = NULL;
	struct sp_error err;

	if (op->n == 0)
		return;
	ck_ok(sp_key_hash_new(op->type, op->kryo, op->max, op->keys, op->n, &hash, &err), err);
	ck_assert_msg(sp_key_hash_rules(hash) > 0, "%s: %s", name, sp_key_hash_reason(hash));
	ck_assert_msg(explains(op, hash), "%s: %s", name, sp_key_hash_rule(hash, 0));
	n_known += !sp_key_hash_is_inferred(op->type);
	if (!sp_key_hash_is_inferred(op->type))
		return;
	n_inferred++;
	ck_assert_uint_eq(sp_key_hash_rules(hash), 1);
	ck_assert_str_eq(sp_key_hash_rule(hash, 0), "record(id, part)");
	ck_assert(sp_key_hash_margin(hash, op->n, op->max) > 50);
}

static void check_snapshot(const char *name, const char *directory)
{
	sp_auto(sp_source) *source = NULL;
	struct sp_counters counters = { 0 };
	struct sp_scan scan = {
		.jobs = 1, .memory = 64 << 20, .tmpdir = "/tmp", .ops = &ops, .counters = &counters
	};
	struct operator* all;
	struct sp_error err;

	ck_ok(sp_source_open(directory, &source, &err), err);
	all = calloc(source->snapshot->n_operators, sizeof(*all));
	for (size_t i = 0; i < source->snapshot->n_operators; i++)
		all[i].arena = sp_arena_new();
	scan.source = source;
	scan.arg = all;
	ck_assert_msg(sp_scan_run(&scan, &err) == 0, "%s: %s", name, err.message);
	for (size_t i = 0; i < source->snapshot->n_operators; i++) {
		check_operator(name, &all[i]);
		sp_arena_free(all[i].arena);
		free(all[i].keys);
	}
	free(all);
}

START_TEST(every_key_is_in_its_key_group)
{
	real_for_each(check_snapshot);
	ck_assert_uint_ge(n_inferred, 5);
	ck_assert_uint_ge(n_known, 40);
	ck_assert_uint_ge(n_keys, 500);
}
END_TEST

UNIT_MAIN("key-hash-real", every_key_is_in_its_key_group)
