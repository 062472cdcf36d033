/* What diff takes for equal, by the kinds and types of states; diff-elements.c, too. */
#include "diff.h"
#include "made.h"
#include "operator.h"
#include "shapes.h"

#define BYTES(text) sp_slice("" text, sizeof(text) - 1)
#define KEY(n) "\0\0\0\0\0\0\0" n "\0" /* a Long, and the byte of VoidNamespace */

struct row {
	struct sp_slice key, value; /* key without its key group */
};

/* One state with some rows. */
struct side {
	struct shape shape;
	size_t n;
	struct row rows[4];
};

static struct sp_counters counters;

static void put_side(struct made *made, const struct side *side)
{
	struct sp_writer_plan plan = {
		.name = "made", .count = 128, .max_parallelism = 128, .inline_threshold = SIZE_MAX
	};
	sp_auto(sp_writer) *writer = NULL;
	struct sp_error err;

	plan.header = shapes_header(made->arena, false, "L", &side->shape, 1);
	ck_ok(sp_canonical.create(&plan, &writer, &err), err);
	for (size_t i = 0; i < side->n; i++) {
		struct sp_row row = { .state = &plan.header->states[0] };
		sp_auto_buffer key = { 0 };

		sp_buffer_u8(&key, 0);
		sp_buffer_bytes(&key, side->rows[i].key);
		row.key = sp_buffer_slice(&key);
		row.value = side->rows[i].value;
		ck_ok(sp_put(writer, &row, &err), err);
	}
	ck_ok(writer->ops->finish(writer, made->arena, &made->subtasks[0].managed_keyed, &err),
		err);
}

static void run_diff(struct made made[], struct sp_diff *ret)
{
	struct sp_source *sources[SP_DIFF_SIDES];
	struct sp_error err;

	for (int i = 0; i < SP_DIFF_SIDES; i++) {
		made_write(&made[i], made[i].source);
		ck_ok(sp_source_open(made[i].source, &sources[i], &err), err);
	}
	ck_ok(sp_diff_run(&(struct sp_diff_request){ .sources = { sources[0], sources[1] },
				  .rows = true,
				  .limit = 10,
				  .jobs = 1,
				  .memory = 16 << 20,
				  .tmpdir = made[0].scratch,
				  .counters = &counters },
		      ret, &err),
		err);
	sp_source_free(sources[0]);
	sp_source_free(sources[1]);
}

static void diff_sides(const struct side *a, const struct side *b, struct sp_diff *ret)
{
	struct made made[SP_DIFF_SIDES];

	for (int i = 0; i < SP_DIFF_SIDES; i++) {
		made_begin(&made[i], 3);
		put_side(&made[i], i == 0 ? a : b);
	}
	run_diff(made, ret);
	ck_assert_uint_eq(ret->n_states, 1);
	made_end(&made[0]);
	made_end(&made[1]);
}

static void assert_rows(
	const struct sp_diff_state *state, uint64_t added, uint64_t removed, uint64_t changed)
{
	ck_assert_uint_eq(state->rows[SP_DIFF_ADDED], added);
	ck_assert_uint_eq(state->rows[SP_DIFF_REMOVED], removed);
	ck_assert_uint_eq(state->rows[SP_DIFF_CHANGED], changed);
}

START_TEST(maps_have_no_order)
{
	const struct shape shape = { "map", "VALUE", "V", "mSI" };
	const struct side a = { shape, 2,
		{ { BYTES(KEY("\1")), BYTES("\0\0\0\2"
					    "\2a"
					    "\0"
					    "\0\0\0\1"
					    "\2b"
					    "\0"
					    "\0\0\0\2") },
			{ BYTES(KEY("\2")), BYTES("\0\0\0\1"
						  "\2a"
						  "\0"
						  "\0\0\0\1") } } };
	const struct side b = { shape, 2,
		{ { BYTES(KEY("\1")), BYTES("\0\0\0\2"
					    "\2b"
					    "\0"
					    "\0\0\0\2"
					    "\2a"
					    "\0"
					    "\0\0\0\1") },
			{ BYTES(KEY("\2")), BYTES("\0\0\0\1"
						  "\2a"
						  "\0"
						  "\0\0\0\2") } } };
	struct sp_diff diff;

	diff_sides(&a, &b, &diff);
	assert_rows(diff.states[0], 0, 0, 1);
	ck_assert_str_eq(diff.states[0]->samples[0].key, "{\"key\": 2}");
	ck_assert_str_eq(diff.states[0]->samples[0].values[SP_DIFF_A], "{\"a\": 1}");
	ck_assert_str_eq(diff.states[0]->samples[0].values[SP_DIFF_B], "{\"a\": 2}");
	sp_diff_free(&diff);
}
END_TEST

