#include "verified.h"

START_TEST(finds_nothing_in_rows_that_are_right)
{
	set_up();
	begin(0);
	for (uint32_t group = 0; group < 64; group++)
		put_group(0, group);
	end(0);
	run(1);
	ck_assert_uint_eq(m.findings.n, 0);
	tear_down();
}
END_TEST

START_TEST(finds_a_key_in_a_wrong_key_group)
{
	const struct sp_finding *finding;

	set_up();
	begin(0);
	put_group(0, 3);
	begin_group(0, 5, 1);
	put_row(0, 5, 0, key_in(9, 0), "lost");
	put_row(0, 5, LAST, key_in(5, 0), "found");
	end_group(0);
	end(0);
	run(1);
	finding = assert_one(SP_FIND_WRONG_KEY_GROUP);
	ck_assert_int_eq(finding->subtask, 0);
	ck_assert_str_eq(finding->state, "b");
	ck_assert_int_eq(finding->key_group, 5);
	assert_within(finding->key, key_in(9, 0));
	assert_within(finding->text, "belongs in key group 9");
	tear_down();
}
END_TEST

START_TEST(counts_what_it_does_not_name)
{
	set_up();
	begin(0);
	begin_group(0, 5, 0);
	for (int i = 0; i < 10; i++)
		put_row(0, 5, i == 9 ? LAST : 0, key_in(9, i), "lost");
	end_group(0);
	end(0);
	run(1);
	ck_assert_uint_eq(m.findings.n, SP_RECORDS_EXAMPLES + 1);
	assert_within(m.findings.list[SP_RECORDS_EXAMPLES].text, "7 more of 10 keys");
	tear_down();
}
END_TEST

START_TEST(finds_a_key_of_another_length)
{
	static const uint8_t key[] = { 5, 4, 'k', 'e', 0 }; /* three letters are said to come */
	const struct sp_finding *finding;

	set_up();
	begin(0);
	begin_group(0, 5, 0);
	put_row(0, 5, 0, key_in(5, 0), "value");
	sp_buffer_blob(&m.bytes[0], sp_slice(key, sizeof(key)));
	sp_buffer_blob(&m.bytes[0], sp_slice_of("\1"));
	put_row(0, 5, LAST, key_in(5, 1), "value");
	end_group(0);
	end(0);
	run(1);
	finding = assert_one(SP_FIND_ROW_KEY);
	ck_assert_str_eq(finding->state, "a");
	tear_down();
}
END_TEST

START_TEST(finds_a_value_that_is_not_of_its_type)
{
	const struct sp_finding *finding;

	set_up();
	begin(0);
	begin_group(0, 5, 0);
	put_row(0, 5, LAST, key_in(5, 0), "value");
	m.bytes[0].p[m.bytes[0].n - 6]++; /* the length of the string */
	end_group(0);
	end(0);
	m.subtasks[0].managed_keyed.data.at = 77;
	run(1);
	finding = assert_one(SP_FIND_ROW_VALUE);
	ck_assert_str_eq(finding->file, "test");
	ck_assert_int_eq(finding->offset, 77);
	assert_within(finding->text, "test: offset 0x4d: value of 6 bytes");
	assert_within(finding->key, key_in(5, 0));
	assert_within(finding->text, "cut short");
	tear_down();
}
END_TEST

START_TEST(finds_a_key_that_is_there_twice)
{
	set_up();
	begin(0);
	begin_group(0, 5, 0);
	put_row(0, 5, 0, key_in(5, 0), "first");
	put_row(0, 5, LAST, key_in(5, 0), "second");
	end_group(0);
	end(0);
	run(1);
	assert_one(SP_FIND_DUPLICATE_KEY);
	tear_down();
}
END_TEST

START_TEST(finds_a_state_in_two_places)
{
	set_up();
	begin(0);
	begin_group(0, 5, 0);
	put_row(0, 5, LAST, key_in(5, 0), "a");
	sp_buffer_u16(&m.bytes[0], 1);
	put_row(0, 5, LAST, key_in(5, 0), "b");
	sp_buffer_u16(&m.bytes[0], 0);
	put_row(0, 5, LAST, key_in(5, 1), "a again");
	end_group(0);
	end(0);
	run(1);
	assert_one(SP_FIND_STATE_APART);
	tear_down();
}
END_TEST

