#include "heap.h"
#include "parts.h"
#include "path.h"
#include "scratch.h"

#define MAX_HANDLES HEAP_GROUPS

/* Rows in several handles, as the subtasks of an operator have them. */
struct handles {
	const struct sp_format *format;
	struct keyed_rows rows;
	const struct sp_keyed_header *header;
	struct sp_source source;
	struct sp_snapshot snapshot;
	struct sp_keyed_handle at[MAX_HANDLES];
	size_t n;
};

static struct sp_error err;

static const struct sp_key_groups all_groups = { HEAP_START, HEAP_GROUPS };

static void begin(struct handles *self, const struct sp_format *format, bool compressed)
{
	*self = (struct handles){ .format = format, .rows.arena = sp_arena_new() };
	self->snapshot.version = 4;
	self->source.metadata_path = (char *)(uintptr_t) "test";
	self->source.snapshot = &self->snapshot;
	self->header = heap_header(self->rows.arena, compressed);
}

static void end(struct handles *self)
{
	keyed_free(&self->rows);
}

/* The directory that the handles' files lie in. */
static void lie_in(struct handles *self, struct sp_store *store, char *directory)
{
	self->source.store = store;
	self->source.directory = directory;
	self->source.tree = directory;
}

static const char *name_of(struct handles *self, const char *what)
{
	return sp_arena_printf(self->rows.arena, "%s-%zu", what, self->n);
}

/* Writes the rows of these key groups into a handle of their own. */
static void write_part(
	struct handles *self, struct sp_key_groups part, struct sp_tree *tree, size_t threshold)
{
	struct sp_writer_plan plan = heap_plan(self->header, 1 << 26);
	struct keyed_rows rows = { .arena = self->rows.arena, .rows = self->rows.rows };

	plan.tree = tree;
	plan.name = name_of(self, "written");
	plan.start = part.start;
	plan.count = part.count;
	plan.inline_threshold = threshold;
	for (size_t i = 0; i < self->rows.n; i++) {
		rows.rows += self->rows.rows[i].key_group < (uint32_t)part.start;
		rows.n += sp_key_groups_have(part, self->rows.rows[i].key_group);
	}
	ck_ok(heap_write(self->format, &plan, &rows, &self->at[self->n++], &err), err);
}

static void write_parts(
	struct handles *self, uint64_t *seed, struct sp_tree *tree, size_t threshold)
{
	struct sp_key_groups left = all_groups, part;

	while (parts_next(&left, seed, &part))
		write_part(self, part, tree, threshold);
}

/* Cuts these key groups out of all that have some of them. */
static int cut_as(struct handles *self, const struct sp_format *format, struct sp_cut cut,
	struct sp_keyed_handle *ret)
{
	const struct sp_key_groups wanted = { cut.start, cut.count };
	struct sp_keyed_place places[MAX_HANDLES];
	size_t n = 0;

	for (size_t i = 0; i < self->n; i++) {
		const struct sp_key_groups has = { self->at[i].start, self->at[i].count };

		places[n] = sp_place(&self->source, &heap_op, &heap_subtask, &self->at[i]);
		places[n].only = sp_key_groups_common(has, wanted);
		n += places[n].only.count > 0;
	}
	cut.places = places;
	cut.n_places = n;
	return format->cut(&cut, self->rows.arena, ret, &err);
}

static int cut_inline(
	struct handles *self, struct sp_key_groups groups, struct sp_keyed_handle *ret)
{
	return cut_as(self, self->format,
		(struct sp_cut){ .name = "cut",
			.start = groups.start,
			.count = groups.count,
			.inline_threshold = SIZE_MAX },
		ret);
}

static void read_handle(
	struct handles *self, const struct sp_keyed_handle *handle, struct keyed_rows *rows)
{
	struct sp_keyed_place place = sp_place(&self->source, &heap_op, &heap_subtask, handle);
	struct sp_budget budget = { .memory = 1 << 16 };
	sp_auto(sp_stream) *stream = NULL;

	ck_ok(self->format->open(&place, &budget, &stream, &err), err);
	ck_ok(keyed_read(stream, rows, &err), err);
}

static void assert_handle(
	const struct handles *self, const struct sp_keyed_handle *handle, struct sp_key_groups part)
{
	const bool canonical = self->format->canonical;

	ck_assert_int_eq(handle->code, canonical ? SP_KEYED_SAVEPOINT : SP_KEYED_KEY_GROUPS_V2);
	ck_assert_uint_eq(handle->state_handle_id.n, canonical ? 0 : 36);
	ck_assert_int_eq(handle->start, part.start);
	ck_assert_int_eq(handle->count, part.count);
}

static void assert_same_handle(const struct sp_keyed_handle *a, const struct sp_keyed_handle *b)
{
	ck_assert_int_eq(a->code, b->code);
	ck_assert_int_eq(a->count, b->count);
	ck_assert_mem_eq(a->offsets, b->offsets, (size_t)a->count * sizeof(*a->offsets));
	ck_assert_int_eq(a->data.code, SP_HANDLE_BYTES);
	ck_assert(sp_slice_equal(a->data.data, b->data.data));
}

