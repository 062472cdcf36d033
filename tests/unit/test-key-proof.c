/* Keys of a made savepoint, and where they go under another max parallelism. */
#include "key-proof.h"

#include "proved.h"

/* --- looking --------------------------------------------------------------------------------- */

static int find(int32_t to, const char *stated, struct sp_key_move **ret, struct sp_error *err)
{
	const struct sp_key_move_plan plan = { .source = &m.source,
		.op = &m.op,
		.max_parallelism = to,
		.stated = stated,
		.jobs = 2,
		.memory = 1 << 20,
		.tmpdir = "/tmp" };

	return sp_key_move_find(&plan, ret, err);
}

static struct sp_key_move *found(int32_t to, const char *stated)
{
	struct sp_key_move *move;
	struct sp_error err;

	ck_ok(find(to, stated, &move, &err), err);
	ck_assert_ptr_nonnull(move);
	return move;
}

static struct sp_error refused(int32_t to, const char *stated, enum sp_code code, const char *words)
{
	struct sp_key_move *move;
	struct sp_error err;

	ck_fails(find(to, stated, &move, &err), code, words, err);
	ck_assert_ptr_null(move);
	return err;
}

/* Every key goes where its hash code says. */
static void assert_moves(const struct sp_key_move *move, int32_t to)
{
	sp_auto(sp_key_mover) *mover = sp_key_mover_new(move, SP_KRYO_2);
	struct sp_error err;
	uint32_t group;

	for (size_t i = 0; i < 2 * n_keys; i++) { /* twice: it remembers keys */
		const struct sp_slice key = sp_buffer_slice(&keys[i / 2].key);

		ck_ok(sp_key_mover_group(mover, key, keys[i / 2].key_group, &group, &err), err);
		ck_assert_int_eq((int32_t)group, sp_key_group_of_hash(keys[i / 2].hash, to));
	}
	ck_assert_uint_gt(n_keys, 0);
}

static void assert_found(int32_t to, const char *stated, const char *rule)
{
	sp_auto(sp_key_move) *move = found(to, stated);

	ck_assert_str_eq(sp_key_move_rule(move), rule);
	ck_assert_uint_eq(sp_key_move_keys(move), n_keys);
	assert_moves(move, to);
}

/* --- tests ----------------------------------------------------------------------------------- */

/* Even keys that nobody can hash. */
START_TEST(needs_no_function_for_a_divisor)
{
	begin_keys();
	put_keys(put_enum_type);
	for (int32_t to = 1; to < GROUPS; to *= 4) {
		sp_auto(sp_key_move) *move = found(to, NULL);
		sp_auto(sp_key_mover) *mover = sp_key_mover_new(move, SP_KRYO_2);
		struct sp_error err;
		uint32_t group;

		ck_assert_ptr_null(sp_key_move_rule(move));
		for (uint32_t i = 0; i < GROUPS; i++) {
			ck_ok(sp_key_mover_group(mover, sp_slice(NULL, 0), i, &group, &err), err);
			ck_assert_uint_eq(group, i % (uint32_t)to);
		}
	}
	tear_down();
}
END_TEST

START_TEST(checks_strings_row_by_row)
{
	struct sp_key_move *move;
	struct sp_key_mover *mover;
	sp_auto_buffer key = { 0 };
	struct sp_error err;
	uint32_t group;

	set_up();
	begin(0);
	begin_group(0, 5, 0);
	put_row(0, 5, LAST, key_in(9, 0), "nobody has looked at it yet");
	end_group(0);
	end(0);
	move = found(720, NULL);
	ck_assert_str_eq(sp_key_move_rule(move), "hashCode() of String");
	ck_assert_uint_eq(sp_key_move_keys(move), 0);
	ck_assert(sp_key_move_margin(move) == 0);
	mover = sp_key_mover_new(move, SP_KRYO_2);
	put_string(&key, key_in(9, 0));
	ck_ok(sp_key_mover_group(mover, sp_buffer_slice(&key), 9, &group, &err), err);
	ck_assert_int_eq((int32_t)group, sp_key_group_of_hash(hash_of(key_in(9, 0)), 720));
	ck_fails(sp_key_mover_group(mover, sp_buffer_slice(&key), 5, &group, &err), SP_EDAMAGED,
		"it belongs in key group 9", err);
	assert_within(err.message, "key {\"key\": \"key-");
	ck_fails(sp_key_mover_group(mover, sp_slice(key.p, key.n - 1), 9, &group, &err),
		SP_EDAMAGED, "cut short", err);
	sp_key_mover_free(mover);
	sp_key_move_free(move);
	tear_down();
}
END_TEST

