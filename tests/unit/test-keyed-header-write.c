#include "unit.h"

#include "filter.h"
#include "keyed-header-write.h"
#include "keyed.h"

#define LONG_SNAPSHOT                                                                              \
	"org.apache.flink.api.common.typeutils.base.LongSerializer$LongSerializerSnapshot"
#define STATE "org.apache.flink.runtime.state."
#define TTL "ttl.TtlStateFactory$TtlSerializerSnapshot"

static void put_versioned(struct sp_buffer *out, const char *class)
{
	sp_buffer_utf(out, sp_slice_of(class));
	sp_buffer_u32(out, 3);
}

static void put_role(struct sp_buffer *out, const char *role)
{
	sp_buffer_utf(out, sp_slice_of(role));
	sp_buffer_u32(out, 2);
}

/* Ttl(Long, String), of the asynchronous API. */
static void put_ttl(struct sp_buffer *out)
{
	put_versioned(out, STATE "v2." TTL);
	sp_buffer_u32(out, 911108);
	sp_buffer_u32(out, 2);
	sp_buffer_u32(out, 1333245);
	sp_buffer_u32(out, 1);
	sp_buffer_u32(out, 2);
	put_versioned(out, LONG_SNAPSHOT);
	put_versioned(out, STRING_SNAPSHOT);
}

/* A state as ForSt describes it: elements of Ttl(String), user keys of Long. */
static void put_state(struct sp_buffer *out, const char *name, bool user_key)
{
	sp_buffer_utf(out, sp_slice_of(name));
	sp_buffer_u32(out, SP_KIND_KEY_VALUE_V2);
	sp_buffer_u32(out, 1);
	sp_buffer_utf(out, sp_slice_of("KEYED_STATE_TYPE"));
	sp_buffer_utf(out, sp_slice_of(name));
	sp_buffer_u32(out, user_key ? 3 : 2);
	put_role(out, "VALUE_SERIALIZER");
	put_ttl(out);
	if (user_key) {
		put_role(out, "USER_KEY_SERIALIZER");
		put_versioned(out, LONG_SNAPSHOT);
	}
	put_role(out, "NAMESPACE_SERIALIZER");
	put_versioned(out, VOID_NAMESPACE_SNAPSHOT);
}

static const struct sp_keyed_header *read_header(
	const struct sp_buffer *bytes, struct sp_arena *arena)
{
	const struct sp_keyed_header *header;
	struct sp_error err;

	ck_ok(sp_keyed_header_read(sp_buffer_slice(bytes), 0, arena, &header, &err), err);
	return header;
}

/* States VALUE, LIST and MAP of the asynchronous API behind a plain one. */
static const struct sp_keyed_header *make_header(struct sp_arena *arena, bool user_key)
{
	static const char *const plain[] = { "plain" };
	sp_auto_buffer bytes = { 0 };

	keyed_put_header(&bytes, true, plain, 1);
	put_state(&bytes, "VALUE", false);
	put_state(&bytes, "LIST", false);
	put_state(&bytes, "MAP", user_key);
	for (size_t i = 0; i + 9 < bytes.n; i++) /* the count stands before the first state */
		if (memcmp(bytes.p + i, "\0\1\0\5plain", 9) == 0)
			bytes.p[i + 1] = 4;
	return read_header(&bytes, arena);
}

START_TEST(composes_what_was_there)
{
	static const char *const names[] = { "one", "two" };
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header;
	struct sp_slice states[2];
	sp_auto_buffer bytes = { 0 };
	sp_auto_buffer again = { 0 };

	keyed_put_header(&bytes, true, names, 2);
	header = read_header(&bytes, arena);
	for (size_t i = 0; i < 2; i++)
		states[i] = header->states[i].bytes;
	sp_keyed_header_write(sp_keyed_header_key(header), states, 2, true, &again);
	ck_assert(sp_slice_equal(sp_buffer_slice(&bytes), sp_buffer_slice(&again)));
}
END_TEST

static void expect_type(const struct sp_type *type, const char *text)
{
	sp_auto_buffer out = { 0 };

	sp_type_text(type, &out);
	ck_assert_msg(sp_slice_is(sp_buffer_slice(&out), text), "%.*s", (int)out.n, out.p);
}

