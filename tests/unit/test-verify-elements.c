#include "verified.h"

/* A list of ints and a broadcast state with one entry. */
static void make_elements(size_t subtask, struct sp_slice element, struct sp_slice map)
{
	struct operator_stream *s = &m.streams[subtask];

	operator_begin(s, 5, false);
	sp_buffer_u16(&s->bytes, 1);
	operator_declare(s, "list", SP_MODE_UNION);
	sp_buffer_u16(&s->bytes, 1);
	operator_declare(s, "broadcast", SP_MODE_BROADCAST);
	operator_begin_elements(s);
	operator_put(s, 0, sp_slice("\0\0\0\1", 4));
	operator_put(s, 0, element);
	operator_put(s, 1, map);
	operator_end(s);
	m.subtasks[subtask].managed_operator = &s->handle;
	m.subtasks[subtask].n_managed_operator = 1;
}

#define ELEMENT sp_slice("\0\0\0\2", 4)
#define MAP_1_2_3_4 sp_slice("\0\0\0\2\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4", 20)
#define MAP_3_4_1_2 sp_slice("\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\1\0\0\0\2", 20)
#define MAP_1_2_3_5 sp_slice("\0\0\0\2\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\5", 20)
#define MAP_CUT sp_slice("\0\0\0\2\0\0\0\1\0\0\0\2\0\0\0\3", 16)
#define MAP_LONG sp_slice("\0\0\0\1\0\0\0\1\0\0\0\2\0", 13)

START_TEST(takes_broadcast_copies_in_any_order)
{
	set_up();
	make_elements(0, ELEMENT, MAP_1_2_3_4);
	make_elements(1, ELEMENT, MAP_3_4_1_2);
	run(1);
	ck_assert_uint_eq(m.findings.n, 0);
	tear_down();
}
END_TEST

START_TEST(finds_broadcast_copies_that_differ)
{
	const struct sp_finding *finding;

	set_up();
	make_elements(0, ELEMENT, MAP_1_2_3_4);
	make_elements(1, ELEMENT, MAP_1_2_3_5);
	run(1);
	finding = assert_one(SP_FIND_BROADCAST_DIFFERS);
	ck_assert_int_eq(finding->subtask, 1);
	ck_assert_str_eq(finding->state, "broadcast");
	tear_down();
}
END_TEST

/* A broadcast state of one entry, of which the value is a map of strings. */
static void make_map(size_t subtask, struct sp_slice map)
{
	struct operator_stream *s = &m.streams[subtask];

	operator_begin(s, 5, false);
	s->broadcast = "mSS";
	sp_buffer_u16(&s->bytes, 0);
	sp_buffer_u16(&s->bytes, 1);
	operator_declare(s, "broadcast", SP_MODE_BROADCAST);
	operator_begin_elements(s);
	operator_put(s, 0, map);
	operator_end(s);
	m.subtasks[subtask].managed_operator = &s->handle;
	m.subtasks[subtask].n_managed_operator = 1;
}

#define MAP(text) sp_slice("\0\0\0\1\0\0\0\7\0\0\0\2" text, 12 + sizeof(text) - 1)

START_TEST(compares_maps_in_broadcast_copies_in_any_order)
{
	set_up();
	make_map(0, MAP("\2a\0\2x\2b\0\2y"));
	make_map(1, MAP("\2b\0\2y\2a\0\2x"));
	run(1);
	ck_assert_uint_eq(m.findings.n, 0);
	tear_down();
}
END_TEST

START_TEST(finds_maps_in_broadcast_copies_that_differ)
{
	set_up();
	make_map(0, MAP("\2a\0\2x\2b\0\2y"));
	make_map(1, MAP("\2a\0\2y\2b\0\2x"));
	run(1);
	assert_within(assert_one(SP_FIND_BROADCAST_DIFFERS)->text, "1 entries, subtask 0 has 1");
	tear_down();
}
END_TEST

START_TEST(finds_entries_that_do_not_fill_their_state)
{
	set_up();
	make_elements(0, ELEMENT, MAP_CUT);
	make_elements(1, ELEMENT, MAP_LONG);
	run(1);
	ck_assert_uint_eq(m.findings.n, 2);
	assert_within(m.findings.list[0].text, "cut short");
	assert_within(m.findings.list[1].text, "1 bytes behind 1 entries");
	tear_down();
}
END_TEST

START_TEST(finds_an_element_of_another_length)
{
	const struct sp_finding *finding;

	set_up();
	make_elements(0, sp_slice("\0\0\0\2\0", 5), MAP_1_2_3_4);
	run(1);
	finding = assert_one(SP_FIND_ELEMENT);
	assert_within(finding->text, "state 'list': element 1");
	tear_down();
}
END_TEST

START_TEST(finds_a_damaged_header_of_operator_state)
{
	set_up();
	make_elements(0, ELEMENT, MAP_1_2_3_4);
	m.streams[0].bytes.p[3] = 9; /* version */
	run(1);
	assert_one(SP_FIND_OPERATOR_DATA);
	tear_down();
}
END_TEST

UNIT_MAIN("verify-elements", takes_broadcast_copies_in_any_order,
	finds_broadcast_copies_that_differ, compares_maps_in_broadcast_copies_in_any_order,
	finds_maps_in_broadcast_copies_that_differ, finds_entries_that_do_not_fill_their_state,
	finds_an_element_of_another_length, finds_a_damaged_header_of_operator_state)
