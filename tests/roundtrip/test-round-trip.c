/*
 * Round trips: states of random schemas, from every layout to every other and back, at one
 * parallelism or at another one each time. The rows stay the same, whichever way they went;
 * canonical written from canonical has the same bytes.
 *
 * ROUND_TRIP_SEED and ROUND_TRIP_COUNT in the environment try other seeds than the usual ones.
 */
#include "key-group.h"
#include "made.h"
#include "migrate.h"
#include "schema.h"

#include <inttypes.h>
#include <stdio.h>

#define STATES 5 /* of an operator at most */

struct state {
	char name[16];
	enum sp_state_type kind;
	bool queue;
	struct schema_type *ns, *value, *user_key;
};

struct schema {
	struct schema_random random;
	struct sp_arena *arena;
	struct schema_type *key;
	struct state states[STATES];
	size_t n_states;
	bool compressed;
	int32_t max_parallelism, parallelism;
	bool rescales; /* conversions may change the parallelism */
};

/* A row that stands alone. */
struct plain_row {
	uint32_t key_group, state;
	struct sp_slice key, value;
};

struct plain_rows {
	struct plain_row *rows;
	size_t n, capacity;
};

/* --- schemas ------------------------------------------------------------------------------- */

static void make_state(struct schema *self, size_t i)
{
	static const enum sp_state_type kinds[] = { SP_STATE_VALUE, SP_STATE_LIST, SP_STATE_MAP,
		SP_STATE_REDUCING, SP_STATE_AGGREGATING };
	static const enum schema_kind spaces[] = { SCHEMA_VOID_NAMESPACE, SCHEMA_VOID_NAMESPACE,
		SCHEMA_TIME_WINDOW, SCHEMA_STRING, SCHEMA_LONG };
	struct schema_random *r = &self->random;
	struct state *state = &self->states[i];

	*state = (struct state){ .kind = kinds[schema_below(r, sp_countof(kinds))] };
	snprintf(state->name, sizeof(state->name), "state-%zu", i);
	state->queue = schema_below(r, 6) == 0;
	state->ns =
		schema_type(self->arena, spaces[schema_below(r, sp_countof(spaces))], NULL, NULL);
	state->value = schema_make(r, self->arena, 2);
	state->user_key = schema_make(r, self->arena, 1);
	if (schema_below(r, 4) == 0)
		state->value = schema_type(self->arena, SCHEMA_TTL,
			schema_type(self->arena, SCHEMA_LONG, NULL, NULL), state->value);
}

static void make_schema(struct schema *self, uint64_t seed)
{
	static const int32_t maxima[] = { 1, 3, 100, 128, 129, 4096, 32768 };
	struct schema_random *r = &self->random;

	*self = (struct schema){ .random = { seed }, .arena = sp_arena_new() };
	self->key = schema_make(r, self->arena, 1);
	self->n_states = 1 + schema_below(r, STATES);
	for (size_t i = 0; i < self->n_states; i++)
		make_state(self, i);
	self->compressed = schema_below(r, 3) == 0;
	self->max_parallelism = maxima[schema_below(r, sp_countof(maxima))];
	self->parallelism = 1 + (int32_t)schema_below(r, 3);
	if (self->parallelism > self->max_parallelism)
		self->parallelism = self->max_parallelism;
}

static void put_state(struct sp_buffer *out, struct schema *self, const struct state *state)
{
	static const char *const kinds[] = { [SP_STATE_VALUE] = "VALUE",
		[SP_STATE_LIST] = "LIST",
		[SP_STATE_MAP] = "MAP",
		[SP_STATE_REDUCING] = "REDUCING",
		[SP_STATE_AGGREGATING] = "AGGREGATING" };
	struct schema_type *value = state->value;

	sp_buffer_utf(out, sp_slice_of(state->name));
	sp_buffer_u32(out, state->queue ? SP_KIND_PRIORITY_QUEUE : SP_KIND_KEY_VALUE);
	sp_buffer_u32(out, !state->queue);
	if (!state->queue) {
		sp_buffer_utf(out, sp_slice_of("KEYED_STATE_TYPE"));
		sp_buffer_utf(out, sp_slice_of(kinds[state->kind]));
	}
	if (state->queue)
		value = schema_type(self->arena, SCHEMA_TIMER, self->key, state->ns);
	else if (state->kind == SP_STATE_LIST)
		value = schema_type(self->arena, SCHEMA_LIST, value, NULL);
	else if (state->kind == SP_STATE_MAP)
		value = schema_type(self->arena, SCHEMA_MAP, state->user_key, value);
	sp_buffer_u32(out, state->queue ? 1 : 2);
	sp_buffer_utf(out, sp_slice_of("VALUE_SERIALIZER"));
	schema_put_snapshot(out, value);
	if (state->queue)
		return;
	sp_buffer_utf(out, sp_slice_of("NAMESPACE_SERIALIZER"));
	schema_put_snapshot(out, state->ns);
}

