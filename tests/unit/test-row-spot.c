/* Where rows were read: the places that readers tell of rows that they give. */
#include "heap.h"
#include "path.h"
#include "scratch.h"

static struct {
	char *scratch, *path;
	struct sp_source source;
	struct sp_snapshot snapshot;
	struct keyed_rows rows;
	struct sp_keyed_handle handle;
	struct sp_slice bytes; /* of the file */
	struct sp_stream *stream;
} m;

/* A file `lead` bytes of which come before the state. */
static void write_file(size_t lead)
{
	FILE *f = fopen(m.path, "w");

	ck_assert_ptr_nonnull(f);
	for (size_t i = 0; i < lead; i++)
		putc('x', f);
	ck_assert_uint_eq(fwrite(m.bytes.p, 1, m.bytes.n, f), m.bytes.n);
	fclose(f);
}

/* Opens rows of many shapes in the layout, from what a handle of this code refers to. */
static void set_up(
	const struct sp_format *format, bool compressed, enum sp_handle_code code, size_t lead)
{
	const struct sp_budget budget = { .memory = 1 << 16 };
	struct sp_keyed_place place;
	struct sp_writer_plan plan;
	struct sp_error err;

	memset(&m, 0, sizeof(m));
	m.rows.arena = sp_arena_new();
	m.scratch = scratch_make();
	m.path = sp_path_join(m.scratch, "state");
	plan = heap_plan(heap_header(m.rows.arena, compressed), 1 << 16);
	heap_make_rows(plan.header, &m.rows, 3);
	ck_ok(heap_write(format, &plan, &m.rows, &m.handle, &err), err);
	m.bytes = m.handle.data.data;
	write_file(lead);
	if (code != SP_HANDLE_BYTES)
		m.handle.data = (struct sp_handle){ .code = code,
			.name = sp_slice_of(m.path),
			.start = (int64_t)lead,
			.size = (int64_t)m.bytes.n };
	m.handle.data.at = 77;
	m.snapshot.version = 4;
	m.source = (struct sp_source){ .store = sp_store_file_new(),
		.metadata_path = (char *)(uintptr_t) "metadata",
		.directory = m.scratch,
		.tree = m.scratch,
		.snapshot = &m.snapshot };
	place = sp_place(&m.source, &heap_op, &heap_subtask, &m.handle);
	ck_ok(format->open(&place, &budget, &m.stream, &err), err);
}

static void tear_down(void)
{
	sp_stream_free(m.stream);
	sp_store_free(m.source.store);
	keyed_free(&m.rows);
	scratch_remove(m.scratch);
	free(m.path);
}

static bool next(struct sp_row *row, struct sp_row_spot *spot)
{
	struct sp_error err;
	int r = sp_next(m.stream, row, &err);

	ck_ok(r, err);
	if (r > 0)
		m.stream->ops->spot(m.stream, spot);
	return r > 0;
}

static void assert_canonical(enum sp_handle_code code, size_t lead)
{
	struct sp_row_spot spot;
	struct sp_row row;
	size_t n = 0;

	set_up(&sp_canonical, false, code, lead);
	while (next(&row, &spot)) {
		const uint8_t *at = m.bytes.p + (spot.offset - lead);

		ck_assert_str_eq(spot.file, m.path);
		ck_assert_uint_lt(spot.offset - lead, m.bytes.n);
		ck_assert_uint_eq(sp_get_be32(at), row.key.n);
		ck_assert_mem_eq(at + 5, row.key.p + 1, row.key.n - 1);
		n++;
	}
	ck_assert_uint_eq(n, m.rows.n);
	tear_down();
}

START_TEST(of_canonical_rows_it_is_the_key)
{
	assert_canonical(SP_HANDLE_FILE, 0);
}
END_TEST

START_TEST(of_a_segment_it_is_in_the_whole_file)
{
	assert_canonical(SP_HANDLE_SEGMENT, 1000);
}
END_TEST

START_TEST(of_the_heap_it_is_the_entry)
{
	struct sp_row_spot spot;
	struct sp_row row;
	uint64_t last = 0;
	size_t values = 0;

	set_up(&sp_hashmap, false, SP_HANDLE_FILE, 0);
	while (next(&row, &spot)) {
		ck_assert_str_eq(spot.file, m.path);
		ck_assert_uint_ge(spot.offset, last); /* the same for all of a map */
		last = spot.offset;
		if (!sp_slice_is(row.state->name, "value"))
			continue;
		ck_assert_uint_lt(spot.offset + row.key.n, m.bytes.n);
		/* the namespace, a byte, and the key, which the row has between key group and it */
		ck_assert_mem_eq(m.bytes.p + spot.offset + 1, row.key.p + 1, row.key.n - 2);
		values++;
	}
	ck_assert_uint_gt(values, 5);
	tear_down();
}
END_TEST

static void assert_group(const struct sp_format *format, uint64_t prefix)
{
	struct sp_row_spot spot;
	struct sp_row row;
	size_t n = 0;

	set_up(format, true, SP_HANDLE_FILE, 0);
	while (next(&row, &spot)) {
		const int64_t start = m.handle.offsets[row.key_group - HEAP_START];

		ck_assert_uint_eq(spot.offset, (uint64_t)start + prefix);
		n++;
	}
	ck_assert_uint_gt(n, 0);
	tear_down();
}

START_TEST(of_compressed_rows_it_is_where_their_bytes_begin)
{
	assert_group(&sp_canonical, 0);
	assert_group(&sp_hashmap, 4); /* the number of the key group is not compressed */
}
END_TEST

START_TEST(of_inline_state_it_is_in_the_metadata)
{
	struct sp_row_spot spot;
	struct sp_row row;

	set_up(&sp_canonical, false, SP_HANDLE_BYTES, 0);
	ck_assert(next(&row, &spot));
	ck_assert_str_eq(spot.file, "metadata");
	ck_assert_uint_eq(spot.offset, 77);
	tear_down();
}
END_TEST

UNIT_MAIN("row-spot", of_canonical_rows_it_is_the_key, of_a_segment_it_is_in_the_whole_file,
	of_the_heap_it_is_the_entry, of_compressed_rows_it_is_where_their_bytes_begin,
	of_inline_state_it_is_in_the_metadata)
