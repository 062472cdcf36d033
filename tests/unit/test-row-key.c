#include "row-key.h"

#include "shapes.h"

static struct sp_key_layout layout_of(
	struct sp_arena *arena, const char *key, const struct shape *shape, int32_t max_parallelism)
{
	const struct sp_keyed_header *header = shapes_header(arena, false, key, shape, 1);
	struct sp_key_layout layout;
	struct sp_error err;

	ck_ok(sp_key_layout(header, &header->states[0], max_parallelism, SP_KRYO_2, &layout, &err),
		err);
	return layout;
}

static struct sp_slice put(struct sp_buffer *buffer, const char *type, uint64_t *seed)
{
	buffer->n = 0;
	sp_buffer_reserve(buffer, 1);
	shapes_value(buffer, type, seed);
	return sp_buffer_slice(buffer);
}

static void assert_slice(struct sp_slice a, struct sp_slice b)
{
	ck_assert_uint_eq(a.n, b.n);
	ck_assert(sp_slice_equal(a, b));
}

/* Joins random parts of these types and takes them apart again. */
static void assert_splits(const char *key, const struct shape *shape, int32_t max_parallelism)
{
	struct sp_arena *arena = sp_arena_new();
	struct sp_key_layout layout = layout_of(arena, key, shape, max_parallelism);
	struct sp_buffer bytes[4] = { { 0 } };
	uint64_t seed = 42;

	for (int i = 0; i < 300; i++) {
		struct sp_key_parts in = { .key_group = (uint32_t)(test_random(&seed) %
								   (uint64_t)max_parallelism),
			.key = put(&bytes[0], key, &seed),
			.ns = put(&bytes[1], shape->type == NULL ? shape->value + 2 : shape->ns,
				&seed) };
		struct sp_key_parts out;
		struct sp_error err;

		if (layout.timer)
			in.timestamp = (int64_t)test_random(&seed);
		if (layout.user_key != NULL)
			in.user_key = put(&bytes[2], shape->value + 1, &seed);
		bytes[3].n = 0;
		sp_key_join(&layout, &in, &bytes[3]);
		ck_ok(sp_key_split(&layout, sp_buffer_slice(&bytes[3]), &out, &err), err);
		ck_assert_uint_eq(in.key_group, out.key_group);
		ck_assert_int_eq(in.timestamp, out.timestamp);
		assert_slice(in.key, out.key);
		assert_slice(in.ns, out.ns);
		assert_slice(in.user_key, out.user_key);
		ck_assert_int_eq(out.user_key.p != NULL, layout.user_key != NULL);
	}
	for (size_t i = 0; i < 4; i++)
		sp_buffer_free(&bytes[i]);
	sp_arena_free(arena);
}

START_TEST(splits_what_it_joined)
{
	static const char *const keys[] = { "L", "S", "W", "lS" };
	static const char *const spaces[] = { "V", "W", "L", "S", "lL" };
	static const char *const values[] = { "mSL", "mLS", "mVS", "mWS" };

	for (size_t k = 0; k < sp_countof(keys); k++)
		for (size_t n = 0; n < sp_countof(spaces); n++) {
			struct shape shape = { "s", "VALUE", spaces[n], "S" };
			char timer[8];

			assert_splits(keys[k], &shape, 128);
			assert_splits(keys[k], &shape, 32768);
			for (size_t v = 0; v < sp_countof(values); v++) {
				struct shape map = { "s", "MAP", spaces[n], values[v] };

				assert_splits(keys[k], &map, 129);
			}
			if (keys[k][0] == 'l')
				continue;
			snprintf(timer, sizeof(timer), "t%s%s", keys[k], spaces[n]);
			assert_splits(keys[k], &(struct shape){ "s", NULL, NULL, timer }, 100);
		}
}
END_TEST

static int split(const char *key, const struct shape *shape, struct sp_slice bytes,
	struct sp_key_parts *ret, struct sp_error *err)
{
	struct sp_arena *arena = sp_arena_new();
	struct sp_key_layout layout = layout_of(arena, key, shape, 128);
	int r = sp_key_split(&layout, bytes, ret, err);

	sp_arena_free(arena);
	return r;
}