START_TEST(values_of_other_types_are_compared_as_json)
{
	const struct side a = { { "number", "VALUE", "V", "I" }, 2,
		{ { BYTES(KEY("\1")), BYTES("\0\0\0\5") },
			{ BYTES(KEY("\2")), BYTES("\0\0\0\5") } } };
	const struct side b = { { "number", "VALUE", "V", "L" }, 2,
		{ { BYTES(KEY("\1")), BYTES("\0\0\0\0\0\0\0\5") },
			{ BYTES(KEY("\2")), BYTES("\0\0\0\0\0\0\0\6") } } };
	struct sp_diff diff;

	diff_sides(&a, &b, &diff);
	ck_assert(diff.states[0]->types_differ);
	ck_assert(!diff.states[0]->kind_differs);
	ck_assert(!diff.states[0]->apart);
	assert_rows(diff.states[0], 0, 0, 1);
	sp_diff_free(&diff);
}
END_TEST

/* The bytes are the same, what they stand for is not. */
START_TEST(equal_bytes_of_other_types_are_changed)
{
	const struct side a = { { "state", "VALUE", "V", "S" }, 1,
		{ { BYTES(KEY("\1")), BYTES("\4abc") } } };
	const struct side b = { { "state", "VALUE", "V", "I" }, 1,
		{ { BYTES(KEY("\1")), BYTES("\4abc") } } };
	struct sp_diff diff;

	diff_sides(&a, &b, &diff);
	assert_rows(diff.states[0], 0, 0, 1);
	ck_assert_str_eq(diff.states[0]->samples[0].values[SP_DIFF_A], "\"abc\"");
	sp_diff_free(&diff);
}
END_TEST

START_TEST(entries_of_maps_are_rows)
{
	const struct shape shape = { "entries", "MAP", "V", "mSI" };
	const struct side a = { shape, 3,
		{ { BYTES(KEY("\1") "\2a"), BYTES("\0\0\0\0\1") },
			{ BYTES(KEY("\1") "\2b"), BYTES("\0\0\0\0\1") },
			{ BYTES(KEY("\1") "\2c"), BYTES("\1") } } };
	const struct side b = { shape, 3,
		{ { BYTES(KEY("\1") "\2a"), BYTES("\0\0\0\0\1") },
			{ BYTES(KEY("\1") "\2c"), BYTES("\0\0\0\0\1") },
			{ BYTES(KEY("\1") "\2d"), BYTES("\0\0\0\0\1") } } };
	struct sp_diff diff;

	diff_sides(&a, &b, &diff);
	assert_rows(diff.states[0], 1, 1, 1);
	ck_assert_uint_eq(diff.states[0]->n_samples, 3);
	for (size_t i = 0; i < 3; i++) /* by key: b, c, d */
		ck_assert_ptr_nonnull(strstr(diff.states[0]->samples[i].key,
			(const char *[]){ "\"b\"", "\"c\"", "\"d\"" }[i]));
	ck_assert_str_eq(diff.states[0]->samples[1].values[SP_DIFF_A], "null");
	ck_assert_str_eq(diff.states[0]->samples[1].values[SP_DIFF_B], "1");
	sp_diff_free(&diff);
}
END_TEST

START_TEST(lists_are_values)
{
	const struct shape shape = { "list", "LIST", "V", "lI" };
	const struct side a = { shape, 1, { { BYTES(KEY("\1")), BYTES("\0\0\0\1,\0\0\0\2") } } };
	const struct side b = { shape, 1,
		{ { BYTES(KEY("\1")), BYTES("\0\0\0\1,\0\0\0\2,\0\0\0\3") } } };
	struct sp_diff diff;

	diff_sides(&a, &b, &diff);
	assert_rows(diff.states[0], 0, 0, 1);
	ck_assert_str_eq(diff.states[0]->samples[0].values[SP_DIFF_A], "[1, 2]");
	ck_assert_str_eq(diff.states[0]->samples[0].values[SP_DIFF_B], "[1, 2, 3]");
	sp_diff_free(&diff);
}
END_TEST

