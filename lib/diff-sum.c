/*
 * The first pass. A row adds the hash of its key and value to the bucket of its key; additions come
 * in any order, so the sums depend on neither layout, nor parallelism, nor workers. Two states with
 * another row somewhere have the same sums once in 2^64 or more.
 */
#include "diff-internal.h"

#include <pthread.h>

#include "interrupt.h"
#include "key-group.h"
#include "pool.h"
#include "scan.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define CHECK_EVERY 4096 /* elements */

size_t sp_diff_bucket_of(const struct sp_differ *self, struct sp_slice key)
{
	return (size_t)XXH3_128bits(key.p, key.n).low64 & (self->buckets - 1);
}

static void add(
	struct sp_diff_bucket *buckets, size_t n, struct sp_slice key, struct sp_slice value)
{
	const XXH128_hash_t of_key = XXH3_128bits(key.p, key.n);
	const XXH128_hash_t of_row = XXH3_128bits_withSeed(value.p, value.n, of_key.high64);
	struct sp_diff_bucket *bucket = &buckets[of_key.low64 & (n - 1)];

	bucket->low += of_row.low64;
	bucket->high += of_row.high64 ^ of_key.low64;
	bucket->rows++;
}

static struct sp_diff_bucket *new_buckets(const struct sp_differ *self)
{
	struct sp_diff_bucket *buckets = calloc(self->buckets, sizeof(*buckets));

	if (buckets == NULL)
		sp_abort("out of memory");
	return buckets;
}

/* --- keyed state ----------------------------------------------------------------------------- */

struct side {
	struct sp_differ *differ;
	enum sp_diff_side side;
};

/* The sums of one part, until it has ended well. */
struct part {
	const struct side *of;
	struct sp_diff_pair *pair; /* NULL: it is not wanted */
	const struct sp_scan_part *part;
	struct sp_diff_entry **entries; /* by the ids of states */
	struct sp_diff_bucket **sums;   /* by the numbers of entries */
	struct sp_diff_timer timers;
};

static int begin(const struct sp_scan_part *part, void *arg, void **ret, struct sp_error *err)
{
	const struct side *of = arg;
	struct part *self = calloc(1, sizeof(*self));

	(void)err;
	if (self == NULL)
		sp_abort("out of memory");
	self->of = of;
	self->part = part;
	self->pair = sp_diff_pair_of(of->differ, of->side, part->place.op);
	if (self->pair != NULL)
		self->sums = calloc(self->pair->n + 1, sizeof(struct sp_diff_bucket *));
	if (self->pair != NULL && self->sums == NULL)
		sp_abort("out of memory");
	*ret = self;
	return 0;
}

static int header(void *arg, const struct sp_stream *stream, struct sp_error *err)
{
	struct part *self = arg;
	bool any = false;

	(void)err;
	if (self->pair != NULL)
		self->entries = sp_diff_entries(self->of->differ, self->pair, stream->header, &any);
	return any ? 0 : 1;
}

static void add_row(struct part *self, const struct sp_diff_entry *entry, struct sp_slice key,
	struct sp_slice value)
{
	struct sp_diff_bucket **sums = &self->sums[entry->number];

	if (*sums == NULL)
		*sums = new_buckets(self->of->differ);
	add(*sums, self->of->differ->buckets, key, value);
}

static int row(void *arg, const struct sp_row *row, struct sp_error *err)
{
	struct part *self = arg;
	const struct sp_diff_entry *entry = self->entries[row->state->id];
	const size_t prefix = sp_key_group_prefix(self->part->place.op->max_parallelism);

	if (entry == NULL)
		return 0;
	if (row->key.n < prefix)
		return sp_fail(err, SP_EDAMAGED, "state '%.*s': a key of %zu bytes",
			(int)row->state->name.n, row->state->name.p, row->key.n);
	add_row(self, entry, sp_slice(row->key.p + prefix, row->key.n - prefix), row->value);
	return 0;
}

static int timer(void *arg, const struct sp_raw_timer *timer, struct sp_error *err)
{
	const struct sp_slice none = { 0 };
	struct part *self = arg;
	const struct sp_diff_entry *entry;
	struct sp_slice key;

	(void)err;
	if (self->pair == NULL)
		return 0;
	entry = sp_diff_timer_row(self->of->differ, self->pair, &self->timers, timer, &key);
	if (entry != NULL)
		add_row(self, entry, key, none);
	return 0;
}

