#include "unit.h"

#include "operator.h"
#include "real.h"
#include "test-data.h"

static struct sp_source no_source(void)
{
	return (struct sp_source){ .metadata_path = (char *)(uintptr_t) "test" };
}

static struct sp_operator_reader *open_stream(const struct operator_stream *s)
{
	static struct sp_source source;
	struct sp_operator_reader *reader;
	struct sp_error err;

	source = no_source();
	ck_ok(sp_operator_reader_open(&source, &s->handle, &reader, &err), err);
	return reader;
}

static int fail_to_open(const struct operator_stream *s, struct sp_error *err)
{
	struct sp_source source = no_source();
	struct sp_operator_reader *reader;

	return sp_operator_reader_open(&source, &s->handle, &reader, err);
}

/* Appends "name:element;…" of a state. */
static void put_elements(
	struct sp_operator_reader *reader, struct sp_slice name, struct sp_buffer *out)
{
	struct sp_slice piece;
	struct sp_error err;
	int r;

	ck_assert_int_eq(sp_operator_reader_select(reader, name), 1);
	sp_buffer_bytes(out, name);
	sp_buffer_u8(out, ':');
	while (sp_operator_reader_next(reader) > 0) {
		while ((r = sp_operator_reader_piece(reader, &piece, &err)) > 0)
			sp_buffer_bytes(out, piece);
		ck_ok(r, err);
		sp_buffer_u8(out, ';');
	}
}

static void put_all(struct sp_operator_reader *reader, struct sp_buffer *out)
{
	const struct sp_operator_header *header = sp_operator_reader_header(reader);

	for (size_t i = 0; i < header->n_states; i++)
		put_elements(reader, header->states[i].name, out);
}

static void assert_elements(struct sp_operator_reader *reader, const char *state, const char *all)
{
	sp_auto_buffer text = { 0 };

	put_elements(reader, sp_slice_of(state), &text);
	test_text_is(&text, all);
}

static void assert_read(int32_t version, bool compressed)
{
	struct operator_stream s;
	sp_auto(sp_operator_reader) *reader = NULL;
	const struct sp_operator_header *header;
	sp_auto_buffer text = { 0 };

	operator_make(&s, version, compressed);
	reader = open_stream(&s);
	header = sp_operator_reader_header(reader);
	ck_assert_int_eq(header->version, version);
	ck_assert_int_eq(header->compressed, compressed);
	ck_assert_uint_eq(header->n_lists, 2);
	ck_assert_uint_eq(header->n_states, version >= 3 ? 3 : 2);
	ck_assert_int_eq(header->modes[0], SP_MODE_SPLIT_DISTRIBUTE);
	ck_assert_int_eq(header->modes[1], SP_MODE_UNION);
	ck_assert_int_eq(header->states[0].value->kind, version >= 5 ? SP_INT : SP_LEGACY);
	ck_assert_ptr_null(header->states[0].key);
	assert_elements(reader, "list", compressed ? "list:a1;a2;a3;" : "list:a1;a2;;");
	assert_elements(reader, "union", "union:u;");
	if (version >= 3) {
		ck_assert_int_eq(header->modes[2], SP_MODE_BROADCAST);
		ck_assert_int_eq(header->states[2].kind, SP_KIND_BROADCAST);
		ck_assert_ptr_nonnull(header->states[2].key);
		put_elements(reader, sp_slice_of("broadcast"), &text);
		ck_assert_uint_eq(text.n, strlen("broadcast:") + 13 + 1);
	}
	ck_assert_int_eq(sp_operator_reader_select(reader, sp_slice_of("none")), 0);
	ck_assert_int_eq(sp_operator_reader_next(reader), 0);
	operator_free(&s);
}

START_TEST(reads_all_versions)
{
	for (int32_t version = 2; version <= 6; version++)
		assert_read(version, false);
	assert_read(6, true);
}
END_TEST

