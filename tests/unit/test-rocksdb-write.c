/* What is written is read back through librocksdb by the reader of this layout. */
#include "unit.h"

#include "filter.h"
#include "formats.h"
#include "path.h"
#include "rows.h"
#include "scratch.h"

static struct sp_operator op = { .parallelism = 1, .max_parallelism = 128 };

/* A place to write to. */
struct place {
	char *scratch, *directory;
	struct sp_store *store;
	struct sp_tree *tree;
	struct sp_arena *arena;
};

static void begin(struct place *place)
{
	struct sp_error err;

	*place = (struct place){ .scratch = scratch_make(), .arena = sp_arena_new() };
	place->directory = sp_path_join(place->scratch, "snapshot");
	place->store = sp_store_file_new();
	ck_ok(sp_tree_begin(place->store, place->directory, false, &place->tree, &err), err);
}

static void end(struct place *place)
{
	sp_tree_free(place->tree);
	sp_store_free(place->store);
	sp_arena_free(place->arena);
	free(place->directory);
	scratch_remove(place->scratch);
}

static struct sp_writer_plan plan_of(
	const struct place *place, const struct sp_keyed_header *header, size_t inline_threshold)
{
	return (struct sp_writer_plan){ .tree = place->tree,
		.name = "op-0-keyed",
		.header = header,
		.start = 0,
		.count = 128,
		.max_parallelism = 128,
		.inline_threshold = inline_threshold,
		.checkpoint_id = 42,
		.budget = { .memory = 1 << 20, .tmpdir = place->scratch } };
}

/* Ends the writer, publishes the tree. */
static void finish(struct place *place, struct sp_writer *writer, struct sp_keyed_handle *ret)
{
	struct sp_error err;

	ck_ok(writer->ops->finish(writer, place->arena, ret, &err), err);
	sp_writer_free(writer);
	ck_ok(sp_tree_publish(place->tree, &err), err);
}

/* Writes rows that are in order. */
static void write_rows(struct place *place, const struct rows *rows, size_t inline_threshold,
	struct sp_keyed_handle *ret)
{
	struct sp_writer_plan plan = plan_of(place, rows->header, inline_threshold);
	struct sp_writer *writer;
	struct sp_error err;

	ck_ok(sp_rocksdb.create(&plan, &writer, &err), err);
	for (size_t i = 0; i < rows->n; i++)
		ck_ok(sp_put(writer, &rows->rows[i], &err), err);
	finish(place, writer, ret);
}

/* Rows that are put one by one. */
static struct {
	struct place place;
	struct rows rows;
	struct sp_writer_plan plan;
	struct sp_writer *writer;
} m;

static void set_up(const char *const *states, size_t n)
{
	m.writer = NULL;
	rows_begin(&m.rows, states, n);
	begin(&m.place);
	m.plan = plan_of(&m.place, m.rows.header, 0);
}

static void open_writer(void)
{
	struct sp_error err;

	ck_ok(sp_rocksdb.create(&m.plan, &m.writer, &err), err);
}

static void put(uint32_t group, struct sp_slice key, struct sp_slice value)
{
	const struct sp_row row = { &m.rows.header->states[0], group, key, value };
	struct sp_error err;

	ck_ok(sp_put(m.writer, &row, &err), err);
}

static void tear_down(void)
{
	end(&m.place);
	rows_free(&m.rows);
}

static void read_rows(
	const struct place *place, const struct sp_keyed_handle *handle, struct rows *ret)
{
	struct sp_source source = { .store = place->store,
		.metadata_path = (char *)(uintptr_t) "test",
		.directory = place->directory,
		.tree = place->directory };
	struct sp_keyed_place keyed = sp_place(&source, &op, NULL, handle);
	struct sp_budget budget = { .memory = 8 << 20, .tmpdir = place->scratch };
	struct sp_stream *stream;
	struct sp_error err;

	ck_ok(sp_rocksdb.open(&keyed, &budget, &stream, &err), err);
	ck_assert_int_eq(stream->order, SP_ORDER_KEYS);
	rows_read(stream, ret);
	for (size_t i = 0; i < ret->n; i++) /* the stream's header goes with it */
		ret->rows[i].state = NULL;
	sp_stream_free(stream);
}