/* The other subtask is looked at all the same, whoever is first. */
START_TEST(goes_on_behind_damage)
{
	for (int jobs = 1; jobs <= 2; jobs++) {
		set_up();
		for (uint32_t i = 0; i < SUBTASKS; i++) {
			begin(i);
			put_group(i, 64 * i + 2);
			begin_group(i, 64 * i + 5, 0);
			put_row(i, 64 * i + 5, LAST, key_in(1, 0), "lost");
			end_group(i);
		}
		sp_buffer_u8(&m.bytes[0], 0); /* behind the end mark */
		end(0);
		end(1);
		run(jobs);
		ck_assert_uint_eq(m.findings.n, 3);
		ck_assert_int_eq(m.findings.list[0].kind->code, SP_FIND_ROWS);
		ck_assert_int_eq(m.findings.list[0].subtask, 0);
		ck_assert_ptr_nonnull(m.findings.list[0].file);
		ck_assert_int_gt(m.findings.list[0].offset, 0);
		ck_assert_int_eq(m.findings.list[1].kind->code, SP_FIND_WRONG_KEY_GROUP);
		ck_assert_int_eq(m.findings.list[2].subtask, 1);
		tear_down();
	}
}
END_TEST

START_TEST(finds_an_unknown_state)
{
	set_up();
	begin(0);
	begin_group(0, 5, 7);
	end(0);
	run(1);
	assert_within(assert_one(SP_FIND_ROWS)->text, "state id 7");
	tear_down();
}
END_TEST

/* --- hash functions -------------------------------------------------------------------------- */

/* Rows in the key groups [0, 64) that `rule` of their hash gives, which many keys have. */
static void put_row_keys(size_t rule)
{
	static const struct sp_type string = { .kind = SP_STRING };
	static const struct sp_type *const fields[] = { &string };
	const struct sp_type row = { .kind = SP_ROW,
		.children = (const struct sp_type **)(uintptr_t)fields,
		.n_children = 1 };
	sp_auto(sp_arena) *arena = sp_arena_new();
	sp_auto(sp_key_hash) *hash = NULL;
	int32_t codes[SP_KEY_RULES_MAX];
	struct sp_error err;

	ck_ok(sp_key_hash_new(&row, SP_KRYO_2, GROUPS, NULL, 0, &hash, &err), err);
	for (uint32_t group = 0; group < 64; group++)
		for (int i = 0;; i++) {
			sp_auto_buffer key = { 0 };
			char text[16];

			snprintf(text, sizeof(text), "row-%d", i);
			sp_buffer_u8(&key, 0); /* no nulls */
			put_string(&key, text);
			ck_ok(sp_key_hash_codes(hash, sp_buffer_slice(&key), arena, codes, &err),
				err);
			if ((uint32_t)sp_key_group_of_hash(codes[rule], GROUPS) != group)
				continue;
			begin_group(0, group, 0);
			sp_buffer_u32(&m.bytes[0], (uint32_t)key.n + 2);
			sp_buffer_u8(&m.bytes[0], (uint8_t)(group | LAST));
			sp_buffer_bytes(&m.bytes[0], sp_buffer_slice(&key));
			sp_buffer_u8(&m.bytes[0], 0);
			sp_buffer_blob(&m.bytes[0], sp_slice_of("\1"));
			end_group(0);
			break;
		}
}

START_TEST(knows_the_hash_codes_of_old_releases)
{
	set_up();
	begin_keyed_by(0, put_row_type);
	put_row_keys(0);
	end(0);
	run(1);
	ck_assert_uint_eq(m.findings.n, 0);
	tear_down();

	set_up();
	begin_keyed_by(0, put_row_type);
	put_row_keys(1);
	end(0);
	run(1);
	assert_within(assert_one(SP_FIND_OLD_KEY_HASH)->text, "Flink 1.12 explains 64 of 64 keys");
	tear_down();
}
END_TEST

START_TEST(tells_which_keys_it_cannot_prove)
{
	set_up();
	begin_keyed_by(0, put_enum_type);
	begin_group(0, 5, 0);
	sp_buffer_blob(&m.bytes[0], sp_slice("\x85\0\0\0\0\0", 6));
	sp_buffer_blob(&m.bytes[0], sp_slice_of("\1"));
	end_group(0);
	end(0);
	run(1);
	assert_within(assert_one(SP_FIND_NO_KEY_HASH)->text, "1 keys: ");
	tear_down();
}
END_TEST