START_TEST(finds_the_function_of_a_class)
{
	begin_keys();
	add_records(64);
	put_keys(put_pojo_type);
	assert_found(129, NULL, "record(id, part)");
	assert_found(32768, NULL, "record(id, part)");
	assert_found(100, "RECORD(id, part)", "record(id, part)");
	tear_down();
}
END_TEST

START_TEST(tells_by_how_much_it_is_proved)
{
	struct sp_key_move *move;

	begin_keys();
	add_records(64);
	put_keys(put_pojo_type);
	move = found(129, NULL);
	ck_assert(sp_key_move_margin(move) > 400 && sp_key_move_margin(move) < 64 * 7);
	sp_key_move_free(move);
	move = found(129, "record(id, part)");
	ck_assert(sp_key_move_margin(move) == 0);
	sp_key_move_free(move);
	tear_down();
}
END_TEST

/* Of several lost ones, always the first; also where the function was stated. */
START_TEST(names_a_key_in_a_wrong_key_group)
{
	begin_keys();
	add_records(64);
	add_pojo(12, "lost", record(12, "lost"));
	add_pojo(13, "lost, too", record(13, "lost, too"));
	keys[64].key_group = 17;
	keys[65].key_group = 80;
	put_keys(put_pojo_type);
	for (int i = 0; i < 8; i++) {
		struct sp_error err = refused(129, i % 2 == 0 ? NULL : "record(id, part)",
			SP_EDAMAGED,
			"subtask 0: state 'a': key group 17: key {\"key\": {\"id\": 12, \"part\": "
			"\"lost\"}}: it belongs in key group ");

		assert_within(err.hint, "record(id, part) explains 64 of 66 keys");
	}
	tear_down();
}
END_TEST

START_TEST(believes_no_function_that_does_not_hold)
{
	struct sp_error err;

	begin_keys();
	add_records(64);
	put_keys(put_pojo_type);
	err = refused(129, "Objects.hash(id, part)", SP_EUNSUPPORTED,
		"keys of Pojo my.Key: the stated hash function Objects.hash(id, part) explains "
		"only ");
	assert_within(err.message, " of 64");
	assert_within(err.hint, "--key-hash OPERATOR=FUNCTION");
	assert_within(err.hint, "divides 128 needs none: 64, 32, 16");
	refused(129, "Objects.hash(id, name)", SP_EUSAGE, "the class has no field 'name'");
	tear_down();

	set_up();
	begin(0);
	end(0);
	refused(129, "field(a)", SP_EUSAGE, "it cannot be stated");
	tear_down();
}
END_TEST

START_TEST(refuses_keys_that_nothing_explains)
{
	begin_keys();
	for (uint32_t i = 0; i < 64; i++)
		add_pojo(i, "x", (i ^ 5) * 0x9e3779b9);
	put_keys(put_pojo_type);
	refused(129, NULL, SP_EUNSUPPORTED, "formulas over the fields of Pojo my.Key explains");
	tear_down();
}
END_TEST

/* The samples obey a rule, but there are others: those of the last key groups. */
START_TEST(refuses_what_holds_for_samples_only)
{
	begin_keys();
	for (uint32_t i = 0; i < KEYS_MAX; i++) {
		add_pojo(i, "x", record(i, "x"));
		if (keys[i].key_group % 64 > 40)
			keys[i].key_group = 41 + i % 3 + (keys[i].key_group & 64);
	}
	put_keys(put_pojo_type);
	refused(129, NULL, SP_EUNSUPPORTED,
		"no usual hash function explains them: the best, record(id, part), leaves ");
	tear_down();
}
END_TEST

START_TEST(wants_more_keys_than_a_few)
{
	struct sp_error err;

	begin_keys();
	add_records(3);
	put_keys(put_pojo_type);
	err = refused(129, NULL, SP_EUNSUPPORTED, "formulas explain the 3 keys, but they prove ");
	assert_within(err.hint, "--key-hash");
	assert_found(129, "record(id, part)", "record(id, part)");
	tear_down();
}
END_TEST

