#include "tally.h"

#include "key-group.h"
#include "unit.h"

/* An operator of two subtasks, with key groups 0 to 63 and 64 to 127. */
static struct sp_operator op = { .parallelism = 2, .max_parallelism = 128 };
static const struct sp_subtask subtasks[] = { { .index = 0 }, { .index = 1 } };
static const struct sp_keyed_handle handles[] = { { .start = 0, .count = 64 },
	{ .start = 64, .count = 64 } };
static struct sp_snapshot snapshot = { .operators = &op, .n_operators = 1 };
static struct sp_source source = { .snapshot = &snapshot,
	.metadata_path = (char *)(uintptr_t) "metadata" };
static const struct sp_scan_part parts[] = {
	{ .place = { .source = &source, .op = &op, .subtask = &subtasks[0], .handle = &handles[0] },
		.kryo = SP_KRYO_5 },
	{ .place = { .source = &source, .op = &op, .subtask = &subtasks[1], .handle = &handles[1] },
		.kryo = SP_KRYO_5 },
	{ .place = { .source = &source, .op = &op, .subtask = &subtasks[1], .handle = &handles[1] },
		.raw = true,
		.kryo = SP_KRYO_5 },
};

static const struct sp_type string_type = { .kind = SP_STRING };
static const struct sp_type long_type = { .kind = SP_LONG };
static const struct sp_type void_type = { .kind = SP_VOID_NAMESPACE };
static const struct sp_type window_type = { .kind = SP_TIME_WINDOW };
static const struct sp_type user_type = { .kind = SP_OPAQUE };
static const struct sp_type *map_children[] = { &long_type, &long_type };
static const struct sp_type map_type = {
	.kind = SP_MAP, .children = map_children, .n_children = 2
};

enum { VALUE, MAP, WINDOW, OPAQUE, N_STATES };

/* What a reader would give: gone when the part ends, as there. */
struct feed {
	void *self;
	struct sp_type types[3];
	struct sp_state states[N_STATES];
	struct sp_keyed_header header;
	struct sp_stream stream;
};

static struct feed *feed_begin(struct sp_tally *tally, const struct sp_scan_part *part)
{
	struct feed *feed = calloc(1, sizeof(*feed));
	struct sp_error err;

	ck_assert(feed != NULL);
	feed->types[0] = string_type;
	feed->types[1] = void_type;
	feed->types[2] = map_type;
	feed->states[VALUE] = (struct sp_state){ .name = sp_slice_of("value"),
		.type = SP_STATE_VALUE,
		.ns = &feed->types[1],
		.value = &string_type };
	feed->states[MAP] = (struct sp_state){ .name = sp_slice_of("map"),
		.type = SP_STATE_MAP,
		.ns = &feed->types[1],
		.value = &feed->types[2] };
	feed->states[WINDOW] = (struct sp_state){ .name = sp_slice_of("window"),
		.type = SP_STATE_VALUE,
		.ns = &window_type,
		.value = &string_type };
	feed->states[OPAQUE] = (struct sp_state){ .name = sp_slice_of("opaque"),
		.type = SP_STATE_VALUE,
		.ns = &user_type,
		.value = &string_type };
	for (uint32_t i = 0; i < N_STATES; i++)
		feed->states[i].id = i;
	feed->header = (struct sp_keyed_header){
		.key = &feed->types[0], .states = feed->states, .n_states = N_STATES
	};
	feed->stream.header = &feed->header;
	ck_ok(sp_tally_ops.begin(part, tally, &feed->self, &err), err);
	if (!part->raw)
		ck_ok(sp_tally_ops.header(feed->self, &feed->stream, &err), err);
	return feed;
}

static int feed_end(struct feed *feed, int r, struct sp_error *err)
{
	void *self = feed->self;

	memset(feed, 0xdd, sizeof(*feed));
	free(feed);
	return sp_tally_ops.end(self, r, err);
}

static void put_string(struct sp_buffer *out, const char *text)
{
	sp_buffer_u8(out, (uint8_t)(strlen(text) + 1)); /* StringValue */
	sp_buffer_bytes(out, sp_slice_of(text));
}

static int feed_row(struct feed *feed, int state, struct sp_slice key, size_t value)
{
	static const uint8_t bytes[1000];
	struct sp_error err;
	const struct sp_row row = { .state = &feed->states[state],
		.key_group = key.p[0],
		.key = key,
		.value = sp_slice(bytes, value) };

	return sp_tally_ops.row(feed->self, &row, &err);
}