/* Timers that cannot all be read are compared as bytes. */
static bool is_raw_bytes(const struct part *self)
{
	const struct sp_keyed_place *place = &self->part->place;

	return self->part->raw && self->pair != NULL &&
	       self->pair->raw_bytes[self->of->side][place->subtask - place->op->subtasks];
}

static void merge(struct sp_differ *differ, struct sp_diff_entry *entry, enum sp_diff_side side,
	const struct sp_diff_bucket *from)
{
	if (entry->buckets[side] == NULL)
		entry->buckets[side] = new_buckets(differ);
	for (size_t i = 0; i < differ->buckets; i++) {
		entry->buckets[side][i].low += from[i].low;
		entry->buckets[side][i].high += from[i].high;
		entry->buckets[side][i].rows += from[i].rows;
	}
}

static int end(void *arg, int r, struct sp_error *err)
{
	struct part *self = arg;
	const bool bytes = is_raw_bytes(self);

	(void)err;
	for (size_t i = 0; self->sums != NULL && i < self->pair->n; i++) {
		if (r >= 0 && !bytes && self->sums[i] != NULL)
			merge(self->of->differ, self->pair->entries[i], self->of->side,
				self->sums[i]);
		free(self->sums[i]);
	}
	free(self->sums);
	free(self->entries);
	sp_diff_timer_free(&self->timers);
	free(self);
	return bytes && r == SP_EUNSUPPORTED ? 0 : r;
}

static const struct sp_scan_ops scan_ops = {
	.begin = begin,
	.header = header,
	.row = row,
	.timer = timer,
	.end = end,
};

static const struct sp_operator *only_of(const struct sp_differ *self, enum sp_diff_side side)
{
	if (self->request->only == NULL || self->diff->n_operators == 0)
		return NULL;
	return self->diff->operators[0].sides[side];
}

static int sum_keyed(struct sp_differ *self, enum sp_diff_side number, struct sp_error *err)
{
	const struct sp_diff_request *request = self->request;
	struct side side = { .differ = self, .side = number };
	const struct sp_scan scan = {
		.source = request->sources[number],
		.only = only_of(self, number),
		.jobs = request->jobs,
		.memory = request->memory / 4 * 3,
		.tmpdir = request->tmpdir,
		.counters = request->counters,
		.ops = &scan_ops,
		.arg = &side,
	};

	if (request->only != NULL && scan.only == NULL)
		return 0;
	return sp_scan_run(&scan, err);
}

/* --- operator and raw state ------------------------------------------------------------------ */

void sp_diff_identity(const struct sp_differ *self, const struct sp_diff_entry *entry,
	enum sp_diff_side side, struct sp_slice element, uint8_t ret[SP_DIFF_IDENTITY])
{
	sp_auto_buffer json = { 0 };
	XXH128_canonical_t canonical;

	(void)self;
	if (entry->recode) {
		sp_diff_value_json(entry, side, element, &json);
		element = sp_buffer_slice(&json);
	}
	XXH128_canonicalFromHash(&canonical, XXH3_128bits(element.p, element.n));
	memcpy(ret, canonical.digest, SP_DIFF_IDENTITY);
}

static void add_element(
	struct sp_differ *self, enum sp_diff_side side, const struct sp_diff_row *row)
{
	struct sp_diff_bucket **sums = &row->entry->buckets[side];
	uint8_t identity[SP_DIFF_IDENTITY];

	if (*sums == NULL)
		*sums = new_buckets(self);
	if (!row->entry->bag[side]) {
		add(*sums, self->buckets, row->key, row->value);
		return;
	}
	sp_diff_identity(self, row->entry, side, row->value, identity);
	add(*sums, self->buckets, sp_slice(identity, sizeof(identity)), sp_slice(NULL, 0));
}