START_TEST(describes_asynchronous_states_for_synchronous_access)
{
	static const char *const texts[] = { "Ttl<String>", "List<Ttl<String>>",
		"Map<Long, Ttl<String>>" };
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header = make_header(arena, true);
	const struct sp_keyed_header *plain;
	struct sp_error err;

	ck_assert_int_eq(sp_keyed_header_plain(header, arena, &plain, &err), 1);
	ck_assert_uint_eq(plain->n_states, 4);
	ck_assert(plain->compressed);
	ck_assert(sp_slice_equal(plain->states[0].bytes, header->states[0].bytes));
	for (size_t i = 1; i < 4; i++) {
		const struct sp_state *state = &plain->states[i];

		ck_assert_int_eq(state->kind, SP_KIND_KEY_VALUE);
		ck_assert_int_eq(state->type, header->states[i].type);
		ck_assert_ptr_null(state->user_key);
		ck_assert_int_eq(state->ns->kind, SP_VOID_NAMESPACE);
		expect_type(state->value, texts[i - 1]);
	}
	ck_assert(sp_slice_is(plain->states[1].value->snapshot_class, STATE TTL));
	ck_assert_int_eq(sp_keyed_header_plain(plain, arena, &plain, &err), 0);
}
END_TEST

START_TEST(refuses_maps_without_user_key)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	const struct sp_keyed_header *header = make_header(arena, false);
	const struct sp_keyed_header *plain;
	struct sp_error err;

	ck_assert_int_eq(sp_keyed_header_plain(header, arena, &plain, &err), SP_EUNSUPPORTED);
	ck_assert_msg(strstr(err.message, "state 'MAP'") != NULL, "%s", err.message);
}
END_TEST

/* --- the filter ------------------------------------------------------------------------------- */

struct rows {
	struct sp_stream stream;
	size_t at;
	bool freed;
};

static int rows_next(struct sp_stream *stream, struct sp_row *row, struct sp_error *err)
{
	struct rows *self = (struct rows *)stream;

	(void)err;
	if (self->at == stream->header->n_states)
		return 0;
	*row = (struct sp_row){ .state = &stream->header->states[self->at++],
		.key_group = 5,
		.key = sp_slice_of("k"),
		.value = sp_slice_of("v") };
	return 1;
}

static void rows_free(struct sp_stream *stream)
{
	((struct rows *)stream)->freed = true;
}

static const struct sp_stream_ops rows_ops = { .next = rows_next, .free = rows_free };

START_TEST(gives_rows_under_the_plain_header)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct rows rows = { { &rows_ops, make_header(arena, true), SP_ORDER_KEYS }, 0, false };
	struct sp_stream *stream;
	struct sp_error err;
	struct sp_row row;
	size_t n = 0;

	ck_ok(sp_plain_states(&rows.stream, &stream, &err), err);
	ck_assert_ptr_ne(stream, &rows.stream);
	ck_assert_int_eq(stream->order, SP_ORDER_KEYS);
	for (; sp_next(stream, &row, &err) > 0; n++) {
		ck_assert_ptr_eq(row.state, &stream->header->states[n]);
		ck_assert_int_eq(row.state->kind, SP_KIND_KEY_VALUE);
		ck_assert(sp_slice_is(row.value, "v"));
	}
	ck_assert_uint_eq(n, 4);
	sp_stream_free(stream);
	ck_assert(rows.freed);
}
END_TEST

START_TEST(is_not_there_where_nothing_changes)
{
	static const char *const names[] = { "one" };
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer bytes = { 0 };
	struct rows rows = { { &rows_ops, NULL, SP_ORDER_NONE }, 0, false };
	struct sp_stream *stream;
	struct sp_error err;

	keyed_put_header(&bytes, false, names, 1);
	rows.stream.header = read_header(&bytes, arena);
	ck_ok(sp_plain_states(&rows.stream, &stream, &err), err);
	ck_assert_ptr_eq(stream, &rows.stream);
	rows.stream.header = make_header(arena, false);
	ck_assert_int_eq(sp_plain_states(&rows.stream, &stream, &err), SP_EUNSUPPORTED);
	ck_assert(rows.freed);
}
END_TEST

UNIT_MAIN("keyed-header-write", composes_what_was_there,
	describes_asynchronous_states_for_synchronous_access, refuses_maps_without_user_key,
	gives_rows_under_the_plain_header, is_not_there_where_nothing_changes)
