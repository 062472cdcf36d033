#include "values.h"

#define EVENT_ID TYPE(.kind = SP_EVENT_ID)
#define DEWEY TYPE(.kind = SP_DEWEY_NUMBER)
#define NODE_ID OF(SP_NODE_ID, EVENT_ID)
#define EDGE OF(SP_SHARED_BUFFER_EDGE, NODE_ID, DEWEY)
#define EVENT_HEX "00000005 0000000000000009"
#define EVENT_TEXT "{id=5,timestamp=9}"

static const struct sp_type *nfa_state(bool flag)
{
	static const struct sp_type event_id = { .kind = SP_EVENT_ID };
	static const struct sp_type dewey = { .kind = SP_DEWEY_NUMBER };
	static const struct sp_type *id_children[] = { &event_id };
	static const struct sp_type node_id = {
		.kind = SP_NODE_ID, .children = id_children, .n_children = 1
	};
	static const struct sp_type *children[] = { &dewey, &node_id, &event_id };
	static const struct sp_type types[] = {
		{ .kind = SP_NFA_STATE, .outer_version = 1, .children = children, .n_children = 3 },
		{ .kind = SP_NFA_STATE,
			.outer_version = 2,
			.flag = true,
			.children = children,
			.n_children = 3 },
	};

	return &types[flag];
}

START_TEST(parts)
{
	const struct values_case cases[] = {
		{ EVENT_ID, EVENT_HEX, EVENT_TEXT },
		{ DEWEY, "00000002 00000001 00000000", "[1,0]" },
		{ NODE_ID, "00", "null" },
		{ NODE_ID, "01" EVENT_HEX "0261", "{eventId=" EVENT_TEXT ",pageName='a'}" },
		{ EDGE, "00 00000001 00000007", "{target=null,deweyNumber=[7]}" },
		{ OF(SP_SHARED_BUFFER_NODE, OF(SP_LIST, EDGE)), "00000001 00 00000000",
			"[{target=null,deweyNumber=[]}]" },
		{ OF(SP_SHARED_BUFFER_NODE_V2, EDGE), "00000001 00000003 00 00000000",
			"[{refCounter=3,element={target=null,deweyNumber=[]}}]" },
		{ OF(SP_LOCKABLE, TYPE(.kind = SP_INT)), "00000001 00000002",
			"{refCounter=1,element=2}" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(states)
{
	const struct values_case cases[] = {
		{ nfa_state(false), "00000000 00000000",
			"{partialMatches=[],completedMatches=[]}" },
		{ nfa_state(false), "00000001 0261 00 00000000 0000000000000001 00 00000000",
			"{partialMatches=[{currentStateName='a',previousBufferEntry=null,"
			"version=[],startTimestamp=1,startEventID=null}],completedMatches=[]}" },
		{ nfa_state(true),
			"00000000 00000001 0261 00 00000000 0000000000000001"
			"0000000000000002 01" EVENT_HEX,
			"{partialMatches=[],completedMatches=[{currentStateName='a',"
			"previousBufferEntry=null,version=[],startTimestamp=1,previousTimestamp=2,"
			"startEventID=" EVENT_TEXT "}]}" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(wrong_bytes)
{
	const struct values_failure failures[] = {
		{ NODE_ID, "02", "neither" },
		{ DEWEY, "80000000", "digits" },
		{ nfa_state(false), "ffffffff", "matches" },
		{ OF(SP_SHARED_BUFFER_NODE_V2, EDGE), "ffffffff", "edges" },
	};

	for (size_t i = 0; i < sp_countof(failures); i++)
		values_check_damage(&failures[i]);
}
END_TEST

UNIT_MAIN("value-cep", parts, states, wrong_bytes)