START_TEST(a_map_and_a_value_have_no_keys_in_common)
{
	const struct side a = { { "state", "MAP", "V", "mSI" }, 1,
		{ { BYTES(KEY("\1") "\2a"), BYTES("\0\0\0\0\1") } } };
	const struct side b = { { "state", "VALUE", "V", "I" }, 1,
		{ { BYTES(KEY("\1")), BYTES("\0\0\0\1") } } };
	struct sp_diff diff;

	diff_sides(&a, &b, &diff);
	ck_assert(diff.states[0]->kind_differs);
	ck_assert(diff.states[0]->apart);
	assert_rows(diff.states[0], 0, 0, 0);
	ck_assert(diff.differs);
	sp_diff_free(&diff);
}
END_TEST

START_TEST(timers_are_rows)
{
	const struct shape shape = { "_timer_state/event_t", NULL, NULL, "tLV" };
	const struct side a = { shape, 2,
		{ { BYTES("\x80\0\0\0\0\0\0\7" KEY("\1")), { 0 } },
			{ BYTES("\x80\0\0\0\0\0\0\11" KEY("\1")), { 0 } } } };
	const struct side b = { shape, 1, { { BYTES("\x80\0\0\0\0\0\0\7" KEY("\1")), { 0 } } } };
	struct sp_diff diff;

	diff_sides(&a, &b, &diff);
	ck_assert_int_eq(diff.states[0]->part, SP_DIFF_TIMERS);
	assert_rows(diff.states[0], 0, 1, 0);
	ck_assert_str_eq(diff.states[0]->samples[0].key, "{\"key\": 1, \"timestamp\": 9}");
	ck_assert_ptr_null(diff.states[0]->samples[0].values[SP_DIFF_A]);
	sp_diff_free(&diff);
}
END_TEST

/* --- operator state -------------------------------------------------------------------------- */

/* A list of Integers, each a digit, and a broadcast state of such pairs. */
static void make_stream(struct operator_stream *s, const char *list, const char *pairs)
{
	sp_auto_buffer entries = { 0 };

	operator_begin(s, 5, false);
	sp_buffer_u16(&s->bytes, 1);
	operator_declare(s, "list", SP_MODE_SPLIT_DISTRIBUTE);
	sp_buffer_u16(&s->bytes, 1);
	operator_declare(s, "broadcast", SP_MODE_BROADCAST);
	operator_begin_elements(s);
	for (; *list != '\0'; list++) {
		const uint8_t element[] = { 0, 0, 0, (uint8_t)(*list - '0') };

		operator_put(s, 0, sp_slice(element, sizeof(element)));
	}
	sp_buffer_u32(&entries, (uint32_t)strlen(pairs) / 2);
	for (; *pairs != '\0'; pairs++)
		sp_buffer_u32(&entries, (uint32_t)(*pairs - '0'));
	operator_put(s, 1, sp_buffer_slice(&entries));
	operator_end(s);
}

struct streams {
	const char *list[2];      /* of each subtask */
	const char *broadcast[2]; /* key, value, key, value, … */
};

static void diff_streams(const struct streams *a, const struct streams *b, struct sp_diff *ret)
{
	const struct streams *sides[] = { a, b };
	struct operator_stream streams[SP_DIFF_SIDES][2];
	struct made made[SP_DIFF_SIDES];

	for (int side = 0; side < SP_DIFF_SIDES; side++) {
		made_begin(&made[side], 3);
		for (int i = 0; i < 2; i++) {
			struct operator_stream *s = &streams[side][i];

			make_stream(s, sides[side]->list[i], sides[side]->broadcast[i]);
			made[side].subtasks[i].managed_operator = &s->handle;
			made[side].subtasks[i].n_managed_operator = 1;
		}
	}
	run_diff(made, ret);
	ck_assert_uint_eq(ret->n_states, 2);
	for (int side = 0; side < SP_DIFF_SIDES; side++) {
		operator_free(&streams[side][0]);
		operator_free(&streams[side][1]);
		made_end(&made[side]);
	}
}