/* As rows_assert_equal(), with states by their order alone. */
static void assert_same_rows(const struct rows *a, const struct rows *b)
{
	ck_assert_uint_eq(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		ck_assert_uint_eq(a->rows[i].key_group, b->rows[i].key_group);
		ck_assert(sp_slice_equal(a->rows[i].key, b->rows[i].key));
		ck_assert(sp_slice_equal(a->rows[i].value, b->rows[i].value));
	}
}

static void make_sorted(
	const char *const *states, size_t n, const struct rows_shape *shape, struct rows *ret)
{
	struct rows made;

	rows_begin(&made, states, n);
	rows_make(&made, shape, 0, 128);
	rows_sorted(&made, ret);
	free(made.rows);
	rows_keep(ret, made.arena);
}

static void assert_round_trip(const struct rows *rows, size_t inline_threshold)
{
	struct sp_keyed_handle handle;
	struct rows back;
	struct place place;

	begin(&place);
	write_rows(&place, rows, inline_threshold, &handle);
	read_rows(&place, &handle, &back);
	assert_same_rows(rows, &back);
	rows_free(&back);
	end(&place);
}

static const char *const names[] = { "a", "b", "_timer_state/event_user-timers", "c d/e\\f", "" };

START_TEST(gives_back_the_rows_it_was_given)
{
	static const struct rows_shape shapes[] = {
		{ .seed = 1, .per_run = 30, .key_bytes = 20, .value_bytes = 100, .alphabet = 256 },
		{ .seed = 2, .per_run = 5, .key_bytes = 2, .value_bytes = 1, .alphabet = 2 },
		{ .seed = 3, .per_run = 3, .key_bytes = 5000, .value_bytes = 20000, .alphabet = 3 },
	};
	static const size_t thresholds[] = { 0, 20480, SIZE_MAX };

	for (size_t i = 0; i < sp_countof(shapes); i++)
		for (size_t j = 0; j < sp_countof(thresholds); j++) {
			struct rows rows;

			make_sorted(names, 4, &shapes[i], &rows);
			ck_assert_uint_gt(rows.n, 100);
			assert_round_trip(&rows, thresholds[j]);
			rows_free(&rows);
		}
}
END_TEST

START_TEST(states_without_rows_are_there)
{
	struct rows rows;

	rows_begin(&rows, names, 4);
	assert_round_trip(&rows, 0);
	assert_round_trip(&rows, SIZE_MAX);
	rows_free(&rows);
	rows_begin(&rows, names, 0);
	assert_round_trip(&rows, 0);
	rows_free(&rows);
}
END_TEST

START_TEST(takes_a_thousand_states)
{
	static char text[1000][16];
	static const char *many[1000];
	struct rows rows;

	for (size_t i = 0; i < sp_countof(many); i++) {
		snprintf(text[i], sizeof(text[i]), "state-%zu", i);
		many[i] = text[i];
	}
	make_sorted(many, sp_countof(many),
		&(struct rows_shape){ .seed = 4,
			.per_run = 2,
			.key_bytes = 8,
			.value_bytes = 8,
			.alphabet = 256 },
		&rows);
	ck_assert_uint_gt(rows.n, 50000);
	assert_round_trip(&rows, 20480);
	rows_free(&rows);
}
END_TEST

static struct sp_slice name_of(const struct sp_keyed_handle *handle, size_t i)
{
	return handle->private[i].local_path;
}