/* A row of a key in a key group; with VoidNamespace, and of a map with this map key. */
static void feed_key(
	struct feed *feed, int state, uint8_t group, const char *text, uint64_t more, size_t value)
{
	sp_auto_buffer key = { 0 };

	sp_buffer_u8(&key, group);
	put_string(&key, text);
	if (state != WINDOW)
		sp_buffer_u8(&key, 0);
	if (state == MAP || state == WINDOW)
		sp_buffer_u64(&key, more);
	if (state == WINDOW)
		sp_buffer_u64(&key, more + 10);
	ck_assert_int_eq(feed_row(feed, state, sp_buffer_slice(&key), value), 0);
}

static uint64_t keys_of(const struct sp_tally_state *state)
{
	bool exact;
	const uint64_t n = sp_distinct_count(&state->keys, &exact);

	ck_assert(exact && !state->keys_unknown);
	return n;
}

static const struct sp_tally_state *find(
	const struct sp_tally *tally, const char *kind, const char *name)
{
	const struct sp_tally_state *state = sp_tally_find(tally, 0, kind, sp_slice_of(name));

	ck_assert_msg(state != NULL, "no state %s", name);
	return state;
}

static void feed_first(struct sp_tally *tally)
{
	struct feed *feed = feed_begin(tally, &parts[0]);
	struct sp_error err;

	feed_key(feed, VALUE, 3, "a", 0, 10);
	feed_key(feed, VALUE, 3, "bb", 0, 20);
	for (uint64_t i = 0; i < 3; i++)
		feed_key(feed, MAP, 3, "a", i, 100);
	feed_key(feed, MAP, 4, "c", 0, 50);
	feed_key(feed, VALUE, 4, "c", 0, 0);
	ck_ok(feed_end(feed, 0, &err), err);
}

static void feed_second(struct sp_tally *tally)
{
	struct feed *feed = feed_begin(tally, &parts[1]);
	struct sp_error err;

	feed_key(feed, VALUE, 64, "d", 0, 30);
	feed_key(feed, WINDOW, 127, "d", 5, 120);
	feed_key(feed, WINDOW, 127, "d", 15, 130);
	feed_key(feed, MAP, 127, "e", 0, 310); /* as much as "a" has, with its keys */
	ck_ok(feed_end(feed, 0, &err), err);
}

static void check_top(const struct sp_top *top, const char *const *want, size_t n)
{
	ck_assert_uint_eq(top->n, n);
	for (size_t i = 0; i < n; i++) {
		sp_auto_buffer text = { 0 };

		sp_buffer_printf(&text, "%.*s %llu %llu ", (int)top->list[i].place.state.n,
			(const char *)top->list[i].place.state.p,
			(unsigned long long)top->list[i].bytes,
			(unsigned long long)top->list[i].rows);
		sp_buffer_bytes(&text, sp_buffer_slice(&top->list[i].json));
		sp_buffer_u8(&text, 0);
		ck_assert_str_eq((char *)text.p, want[i]);
	}
}

/* What both parts give, in any order. */
static void check_both(const struct sp_tally *tally)
{
	static const char *const values[] = { "map 310 1 {\"key\": \"e\", \"map_key\": 0}",
		"window 130 1 {\"key\": \"d\", \"namespace\": {\"start\": 15, \"end\": 25}}",
		"window 120 1 {\"key\": \"d\", \"namespace\": {\"start\": 5, \"end\": 15}}" };
	static const char *const keys[] = { "map 336 3 {\"key\": \"a\"}",
		"map 322 1 {\"key\": \"e\"}",
		"window 149 1 {\"key\": \"d\", \"namespace\": {\"start\": 15, \"end\": 25}}" };
	const struct sp_tally_state *value = find(tally, "VALUE", "value");
	const struct sp_tally_state *map = find(tally, "MAP", "map");
	const struct sp_tally_group *groups = sp_tally_groups(tally, 0);

	ck_assert_uint_eq(sp_tally_states(tally), 3);
	ck_assert_ptr_eq(sp_tally_state(tally, 0), map); /* by name */
	ck_assert_uint_eq(value->rows, 4);
	ck_assert_uint_eq(value->key_bytes, 4 + 5 + 4 + 4);
	ck_assert_uint_eq(value->value_bytes, 60);
	ck_assert_uint_eq(value->largest, 34);
	ck_assert_uint_eq(keys_of(value), 4);
	ck_assert_uint_eq(value->sizes.n, 4);
	ck_assert_uint_eq(map->rows, 5);
	ck_assert_uint_eq(keys_of(map), 3);
	ck_assert_uint_eq(keys_of(find(tally, "VALUE", "window")), 1);
	ck_assert_uint_eq(groups[3].rows, 5);
	ck_assert_uint_eq(groups[3].bytes, 14 + 25 + 336);
	ck_assert_uint_eq(groups[5].rows, 0);
	ck_assert_uint_eq(groups[127].rows, 3);
	check_top(sp_tally_top_values(tally), values, 3);
	check_top(sp_tally_top_keys(tally), keys, 3);
	ck_assert(sp_tally_is_complete(tally, 0, false));
}