/* --- what comes out -------------------------------------------------------------------------- */

static void assert_cut(const struct sp_format *format, bool compressed)
{
	uint64_t seed = 41;

	for (int i = 0; i < 20; i++) {
		struct sp_key_groups left = all_groups, part;
		struct keyed_rows out = { .arena = sp_arena_new() };
		struct sp_keyed_handle whole, handle;
		struct handles from;

		begin(&from, format, compressed);
		heap_make_rows(from.header, &from.rows, 5);
		write_part(&from, all_groups, NULL, SIZE_MAX);
		whole = from.at[--from.n];
		write_parts(&from, &seed, NULL, SIZE_MAX);
		while (parts_next(&left, &seed, &part)) {
			ck_assert_int_eq(cut_inline(&from, part, &handle), 1);
			assert_handle(&from, &handle, part);
			read_handle(&from, &handle, &out);
		}
		heap_assert_same(&from.rows, &out);
		ck_assert_int_eq(cut_inline(&from, all_groups, &handle), 1);
		assert_same_handle(&handle, &whole);
		keyed_free(&out);
		end(&from);
	}
}

START_TEST(gives_the_rows_of_the_range)
{
	assert_cut(&sp_canonical, false);
	assert_cut(&sp_canonical, true);
	assert_cut(&sp_hashmap, false);
	assert_cut(&sp_hashmap, true);
}
END_TEST

static void assert_files(const struct sp_format *format, size_t threshold, int code)
{
	sp_auto(sp_store) *store = sp_store_file_new();
	char *scratch = scratch_make();
	char *before = sp_path_join(scratch, "before");
	char *after = sp_path_join(scratch, "after");
	struct sp_key_groups left = all_groups, part;
	struct keyed_rows out = { .arena = sp_arena_new() };
	struct handles from, to;
	struct sp_tree *tree;
	uint64_t seed = 43;

	begin(&from, format, false);
	heap_make_rows(from.header, &from.rows, 50);
	ck_ok(sp_tree_begin(store, before, false, &tree, &err), err);
	write_parts(&from, &seed, tree, 0);
	ck_ok(sp_tree_publish(tree, &err), err);
	sp_tree_free(tree);
	lie_in(&from, store, before);
	begin(&to, format, false);
	ck_ok(sp_tree_begin(store, after, false, &tree, &err), err);
	while (parts_next(&left, &seed, &part)) {
		struct sp_cut cut = { .tree = tree,
			.name = name_of(&to, "cut"),
			.start = part.start,
			.count = part.count,
			.inline_threshold = threshold };

		ck_assert_int_eq(cut_as(&from, format, cut, &to.at[to.n++]), 1);
		ck_assert_int_eq(to.at[to.n - 1].data.code, code);
	}
	ck_ok(sp_tree_publish(tree, &err), err);
	sp_tree_free(tree);
	lie_in(&to, store, after);
	for (size_t i = 0; i < to.n; i++)
		read_handle(&to, &to.at[i], &out);
	heap_assert_same(&from.rows, &out);
	keyed_free(&out);
	end(&from);
	end(&to);
	free(before);
	free(after);
	scratch_remove(scratch);
}

START_TEST(goes_from_files_to_files)
{
	assert_files(&sp_canonical, 0, SP_HANDLE_RELATIVE);
	assert_files(&sp_canonical, 1 << 24, SP_HANDLE_BYTES);
	assert_files(&sp_hashmap, 0, SP_HANDLE_RELATIVE);
	assert_files(&sp_memory, 0, SP_HANDLE_BYTES);
}
END_TEST

/* No reader knows where these values end. */
START_TEST(passes_what_nobody_can_decode)
{
	struct keyed_rows out = { .arena = sp_arena_new() };
	struct sp_keyed_handle whole, handle;
	struct handles from;

	begin(&from, &sp_hashmap, true);
	for (uint8_t group = HEAP_START; group < HEAP_START + HEAP_GROUPS; group++) {
		const uint8_t key[] = { group, 2, 'k', 0 };

		keyed_add(&from.rows, &(struct sp_row){ .state = heap_state(from.header, "opaque"),
					      .key_group = group,
					      .key = sp_slice(key, sizeof(key)),
					      .value = sp_slice_of("anything") });
	}
	write_part(&from, all_groups, NULL, SIZE_MAX);
	whole = from.at[--from.n];
	ck_assert_int_eq(heap_read(&whole, &out, &err), SP_EUNSUPPORTED);
	write_part(&from, (struct sp_key_groups){ HEAP_START, 3 }, NULL, SIZE_MAX);
	write_part(&from, (struct sp_key_groups){ HEAP_START + 3, 5 }, NULL, SIZE_MAX);
	ck_assert_int_eq(cut_inline(&from, all_groups, &handle), 1);
	assert_same_handle(&handle, &whole);
	keyed_free(&out);
	end(&from);
}
END_TEST

