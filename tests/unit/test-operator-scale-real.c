#include "scale.h"

#include "real.h"

static const int32_t parallelisms[] = { 1, 2, 3, 7, 128 };

/* "state" and bytes of each element of lists; broadcast states as a whole. */
struct found {
	struct sp_arena *arena;
	struct sp_slice *lists;
	size_t n_lists;
	struct sp_buffer broadcast; /* of all subtasks, one after the other */
};

static void find_elements(struct found *found, struct sp_operator_reader *reader,
	const struct sp_operator_state *state)
{
	struct sp_slice piece;
	struct sp_error err;
	int r;

	sp_operator_reader_select(reader, state->name);
	while (sp_operator_reader_next(reader) > 0) {
		sp_auto_buffer bytes = { 0 };

		sp_buffer_utf(&bytes, state->name);
		while ((r = sp_operator_reader_piece(reader, &piece, &err)) > 0)
			sp_buffer_bytes(&bytes, piece);
		ck_ok(r, err);
		if (state->mode == SP_MODE_BROADCAST) {
			sp_buffer_bytes(&found->broadcast, sp_buffer_slice(&bytes));
			continue;
		}
		found->lists =
			reallocarray(found->lists, found->n_lists + 1, sizeof(*found->lists));
		found->lists[found->n_lists++] =
			sp_arena_copy(found->arena, sp_buffer_slice(&bytes));
	}
}

static void find_all(struct found *found, struct sp_source *source,
	const struct sp_operator_handle *handle, bool managed)
{
	sp_auto(sp_operator_reader) *reader = NULL;
	struct sp_error err;

	if (handle->data.code == SP_HANDLE_EMPTY_SEGMENT)
		return;
	ck_ok(managed ? sp_operator_reader_open(source, handle, &reader, &err)
		      : sp_operator_reader_reopen(source, handle, NULL, &reader, &err),
		err);
	for (size_t i = 0; i < handle->n_states; i++)
		find_elements(found, reader, &handle->states[i]);
}

static int by_bytes(const void *a, const void *b)
{
	return sp_slice_compare(*(const struct sp_slice *)a, *(const struct sp_slice *)b);
}

static struct found find_old(struct sp_source *source, const struct sp_operator *op, bool managed)
{
	struct found found = { .arena = sp_arena_new() };

	for (size_t i = 0; i < op->n_subtasks; i++) {
		const struct sp_subtask *subtask = &op->subtasks[i];
		size_t n = managed ? subtask->n_managed_operator : subtask->n_raw_operator;

		for (size_t j = 0; j < n; j++)
			find_all(&found, source,
				managed ? &subtask->managed_operator[j] : &subtask->raw_operator[j],
				managed);
	}
	return found;
}

static void free_found(struct found *found)
{
	sp_arena_free(found->arena);
	free(found->lists);
	sp_buffer_free(&found->broadcast);
}

/* Every element of lists once, in whatever order; of broadcast states a copy for each subtask. */
static void assert_found(const struct found *old, const struct found *new, int32_t n, size_t least)
{
	ck_assert_uint_eq(old->n_lists, new->n_lists);
	if (old->n_lists > 0) {
		qsort(old->lists, old->n_lists, sizeof(*old->lists), by_bytes);
		qsort(new->lists, new->n_lists, sizeof(*new->lists), by_bytes);
	}
	for (size_t i = 0; i < old->n_lists; i++)
		ck_assert(sp_slice_equal(old->lists[i], new->lists[i]));
	if (old->broadcast.n == 0)
		ck_assert_uint_eq(new->broadcast.n, 0);
	else
		ck_assert_uint_ge(new->broadcast.n, (size_t)n * least);
}

/* Bytes of the broadcast states that new subtask `index` has, which some old one has as they are.
 */
static size_t assert_copies(const struct found *old, const struct found *new, size_t from)
{
	size_t n = new->broadcast.n - from;

	ck_assert(n == 0 ||
		  memmem(old->broadcast.p, old->broadcast.n, new->broadcast.p + from, n) != NULL);
	return n;
}

static int n_scaled;

static void assert_scaled(
	struct sp_source *source, const struct sp_operator *op, bool managed, int32_t n)
{
	struct sp_operator_scale_plan plan = { source, op, managed, n };
	struct found old = find_old(source, op, managed);
	struct found new = { .arena = sp_arena_new() };
	sp_auto(sp_operator_scale) *scale = NULL;
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_operator_handle handle;
	struct sp_error err;
	size_t least = SIZE_MAX;
	int r = sp_operator_scale_new(&plan, &scale, &err);
	uint64_t bytes;

	ck_ok(r, err);
	for (int32_t i = 0; r > 0 && i < n; i++) {
		size_t from = new.broadcast.n;
		size_t copied;

		if (!sp_operator_scale_has(scale, i, &bytes))
			continue;
		ck_ok(scale_write_one(scale, i, SP_RELEASE(2, 2), arena, &handle, &err), err);
		find_all(&new, source, &handle, managed);
		copied = assert_copies(&old, &new, from);
		least = copied < least ? copied : least;
		n_scaled++;
	}
	assert_found(&old, &new, n, least == SIZE_MAX ? 0 : least);
	free_found(&old);
	free_found(&new);
}

static void scale_real(const char *name, const char *directory)
{
	sp_auto(sp_source) *source = NULL;
	struct sp_error err;

	(void)name;
	ck_ok(sp_source_open(directory, &source, &err), err);
	for (size_t i = 0; i < source->snapshot->n_operators; i++)
		for (size_t j = 0; j < 2 * sp_countof(parallelisms); j++)
			assert_scaled(source, &source->snapshot->operators[i], j % 2 == 0,
				parallelisms[j / 2]);
}

START_TEST(keeps_all_of_real_snapshots)
{
	n_scaled = 0;
	ck_assert_int_gt(real_for_each(scale_real), 0);
	ck_assert_int_gt(n_scaled, 1000);
}
END_TEST

UNIT_MAIN("operator-scale-real", keeps_all_of_real_snapshots)