START_TEST(adds_up_in_any_order)
{
	const struct sp_tally_options options = { .groups = true, .top = 3 };

	for (int first = 0; first < 2; first++) {
		sp_auto(sp_tally) *tally = sp_tally_new(&snapshot, &options);
		size_t n;

		(first == 0 ? feed_first : feed_second)(tally);
		(first == 0 ? feed_second : feed_first)(tally);
		sp_tally_finish(tally);
		check_both(tally);
		ck_assert_ptr_null(sp_tally_warning(tally, &n));
		ck_assert_uint_eq(n, 0);
	}
}
END_TEST

START_TEST(looks_only_at_what_is_asked_for)
{
	const struct sp_tally_options options = { 0 };
	sp_auto(sp_tally) *tally = sp_tally_new(&snapshot, &options);

	feed_first(tally);
	sp_tally_finish(tally);
	ck_assert_uint_eq(find(tally, "MAP", "map")->rows, 4);
	ck_assert_ptr_null(sp_tally_groups(tally, 0));
	ck_assert_uint_eq(sp_tally_top_keys(tally)->n, 0);
	ck_assert_ptr_null(find(tally, "MAP", "map")->ages);
	ck_assert_ptr_null(sp_tally_find(tally, 0, "VALUE", sp_slice_of("map")));
}
END_TEST

/* Sizes are known still. */
START_TEST(keys_without_an_end_are_not_counted)
{
	const struct sp_tally_options options = { .top = 1 };
	static const char *const values[] = {
		"opaque 4 1 {\"key\": {\"opaque\": \"026102aaaa\"}}"
	};
	sp_auto(sp_tally) *tally = sp_tally_new(&snapshot, &options);
	struct feed *feed = feed_begin(tally, &parts[0]);
	struct sp_error err;

	feed->types[0] = user_type; /* both key and namespace */
	ck_assert_int_eq(feed_row(feed, OPAQUE, sp_slice("\3\2a\2\xaa\xaa", 6), 4), 0);
	ck_assert_int_eq(feed_row(feed, OPAQUE, sp_slice("\3\2b\2\xaa\xaa", 6), 4), 0);
	ck_ok(feed_end(feed, 0, &err), err);
	sp_tally_finish(tally);
	ck_assert(find(tally, "VALUE", "opaque")->keys_unknown);
	ck_assert_uint_eq(find(tally, "VALUE", "opaque")->key_bytes, 12);
	check_top(sp_tally_top_values(tally), values, 1);
	ck_assert_uint_eq(sp_tally_top_keys(tally)->n, 0);
}
END_TEST

START_TEST(damaged_keys_end_the_scan)
{
	const struct sp_tally_options options = { 0 };
	sp_auto(sp_tally) *tally = sp_tally_new(&snapshot, &options);
	struct feed *feed = feed_begin(tally, &parts[0]);
	struct sp_error err;

	ck_assert_int_eq(feed_row(feed, VALUE, sp_slice("\3", 1), 4), SP_EDAMAGED);
	ck_assert_int_eq(feed_row(feed, MAP, sp_slice("\3\2", 2), 4), SP_EDAMAGED);
	sp_fail(&err, SP_EDAMAGED, "damaged");
	ck_assert_int_eq(feed_end(feed, SP_EDAMAGED, &err), SP_EDAMAGED);
}
END_TEST