START_TEST(elements_have_no_order_but_a_number)
{
	const struct streams a = { { "1233", "4" }, { "12", "12" } };
	const struct streams b = { { "43", "531" }, { "12", "12" } };
	struct sp_diff diff;

	diff_streams(&a, &b, &diff);
	assert_rows(diff.states[0], 1, 1, 0); /* 5, 2 */
	ck_assert_uint_eq(diff.states[0]->sides[SP_DIFF_A].elements, 5);
	for (size_t i = 0; i < 2; i++) {
		const struct sp_diff_sample *sample = &diff.states[0]->samples[i];

		ck_assert_ptr_null(sample->key);
		if (sample->change == SP_DIFF_ADDED)
			ck_assert_str_eq(sample->values[SP_DIFF_B], "5");
		else
			ck_assert_str_eq(sample->values[SP_DIFF_A], "2");
	}
	sp_diff_free(&diff);
}
END_TEST

START_TEST(an_element_more_of_equal_ones_counts_once)
{
	const struct streams a = { { "777", "7" }, { "", "" } };
	const struct streams b = { { "77", "" }, { "", "" } };
	struct sp_diff diff;

	diff_streams(&a, &b, &diff);
	assert_rows(diff.states[0], 0, 2, 0);
	ck_assert(diff.states[0]->elements_differ);
	sp_diff_free(&diff);
}
END_TEST

START_TEST(broadcast_states_are_copies)
{
	const struct streams a = { { "", "" }, { "1234", "1234" } };
	const struct streams b = { { "", "" }, { "3512", "3512" } };
	struct sp_diff diff;

	diff_streams(&a, &b, &diff);
	ck_assert_uint_eq(diff.states[1]->sides[SP_DIFF_A].rows, 2);
	assert_rows(diff.states[1], 0, 0, 1);
	ck_assert_str_eq(diff.states[1]->samples[0].key, "{\"map_key\": 3}");
	ck_assert_str_eq(diff.states[1]->samples[0].values[SP_DIFF_A], "4");
	ck_assert_str_eq(diff.states[1]->samples[0].values[SP_DIFF_B], "5");
	sp_diff_free(&diff);
}
END_TEST

/* Neither is read as what the other is. */
START_TEST(a_list_and_a_broadcast_state_have_nothing_in_common)
{
	struct operator_stream streams[SP_DIFF_SIDES];
	struct made made[SP_DIFF_SIDES];
	struct sp_diff diff;

	for (int side = 0; side < SP_DIFF_SIDES; side++) {
		struct operator_stream *s = &streams[side];

		made_begin(&made[side], 3);
		operator_begin(s, 5, false);
		sp_buffer_u16(&s->bytes, side == 0);
		if (side == 0)
			operator_declare(s, "state", SP_MODE_UNION);
		sp_buffer_u16(&s->bytes, side == 1);
		if (side == 1)
			operator_declare(s, "state", SP_MODE_BROADCAST);
		operator_begin_elements(s);
		operator_put(s, 0,
			side == 0 ? BYTES("\xff\xff\xff\xff")
				  : BYTES("\0\0\0\2\0\0\0\1\0\0\0\1\0\0\0\2\0\0\0\2"));
		operator_end(s);
		made[side].subtasks[0].managed_operator = &s->handle;
		made[side].subtasks[0].n_managed_operator = 1;
	}
	run_diff(made, &diff);
	ck_assert_uint_eq(diff.n_states, 1);
	ck_assert(diff.states[0]->kind_differs);
	ck_assert(diff.states[0]->apart);
	ck_assert_uint_eq(diff.states[0]->sides[SP_DIFF_A].rows, 1);
	ck_assert_uint_eq(diff.states[0]->sides[SP_DIFF_B].rows, 2);
	assert_rows(diff.states[0], 0, 0, 0);
	ck_assert(diff.differs);
	sp_diff_free(&diff);
	for (int side = 0; side < SP_DIFF_SIDES; side++) {
		operator_free(&streams[side]);
		made_end(&made[side]);
	}
}
END_TEST

UNIT_MAIN("diff-value", maps_have_no_order, values_of_other_types_are_compared_as_json,
	equal_bytes_of_other_types_are_changed, entries_of_maps_are_rows, lists_are_values,
	a_map_and_a_value_have_no_keys_in_common, timers_are_rows,
	elements_have_no_order_but_a_number, an_element_more_of_equal_ones_counts_once,
	broadcast_states_are_copies, a_list_and_a_broadcast_state_have_nothing_in_common)