/* The same with its key groups in the opposite order. */
static void turn(struct sp_arena *arena, size_t header, struct sp_keyed_handle *handle)
{
	struct sp_slice data = handle->data.data;
	sp_auto_buffer turned = { 0 };
	uint64_t end = data.n;

	sp_buffer_bytes(&turned, sp_slice(data.p, header));
	for (int32_t i = handle->count; i-- > 0;) {
		uint64_t start = (uint64_t)handle->offsets[i];

		if (start == 0)
			continue;
		handle->offsets[i] = (int64_t)turned.n;
		sp_buffer_bytes(&turned, sp_slice(data.p + start, end - start));
		end = start;
	}
	handle->data.data = sp_arena_copy(arena, sp_buffer_slice(&turned));
}

START_TEST(brings_key_groups_into_their_order)
{
	const struct sp_format *const formats[] = { &sp_canonical, &sp_hashmap };

	for (size_t i = 0; i < sp_countof(formats); i++) {
		struct sp_keyed_handle whole, handle;
		struct handles from;

		begin(&from, formats[i], false);
		heap_make_rows(from.header, &from.rows, 5);
		write_part(&from, all_groups, NULL, SIZE_MAX);
		whole = from.at[--from.n];
		write_part(&from, all_groups, NULL, SIZE_MAX);
		turn(from.rows.arena, from.header->bytes.n, &from.at[0]);
		ck_assert(!sp_slice_equal(whole.data.data, from.at[0].data.data));
		ck_assert_int_eq(cut_inline(&from, all_groups, &handle), 1);
		assert_same_handle(&handle, &whole);
		end(&from);
	}
}
END_TEST

/* --- what cannot be cut ---------------------------------------------------------------------- */

START_TEST(leaves_what_lies_below_different_headers)
{
	struct sp_keyed_handle handle;
	struct handles from;

	begin(&from, &sp_canonical, false);
	write_part(&from, (struct sp_key_groups){ HEAP_START, 3 }, NULL, SIZE_MAX);
	from.header = heap_header(from.rows.arena, true);
	write_part(&from, (struct sp_key_groups){ HEAP_START + 3, 5 }, NULL, SIZE_MAX);
	ck_assert_int_eq(cut_inline(&from, all_groups, &handle), 0);
	ck_assert_int_eq(cut_inline(&from, (struct sp_key_groups){ HEAP_START, 3 }, &handle), 1);
	from.n = 0;
	ck_assert_int_eq(cut_inline(&from, all_groups, &handle), 0); /* no header at all */
	end(&from);
}
END_TEST

START_TEST(leaves_other_layouts)
{
	struct sp_keyed_handle handle;
	struct handles from;

	begin(&from, &sp_hashmap, false);
	write_part(&from, all_groups, NULL, SIZE_MAX);
	from.format = &sp_canonical;
	ck_assert_int_eq(cut_inline(&from, all_groups, &handle), 0);
	from.at[0].code = SP_KEYED_CHANGELOG_V2;
	ck_assert_int_eq(cut_inline(&from, all_groups, &handle), 0);
	end(&from);
}
END_TEST

START_TEST(needs_every_key_group_once)
{
	const struct sp_key_groups some = { HEAP_START, 3 };
	struct sp_keyed_handle handle;
	struct handles from;

	begin(&from, &sp_hashmap, false);
	write_part(&from, some, NULL, SIZE_MAX);
	ck_fails(cut_inline(&from, all_groups, &handle), SP_EDAMAGED, "no handle has key group 6",
		err);
	write_part(&from, some, NULL, SIZE_MAX);
	ck_fails(cut_inline(&from, some, &handle), SP_EDAMAGED,
		"key group 3 is outside of 3 to 5 "
		"or comes twice",
		err);
	end(&from);
}
END_TEST

START_TEST(keeps_to_what_may_lie_in_the_metadata)
{
	const struct sp_cut cut = { .name = "cut", .start = HEAP_START, .count = HEAP_GROUPS };
	struct sp_keyed_handle handle;
	sp_auto_buffer value = { 0 };
	struct handles from;
	uint64_t seed = 47;

	begin(&from, &sp_hashmap, false);
	shapes_put_string(&value, (size_t)5 << 20, &seed);
	keyed_add(&from.rows, &(struct sp_row){ .state = heap_state(from.header, "value"),
				      .key_group = 5,
				      .key = sp_slice("\5\2k\0", 4),
				      .value = sp_buffer_slice(&value) });
	write_part(&from, all_groups, NULL, SIZE_MAX);
	ck_fails(cut_as(&from, &sp_memory, cut, &handle), SP_EUNSUPPORTED,
		"cannot lie in the metadata", err);
	ck_assert_int_eq(cut_inline(&from, all_groups, &handle), 1);
	end(&from);
}
END_TEST

UNIT_MAIN("key-groups-cut", gives_the_rows_of_the_range, goes_from_files_to_files,
	passes_what_nobody_can_decode, brings_key_groups_into_their_order,
	leaves_what_lies_below_different_headers, leaves_other_layouts, needs_every_key_group_once,
	keeps_to_what_may_lie_in_the_metadata)
