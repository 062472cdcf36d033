#include "unit.h"

#include <stdio.h>
#include <time.h>

#include "test-data.h"
#include "type.h"

#define BASE "org.apache.flink.api.common.typeutils.base."

static int read_header(const struct sp_buffer *bytes, struct sp_arena *arena,
	const struct sp_keyed_header **ret, struct sp_error *err)
{
	return sp_keyed_header_read(sp_buffer_slice(bytes), 0, arena, ret, err);
}

static void put_role(struct sp_buffer *out, const char *role, const struct sp_type *type)
{
	if (type == NULL)
		return;
	sp_buffer_printf(out, " %s=", role);
	sp_type_text(type, out);
}

/* The text that headers/expected.txt has for a header. */
static void put_header(struct sp_buffer *out, const struct sp_keyed_header *header)
{
	sp_buffer_printf(
		out, "version=%d%s", header->version, header->compressed ? " compressed" : "");
	put_role(out, "key", header->key);
	sp_buffer_printf(out, "\n");
	for (size_t i = 0; i < header->n_states; i++) {
		const struct sp_state *state = &header->states[i];

		ck_assert_uint_eq(state->id, i);
		sp_buffer_printf(out, "%s %.*s", sp_state_kind_text(state), (int)state->name.n,
			(const char *)state->name.p);
		put_role(out, "ns", state->ns);
		put_role(out, "uk", state->user_key);
		put_role(out, "v", state->value);
		sp_buffer_printf(out, "\n");
	}
}

static char *take_line(char **at)
{
	char *line = *at;
	char *end = strchr(line, '\n');

	ck_assert(end != NULL);
	*end = '\0';
	*at = end + 1;
	return line;
}

/* Calls `check` for each header of expected.txt: "= NAME", then the lines of put_header(). */
static void each_header(void (*check)(const struct sp_buffer *bytes, const char *expected))
{
	sp_auto_buffer file = { 0 };
	size_t n = 0;
	char *at;

	test_data_read("headers/expected.txt", &file);
	sp_buffer_u8(&file, '\0');
	for (at = (char *)file.p; *at != '\0'; n++) {
		sp_auto_buffer bytes = { 0 };
		sp_auto_buffer expected = { 0 };
		char path[300];

		snprintf(path, sizeof(path), "headers/%s.header", take_line(&at) + 2);
		test_data_read(path, &bytes);
		while (*at != '\0' && *at != '=')
			sp_buffer_printf(&expected, "%s\n", take_line(&at));
		sp_buffer_u8(&expected, '\0');
		check(&bytes, (char *)expected.p);
	}
	ck_assert_uint_ge(n, 25);
}

static void reads_as_expected(const struct sp_buffer *bytes, const char *expected)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer text = { 0 };
	const struct sp_keyed_header *header;
	struct sp_error err;
	size_t n = 0;

	ck_ok(read_header(bytes, arena, &header, &err), err);
	put_header(&text, header);
	test_text_is(&text, expected);
	ck_assert(sp_slice_equal(header->bytes, sp_buffer_slice(bytes)));
	for (size_t i = 0; i < header->n_states; i++)
		n += header->states[i].bytes.n;
	ck_assert_uint_eq(4 + 1 + 4 + header->key->bytes.n + 2 + n, bytes->n);
}

static void refuses_cuts(const struct sp_buffer *bytes, const char *expected)
{
	bool opaque = strstr(expected, "Opaque") != NULL; /* then a shorter body is as good */
	const struct sp_keyed_header *header;
	struct sp_error err;

	for (size_t n = 0; n<bytes->n; n += bytes->n> 3000 ? 7 : 1) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		uint8_t *exact = malloc(n + 1);
		int status;

		memcpy(exact, bytes->p, n);
		status = sp_keyed_header_read(sp_slice(exact, n), 0, arena, &header, &err);
		ck_assert_msg(status < 0 || opaque, "accepted when cut at %zu", n);
		free(exact);
	}
}

static void survives_damage(const struct sp_buffer *bytes, const char *expected)
{
	uint64_t seed = 0x5eed0000 + strlen(expected);
	const struct sp_keyed_header *header;
	struct sp_error err;

	for (int i = 0; i < 300; i++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		sp_auto_buffer copy = { 0 };
		sp_auto_buffer text = { 0 };

		sp_buffer_bytes(&copy, sp_buffer_slice(bytes));
		test_damage(copy.p, copy.n, &seed);
		if (read_header(&copy, arena, &header, &err) == 0)
			put_header(&text, header);
	}
}

START_TEST(reads_headers_of_real_flink)
{
	each_header(reads_as_expected);
}
END_TEST

START_TEST(refuses_cut_headers)
{
	each_header(refuses_cuts);
}
END_TEST

START_TEST(survives_damaged_headers)
{
	each_header(survives_damage);
}
END_TEST