/* They hash as their compiler made them, unless they have a function of their own. */
START_TEST(wants_more_case_classes_than_a_few)
{
	begin_keys();
	add_cases(64);
	put_keys(put_case_type);
	assert_found(129, NULL, "hashCode() of CaseClass my.Case<String>");
	tear_down();

	begin_keys();
	add_cases(2);
	put_keys(put_case_type);
	refused(129, NULL, SP_EUNSUPPORTED,
		"explains 2 of 2, but 2 distinct ones are too few to prove it: 14 bits, and 20 "
		"are needed");
	assert_found(129, "case-class(_1)", "case-class(_1)");
	tear_down();

	begin_keys_of_one_group();
	add_cases(64);
	put_one_group(put_case_type);
	refused(129, NULL, SP_EUNSUPPORTED,
		"with a max parallelism of 1 every function explains them, not only hashCode()");
	tear_down();
}
END_TEST

START_TEST(refuses_enums)
{
	static const uint8_t red[4];
	const struct sp_buffer key = { .p = (uint8_t *)(uintptr_t)red, .n = sizeof(red) };
	struct sp_error err;

	begin_keys();
	add(&key, 99);
	put_keys(put_enum_type);
	err = refused(129, NULL, SP_EUNSUPPORTED, "keys: Enum my.Color");
	assert_within(err.message, "enums hash by identity");
	ck_assert_str_eq(err.hint, "a max parallelism that divides 128 needs none: 64, 32, 16");
	err = refused(129, "enums by name", SP_EUNSUPPORTED, "enums hash by identity");
	assert_within(err.hint, "divides 128 needs none");
	tear_down();
}
END_TEST

static void assert_none(int32_t to)
{
	struct sp_key_move *move;
	struct sp_error err;

	ck_ok(find(to, NULL, &move, &err), err);
	ck_assert_ptr_null(move);
}

/* What is not there need not be hashed. */
START_TEST(finds_no_keys)
{
	begin_keys();
	assert_none(129);
	put_keys(put_enum_type);
	assert_none(129);
	tear_down();
	begin_keys();
	put_keys(put_pojo_type);
	assert_none(129);
	tear_down();
}
END_TEST

/* All of 33 subtasks but the second are empty, and samples are taken from 16. */
START_TEST(looks_for_samples_everywhere)
{
	static struct sp_subtask subtasks[33];

	begin_keys();
	for (uint32_t i = 0; n_keys < 20; i++) {
		add_pojo(i, "x", record(i, "x"));
		n_keys -= keys[n_keys - 1].key_group >= 64;
	}
	put_keys(put_pojo_type);
	memset(subtasks, 0, sizeof(subtasks));
	for (int32_t i = 0; i < 33; i++)
		subtasks[i].index = i;
	subtasks[1].managed_keyed = m.subtasks[0].managed_keyed;
	m.op.subtasks = subtasks;
	m.op.n_subtasks = sp_countof(subtasks);
	assert_found(129, NULL, "record(id, part)");
	tear_down();
}
END_TEST

/* --- several rules --------------------------------------------------------------------------- */

/* Keys that a second function puts into the same key groups, but not into the same new ones. */
START_TEST(refuses_to_choose)
{
	struct sp_error err;

	begin_keys();
	for (uint32_t i = 0; n_keys < 40; i++)
		if (sp_key_group_of_hash((int32_t)record(i, "x"), GROUPS) ==
			sp_key_group_of_hash((int32_t)objects_hash(i, "x"), GROUPS))
			add_pojo(i, "x", record(i, "x"));
	put_keys(put_pojo_type);
	err = refused(129, NULL, SP_EUNSUPPORTED, "record(id, part) explains all 40, and so does ");
	assert_within(err.message, "Objects.hash(id, part), by which some belong in other key "
				   "groups of 129");
	assert_within(err.hint, "--key-hash");
	assert_found(129, "record(id, part)", "record(id, part)");
	tear_down();
}
END_TEST

/* A field that is always 0 may count or not. */
START_TEST(chooses_among_those_that_agree)
{
	begin_keys();
	for (uint32_t i = 0; i < 64; i++) {
		char part[16];

		snprintf(part, sizeof(part), "part %u", i);
		add_pojo(0, part, record(0, part));
	}
	put_keys(put_pojo_type);
	assert_found(129, NULL, "field(part)");
	tear_down();
}
END_TEST