START_TEST(handle_is_flinks)
{
	struct sp_keyed_handle handle;
	struct place place;
	struct rows rows;
	int64_t size;

	make_sorted(names, 2,
		&(struct rows_shape){ .seed = 5,
			.per_run = 9,
			.key_bytes = 8,
			.value_bytes = 8,
			.alphabet = 256 },
		&rows);
	begin(&place);
	write_rows(&place, &rows, 0, &handle);
	ck_assert_int_eq(handle.code, SP_KEYED_INCREMENTAL_V2);
	ck_assert_int_eq(handle.start, 0);
	ck_assert_int_eq(handle.count, 128);
	ck_assert_int_eq(handle.checkpoint_id, 42);
	ck_assert_uint_eq(handle.backend_id.n, 36);
	ck_assert_uint_eq(handle.state_handle_id.n, 36);
	ck_assert(!sp_slice_equal(handle.backend_id, handle.state_handle_id));
	ck_assert_uint_eq(handle.n_shared, 0);
	ck_assert_uint_eq(handle.n_private, 4);
	ck_assert(sp_slice_is(name_of(&handle, 0), "CURRENT"));
	ck_assert(sp_slice_is(name_of(&handle, 1), "MANIFEST-000004"));
	ck_assert(sp_slice_is(name_of(&handle, 2), "000008.sst"));
	ck_assert(sp_slice_is(name_of(&handle, 3), "000009.sst"));
	ck_assert(sp_slice_is(handle.data.name, "op-0-keyed"));
	ck_assert(sp_slice_is(handle.private[2].handle.name, "op-0-keyed-000008.sst"));
	size = handle.data.size;
	for (size_t i = 0; i < handle.n_private; i++)
		size += handle.private[i].handle.size;
	ck_assert_int_eq(handle.checkpointed_size, size);
	ck_assert_int_eq(scratch_count(place.directory), 5);
	end(&place);
	rows_free(&rows);
}
END_TEST

static void assert_same_handle(const struct sp_handle *a, const struct sp_handle *b)
{
	ck_assert_int_eq(a->code, b->code);
	ck_assert(sp_slice_equal(a->name, b->name));
	ck_assert(sp_slice_equal(a->data, b->data));
	ck_assert_int_eq(a->size, b->size);
}

static const struct rows_shape some_rows = {
	.seed = 6, .per_run = 50, .key_bytes = 9, .value_bytes = 90, .alphabet = 9
};

START_TEST(bytes_are_the_same_every_time)
{
	struct sp_keyed_handle first, again;
	struct place a, b;
	struct rows rows;

	make_sorted(names, 3, &some_rows, &rows);
	begin(&a);
	begin(&b);
	write_rows(&a, &rows, SIZE_MAX, &first);
	write_rows(&b, &rows, SIZE_MAX, &again);
	ck_assert(sp_slice_equal(first.backend_id, again.backend_id));
	ck_assert(sp_slice_equal(first.state_handle_id, again.state_handle_id));
	ck_assert_uint_eq(first.n_private, again.n_private);
	assert_same_handle(&first.data, &again.data);
	for (size_t i = 0; i < first.n_private; i++)
		assert_same_handle(&first.private[i].handle, &again.private[i].handle);
	end(&a);
	end(&b);
	rows_free(&rows);
}
END_TEST

START_TEST(leaves_nothing_behind_unfinished)
{
	struct sp_writer *writer = NULL;
	struct sp_writer_plan plan;
	struct sp_error err;
	struct place place;
	struct rows rows;

	make_sorted(names, 3, &some_rows, &rows);
	begin(&place);
	plan = plan_of(&place, rows.header, 0);
	plan.budget.memory = 0; /* so that tables are passed on often */
	ck_ok(sp_rocksdb.create(&plan, &writer, &err), err);
	for (size_t i = 0; i < rows.n / 2; i++)
		ck_ok(sp_put(writer, &rows.rows[i], &err), err);
	ck_assert_int_gt(scratch_count(place.scratch), 1); /* the hidden directory, and tables */
	sp_writer_free(writer);
	sp_tree_free(place.tree);
	place.tree = NULL;
	ck_assert_int_eq(scratch_count(place.scratch), 0);
	end(&place);
	rows_free(&rows);
}
END_TEST

static void assert_read(const struct sp_keyed_handle *handle, size_t n)
{
	struct rows back;

	read_rows(&m.place, handle, &back);
	ck_assert_uint_eq(back.n, n);
	rows_free(&back);
}

/* 150 MB in one state: tables of about 64 MiB, and what they hold. */
START_TEST(tables_have_a_size)
{
	static uint8_t value[100000];
	struct sp_keyed_handle handle;
	uint64_t seed = 7, n = 1500;

	set_up(names, 1);
	open_writer();
	rows_random_bytes(value, sizeof(value), 256, &seed);
	for (uint64_t i = 0; i < n; i++) {
		uint8_t key[9] = { (uint8_t)(i / 12) };

		sp_set_be64(key + 1, i);
		put(key[0], sp_slice(key, sizeof(key)), sp_slice(value, sizeof(value)));
	}
	finish(&m.place, m.writer, &handle);
	ck_assert_uint_eq(handle.n_private, 2 + 3);
	for (size_t i = 2; i < 4; i++) {
		ck_assert_int_ge(handle.private[i].handle.size, 64 << 20);
		ck_assert_int_le(handle.private[i].handle.size, 65 << 20);
	}
	assert_read(&handle, n);
	tear_down();
}
END_TEST