static void replace(struct sp_buffer *bytes, const char *old, const char *new)
{
	size_t n = strlen(old);
	uint8_t *at = bytes->p;

	ck_assert_uint_eq(n, strlen(new));
	while ((at = memmem(at, bytes->n - (size_t)(at - bytes->p), old, n)) != NULL) {
		memcpy(at, new, n);
		at += n;
	}
}

static void same_states(const struct sp_keyed_header *a, const struct sp_keyed_header *b)
{
	ck_assert_uint_eq(a->n_states, b->n_states);
	ck_assert_uint_eq(a->key->bytes.n, b->key->bytes.n);
	for (size_t i = 0; i < a->n_states; i++) {
		const struct sp_state *s = &a->states[i];
		const struct sp_state *t = &b->states[i];

		ck_assert(sp_slice_equal(s->name, t->name));
		ck_assert_uint_eq(s->bytes.n, t->bytes.n);
		ck_assert_uint_eq(s->value->bytes.n, t->value->bytes.n);
		ck_assert((s->ns == NULL) == (t->ns == NULL));
	}
}

/* Renames classes so that nobody knows them, and expects the same borders everywhere. */
static void finds_borders_without(
	const struct sp_buffer *bytes, const char *class, const char *unknown)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer copy = { 0 };
	const struct sp_keyed_header *expected;
	const struct sp_keyed_header *header;
	struct sp_error err;

	sp_buffer_bytes(&copy, sp_buffer_slice(bytes));
	replace(&copy, class, unknown);
	ck_ok(read_header(bytes, arena, &expected, &err), err);
	ck_ok(read_header(&copy, arena, &header, &err), err);
	same_states(expected, header);
}

static void finds_borders(const struct sp_buffer *bytes, const char *expected)
{
	(void)expected;
	finds_borders_without(bytes, "org.apache.flink.", "org.apache.crunk.");
	finds_borders_without(bytes, "typeutils.base.", "typeutils.mine.");
	finds_borders_without(bytes, "PojoSerializerSnapshot", "PojoSerializerSnapchat");
	finds_borders_without(bytes, "KryoSerializerSnapshot", "KryoSerializerSnapchat");
	finds_borders_without(bytes, "RowDataSerializerSnapshot", "RowDataSerializerSnapchat");
}

START_TEST(crosses_unknown_classes)
{
	each_header(finds_borders);
}
END_TEST

static void put_utf(struct sp_buffer *out, const char *text)
{
	sp_buffer_utf(out, sp_slice_of(text));
}

static void put_int(struct sp_buffer *out)
{
	sp_buffer_u32(out, 2);
	put_utf(out, BASE "IntSerializer$IntSerializerSnapshot");
	sp_buffer_u32(out, 3);
}

/* A state whose value is of an unknown class with `n` bytes 'x' of body. */
static void put_unknown_state(struct sp_buffer *out, const char *name, size_t n)
{
	put_utf(out, name);
	sp_buffer_u32(out, 0);
	sp_buffer_u32(out, 1);
	put_utf(out, "KEYED_STATE_TYPE");
	put_utf(out, "VALUE");
	sp_buffer_u32(out, 1);
	put_utf(out, "VALUE_SERIALIZER");
	sp_buffer_u32(out, 2);
	put_utf(out, "my.Snap");
	sp_buffer_u32(out, 1);
	while (n-- > 0)
		sp_buffer_u8(out, 'x');
}

START_TEST(names_the_state_in_errors)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_keyed_header *header;
	struct sp_error err;

	sp_buffer_u32(&b, 6);
	sp_buffer_u8(&b, 0);
	put_int(&b);
	sp_buffer_u16(&b, 1);
	put_utf(&b, "orders");
	sp_buffer_u32(&b, 1);
	sp_buffer_u64(&b, 0);
	ck_assert_int_eq(read_header(&b, arena, &header, &err), SP_EDAMAGED);
	ck_assert_str_eq(err.message, "state 'orders': offset 0x67: state kind 1 in keyed state");
}
END_TEST

START_TEST(says_which_unknown_class_has_no_end)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_keyed_header *header;
	struct sp_error err;

	sp_buffer_u32(&b, 6);
	sp_buffer_u8(&b, 0);
	put_int(&b);
	sp_buffer_u16(&b, 3);
	put_unknown_state(&b, "one", 5);
	put_unknown_state(&b, "two", 5);
	sp_buffer_u8(&b, 0xff); /* there is no third */
	ck_assert_int_eq(read_header(&b, arena, &header, &err), SP_EDAMAGED);
	ck_assert_msg(strstr(err.message, "state 'one': VALUE_SERIALIZER: offset 0x") != NULL, "%s",
		err.message);
	ck_assert(strstr(err.message, "my.Snap") != NULL);
}
END_TEST