static const struct sp_keyed_header *make_header(struct schema *self)
{
	sp_auto_buffer bytes = { 0 };
	const struct sp_keyed_header *header;
	struct sp_error err;

	sp_buffer_u32(&bytes, 6);
	sp_buffer_u8(&bytes, self->compressed);
	schema_put_snapshot(&bytes, self->key);
	sp_buffer_u16(&bytes, (uint16_t)self->n_states);
	for (size_t i = 0; i < self->n_states; i++)
		put_state(&bytes, self, &self->states[i]);
	ck_ok(sp_keyed_header_read(sp_buffer_slice(&bytes), 0, self->arena, &header, &err), err);
	return header;
}

/* --- rows ---------------------------------------------------------------------------------- */

static void add_row(struct schema *self, struct plain_rows *rows, const struct sp_row *row)
{
	if (rows->n == rows->capacity) {
		rows->capacity = rows->capacity == 0 ? 256 : rows->capacity * 2;
		rows->rows = reallocarray(rows->rows, rows->capacity, sizeof(*rows->rows));
		if (rows->rows == NULL)
			sp_abort("out of memory");
	}
	rows->rows[rows->n++] = (struct plain_row){
		.key_group = row->key_group,
		.state = row->state->id,
		.key = sp_arena_copy(self->arena, row->key),
		.value = sp_arena_copy(self->arena, row->value),
	};
}

static int by_place(const void *a, const void *b)
{
	const struct plain_row *x = a, *y = b;

	if (x->key_group != y->key_group)
		return x->key_group < y->key_group ? -1 : 1;
	if (x->state != y->state)
		return x->state < y->state ? -1 : 1;
	return sp_slice_compare(x->key, y->key);
}

/* Sorts, and keeps one row of each key. */
static void sort_rows(struct plain_rows *rows)
{
	size_t m = 0;

	if (rows->n == 0)
		return;
	qsort(rows->rows, rows->n, sizeof(*rows->rows), by_place);
	for (size_t i = 1; i < rows->n; i++)
		if (by_place(&rows->rows[m], &rows->rows[i]) != 0)
			rows->rows[++m] = rows->rows[i];
	rows->n = m + 1;
}

/* The length behind a part of an ambiguous key: base 256, little endian, no leading zero digits. */
static void put_length(struct sp_buffer *out, size_t n)
{
	do {
		sp_buffer_u8(out, (uint8_t)n);
		n >>= 8;
	} while (n != 0);
}

static void put_key(
	struct schema *self, const struct state *state, struct sp_buffer *out, uint32_t group)
{
	bool ambiguous = schema_length(self->key) < 0 && schema_length(state->ns) < 0;
	struct schema_random *r = &self->random;
	size_t at;

	if (self->max_parallelism > 128)
		sp_buffer_u8(out, (uint8_t)(group >> 8));
	sp_buffer_u8(out, (uint8_t)group);
	if (state->queue)
		sp_buffer_u64(out, schema_next(r));
	at = out->n;
	schema_put_value(r, out, self->key);
	if (ambiguous && !state->queue)
		put_length(out, out->n - at);
	at = out->n;
	schema_put_value(r, out, state->ns);
	if (ambiguous && !state->queue)
		put_length(out, out->n - at);
}

static void put_row_value(struct schema *self, const struct state *state, struct sp_buffer *out)
{
	struct schema_random *r = &self->random;
	uint32_t n = state->kind == SP_STATE_LIST ? 1 + schema_below(r, 4) : 1;

	if (state->kind == SP_STATE_MAP) {
		bool null = schema_below(r, 8) == 0;

		sp_buffer_u8(out, null);
		if (null)
			return;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0)
			sp_buffer_u8(out, ',');
		schema_put_value(r, out, state->value);
	}
}

/* A key of a state: one row, or of a map some entries. */
static void make_rows(
	struct schema *self, const struct sp_state *of, uint32_t group, struct plain_rows *rows)
{
	const struct state *state = &self->states[of->id];
	bool map = !state->queue && state->kind == SP_STATE_MAP;
	uint32_t n = map ? 1 + schema_below(&self->random, 4) : 1;
	sp_auto_buffer key = { 0 };
	size_t of_map;

	put_key(self, state, &key, group);
	of_map = key.n;
	for (uint32_t i = 0; i < n; i++) {
		sp_auto_buffer value = { 0 };
		struct sp_row row = { .state = of, .key_group = group };

		key.n = of_map;
		if (map)
			schema_put_value(&self->random, &key, state->user_key);
		if (!state->queue)
			put_row_value(self, state, &value);
		row.key = sp_buffer_slice(&key);
		row.value = sp_buffer_slice(&value);
		add_row(self, rows, &row);
	}
}