START_TEST(is_laid_out_as_flink_has_it)
{
	static const struct shape value = { "s", "VALUE", "S", "S" };
	static const struct shape map = { "s", "MAP", "V", "mIS" };
	static const struct shape timer = { "s", NULL, NULL, "tIL" };
	struct sp_arena *arena = sp_arena_new();
	struct sp_key_layout layout = layout_of(arena, "S", &value, 128);
	struct sp_key_parts parts = { .key_group = 5 };
	sp_auto_buffer key = { 0 };
	sp_auto_buffer out = { 0 };
	uint64_t seed = 1;

	/* both variable: their lengths, least digit first, stand behind them */
	shapes_put_string(&key, 300, &seed); /* and two bytes of its own length */
	parts.key = sp_buffer_slice(&key);
	parts.ns = sp_slice("\2n", 2);
	sp_key_join(&layout, &parts, &out);
	ck_assert_uint_eq(out.n, 1 + 302 + 2 + 2 + 1);
	ck_assert_mem_eq(out.p + 303, "\x2e\x01\2n\2", 5);
	ck_assert_uint_eq(out.p[0], 5);

	/* a namespace of a declared length is never ambiguous, though it says 0 and writes 1 */
	layout = layout_of(arena, "S", &map, 129);
	ck_assert(!layout.ambiguous);
	out.n = 0;
	parts = (struct sp_key_parts){ 0x1234, 0, sp_slice("\2k", 2), sp_slice("", 1),
		sp_slice("\0\0\0\7", 4) };
	sp_key_join(&layout, &parts, &out);
	ck_assert_uint_eq(out.n, 9);
	ck_assert_mem_eq(out.p, "\x12\x34\2k\0\0\0\0\7", 9);

	layout = layout_of(arena, "I", &timer, 128);
	out.n = 0;
	parts = (struct sp_key_parts){ 3, -1, sp_slice("key.", 4), sp_slice("namespac", 8),
		sp_slice(NULL, 0) };
	sp_key_join(&layout, &parts, &out);
	ck_assert_uint_eq(out.n, 1 + 8 + 4 + 8);
	ck_assert_mem_eq(out.p, "\3\x7f\xff\xff\xff\xff\xff\xff\xffkey.namespac", 21);
	sp_arena_free(arena);
}
END_TEST

START_TEST(splits_what_it_cannot_cross)
{
	static const struct shape plain = { "s", "VALUE", "V", "S" };
	static const struct shape fixed = { "s", "MAP", "W", "mLS" };
	static const struct shape lengths = { "s", "VALUE", "S", "S" };
	static const struct shape map = { "s", "MAP", "V", "mSS" };
	struct sp_key_parts parts;
	struct sp_error err;

	/* a user-written key is what the rest leaves over */
	ck_ok(split("U", &plain, sp_slice("\1user\0", 6), &parts, &err), err);
	assert_slice(parts.key, sp_slice_of("user"));
	assert_splits("U", &plain, 128);
	assert_splits("U", &fixed, 128);
	/* or what the only lengths that agree say */
	ck_ok(split("U", &lengths, sp_slice("\1user\4\2n\2", 9), &parts, &err), err);
	assert_slice(parts.key, sp_slice_of("user"));
	assert_slice(parts.ns, sp_slice_of("\2n"));
	/* with two parts of unknown length there is no telling */
	ck_assert_int_eq(
		split("U", &map, sp_slice("\1user\0\2k", 8), &parts, &err), SP_EUNSUPPORTED);
}
END_TEST

START_TEST(refuses_keys_that_do_not_add_up)
{
	static const struct shape fixed = { "s", "VALUE", "L", "S" };
	static const struct shape lengths = { "s", "VALUE", "S", "S" };
	static const struct shape map = { "s", "MAP", "S", "mSS" };
	static const struct shape timer = { "s", NULL, NULL, "tSL" };
	static const uint8_t good[] = "\1\2k\2\3ns\3\2u";
	struct sp_key_parts parts;
	struct sp_error err;

	ck_assert_int_eq(split("I", &fixed, sp_slice("\1", 1), &parts, &err), SP_EDAMAGED);
	ck_assert_int_eq(split("I", &fixed, sp_slice("", 0), &parts, &err), SP_EDAMAGED);
	ck_assert_int_eq(
		split("I", &fixed, sp_slice("\1keyynamespace", 14), &parts, &err), SP_EDAMAGED);
	ck_ok(split("S", &map, sp_slice(good, 10), &parts, &err), err);
	assert_slice(parts.user_key, sp_slice_of("\2u"));
	for (size_t n = 0; n < 8; n++)
		ck_assert_int_eq(split("S", &map, sp_slice(good, n), &parts, &err), SP_EDAMAGED);
	ck_assert_int_eq(split("S", &map, sp_slice("\1\2k\3\3ns\3", 8), &parts, &err), SP_EDAMAGED);
	ck_assert_int_eq(
		split("S", &lengths, sp_slice("\1\2k\2\3ns\2", 8), &parts, &err), SP_EDAMAGED);
	ck_assert_int_eq(split("S", &timer, sp_slice("\1timestam", 9), &parts, &err), SP_EDAMAGED);
}
END_TEST

