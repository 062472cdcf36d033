/* Rows of heap states of many shapes, written in the heap-native layout and read back. */
#ifndef HEAP_H
#define HEAP_H

#include "formats.h"
#include "keyed.h"
#include "row-key.h"
#include "shapes.h"

#define HEAP_GROUPS 8
#define HEAP_START 3

static const struct shape heap_shapes[] = {
	{ "value", "VALUE", "V", "S" },
	{ "windows", "REDUCING", "W", "L" },
	{ "list", "LIST", "V", "lS" },
	{ "numbers", "LIST", "S", "lL" },
	{ "map", "MAP", "V", "mSS" },
	{ "maps", "MAP", "S", "mLmLS" },
	{ "lists", "AGGREGATING", "V", "lS" },
	{ "timers", NULL, NULL, "tSW" },
	{ "nothing", "LIST", "V", "lN" },
	{ "opaque", "VALUE", "V", "U" },
};

#define HEAP_OPAQUE 9 /* as many states are understood */

static struct sp_operator heap_op = { .parallelism = 1, .max_parallelism = 128 };
static struct sp_subtask heap_subtask;

static inline const struct sp_keyed_header *heap_header(struct sp_arena *arena, bool compressed)
{
	return shapes_header(arena, compressed, "S", heap_shapes, sp_countof(heap_shapes));
}

/* --- rows ------------------------------------------------------------------------------------ */

struct heap_making {
	const struct sp_keyed_header *header;
	struct keyed_rows *rows;
	uint64_t seed;
	struct sp_buffer key, ns, user_key, joined, value;
};

static inline struct sp_slice heap_fresh(
	struct sp_buffer *buffer, const char *type, struct heap_making *making)
{
	buffer->n = 0;
	sp_buffer_reserve(buffer, 1);
	shapes_value(buffer, type, &making->seed);
	return sp_buffer_slice(buffer);
}

static inline void heap_add(struct heap_making *making, const struct sp_key_layout *layout,
	const struct sp_key_parts *parts, const struct sp_state *state)
{
	struct sp_row row = { .state = state,
		.key_group = parts->key_group,
		.value = sp_buffer_slice(&making->value) };

	making->joined.n = 0;
	sp_key_join(layout, parts, &making->joined);
	row.key = sp_buffer_slice(&making->joined);
	keyed_add(making->rows, &row);
}

static inline void heap_add_list(struct heap_making *making, const struct shape *shape)
{
	uint64_t n = test_random(&making->seed) % 6;

	making->value.n = 0;
	shapes_value(&making->value, shape->value + 1, &making->seed);
	while (n-- > 0) {
		sp_buffer_u8(&making->value, ',');
		shapes_value(&making->value, shape->value + 1, &making->seed);
	}
}

/* An entry of the heap: one row, but of a map its entries. */
static inline void heap_add_entry(struct heap_making *making, uint32_t group, size_t id, int n)
{
	const struct shape *shape = &heap_shapes[id];
	struct sp_key_parts parts = { .key_group = group };
	struct sp_key_layout layout;
	struct sp_error err;

	ck_ok(sp_key_layout(
		      making->header, &making->header->states[id], 128, SP_KRYO_2, &layout, &err),
		err);
	parts.key = heap_fresh(&making->key, "S", making);
	parts.ns = heap_fresh(&making->ns, shape->type == NULL ? "W" : shape->ns, making);
	parts.timestamp = (int64_t)test_random(&making->seed);
	making->value.n = 0;
	if (shape->type != NULL && strcmp(shape->type, "LIST") == 0)
		heap_add_list(making, shape);
	else if (shape->type != NULL && layout.user_key == NULL)
		shapes_value(&making->value, shape->value, &making->seed);
	if (layout.user_key == NULL) {
		heap_add(making, &layout, &parts, &making->header->states[id]);
		return;
	}
	while (n-- >= 0) {
		parts.user_key = heap_fresh(&making->user_key, shape->value + 1, making);
		making->value.n = 0;
		sp_buffer_u8(&making->value, n % 5 == 3);
		if (n % 5 != 3)
			shapes_value(&making->value, shape->value + 2, &making->seed);
		heap_add(making, &layout, &parts, &making->header->states[id]);
	}
}

/* Rows of all states but the opaque one; some key groups and states have none. */
static inline void heap_make_rows(
	const struct sp_keyed_header *header, struct keyed_rows *rows, int per_state)
{
	struct heap_making making = { .header = header, .rows = rows, .seed = 11 };

	for (uint32_t group = HEAP_START; group < HEAP_START + HEAP_GROUPS; group++)
		for (size_t i = 0; i < HEAP_OPAQUE; i++) {
			size_t id = (i + group) % HEAP_OPAQUE; /* in any order */

			for (int n = 0; n < per_state && group % 4 != 1 && (group + id) % 5 != 0;
				n++)
				heap_add_entry(&making, group, id, n);
		}
	sp_buffer_free(&making.key);
	sp_buffer_free(&making.ns);
	sp_buffer_free(&making.user_key);
	sp_buffer_free(&making.joined);
	sp_buffer_free(&making.value);
}