static struct plain_rows make_all_rows(struct schema *self, const struct sp_keyed_header *header)
{
	struct plain_rows rows = { 0 };
	uint32_t keys = 1 + schema_below(&self->random, 120);

	for (uint32_t i = 0; i < keys; i++)
		for (size_t j = 0; j < self->n_states; j++)
			make_rows(self, &header->states[j],
				schema_below(&self->random, (uint32_t)self->max_parallelism),
				&rows);
	sort_rows(&rows);
	return rows;
}

/* --- snapshots ----------------------------------------------------------------------------- */

/* The rows of one subtask as the data of a canonical handle. */
static void put_subtask(struct schema *self, struct made *made, int32_t index,
	const struct sp_keyed_header *header, const struct plain_rows *rows)
{
	struct sp_key_groups groups =
		sp_key_groups_of_subtask(index, self->parallelism, self->max_parallelism);
	struct sp_writer_plan plan = { .name = "made",
		.header = header,
		.start = groups.start,
		.count = groups.count,
		.max_parallelism = self->max_parallelism,
		.inline_threshold = SIZE_MAX };
	struct sp_keyed_handle *handle = &made->subtasks[index].managed_keyed;
	sp_auto(sp_writer) *writer = NULL;
	struct sp_error err;

	ck_ok(sp_canonical.create(&plan, &writer, &err), err);
	for (size_t i = 0; i < rows->n; i++) {
		const struct plain_row *from = &rows->rows[i];
		struct sp_row row = { .state = &header->states[from->state],
			.key_group = from->key_group,
			.key = from->key,
			.value = from->value };

		if (from->key_group >= (uint32_t)groups.start &&
			from->key_group < (uint32_t)(groups.start + groups.count))
			ck_ok(sp_put(writer, &row, &err), err);
	}
	ck_ok(writer->ops->finish(writer, made->arena, handle, &err), err);
}

static void make_snapshot(struct schema *self, struct made *made,
	const struct sp_keyed_header *header, const struct plain_rows *rows)
{
	made->op->parallelism = self->parallelism;
	made->op->max_parallelism = self->max_parallelism;
	made->op->n_subtasks = (size_t)self->parallelism;
	made->op->subtasks =
		sp_arena_new_array(made->arena, struct sp_subtask, made->op->n_subtasks);
	made->subtasks = made->op->subtasks;
	for (int32_t i = 0; i < self->parallelism; i++) {
		made->subtasks[i].index = i;
		put_subtask(self, made, i, header, rows);
	}
	made_write(made, made->source);
}

/* Converts with little memory, so that runs and blocks are spilled too. */
static void convert(struct schema *self, struct made *made, const char *from, const char *to,
	const char *layout)
{
	sp_auto(sp_store) *store = sp_store_file_new();
	sp_auto(sp_source) *source = NULL;
	struct sp_counters counters = { 0 };
	struct sp_migration_result result;
	const struct sp_scale scale = {
		1 + (int32_t)schema_below(&self->random,
			    (uint32_t)(self->max_parallelism < 9 ? self->max_parallelism : 9)),
		self->max_parallelism, NULL
	};
	struct sp_migration migration = {
		.scales = self->rescales ? &scale : NULL,
		.target = sp_format_by_name(layout),
		.store = store,
		.directory = to,
		.replace = true,
		.jobs = 1 + (int)schema_below(&self->random, 2),
		.memory = (size_t)1 << (14 + schema_below(&self->random, 8)),
		.tmpdir = made->scratch,
		.inline_threshold = schema_below(&self->random, 2) == 0 ? 0 : 20000,
		.counters = &counters,
	};
	struct sp_error err;

	ck_assert_msg(migration.target != NULL, "no layout '%s'", layout);
	ck_ok(sp_source_open(from, &source, &err), err);
	migration.source = source;
	ck_ok(sp_migrate(&migration, &result, &err), err);
	sp_migration_result_free(&result);
}

/* The rows of a snapshot, sorted. */
static struct plain_rows read_rows(struct schema *self, struct made *made, const char *from)
{
	struct sp_budget budget = { .memory = 1 << 20, .tmpdir = made->scratch };
	sp_auto(sp_source) *source = NULL;
	struct plain_rows rows = { 0 };
	struct sp_error err;