START_TEST(proves_nothing_of_one_key_group)
{
	set_up();
	begin_keyed_by(0, put_enum_type);
	begin_group(0, 0, 0);
	sp_buffer_blob(&m.bytes[0], sp_slice("\x80\0\0\0\0\0", 6));
	sp_buffer_blob(&m.bytes[0], sp_slice_of("\1"));
	end_group(0);
	end(0);
	m.op.max_parallelism = m.op.parallelism = 1;
	m.op.n_subtasks = 1;
	m.subtasks[0].managed_keyed.count = 1;
	run(1);
	ck_assert_uint_eq(m.findings.n, 0);
	tear_down();
}
END_TEST

/* --- raw state ------------------------------------------------------------------------------- */

START_TEST(finds_raw_state_that_is_not_there)
{
	static struct sp_operator_state state = { .name = { (const uint8_t *)"raw", 3 } };
	struct made made;
	struct sp_operator_handle handle = { .code = SP_OPERATOR_STREAM,
		.states = &state,
		.n_states = 1,
		.data = { .code = SP_HANDLE_RELATIVE, .name = sp_slice_of("gone"), .size = 3 } };
	sp_auto(sp_source) *source = NULL;
	struct sp_counters counters = { 0 };
	struct sp_verify verify = { .jobs = 1, .memory = 1 << 20, .counters = &counters };
	struct sp_error err;

	set_up();
	made_begin(&made, 4);
	made.subtasks[1].raw_operator = &handle;
	made.subtasks[1].n_raw_operator = 1;
	made_write(&made, made.source);
	ck_ok(sp_source_open(made.source, &source, &err), err);
	verify.source = source;
	ck_ok(sp_verify_records(&verify, &m.findings, &err), err);
	ck_assert_int_eq(assert_one(SP_FIND_RAW_DATA)->subtask, 1);
	assert_within(m.findings.list[0].text, "raw operator state");
	made_end(&made);
	tear_down();
}
END_TEST

/* --- timers ---------------------------------------------------------------------------------- */

static void put_timer(uint32_t group, uint8_t last, const char *key, const char *value)
{
	sp_auto_buffer bytes = { 0 };

	sp_buffer_u8(&bytes, (uint8_t)(group | last));
	sp_buffer_u64(&bytes, 0x8000000000001234);
	put_string(&bytes, key);
	sp_buffer_u8(&bytes, 0);
	sp_buffer_blob(&m.bytes[0], sp_buffer_slice(&bytes));
	sp_buffer_blob(&m.bytes[0], sp_slice_of(value));
}

static void begin_timers(void)
{
	sp_buffer_u32(&m.bytes[0], 6);
	sp_buffer_u8(&m.bytes[0], 0);
	keyed_put_snapshot(&m.bytes[0], STRING_SNAPSHOT);
	sp_buffer_u16(&m.bytes[0], 1);
	put_timers(&m.bytes[0], "_timer_state/event_timers");
}

START_TEST(finds_a_timer_in_a_wrong_key_group)
{
	const struct sp_finding *finding;

	set_up();
	begin_timers();
	begin_group(0, 5, 0);
	put_timer(5, 0, key_in(5, 0), "");
	put_timer(5, LAST, key_in(6, 0), "");
	end_group(0);
	end(0);
	run(1);
	finding = assert_one(SP_FIND_WRONG_TIMER);
	ck_assert_str_eq(finding->state, "_timer_state/event_timers");
	assert_within(finding->key, key_in(6, 0));
	tear_down();
}
END_TEST

START_TEST(finds_a_timer_with_a_value)
{
	set_up();
	begin_timers();
	begin_group(0, 5, 0);
	put_timer(5, LAST, key_in(5, 0), "x");
	end_group(0);
	end(0);
	run(1);
	assert_one(SP_FIND_ROW_VALUE);
	tear_down();
}
END_TEST

static struct sp_scan_part part_of(struct sp_keyed_handle *handle)
{
	return (struct sp_scan_part){ .place = sp_place(&m.source, &m.op, &m.subtasks[0], handle) };
}