/* Job number 2 * operator + side. */
static int sum_elements(size_t index, void *arg, struct sp_error *err)
{
	struct sp_differ *self = arg;
	struct sp_diff_pair *pair = &self->pairs[index / 2];
	const enum sp_diff_side side = (enum sp_diff_side)(index % 2);
	const struct sp_budget budget = {
		.memory = self->request->memory / 4 * 3 / (size_t)self->request->jobs,
		.tmpdir = self->request->tmpdir,
	};
	sp_auto(sp_diff_rows) *rows = NULL;
	struct sp_diff_row row;
	int r = 1;

	if (pair->op->sides[side] == NULL)
		return 0;
	rows = sp_diff_rows_open(self, pair, side, false, &budget);
	for (size_t n = 0; r > 0; n++) {
		if (n % CHECK_EVERY == 0 && sp_interrupt_check(err) < 0)
			return err->code;
		r = rows->next(rows, &row, err);
		if (r > 0)
			add_element(self, side, &row);
	}
	return r < 0 ? sp_within(err, "%s", self->request->sources[side]->location) : 0;
}

/* --- what differs ---------------------------------------------------------------------------- */

static uint64_t count(const struct sp_differ *self, const struct sp_diff_bucket *buckets)
{
	uint64_t rows = 0;

	for (size_t i = 0; buckets != NULL && i < self->buckets; i++)
		rows += buckets[i].rows;
	return rows;
}

static bool differ(const struct sp_diff_bucket *a, const struct sp_diff_bucket *b)
{
	return a->low != b->low || a->high != b->high || a->rows != b->rows;
}

static bool *new_wanted(const struct sp_differ *self)
{
	bool *wanted = calloc(self->buckets, sizeof(*wanted));

	if (wanted == NULL)
		sp_abort("out of memory");
	return wanted;
}

static void want_different(const struct sp_differ *self, struct sp_diff_entry *entry)
{
	const struct sp_diff_bucket *a = entry->buckets[SP_DIFF_A], *b = entry->buckets[SP_DIFF_B];
	bool *wanted = new_wanted(self);
	bool any = false;

	for (size_t i = 0; i < self->buckets; i++) {
		wanted[i] = (entry->recode && !sp_diff_is_bag(entry)) || differ(&a[i], &b[i]);
		any |= wanted[i];
	}
	if (any)
		entry->wanted = wanted;
	else
		free(wanted);
}

/* All rows are on one side: they are counted, and read again only for samples. */
static void want_samples(
	const struct sp_differ *self, struct sp_diff_entry *entry, enum sp_diff_side side)
{
	uint64_t rows = 0;

	entry->counted = true;
	entry->state.rows[side == SP_DIFF_A ? SP_DIFF_REMOVED : SP_DIFF_ADDED] =
		entry->state.sides[side].rows;
	for (size_t i = 0; i < self->buckets && rows < self->request->limit; i++) {
		if (entry->buckets[side][i].rows == 0)
			continue;
		if (entry->wanted == NULL)
			entry->wanted = new_wanted(self);
		entry->wanted[i] = true;
		rows += entry->buckets[side][i].rows;
	}
}

static void want(const struct sp_differ *self, struct sp_diff_entry *entry)
{
	struct sp_diff_bucket **buckets = entry->buckets;

	for (int side = 0; side < SP_DIFF_SIDES; side++)
		entry->state.sides[side].rows = count(self, buckets[side]);
	if (buckets[SP_DIFF_A] == NULL && buckets[SP_DIFF_B] != NULL)
		want_samples(self, entry, SP_DIFF_B);
	else if (buckets[SP_DIFF_A] != NULL && buckets[SP_DIFF_B] == NULL)
		want_samples(self, entry, SP_DIFF_A);
	else if (buckets[SP_DIFF_A] != NULL && !entry->state.apart)
		want_different(self, entry);
	for (int side = 0; side < SP_DIFF_SIDES; side++) {
		free(buckets[side]);
		buckets[side] = NULL;
	}
}

int sp_diff_sum(struct sp_differ *self, struct sp_error *err)
{
	for (int side = 0; side < SP_DIFF_SIDES; side++)
		if (sum_keyed(self, (enum sp_diff_side)side, err) < 0)
			return sp_within(err, "%s", self->request->sources[side]->location);
	if (sp_pool_run(2 * self->diff->n_operators, self->request->jobs, sum_elements, self, err) <
		0)
		return err->code;
	for (struct sp_diff_entry *entry = self->by_name; entry != NULL; entry = entry->hh.next)
		if (entry->state.part != SP_DIFF_COORDINATOR)
			want(self, entry);
	return 0;
}