/* Many unknown classes and no way to fit them: bounded work. */
START_TEST(gives_up_in_time)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_keyed_header *header;
	struct sp_error err;
	clock_t start;

	sp_buffer_u32(&b, 6);
	sp_buffer_u8(&b, 0);
	put_int(&b);
	sp_buffer_u16(&b, 301);
	for (int i = 0; i < 300; i++)
		put_unknown_state(&b, "state", 40);
	sp_buffer_u8(&b, 0xff);
	start = clock();
	ck_assert_int_eq(read_header(&b, arena, &header, &err), SP_EDAMAGED);
	ck_assert(clock() - start < CLOCKS_PER_SEC);
}
END_TEST

START_TEST(crosses_many_unknown_states)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto_buffer b = { 0 };
	const struct sp_keyed_header *header;
	struct sp_error err;

	sp_buffer_u32(&b, 6);
	sp_buffer_u8(&b, 1);
	put_int(&b);
	sp_buffer_u16(&b, 300);
	for (int i = 0; i < 300; i++)
		put_unknown_state(&b, "state", (size_t)i % 50);
	ck_ok(read_header(&b, arena, &header, &err), err);
	ck_assert_uint_eq(header->n_states, 300);
	ck_assert(header->compressed);
	for (size_t i = 0; i < 300; i++)
		ck_assert_uint_eq(header->states[i].value->bytes.n, 2 + 7 + 4 + i % 50);
}
END_TEST

static void put_prior(struct sp_buffer *out)
{
	sp_buffer_u32(out, 1);
	sp_buffer_blob(out, sp_slice("\xac\xed\x00\x05\x70", 5));
}

/* n pairs of a prior and a proxied snapshot. */
static void put_pairs(struct sp_buffer *out, uint32_t n)
{
	sp_auto_buffer all = { 0 };

	sp_buffer_u32(out, n);
	while (n-- > 0) {
		sp_buffer_u32(out, (uint32_t)all.n);
		put_prior(&all);
		sp_buffer_u32(out, (uint32_t)all.n);
		put_int(&all);
	}
	sp_buffer_blob(out, sp_buffer_slice(&all));
}

static void put_old_header(struct sp_buffer *out, uint32_t version)
{
	sp_buffer_u32(out, version);
	if (version >= 4)
		sp_buffer_u8(out, 1);
	if (version >= 3)
		put_pairs(out, 1);
	else
		put_prior(out);
	sp_buffer_u16(out, 1);
	if (version < 5)
		sp_buffer_u32(out, 6);
	put_utf(out, "old");
	if (version < 3) {
		put_prior(out);
		put_prior(out);
	} else if (version < 5) {
		put_pairs(out, 2);
	} else {
		sp_buffer_u32(out, 0);
		sp_buffer_u32(out, 1);
		put_utf(out, "KEYED_STATE_TYPE");
		put_utf(out, "MAP");
		sp_buffer_u32(out, 2);
		put_utf(out, "NAMESPACE_SERIALIZER");
		put_utf(out, "VALUE_SERIALIZER");
		put_pairs(out, 2);
	}
}

START_TEST(reads_older_headers)
{
	for (uint32_t version = 1; version <= 5; version++) {
		sp_auto(sp_arena) *arena = sp_arena_new();
		sp_auto_buffer b = { 0 };
		const struct sp_keyed_header *header;
		struct sp_error err;

		put_old_header(&b, version);
		ck_ok(read_header(&b, arena, &header, &err), err);
		ck_assert_int_eq(header->version, (int)version);
		ck_assert_int_eq(header->compressed, version >= 4);
		ck_assert_uint_eq(header->n_states, 1);
		ck_assert_str_eq(sp_state_kind_text(&header->states[0]), "MAP");
		ck_assert(sp_slice_is(header->states[0].name, "old"));
		ck_assert_int_eq(header->key->kind, version < 3 ? SP_LEGACY : SP_INT);
		ck_assert_int_eq(header->states[0].value->kind, version < 3 ? SP_LEGACY : SP_INT);
		ck_assert(header->states[0].ns != NULL);
	}
}
END_TEST

/* Of a header whose unknown snapshots take about all the work that is allowed. */
START_TEST(reads_the_same_wherever_it_lies)
{
	struct sp_arena *arenas[64];
	sp_auto_buffer bytes = { 0 };
	const struct sp_keyed_header *header;
	struct sp_error err;
	int first = 0;

	test_data_read("headers/search-at-its-limit.header", &bytes);
	for (size_t i = 0; i < sp_countof(arenas); i++) {
		int status;

		arenas[i] = sp_arena_new();
		status = read_header(&bytes, arenas[i], &header, &err);
		if (i == 0)
			first = status;
		ck_assert_msg(status == first, "%d at first, %d now", first, status);
	}
	for (size_t i = 0; i < sp_countof(arenas); i++)
		sp_arena_free(arenas[i]);
}
END_TEST

UNIT_MAIN("keyed-header", reads_headers_of_real_flink, refuses_cut_headers,
	survives_damaged_headers, crosses_unknown_classes, names_the_state_in_errors,
	says_which_unknown_class_has_no_end, gives_up_in_time, crosses_many_unknown_states,
	reads_older_headers, reads_the_same_wherever_it_lies)