START_TEST(finds_a_timer_of_raw_state_in_a_wrong_key_group)
{
	static const struct sp_type string = { .kind = SP_STRING };
	static const struct sp_type void_namespace = { .kind = SP_VOID_NAMESPACE };
	struct sp_keyed_handle handle = { .count = 64 };
	const struct sp_scan_part part = part_of(&handle);
	sp_auto_buffer key = { 0 };
	sp_auto(sp_key_hash) *hash = NULL;
	struct sp_raw_timer timer = { .key_group = 5,
		.service = sp_slice_of("timers"),
		.key_type = &string,
		.ns_type = &void_namespace,
		.ns = sp_slice("", 1) };
	struct sp_key_tally tally = { .rules = 1,
		.fast = true,
		.max_parallelism = GROUPS,
		.keeps = true,
		.arena = sp_arena_new() };
	struct sp_row_check *check;
	struct sp_error err;

	set_up();
	ck_ok(sp_key_hash_new(&string, SP_KRYO_2, GROUPS, NULL, 0, &hash, &err), err);
	tally.hash = hash;
	check = sp_row_check_new(NULL, &part, &tally, &m.findings);
	put_string(&key, key_in(6, 0));
	timer.key = sp_buffer_slice(&key);
	sp_row_check_timer(check, &timer);
	timer.key = sp_slice(key.p, key.n - 1);
	sp_row_check_timer(check, &timer);
	sp_row_check_end(check);
	sp_row_check_free(check);
	ck_assert_uint_eq(tally.keys, 1);
	ck_assert_uint_eq(tally.misses[0], 1);
	ck_assert_int_eq(tally.misfits[0].expected[0], 6);
	ck_assert(tally.misfits[0].timer);
	assert_within(tally.misfits[0].key, key_in(6, 0));
	assert_one(SP_FIND_ROW_KEY);
	sp_key_tally_free(&tally);
	tear_down();
}
END_TEST

/* --- what only some readers leave to be found ------------------------------------------------ */

START_TEST(finds_rows_out_of_order_and_outside)
{
	static const char *const names[] = { "a" };
	static const struct sp_stream_ops knows_no_places = { 0 };
	struct sp_arena *arena = sp_arena_new();
	struct sp_keyed_handle handle = { .start = 4, .count = 2, .at = 78 };
	const struct sp_scan_part part = part_of(&handle);
	struct sp_key_tally tally = { .max_parallelism = GROUPS };
	struct sp_stream stream = { .ops = &knows_no_places, .order = SP_ORDER_KEYS };
	sp_auto_buffer bytes = { 0 };
	struct sp_row_check *check;
	struct sp_error err;
	struct sp_row row;

	set_up();
	keyed_put_header(&bytes, false, names, 1);
	ck_ok(sp_keyed_header_read(sp_buffer_slice(&bytes), 0, arena, &stream.header, &err), err);
	row = (struct sp_row){ stream.header->states, 5, sp_slice("\5\2b\0", 4),
		sp_slice("\1", 1) };
	check = sp_row_check_new(NULL, &part, &tally, &m.findings);
	sp_row_check_header(check, &stream);
	sp_row_check_row(check, &row);
	row.key = sp_slice("\5\2a\0", 4);
	sp_row_check_row(check, &row);
	row.key_group = 6;
	row.key = sp_slice("\6\2a\0", 4);
	sp_row_check_row(check, &row);
	sp_row_check_end(check);
	sp_row_check_free(check);
	ck_assert_uint_eq(m.findings.n, 2);
	ck_assert_int_eq(m.findings.list[0].kind->code, SP_FIND_ROW_ORDER);
	ck_assert_int_eq(m.findings.list[1].kind->code, SP_FIND_ROW_KEY_GROUP);
	assert_within(m.findings.list[1].text, "2 key groups from 4 on");
	ck_assert_str_eq(m.findings.list[1].file, "test");
	ck_assert_int_eq(m.findings.list[1].offset, 78);
	sp_key_tally_free(&tally);
	sp_arena_free(arena);
	tear_down();
}
END_TEST

UNIT_MAIN("verify-records", finds_nothing_in_rows_that_are_right, finds_a_key_in_a_wrong_key_group,
	counts_what_it_does_not_name, finds_a_key_of_another_length,
	finds_a_value_that_is_not_of_its_type, finds_a_key_that_is_there_twice,
	finds_a_state_in_two_places, goes_on_behind_damage, finds_an_unknown_state,
	knows_the_hash_codes_of_old_releases, tells_which_keys_it_cannot_prove,
	proves_nothing_of_one_key_group, finds_raw_state_that_is_not_there,
	finds_a_timer_in_a_wrong_key_group, finds_a_timer_with_a_value,
	finds_a_timer_of_raw_state_in_a_wrong_key_group, finds_rows_out_of_order_and_outside)
