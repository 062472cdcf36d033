#include "raw-keyed.h"

#define SEED 20250601

/* What was put into the key groups; `bytes[g].p` is NULL where nothing was. */
struct truth {
	struct sp_arena *arena;
	struct sp_slice *bytes;
	int32_t max;
};

static void shuffle(int32_t *order, int32_t n, uint64_t *random)
{
	for (int32_t i = 0; i < n; i++)
		order[i] = i;
	for (int32_t i = n - 1; i > 0; i--) {
		int32_t k = (int32_t)(test_random(random) % (uint64_t)(i + 1)), held = order[i];

		order[i] = order[k];
		order[k] = held;
	}
}

static struct sp_slice random_bytes(struct sp_arena *arena, size_t n, uint64_t *random)
{
	uint8_t *bytes = sp_arena_alloc(arena, n, 1);

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)test_random(random);
	return sp_slice(bytes, n);
}

static size_t random_size(uint64_t *random)
{
	uint64_t kind = test_random(random) % 20;

	return kind == 0 ? 0 : kind == 1 ? 20000 : 1 + test_random(random) % 200;
}

/* Some key groups are not there, some have no bytes (at the end: nothing else tells), and they
 * follow each other in the order of their numbers or in any. */
static void make_subtask(struct raw *raw, int32_t subtask, struct truth *truth, uint64_t *random)
{
	static const enum sp_keyed_code codes[] = { SP_KEYED_KEY_GROUPS, SP_KEYED_SAVEPOINT,
		SP_KEYED_KEY_GROUPS_V2 };
	struct sp_keyed_handle *handle =
		raw_handle(raw, subtask, codes[test_random(random) % sp_countof(codes)]);
	int32_t *order = sp_arena_new_array(raw->arena, int32_t, (size_t)handle->count);
	sp_auto_buffer bytes = { 0 };
	bool mixed = test_random(random) % 2 == 0;

	shuffle(order, handle->count, random);
	for (int32_t i = 0; i < handle->count; i++) {
		int32_t k = mixed ? order[i] : i;
		size_t n = random_size(random);

		if (test_random(random) % 4 == 0)
			continue;
		truth->bytes[handle->start + k] = random_bytes(truth->arena, n, random);
		if (n > 0)
			handle->offsets[k] = (int64_t)bytes.n;
		sp_buffer_bytes(&bytes, truth->bytes[handle->start + k]);
	}
	for (int32_t k = 0; k < handle->count; k++)
		if (handle->offsets[k] < 0 && truth->bytes[handle->start + k].p != NULL)
			handle->offsets[k] = (int64_t)bytes.n;
	raw_set_bytes(raw, handle, sp_buffer_slice(&bytes));
}

static void make_bytes(
	struct raw *raw, int32_t parallelism, int32_t max, struct truth *truth, uint64_t *random)
{
	raw_begin(raw, parallelism, max);
	*truth = (struct truth){ .arena = sp_arena_new(), .max = max };
	truth->bytes = sp_arena_new_array(truth->arena, struct sp_slice, (size_t)max);
	for (int32_t i = 0; i < parallelism; i++)
		if (test_random(random) % 4 != 0)
			make_subtask(raw, i, truth, random);
}

static void check_group(const struct sp_keyed_handle *handle, int32_t i, struct sp_slice expected)
{
	const struct sp_slice all = handle->data.data;
	const size_t offset = (size_t)handle->offsets[i];

	if (expected.p == NULL) {
		ck_assert_int_eq(handle->offsets[i], -1);
		return;
	}
	ck_assert_uint_le(offset, all.n);
	if (expected.n == 0)
		ck_assert_uint_eq(offset, all.n);
	ck_assert_uint_ge(all.n - offset, expected.n);
	ck_assert(sp_slice_equal(sp_slice(all.p + offset, expected.n), expected));
}

/* Exactly the subtask's key groups, with exactly their bytes. */
static void check_subtask(const struct raw *raw, int32_t subtask, const struct truth *truth)
{
	const struct sp_keyed_handle *handle = &raw->op.subtasks[subtask].raw_keyed;
	const struct sp_key_groups range =
		sp_key_groups_of_subtask(subtask, raw->op.parallelism, truth->max);
	size_t bytes = 0, there = 0;

	for (int32_t i = 0; i < range.count; i++) {
		bytes += truth->bytes[range.start + i].n;
		there += truth->bytes[range.start + i].p != NULL;
	}
	ck_assert_int_eq(handle->code, there > 0 ? SP_KEYED_KEY_GROUPS : SP_KEYED_NONE);
	if (there == 0)
		return;
	ck_assert_int_eq(handle->start, range.start);
	ck_assert_int_eq(handle->count, range.count);
	ck_assert_uint_eq(handle->data.data.n, bytes);
	for (int32_t i = 0; i < range.count; i++)
		check_group(handle, i, truth->bytes[range.start + i]);
}