/* Keys of 100 KB fill indexes faster than tables. */
START_TEST(indexes_are_bounded)
{
	static uint8_t key[100001];
	static const uint8_t value[4100];
	struct sp_keyed_handle handle;

	set_up(names, 1);
	open_writer();
	for (uint32_t i = 0; i < 400; i++) {
		sp_set_be32(key + sizeof(key) - 4, i); /* no shorter key lies between */
		put(0, sp_slice(key, sizeof(key)), sp_slice(value, sizeof(value)));
	}
	finish(&m.place, m.writer, &handle);
	ck_assert_uint_eq(handle.n_private, 2 + 3); /* of 16 MiB of index each */
	assert_read(&handle, 400);
	tear_down();
}
END_TEST

static int create_with(const char *const *states, size_t n, struct sp_error *err)
{
	int r;

	set_up(states, n);
	r = sp_rocksdb.create(&m.plan, &m.writer, err);
	ck_assert_int_eq(sp_rocksdb.check(m.rows.header, err), r);
	sp_writer_free(m.writer);
	tear_down();
	return r;
}

START_TEST(refuses_names_that_cannot_be)
{
	static const char *const fine[] = { "default ", "a", "Default" };
	static const char *const taken[] = { "a", "default" };
	static const char *const twice[] = { "a", "b", "a" };
	static const char *const zero[] = { "a\xc0\x80z" };
	struct sp_error err;

	ck_ok(create_with(fine, 3, &err), err);
	ck_fails(create_with(taken, 2, &err), SP_EUNSUPPORTED, "'default'", err);
	ck_fails(create_with(twice, 3, &err), SP_EUNSUPPORTED, "'a'", err);
	ck_assert_int_eq(create_with(zero, 1, &err), SP_EUNSUPPORTED);
	ck_assert(err.hint[0] != '\0');
}
END_TEST

/* Modified UTF-8 in the header, UTF-8 in the database. */
START_TEST(names_beyond_ascii_are_families)
{
	static const char *const beyond[] = { "gr\xc3\xbc\xc3\x9f", "\xed\xa0\xbd\xed\xb8\x80" };
	struct rows rows;

	make_sorted(beyond, 2,
		&(struct rows_shape){ .seed = 8,
			.per_run = 4,
			.key_bytes = 4,
			.value_bytes = 4,
			.alphabet = 256 },
		&rows);
	assert_round_trip(&rows, 0);
	rows_free(&rows);
}
END_TEST

START_TEST(refuses_rows_that_cannot_be_right)
{
	static const struct {
		uint32_t group;
		const char *key;
	} wrong[] = { { 4, "\4x" }, { 7, "\7x" }, { 6, "\5x" }, { 6, "" }, { 6, "\6a" },
		{ 6, "\6b" } };
	struct sp_error err;

	set_up(names, 1);
	m.plan.start = 5;
	m.plan.count = 2;
	open_writer();
	put(6, sp_slice("\6b", 2), sp_slice_of(""));
	for (size_t i = 0; i < sp_countof(wrong); i++) {
		const struct sp_row row = { &m.rows.header->states[0], wrong[i].group,
			sp_slice_of(wrong[i].key), sp_slice_of("") };

		ck_assert_int_eq(sp_put(m.writer, &row, &err), SP_EDAMAGED);
	}
	sp_writer_free(m.writer);
	tear_down();
}
END_TEST

UNIT_MAIN("rocksdb-write", gives_back_the_rows_it_was_given, states_without_rows_are_there,
	takes_a_thousand_states, handle_is_flinks, bytes_are_the_same_every_time,
	leaves_nothing_behind_unfinished, tables_have_a_size, indexes_are_bounded,
	refuses_names_that_cannot_be, names_beyond_ascii_are_families,
	refuses_rows_that_cannot_be_right)