START_TEST(knows_the_states_of_both_apis)
{
	static const struct shape shapes[] = { { "l", "LIST", "V", "lL" },
		{ "m", "MAP", "V", "mSL" }, { "v", "VALUE", "V", "mSL" },
		{ "q", NULL, NULL, "tLV" }, { "x", "MAP", "V", "U" } };
	struct sp_arena *arena = sp_arena_new();
	const struct sp_keyed_header *header =
		shapes_header(arena, false, "L", shapes, sp_countof(shapes));
	struct sp_state state = header->states[1];
	struct sp_key_layout layout;
	struct sp_error err;

	ck_assert_int_eq(sp_state_element(&header->states[0])->kind, SP_LONG);
	ck_assert_int_eq(sp_state_user_key(&header->states[1])->kind, SP_STRING);
	ck_assert_int_eq(sp_state_user_value(&header->states[1])->kind, SP_LONG);
	for (size_t i = 2; i < 4; i++) {
		ck_assert_ptr_null(sp_state_element(&header->states[i]));
		ck_assert_ptr_null(sp_state_user_key(&header->states[i]));
		ck_assert_ptr_null(sp_state_user_value(&header->states[i]));
	}
	ck_assert_int_eq(sp_key_layout(header, &header->states[4], 128, SP_KRYO_2, &layout, &err),
		SP_EUNSUPPORTED);
	state.kind = SP_KIND_KEY_VALUE_V2; /* the types are those of the parts */
	ck_assert_int_eq(
		sp_key_layout(header, &state, 128, SP_KRYO_5, &layout, &err), SP_EUNSUPPORTED);
	state.user_key = header->key;
	ck_ok(sp_key_layout(header, &state, 128, SP_KRYO_5, &layout, &err), err);
	ck_assert_ptr_eq(layout.user_key, header->key);
	ck_assert_ptr_eq(sp_state_user_value(&state), state.value);
	state.type = SP_STATE_LIST;
	ck_assert_ptr_eq(sp_state_element(&state), state.value);
	sp_arena_free(arena);
}
END_TEST

/* Gives the number of elements, or the error. */
static int count_elements(const struct sp_type *element, const char *bytes, size_t n)
{
	struct sp_value_reader reader = sp_value_reader(sp_slice(bytes, n), 0, SP_KRYO_2);
	struct sp_slice each;
	struct sp_error err;
	int count = 0, r;

	while ((r = sp_list_next(&reader, element, &each, &err)) > 0)
		count++;
	return r < 0 ? r : count;
}

START_TEST(finds_the_elements_of_lists)
{
	static const struct shape shapes[] = { { "s", "LIST", "V", "lS" },
		{ "n", "LIST", "V", "lN" } };
	struct sp_arena *arena = sp_arena_new();
	const struct sp_keyed_header *header = shapes_header(arena, false, "L", shapes, 2);
	const struct sp_type *element = sp_state_element(&header->states[0]);
	struct sp_value_reader reader = sp_value_reader(sp_slice("\4,,,,\1,\2x", 9), 0, SP_KRYO_2);
	struct sp_slice each;
	struct sp_error err;

	ck_ok(sp_list_next(&reader, element, &each, &err), err);
	assert_slice(each, sp_slice_of("\4,,,"));
	ck_ok(sp_list_next(&reader, element, &each, &err), err);
	assert_slice(each, sp_slice_of("\1"));
	ck_ok(sp_list_next(&reader, element, &each, &err), err);
	assert_slice(each, sp_slice_of("\2x"));
	ck_assert_int_eq(sp_list_next(&reader, element, &each, &err), 0);
	ck_assert_int_eq(count_elements(element, "", 0), 0);
	ck_assert_int_eq(count_elements(element, "\2x,", 3), SP_EDAMAGED);
	ck_assert_int_eq(count_elements(element, "\2x;\2x", 5), SP_EDAMAGED);
	ck_assert_int_eq(count_elements(element, "\3x", 2), SP_EDAMAGED);
	ck_assert_int_eq(count_elements(sp_state_element(&header->states[1]), ",,", 2), 2);
	sp_arena_free(arena);
}
END_TEST

UNIT_MAIN("row-key", splits_what_it_joined, is_laid_out_as_flink_has_it,
	splits_what_it_cannot_cross, refuses_keys_that_do_not_add_up, knows_the_states_of_both_apis,
	finds_the_elements_of_lists)
