/*
 * Which fields a hash function counts, and in which order: the file has only the fields' names,
 * sorted. All orders of all subsets while they are few; of larger subsets as they are sorted, and
 * backwards.
 */
#include "key-hash-internal.h"

struct orders {
	struct sp_key_orders *to;
	size_t n_fields, size;
	uint8_t order[SP_KEY_FIELDS_MAX];
	bool used[SP_KEY_FIELDS_MAX];
};

static void put(struct orders *o, bool backwards)
{
	struct sp_key_orders *to = o->to;
	uint8_t *at = &to->bytes[to->at[to->n]];

	for (size_t i = 0; i < o->size; i++)
		at[i] = o->order[backwards ? o->size - 1 - i : i];
	to->at[to->n + 1] = to->at[to->n] + (uint32_t)o->size;
	to->n++;
}

static void permute(struct orders *o, size_t depth)
{
	if (depth == o->size) {
		put(o, false);
		return;
	}
	for (uint8_t f = 0; f < o->n_fields; f++) {
		if (o->used[f])
			continue;
		o->used[f] = true;
		o->order[depth] = f;
		permute(o, depth + 1);
		o->used[f] = false;
	}
}

static void choose(struct orders *o, size_t depth, uint8_t from)
{
	if (depth == o->size) {
		put(o, false);
		if (o->size > 1)
			put(o, true);
		return;
	}
	for (uint8_t f = from; f < o->n_fields; f++) {
		o->order[depth] = f;
		choose(o, depth + 1, (uint8_t)(f + 1));
	}
}

/* n! / (n - size)!, or with `sorted` twice n over size; as a double it cannot overflow. */
static double count(size_t n, size_t size, bool sorted)
{
	double ret = 1;

	for (size_t i = 0; i < size; i++)
		ret *= (double)(n - i) / (sorted ? (double)(i + 1) : 1);
	return sorted ? ret * 2 : ret;
}

/* Some of the room is kept for larger subsets. */
static double room(const struct sp_key_orders *to, size_t limit, bool sorted)
{
	return (double)(sorted ? limit : limit - limit / 8) - (double)to->n;
}

struct sp_key_orders sp_key_orders(size_t n_fields, size_t limit, struct sp_arena *arena)
{
	struct sp_key_orders ret = { .complete = true };
	struct orders o = { .to = &ret, .n_fields = n_fields };

	ret.bytes = sp_arena_alloc(arena, limit, n_fields);
	ret.at = sp_arena_new_array(arena, uint32_t, limit + 1);
	for (o.size = 1; o.size <= n_fields; o.size++) {
		if (count(n_fields, o.size, false) <= room(&ret, limit, false)) {
			permute(&o, 0);
			continue;
		}
		ret.complete = false;
		if (count(n_fields, o.size, true) <= room(&ret, limit, true))
			choose(&o, 0, 0);
	}
	return ret;
}