START_TEST(refuses_version_1_and_unknown_ones)
{
	struct operator_stream s;
	struct sp_error err;

	operator_make(&s, 5, false);
	sp_set_be32(s.bytes.p, 1);
	ck_fails(fail_to_open(&s, &err), SP_EUNSUPPORTED, "Flink 1.2", err);
	sp_set_be32(s.bytes.p, 7);
	ck_assert_int_eq(fail_to_open(&s, &err), SP_EDAMAGED);
	ck_assert_str_eq(err.message, "test: offset 0x0: operator state header of version 7");
	operator_free(&s);
}
END_TEST

START_TEST(finds_damage)
{
	struct operator_stream s;
	struct sp_error err;

	operator_make(&s, 6, false);
	s.offsets[0][1] = (int64_t)s.bytes.n + 1;
	ck_fails(fail_to_open(&s, &err), SP_EDAMAGED, "lies outside", err);
	s.offsets[0][1] = 3; /* in the middle of the header */
	ck_assert_int_eq(fail_to_open(&s, &err), SP_EDAMAGED);
	operator_free(&s);

	operator_make(&s, 6, false);
	s.bytes.p[4] = 1; /* says that it is compressed */
	ck_fails(fail_to_open(&s, &err), SP_EDAMAGED, "stream identifier", err);
	operator_free(&s);
}
END_TEST

START_TEST(finds_wrong_checksums)
{
	struct operator_stream s;
	sp_auto(sp_operator_reader) *reader = NULL;
	struct sp_slice piece;
	struct sp_error err;

	operator_make(&s, 6, true);
	s.bytes.p[s.offsets[1][0] + 4] ^= 1;
	reader = open_stream(&s);
	ck_assert_int_eq(sp_operator_reader_select(reader, sp_slice_of("union")), 1);
	ck_assert_int_eq(sp_operator_reader_next(reader), 1);
	ck_fails(sp_operator_reader_piece(reader, &piece, &err), SP_EDAMAGED, "checksum", err);
	operator_free(&s);
}
END_TEST

/* Elements "1" of a list and "22" of another, in the stream one way or the other. */
static void make_two(struct operator_stream *s, bool swapped, const char *one)
{
	operator_begin(s, 6, false);
	sp_buffer_u16(&s->bytes, 2);
	operator_declare(s, "one", SP_MODE_SPLIT_DISTRIBUTE);
	operator_declare(s, "two", SP_MODE_SPLIT_DISTRIBUTE);
	sp_buffer_u16(&s->bytes, 0);
	operator_put(s, swapped, sp_slice_of(swapped ? "22" : one));
	operator_put(s, !swapped, sp_slice_of(swapped ? one : "22"));
	operator_end(s);
}

static void list_backwards(struct operator_stream *s)
{
	struct sp_operator_state first = s->states[0];

	s->states[0] = s->states[1];
	s->states[1] = first;
}

START_TEST(finds_elements_in_any_order)
{
	struct operator_stream s;
	sp_auto(sp_operator_reader) *reader = NULL;

	for (int i = 0; i < 4; i++) {
		make_two(&s, i % 2 == 1, "1");
		if (i / 2 == 1)
			list_backwards(&s);
		reader = open_stream(&s);
		assert_elements(reader, "one", "one:1;");
		assert_elements(reader, "two", "two:22;");
		sp_operator_reader_free(sp_steal(reader));
		operator_free(&s);
	}
}
END_TEST

START_TEST(finds_elements_without_bytes)
{
	struct operator_stream s;
	sp_auto(sp_operator_reader) *reader = NULL;

	for (int i = 0; i < 2; i++) {
		make_two(&s, false, "");
		if (i == 1) /* the order of the metadata tells nothing */
			list_backwards(&s);
		reader = open_stream(&s);
		assert_elements(reader, "one", "one:;");
		assert_elements(reader, "two", "two:22;");
		sp_operator_reader_free(sp_steal(reader));
		operator_free(&s);
	}
}
END_TEST