START_TEST(finds_the_rule_of_rows)
{
	struct sp_error err;

	begin_keys();
	add_rows(64, 62);
	put_keys(put_row_type);
	assert_found(129, NULL, "Row.hashCode() of Flink 1.13 and later");
	refused(129, "record(f0)", SP_EUSAGE, "only Row's can be stated");
	refused(129, "Row.hashCode() of Flink 1.11", SP_EUNSUPPORTED, "explains only ");
	tear_down();

	begin_keys();
	add_rows(64, 31);
	keys[7].key_group ^= 1;
	put_keys(put_row_type);
	err = refused(129, NULL, SP_EDAMAGED, "key {\"key\": [\"row-7\"]}: it belongs in");
	assert_within(err.hint, "Row.hashCode() of Flink 1.12 explains 63 of 64 keys");
	tear_down();
}
END_TEST

/* --- one key group --------------------------------------------------------------------------- */

/* Which proves nothing: the release has to tell, or somebody. */
START_TEST(asks_the_release_about_rows)
{
	begin_keys_of_one_group();
	add_rows(20, 62);
	put_one_group(put_row_type);
	assert_found(129, NULL, "Row.hashCode() of Flink 1.13 and later");
	m.snapshot.version = 3;
	m.subtasks[0].managed_keyed.code = SP_KEYED_KEY_GROUPS; /* of 1.11 to 1.14 */
	refused(129, NULL, SP_EUNSUPPORTED, "Row.hashCode() of Flink 1.12, by which some belong");
	assert_found(129, "Row.hashCode() of Flink 1.13 and later",
		"Row.hashCode() of Flink 1.13 and later");
	tear_down();

	begin_keys_of_one_group();
	add_rows(20, 31);
	put_one_group(put_row_type);
	m.snapshot.version = 2;
	m.subtasks[0].managed_keyed.code = SP_KEYED_KEY_GROUPS;
	assert_found(129, NULL, "Row.hashCode() of Flink 1.8 to 1.10");
	tear_down();
}
END_TEST

START_TEST(infers_nothing_from_one_key_group)
{
	struct sp_error err;

	begin_keys_of_one_group();
	add_records(64);
	put_one_group(put_pojo_type);
	err = refused(129, NULL, SP_EUNSUPPORTED, "with a max parallelism of 1 every formula");
	ck_assert_str_eq(err.hint, "--key-hash OPERATOR=FUNCTION states a hash function");
	assert_found(129, "record(id, part)", "record(id, part)");
	tear_down();
}
END_TEST

/* --- damage ---------------------------------------------------------------------------------- */

START_TEST(names_a_key_that_cannot_be_read)
{
	begin_keys();
	add_records(64);
	keys[9].key.p[keys[9].key.n - 3] = 9; /* the length of its part */
	put_keys(put_pojo_type);
	refused(129, NULL, SP_EDAMAGED, "state 'a': key group ");
	tear_down();
}
END_TEST

START_TEST(tells_why_no_header_can_be_read)
{
	begin_keys();
	add_records(64);
	put_keys(put_pojo_type);
	m.bytes[0].p[3] = m.bytes[1].p[3] = 99; /* its version */
	refused(129, NULL, SP_EDAMAGED, "99");
	m.op.max_parallelism = 0;
	refused(129, NULL, SP_EDAMAGED, "max parallelism 0");
	tear_down();
}
END_TEST

UNIT_MAIN("key-proof", needs_no_function_for_a_divisor, checks_strings_row_by_row,
	finds_the_function_of_a_class, tells_by_how_much_it_is_proved,
	names_a_key_in_a_wrong_key_group, believes_no_function_that_does_not_hold,
	refuses_keys_that_nothing_explains, refuses_what_holds_for_samples_only,
	wants_more_keys_than_a_few, wants_more_case_classes_than_a_few, refuses_enums,
	finds_no_keys, looks_for_samples_everywhere, refuses_to_choose,
	chooses_among_those_that_agree, finds_the_rule_of_rows, asks_the_release_about_rows,
	infers_nothing_from_one_key_group, names_a_key_that_cannot_be_read,
	tells_why_no_header_can_be_read)