static inline const struct sp_state *heap_state(
	const struct sp_keyed_header *header, const char *name)
{
	for (size_t i = 0; i < header->n_states; i++)
		if (sp_slice_is(header->states[i].name, name))
			return &header->states[i];
	ck_abort();
}

static inline struct sp_writer_plan heap_plan(const struct sp_keyed_header *header, size_t memory)
{
	return (struct sp_writer_plan){ .name = "x",
		.header = header,
		.start = HEAP_START,
		.count = HEAP_GROUPS,
		.max_parallelism = 128,
		.inline_threshold = SIZE_MAX,
		.budget = { .memory = memory, .tmpdir = "/nowhere" } };
}

static inline int heap_write(const struct sp_format *format, const struct sp_writer_plan *plan,
	const struct keyed_rows *rows, struct sp_keyed_handle *ret, struct sp_error *err)
{
	sp_auto(sp_writer) *writer = NULL;

	if (format->create(plan, &writer, err) < 0)
		return err->code;
	for (size_t i = 0; i < rows->n; i++) {
		struct sp_row row = { .state = heap_state(plan->header, rows->rows[i].state),
			.key_group = rows->rows[i].key_group,
			.key = rows->rows[i].key,
			.value = rows->rows[i].value };

		if (sp_put(writer, &row, err) < 0)
			return err->code;
	}
	return writer->ops->finish(writer, rows->arena, ret, err);
}

static inline int heap_read_groups(const struct sp_keyed_handle *handle, struct sp_key_groups only,
	struct keyed_rows *rows, struct sp_error *err)
{
	struct sp_snapshot snapshot = { .version = 4 };
	struct sp_source source = { .metadata_path = (char *)(uintptr_t) "test",
		.snapshot = &snapshot };
	struct sp_keyed_place place = sp_place(&source, &heap_op, &heap_subtask, handle);
	struct sp_budget budget = { .memory = 1 << 16 };
	sp_auto(sp_stream) *stream = NULL;

	place.only = only;
	if (sp_hashmap.open(&place, &budget, &stream, err) < 0)
		return err->code;
	ck_assert_int_eq(stream->order, SP_ORDER_MAPS);
	return keyed_read(stream, rows, err);
}

static inline int heap_read(
	const struct sp_keyed_handle *handle, struct keyed_rows *rows, struct sp_error *err)
{
	return heap_read_groups(handle, (struct sp_key_groups){ 0, 0 }, rows, err);
}

static inline void heap_assert_same(const struct keyed_rows *a, const struct keyed_rows *b)
{
	ck_assert_uint_eq(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		ck_assert_str_eq(a->rows[i].state, b->rows[i].state);
		ck_assert_uint_eq(a->rows[i].key_group, b->rows[i].key_group);
		ck_assert(sp_slice_equal(a->rows[i].key, b->rows[i].key));
		ck_assert(sp_slice_equal(a->rows[i].value, b->rows[i].value));
	}
}

static const struct shape heap_few[] = {
	{ "v", "VALUE", "V", "L" },
	{ "l", "LIST", "V", "lS" },
	{ "m", "MAP", "V", "mSS" },
	{ "t", NULL, NULL, "tIV" },
};

static const struct {
	const char *state;
	size_t n_key, n_value;
	const char *key, *value;
} heap_few_rows[] = {
	{ "m", 8, 3, "\4keys\0\2a", "\0\2x" },
	{ "m", 8, 2, "\4keys\0\2b", "\1" }, /* null, and what a serializer made of it */
	{ "m", 8, 2, "\4kez.\0\2a", "\0\1" },
	{ "l", 6, 5, "\4keys\0", "\2a,\2b" },
	{ "v", 6, 8, "\4keys\0", "numbers." },
	{ "t", 14, 0, "\4timesta.keys\0", "" },
};

static inline void heap_add_few(struct keyed_rows *rows, const struct sp_keyed_header *header)
{
	for (size_t i = 0; i < sp_countof(heap_few_rows); i++)
		keyed_add(
			rows, &(struct sp_row){ .state = heap_state(header, heap_few_rows[i].state),
				      .key_group = 4,
				      .key = sp_slice(heap_few_rows[i].key, heap_few_rows[i].n_key),
				      .value = sp_slice(
					      heap_few_rows[i].value, heap_few_rows[i].n_value) });
}

static inline void heap_make_few(struct keyed_rows *rows, bool compressed,
	struct sp_writer_plan *plan, struct sp_keyed_handle *handle)
{
	struct sp_error err;

	*plan = heap_plan(
		shapes_header(rows->arena, compressed, "I", heap_few, sp_countof(heap_few)), 4096);
	plan->count = 2;
	heap_add_few(rows, plan->header);
	ck_ok(heap_write(&sp_hashmap, plan, rows, handle, &err), err);
}

#endif