/* What is left of an element, and elements in between, are passed over. */
START_TEST(passes_over_elements)
{
	struct operator_stream s;
	sp_auto(sp_operator_reader) *reader = NULL;
	struct sp_slice piece;
	struct sp_error err;

	for (int compressed = 0; compressed < 2; compressed++) {
		operator_make_with(&s, 6, compressed, "a3");
		reader = open_stream(&s);
		ck_assert_int_eq(sp_operator_reader_select(reader, sp_slice_of("list")), 1);
		ck_assert_int_eq(sp_operator_reader_next(reader), 1);
		sp_operator_reader_skip(reader, 1);
		ck_assert_int_eq(sp_operator_reader_next(reader), 1);
		ck_assert_int_eq(sp_operator_reader_piece(reader, &piece, &err), 1);
		ck_assert(sp_slice_is(piece, "a3"));
		sp_operator_reader_skip(reader, 1);
		ck_assert_int_eq(sp_operator_reader_next(reader), 0);
		assert_elements(reader, "list", "list:a1;a2;a3;");
		sp_operator_reader_free(sp_steal(reader));
		operator_free(&s);
	}
}
END_TEST

/* --- writing --------------------------------------------------------------------------------- */

static int merge(const struct operator_stream *const *streams, size_t n, sp_release release,
	struct sp_arena *arena, struct sp_operator_handle *ret, struct sp_error *err)
{
	struct sp_operator_reader *readers[4];
	sp_auto(sp_outlet) *outlet = sp_outlet_new(NULL, "merged", SIZE_MAX);
	int r;

	for (size_t i = 0; i < n; i++)
		readers[i] = open_stream(streams[i]);
	r = sp_operator_merge(readers, n, outlet, release, arena, ret, err);
	for (size_t i = 0; i < n; i++)
		sp_operator_reader_free(readers[i]);
	return r;
}

/* A stream of its own, and what is written of it. */
static struct {
	struct sp_arena *arena;
	struct operator_stream s;
	struct sp_operator_handle handle;
} m;

static void set_up(int32_t version, bool compressed)
{
	m.arena = sp_arena_new();
	operator_make(&m.s, version, compressed);
}

static int rewrite(sp_release release, struct sp_error *err)
{
	const struct operator_stream *streams[] = { &m.s };

	return merge(streams, 1, release, m.arena, &m.handle, err);
}

static void tear_down(void)
{
	operator_free(&m.s);
	sp_arena_free(m.arena);
}

static void assert_rewritten(int32_t version, bool compressed, sp_release release)
{
	struct operator_stream expected;
	struct sp_error err;

	set_up(version, compressed);
	operator_make_with(
		&expected, release >= SP_RELEASE(1, 18) ? 6 : 5, false, compressed ? "a3" : "");
	ck_ok(rewrite(release, &err), err);
	ck_assert_int_eq(m.handle.code, SP_OPERATOR_STREAM);
	ck_assert(sp_slice_equal(m.handle.data.data, sp_buffer_slice(&expected.bytes)));
	ck_assert_uint_eq(m.handle.n_states, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(m.handle.states[i].mode, expected.states[i].mode);
		ck_assert_uint_eq(m.handle.states[i].n_offsets, expected.states[i].n_offsets);
		for (size_t j = 0; j < m.handle.states[i].n_offsets; j++)
			ck_assert_int_eq(m.handle.states[i].offsets[j], expected.offsets[i][j]);
	}
	operator_free(&expected);
	tear_down();
}

START_TEST(writes_what_a_release_reads)
{
	assert_rewritten(6, false, SP_RELEASE(1, 17));
	assert_rewritten(6, true, SP_RELEASE(1, 17));
	assert_rewritten(6, true, SP_RELEASE(1, 18));
	assert_rewritten(5, false, SP_RELEASE(2, 2));
	assert_rewritten(5, false, SP_RELEASE(1, 11));
}
END_TEST

