#include "values.h"

#define T(k) TYPE(.kind = (k))
#define INT T(SP_INT)
#define STRING T(SP_STRING)
#define FLAGGED(k, outer, ...)                                                                     \
	TYPE(.kind = (k), .flag = true, .outer_version = (outer),                                  \
		.children = (const struct sp_type *[]){ __VA_ARGS__ },                             \
		.n_children = sizeof((const struct sp_type *[]){ __VA_ARGS__ }) / sizeof(void *))
#define ONE "0000000000000001"

START_TEST(streaming)
{
	const struct sp_type *element = OF(SP_STREAM_ELEMENT, INT);
	const struct values_case cases[] = {
		{ element, "00" ONE "00000007", "{timestamp=1,value=7}" },
		{ element, "01 00000007", "{value=7}" },
		{ element, "02" ONE, "{watermark=1}" },
		{ element, "03" ONE ONE ONE "00000002",
			"{markedTime=1,operatorIdLower=1,operatorIdUpper=1,subtaskIndex=2}" },
		{ element, "04 ffffffff", "{status=-1}" },
		{ element, "05 01", "{isBacklog=1}" },
		{ element, "06 00000003" ONE, "{subpartitionIndex=3,watermark=1}" },
		{ OF(SP_TWO_PHASE_COMMIT, INT, STRING), "00000007" ONE "00000000 00",
			"{pendingTransaction={handle=7,transactionStartTime=1},"
			"pendingCommitTransactions=[],context=null}" },
		{ FLAGGED(SP_TWO_PHASE_COMMIT, 4, INT, STRING),
			"00 00000001 00000007" ONE "01 0261",
			"{pendingTransaction=null,pendingCommitTransactions="
			"[{handle=7,transactionStartTime=1}],context='a'}" },
		{ OF(SP_TIMER, INT, T(SP_VOID_NAMESPACE)), "8000000000000001 00000007 00",
			"{timestamp=1,key=7,namespace=void}" },
		{ OF(SP_BUFFER_ENTRY, INT), "01 00000007", "{hasBeenJoined=1,element=7}" },
		{ OF(SP_UNION, INT, STRING), "01 00000007", "{one=7}" },
		{ OF(SP_UNION, INT, STRING), "02 0261", "{two='a'}" },
	};

	for (size_t i = 0; i < sp_countof(cases); i++)
		values_check(&cases[i]);
}
END_TEST

START_TEST(wrong_bytes)
{
	const struct values_failure failures[] = {
		{ OF(SP_UNION, INT, INT), "03", "tag 3" },
		{ OF(SP_STREAM_ELEMENT, INT), "07", "tag 7" },
	};

	for (size_t i = 0; i < sp_countof(failures); i++)
		values_check_damage(&failures[i]);
}
END_TEST

UNIT_MAIN("value-streaming", streaming, wrong_bytes)