	ck_ok(sp_source_open(from, &source, &err), err);
	for (size_t i = 0; i < source->snapshot->operators[0].n_subtasks; i++) {
		struct sp_keyed_place place = { .source = source,
			.op = &source->snapshot->operators[0],
			.subtask = &source->snapshot->operators[0].subtasks[i] };
		const struct sp_format *format;
		sp_auto(sp_stream) *in = NULL;
		struct sp_row row;
		int r;

		place.handle = &place.subtask->managed_keyed;
		ck_ok(sp_format_of(&place, &format, &err), err);
		ck_ok(format->open(&place, &budget, &in, &err), err);
		while ((r = sp_next(in, &row, &err)) > 0)
			add_row(self, &rows, &row);
		ck_ok(r, err);
	}
	if (rows.n != 0)
		qsort(rows.rows, rows.n, sizeof(*rows.rows), by_place);
	return rows;
}

static void assert_same(
	const struct plain_rows *want, struct plain_rows *got, const char *what, uint64_t seed)
{
	ck_assert_msg(want->n == got->n, "seed %" PRIu64 ": %s: %zu rows, not %zu", seed, what,
		got->n, want->n);
	for (size_t i = 0; i < want->n; i++) {
		const struct plain_row *a = &want->rows[i], *b = &got->rows[i];

		ck_assert_msg(by_place(a, b) == 0 && sp_slice_equal(a->value, b->value),
			"seed %" PRIu64 ": %s: row %zu differs", seed, what, i);
	}
	free(got->rows);
}

/* The data of one subtask's canonical handle. */
static struct sp_buffer keyed_data(struct sp_source *source, size_t subtask)
{
	const struct sp_subtask *of = &source->snapshot->operators[0].subtasks[subtask];
	sp_auto(sp_file) *file = NULL;
	struct sp_buffer bytes = { 0 };
	struct sp_error err;

	ck_ok(sp_source_open_handle(source, &of->managed_keyed.data, &file, &err), err);
	ck_ok(sp_file_read_all(file, 1 << 30, &bytes, &err), err);
	return bytes;
}

static void try_canonical(struct schema *self, struct made *made, uint64_t seed)
{
	sp_auto(sp_source) *from = NULL;
	sp_auto(sp_source) *to = NULL;
	struct sp_error err;

	convert(self, made, made->source, made->target, "canonical");
	ck_ok(sp_source_open(made->source, &from, &err), err);
	ck_ok(sp_source_open(made->target, &to, &err), err);
	for (int32_t i = 0; i < self->parallelism; i++) {
		sp_auto_buffer a = keyed_data(from, (size_t)i);
		sp_auto_buffer b = keyed_data(to, (size_t)i);

		ck_assert_msg(sp_slice_equal(sp_buffer_slice(&a), sp_buffer_slice(&b)),
			"seed %" PRIu64 ": canonical from canonical has other bytes", seed);
	}
}

static void try_pair(struct schema *self, struct made *made, const char *a, const char *b,
	const struct plain_rows *want, uint64_t seed)
{
	char *there = made_path(made, made->scratch, "there");
	char *other = made_path(made, made->scratch, "other");
	char *back = made_path(made, made->scratch, "back");
	char *ways[3] = { there, other, back };
	char what[64];

	convert(self, made, made->source, there, a);
	convert(self, made, there, other, b);
	convert(self, made, other, back, a);
	for (int i = 0; i < 3; i++) {
		struct plain_rows got = read_rows(self, made, ways[i]);

		snprintf(what, sizeof(what), "%s to %s and back, step %d", a, b, i);
		assert_same(want, &got, what, seed);
	}
}

static void try_seed(uint64_t seed)
{
	static const char *const layouts[] = { "canonical", "hashmap", "rocksdb", "memory" };
	const struct sp_keyed_header *header;
	struct plain_rows rows;
	struct schema schema;
	struct made made;

	make_schema(&schema, seed);
	header = make_header(&schema);
	made_begin(&made, 3);
	rows = make_all_rows(&schema, header);
	make_snapshot(&schema, &made, header, &rows);
	schema.rescales = seed % 2 == 0;
	for (size_t i = 0; i < sp_countof(layouts); i++)
		for (size_t j = 0; j < sp_countof(layouts); j++)
			try_pair(&schema, &made, layouts[i], layouts[j], &rows, seed);
	schema.rescales = false;
	try_canonical(&schema, &made, seed);
	free(rows.rows);
	made_end(&made);
	sp_arena_free(schema.arena);
}

static uint64_t number_of(const char *variable, uint64_t usual)
{
	const char *text = getenv(variable);

	return text == NULL ? usual : strtoull(text, NULL, 10);
}

START_TEST(every_layout_and_back)
{
	uint64_t seed = number_of("ROUND_TRIP_SEED", 1);
	uint64_t end = seed + number_of("ROUND_TRIP_COUNT", 12);

	for (; seed < end; seed++)
		try_seed(seed);
}
END_TEST

UNIT_MAIN("round-trip", every_layout_and_back)