START_TEST(merges_states_by_name)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto(sp_operator_reader) *reader = NULL;
	struct operator_stream one, two, both;
	const struct operator_stream *streams[] = { &one, &two };
	struct sp_error err;

	operator_make(&one, 6, true);
	operator_begin(&two, 5, false);
	sp_buffer_u16(&two.bytes, 2);
	operator_declare(&two, "own", SP_MODE_UNION);
	operator_declare(&two, "list", SP_MODE_SPLIT_DISTRIBUTE);
	sp_buffer_u16(&two.bytes, 2);
	operator_declare(&two, "more", SP_MODE_BROADCAST);
	operator_declare(&two, "broadcast", SP_MODE_BROADCAST);
	operator_begin_elements(&two);
	operator_put(&two, 0, sp_slice_of("o"));
	operator_put(&two, 1, sp_slice_of("b1"));
	operator_put(&two, 2, sp_slice_of("MORE"));
	operator_put(&two, 3, sp_slice_of("OTHER COPY"));
	operator_end(&two);
	ck_ok(merge(streams, 2, SP_RELEASE(2, 2), arena, &both.handle, &err), err);
	reader = open_stream(&both);
	ck_assert_uint_eq(sp_operator_reader_header(reader)->n_lists, 3);
	ck_assert_uint_eq(sp_operator_reader_header(reader)->n_states, 5);
	assert_elements(reader, "list", "list:a1;a2;a3;b1;");
	assert_elements(reader, "union", "union:u;");
	assert_elements(reader, "own", "own:o;");
	assert_elements(reader, "more", "more:MORE;");
	ck_assert_int_eq(sp_operator_reader_select(reader, sp_slice_of("broadcast")), 1);
	ck_assert_int_eq(sp_operator_reader_next(reader), 1); /* one copy, the first */
	ck_assert_int_eq(sp_operator_reader_next(reader), 0);
	operator_free(&one);
	operator_free(&two);
}
END_TEST

START_TEST(refuses_to_take_apart_what_has_no_offsets)
{
	struct sp_error err;

	set_up(6, true);
	m.s.offsets[0][1] = m.s.offsets[0][0]; /* as Flink 1.18.1 has it */
	ck_fails(rewrite(SP_RELEASE(1, 18), &err), SP_EUNSUPPORTED, "Flink 1.18.0 and 1.18.1", err);
	tear_down();
}
END_TEST

START_TEST(leaves_out_what_flink_would_not_read)
{
	struct sp_error err;

	set_up(6, false);
	m.s.handle.states[1] =
		m.s.handle.states[--m.s.handle.n_states]; /* "union" is only declared */
	ck_ok(rewrite(SP_RELEASE(1, 17), &err), err);
	ck_assert_uint_eq(m.handle.n_states, 2);
	ck_assert(sp_slice_is(m.handle.states[0].name, "list"));
	ck_assert(sp_slice_is(m.handle.states[1].name, "broadcast"));
	tear_down();
}
END_TEST

START_TEST(refuses_to_lose_what_the_header_lacks)
{
	struct sp_error err;

	set_up(6, false);
	m.s.states[1].name = sp_slice_of("other");
	ck_fails(rewrite(SP_RELEASE(1, 17), &err), SP_EDAMAGED, "state 'other', of which", err);
	tear_down();
}
END_TEST

START_TEST(writes_broadcast_states_without_data_as_empty)
{
	struct sp_error err;

	set_up(6, false);
	operator_free(&m.s);
	operator_begin(&m.s, 6, false);
	sp_buffer_u16(&m.s.bytes, 0);
	sp_buffer_u16(&m.s.bytes, 1);
	operator_declare(&m.s, "broadcast", SP_MODE_BROADCAST);
	operator_end(&m.s);
	ck_ok(rewrite(SP_RELEASE(2, 2), &err), err);
	ck_assert_uint_eq(m.handle.states[0].n_offsets, 1);
	ck_assert_uint_eq(m.handle.data.data.n, (uint64_t)m.handle.states[0].offsets[0] + 4);
	tear_down();
}
END_TEST

static void assert_not_merged(
	struct operator_stream *one, struct operator_stream *two, const char *message)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct operator_stream *streams[] = { one, two };
	struct sp_operator_handle handle;
	struct sp_error err;

	ck_assert_int_eq(
		merge(streams, 2, SP_RELEASE(2, 2), arena, &handle, &err), SP_EUNSUPPORTED);
	ck_assert_str_eq(err.message, message);
	operator_free(two);
}

