/*
 * Snapshots of classes that are not known. Nothing says how long they are, but what must follow
 * is known (sp_type_rest), and so is the end of the whole: an end is accepted from which all of
 * the rest parses exactly. The first such end is taken.
 *
 * While an end is tried, another unknown snapshot may be met. If an end is found for that one,
 * everything is proved: the reader only has to unwind (`proved`). Places where no end was found
 * are remembered, and all work is counted, so that hostile bytes cannot make the search run away.
 */
#include "type-internal.h"

#include <inttypes.h>

#define MAX_WORK 200000     /* of searching; */
#define MAX_WORK_PER_BYTE 4 /* reading without doubts takes less */
#define MAX_TRIALS 16       /* so many unknown snapshots in a row that fit prove enough */
#define MAX_TOKEN 4096      /* what may follow starts with a u16 length or count below this */
#define COMPOSITE_VERSION 3 /* CompositeTypeSerializerSnapshot */
#define COMPOSITE_HEAD "\x00\x0d\xe7\x04"
#define NESTED_HEAD "\x00\x14\x57\xfd\x00\x00\x00\x01"

struct sp_type_search sp_type_search_for(size_t n)
{
	return (struct sp_type_search){ .limit = MAX_WORK + (uint64_t)n * MAX_WORK_PER_BYTE };
}

bool sp_type_spend(struct sp_type_reader *r, uint64_t n)
{
	r->search->work += n;
	return r->search->work <= r->search->limit;
}

static uint64_t memo_key(const struct sp_type_reader *r)
{
	uint64_t key = (uint64_t)(uintptr_t)r->in.at * 0x9e3779b97f4a7c15U;

	for (const struct sp_type_rest *f = r->rest; f != NULL; f = f->up)
		if (f->n != 0)
			key = (key ^ (uint64_t)(uintptr_t)f->ops ^ f->n) * 0x100000001b3U;
	return (key ^ (uint64_t)(uintptr_t)r->in.end) | 1;
}

/* Not by address: which places crowd each other out decides how much work the search takes. */
static struct sp_type_memo *memo_of(const struct sp_type_reader *r)
{
	uint64_t slot = sp_offset(&r->in);

	for (const struct sp_type_rest *f = r->rest; f != NULL; f = f->up)
		slot = slot * 31 + f->n;
	return &r->search->memo[slot % SP_TYPE_MEMO];
}

/* What must come next; NULL: the end. */
static const struct sp_type_rest *next_rest(const struct sp_type_rest *rest)
{
	while (rest != NULL && rest->n == 0)
		rest = rest->up;
	return rest;
}

static bool may_follow(const struct sp_type_rest *next, struct sp_cursor in)
{
	if (next == NULL)
		return sp_left(&in) == 0;
	return sp_left(&in) >= 2 && sp_get_be16(in.at) < MAX_TOKEN && next->ops->may_start(in);
}

/* Reads all that must follow. */
static bool reads_rest(struct sp_type_reader *trial, struct sp_error *err)
{
	for (const struct sp_type_rest *f = trial->rest; f != NULL; f = f->up) {
		trial->rest = f->up;
		trial->depth = f->depth;
		if (f->n != 0 && f->ops->read(trial, f->n, err) < 0)
			return trial->proved;
	}
	return sp_left(&trial->in) == 0;
}

/* Does the rest, read from `at`, fit exactly? */
static bool rest_fits(const struct sp_type_reader *r, const uint8_t *at)
{
	sp_auto(sp_arena) *scratch = sp_arena_new();
	struct sp_type_reader trial = *r;
	struct sp_error err;
	bool fits;

	trial.in.at = at;
	trial.arena = scratch;
	trial.trial = true;
	trial.trials++;
	trial.proved = false;
	fits = reads_rest(&trial, &err);
	sp_type_spend(&trial, 32 + (uint64_t)(trial.in.at - at) / 8);
	return fits;
}

static const uint8_t *search_end(struct sp_type_reader *r)
{
	const struct sp_type_rest *next = next_rest(r->rest);
	struct sp_cursor in = r->in;

	if (next == NULL)
		return r->in.end;
	for (; in.at <= in.end; in.at++) {
		if (!sp_type_spend(r, 1))
			return NULL;
		if (may_follow(next, in) && rest_fits(r, in.at))
			return in.at;
	}
	return NULL;
}

static const uint8_t *find_end(struct sp_type_reader *r)
{
	uint64_t key = memo_key(r);
	struct sp_type_memo *memo = memo_of(r);

	if (memo->key != key)
		*memo = (struct sp_type_memo){ key, search_end(r) };
	return memo->end;
}

static int fail_unknown(struct sp_type_reader *r, const struct sp_type *type, struct sp_error *err)
{
	int code = r->bounded ? SP_EDAMAGED : SP_EUNSUPPORTED;

	return sp_fail(err, code,
		"offset 0x%" PRIx64 ": the end of a snapshot of %s, version %" PRId32 ", %s",
		sp_offset(&r->in), sp_type_printable(r->arena, type->snapshot_class), type->version,
		r->bounded ? "cannot be found" : "is not known");
}

static int read_opaque(struct sp_type_reader *r, struct sp_type *type, struct sp_error *err)
{
	const uint8_t *end;

	type->kind = SP_OPAQUE;
	if (!r->bounded)
		return fail_unknown(r, type, err);
	end = r->trials == MAX_TRIALS ? r->in.end : find_end(r);
	if (end == NULL)
		return r->trial ? sp_fail(err, SP_EDAMAGED, "no end found")
				: fail_unknown(r, type, err);
	if (r->trial) {
		r->proved = true;
		return sp_fail(err, SP_EDAMAGED, "proved"); /* unwinds to rest_fits() */
	}
	r->in.at = end;
	return 0;
}

static bool has_composite_shape(const struct sp_type_reader *r, const struct sp_type *type)
{
	return type->version == COMPOSITE_VERSION && sp_left(&r->in) >= 16 &&
	       memcmp(r->in.at, COMPOSITE_HEAD, 4) == 0;
}

/* The end of what was read must be one at which the rest can begin, where that is known. */
static bool may_end_here(const struct sp_type_reader *r)
{
	return !r->bounded || may_follow(next_rest(r->rest), r->in);
}

/* A class that is unknown, but extends CompositeTypeSerializerSnapshot: children are known. */
static bool read_as_composite(struct sp_type_reader *r, struct sp_type *type, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	const uint8_t *hit = start.at + 8; /* behind magic and outer version */

	type->outer_version = (int32_t)sp_get_be32(start.at + 4);
	while ((hit = memmem(hit, (size_t)(start.end - hit), NESTED_HEAD, 8)) != NULL) {
		if (!sp_type_spend(r, 64))
			return false;
		r->in.at = hit++;
		type->kind = SP_COMPOSITE;
		if (sp_type_read_nested(r, type, 0, err) < 0) {
			if (r->proved)
				return true;
		} else if (may_end_here(r)) {
			return true;
		}
		type->n_children = 0;
	}
	r->in = start;
	return false;
}

int sp_type_read_unknown(struct sp_type_reader *r, struct sp_type *type, struct sp_error *err)
{
	if (has_composite_shape(r, type) && read_as_composite(r, type, err))
		return r->proved ? sp_fail(err, SP_EDAMAGED, "proved") : 0;
	return read_opaque(r, type, err);
}