static int32_t random_parallelism(int32_t max, uint64_t *random)
{
	return 1 + (int32_t)(test_random(random) % (uint64_t)max);
}

/* To another parallelism, in place. */
static void rescale_and_check(struct raw *raw, int32_t parallelism, const struct truth *truth)
{
	struct sp_error err;
	struct raw next;
	int r = raw_scale_to(raw, parallelism, truth->max, &next, &err);

	ck_ok(r, err);
	for (int32_t i = 0; i < parallelism; i++)
		check_subtask(&next, i, truth);
	raw_end(raw);
	*raw = next;
}

/* Whatever the bytes are, and to one parallelism after another. */
START_TEST(cuts_and_joins)
{
	static const int32_t maxima[] = { 1, 2, 100, 128, 129, 720 };
	uint64_t random = SEED;

	for (size_t i = 0; i < 60; i++) {
		int32_t max = maxima[i % sp_countof(maxima)];
		struct truth truth;
		struct raw raw;

		make_bytes(&raw, random_parallelism(max, &random), max, &truth, &random);
		for (int again = 0; again < 3; again++)
			rescale_and_check(&raw, random_parallelism(max, &random), &truth);
		raw_end(&raw);
		sp_arena_free(truth.arena);
	}
}
END_TEST

/* No handle, or one of no key groups. */
START_TEST(finds_nothing)
{
	struct sp_error err;
	struct raw raw, next;

	raw_begin(&raw, 2, 128);
	for (int32_t max = 100; max <= 128; max += 28) {
		ck_assert_int_eq(raw_scale_to(&raw, 3, max, &next, &err), 0);
		raw_end(&next);
	}
	raw_set_bytes(&raw, raw_handle(&raw, 1, SP_KEYED_KEY_GROUPS), sp_slice_of("nobody's"));
	for (int32_t max = 100; max <= 128; max += 28) {
		ck_assert_int_eq(raw_scale_to(&raw, 3, max, &next, &err), 0);
		raw_end(&next);
	}
	raw_end(&raw);
}
END_TEST

START_TEST(refuses_handles_of_another_kind)
{
	struct raw raw;

	raw_begin(&raw, 2, 128);
	raw_handle(&raw, 1, SP_KEYED_KEY_GROUPS)->code = SP_KEYED_INCREMENTAL;
	raw_fails(&raw, 128, SP_EUNSUPPORTED, "subtask 1", "type 5");
	raw_end(&raw);
}
END_TEST

START_TEST(names_damaged_handles)
{
	struct sp_keyed_handle *handle;
	struct raw raw;

	raw_begin(&raw, 2, 128);
	raw_set_bytes(&raw, raw_handle(&raw, 0, SP_KEYED_KEY_GROUPS), sp_slice_of(""));
	handle = raw_handle(&raw, 1, SP_KEYED_KEY_GROUPS);
	raw_set_bytes(&raw, handle, sp_slice_of("bytes"));
	handle->offsets[3] = 6;
	raw_fails(&raw, 128, SP_EDAMAGED, "subtask 1", "key group 67: offset 0x6");
	handle->offsets[3] = -2;
	raw_fails(&raw, 128, SP_EDAMAGED, "subtask 1", "key group 67: offset 0xf");
	handle->offsets[3] = 5;
	raw.op.subtasks[0].raw_keyed = *handle;
	raw_fails(&raw, 128, SP_EDAMAGED, "subtask 1", "key group 67 lies in subtask 0");
	handle->start = 65;
	raw_fails(&raw, 128, SP_EDAMAGED, "subtask 1", "key groups 65 to 128");
	raw.op.max_parallelism = 0;
	raw_fails(&raw, 128, SP_EDAMAGED, "max parallelism 0", "");
	raw_end(&raw);
}
END_TEST

UNIT_MAIN("raw-keyed-scale", cuts_and_joins, finds_nothing, refuses_handles_of_another_kind,
	names_damaged_handles)