START_TEST(refuses_to_merge_what_differs)
{
	struct operator_stream one, two;
	char *at;

	operator_make(&one, 6, false);
	operator_make(&two, 6, false);
	at = memmem(two.bytes.p, two.bytes.n, "IntSerializer$IntS", 18);
	memcpy(at, "BigSerializer$BigS", 18);
	assert_not_merged(
		&one, &two, "state 'list' has different serializers in different subtasks");
	operator_begin(&two, 6, false);
	sp_buffer_u16(&two.bytes, 1);
	operator_declare(&two, "list", SP_MODE_UNION);
	sp_buffer_u16(&two.bytes, 0);
	operator_end(&two);
	assert_not_merged(&one, &two,
		"state 'list' has different modes of distribution in different subtasks");
	operator_make(&two, 4, false);
	assert_not_merged(&one, &two,
		"operator state of header version 4 (Flink 1.6 and before) cannot be rewritten");
	operator_free(&one);
}
END_TEST

/* --- real state --------------------------------------------------------------------------------
 */

static size_t n_streams, n_elements;

/* Written for another release and read back, it has the same elements. */
static void rewrite_real(struct sp_source *source, const struct sp_operator_handle *handle)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto(sp_outlet) *outlet = sp_outlet_new(NULL, "real", SIZE_MAX);
	sp_auto(sp_operator_reader) *reader = NULL;
	sp_auto(sp_operator_reader) *again = NULL;
	sp_auto_buffer before = { 0 };
	sp_auto_buffer after = { 0 };
	struct sp_operator_handle made;
	struct sp_error err;

	ck_ok(sp_operator_reader_open(source, handle, &reader, &err), err);
	ck_assert_int_ge(sp_operator_reader_header(reader)->version, 5);
	put_all(reader, &before);
	ck_ok(sp_operator_merge(&reader, 1, outlet, SP_RELEASE(1, 17), arena, &made, &err), err);
	ck_ok(sp_operator_reader_open(source, &made, &again, &err), err);
	ck_assert_int_eq(sp_operator_reader_header(again)->version, 5);
	put_all(again, &after);
	ck_assert(sp_slice_equal(sp_buffer_slice(&before), sp_buffer_slice(&after)));
	n_streams++;
	for (size_t i = 0; i < handle->n_states; i++)
		n_elements += handle->states[i].n_offsets;
}

static void rewrite_snapshot(const char *name, const char *directory)
{
	sp_auto(sp_source) *source = NULL;
	struct sp_error err;

	(void)name;
	ck_ok(sp_source_open(directory, &source, &err), err);
	for (size_t i = 0; i < source->snapshot->n_operators; i++) {
		const struct sp_operator *op = &source->snapshot->operators[i];

		for (size_t j = 0; j < op->n_subtasks; j++)
			for (size_t k = 0; k < op->subtasks[j].n_managed_operator; k++)
				if (op->subtasks[j].managed_operator[k].n_states != 0)
					rewrite_real(source, &op->subtasks[j].managed_operator[k]);
	}
}

START_TEST(real_state_has_the_same_elements_afterwards)
{
	ck_assert_int_ge(real_for_each(rewrite_snapshot), 15);
	ck_assert_uint_gt(n_streams, 50);
	ck_assert_uint_gt(n_elements, 200);
}
END_TEST

UNIT_MAIN("operator-state", finds_elements_in_any_order, finds_elements_without_bytes,
	passes_over_elements, reads_all_versions, refuses_version_1_and_unknown_ones, finds_damage,
	finds_wrong_checksums, writes_what_a_release_reads, merges_states_by_name,
	leaves_out_what_flink_would_not_read, refuses_to_lose_what_the_header_lacks,
	refuses_to_take_apart_what_has_no_offsets, writes_broadcast_states_without_data_as_empty,
	refuses_to_merge_what_differs, real_state_has_the_same_elements_afterwards)