START_TEST(rows_outside_of_the_handle_are_damage)
{
	const struct sp_tally_options options = { .groups = true };
	sp_auto(sp_tally) *tally = sp_tally_new(&snapshot, &options);
	struct feed *feed = feed_begin(tally, &parts[1]);
	struct sp_error err;

	ck_assert_int_eq(feed_row(feed, VALUE, sp_slice("\3\2a\0", 4), 4), SP_EDAMAGED);
	ck_assert_int_eq(feed_end(feed, SP_EDAMAGED, sp_fail(&err, SP_EDAMAGED, "x") ? &err : NULL),
		SP_EDAMAGED);
}
END_TEST

/* Of two such parts, the first is told of, whichever ends first. */
START_TEST(what_cannot_be_read_is_told)
{
	const struct sp_tally_options options = { 0 };

	for (int order = 0; order < 2; order++) {
		sp_auto(sp_tally) *tally = sp_tally_new(&snapshot, &options);
		size_t n;

		for (int i = 0; i < 2; i++) {
			const int number = i ^ order;
			struct feed *feed = feed_begin(tally, &parts[number]);
			struct sp_error err;

			feed_key(feed, VALUE, number == 0 ? 3 : 64, "a", 0, 1);
			sp_fail(&err, SP_EUNSUPPORTED, "no way %d", number);
			ck_assert_int_eq(feed_end(feed, SP_EUNSUPPORTED, &err), 0);
		}
		sp_tally_finish(tally);
		ck_assert_ptr_nonnull(
			strstr(sp_tally_warning(tally, &n)->message, "subtask 0: no way 0"));
		ck_assert_uint_eq(n, 2);
		ck_assert_uint_eq(sp_tally_states(tally), 0);
		ck_assert(!sp_tally_is_complete(tally, 0, false));
		ck_assert(sp_tally_is_complete(tally, 0, true));
	}
}
END_TEST

static void feed_timer(struct feed *feed, const char *service, bool event, struct sp_slice key)
{
	const struct sp_raw_timer timer = { .key_group = 70,
		.service = sp_slice_of(service),
		.key_type = &string_type,
		.ns_type = &void_type,
		.event = event,
		.timestamp = 5,
		.key = key,
		.ns = sp_slice("", 1) };
	struct sp_error err;

	ck_ok(sp_tally_ops.timer(feed->self, &timer, &err), err);
}

/* As the rows that they would be in the canonical layout. */
START_TEST(raw_timers_are_rows)
{
	const struct sp_tally_options options = { .groups = true, .top = 2 };
	sp_auto(sp_tally) *tally = sp_tally_new(&snapshot, &options);
	struct feed *feed = feed_begin(tally, &parts[2]);
	const struct sp_tally_state *event;
	struct sp_error err;

	feed_timer(feed, "s", true, sp_slice("\2a", 2));
	feed_timer(feed, "s", false, sp_slice("\2a", 2));
	feed_timer(feed, "t", true, sp_slice("\2a", 2));
	feed_timer(feed, "s", true, sp_slice("\3bb", 3));
	ck_ok(feed_end(feed, 0, &err), err);
	sp_tally_finish(tally);
	event = find(tally, "TIMER", "_timer_state/event_s");
	ck_assert_uint_eq(event->rows, 2);
	ck_assert_uint_eq(event->key_bytes, (1 + 8 + 2 + 1) + (1 + 8 + 3 + 1));
	ck_assert_uint_eq(event->value_bytes, 0);
	ck_assert_uint_eq(keys_of(event), 2);
	ck_assert(event->raw);
	ck_assert_uint_eq(event->parts, 1);
	ck_assert_uint_eq(find(tally, "TIMER", "_timer_state/processing_s")->rows, 1);
	ck_assert_uint_eq(find(tally, "TIMER", "_timer_state/event_t")->rows, 1);
	ck_assert_uint_eq(sp_tally_groups(tally, 0)[70].rows, 4);
	ck_assert_uint_eq(sp_tally_top_keys(tally)->n, 0);
}
END_TEST

UNIT_MAIN("tally", adds_up_in_any_order, looks_only_at_what_is_asked_for,
	keys_without_an_end_are_not_counted, damaged_keys_end_the_scan,
	rows_outside_of_the_handle_are_damage, what_cannot_be_read_is_told, raw_timers_are_rows)
