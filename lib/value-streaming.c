/*
 * What the operators of the streaming API keep (org.apache.flink.streaming, Flink 1.2 to 2.2). N:
 * as the nested serializer writes it; bools are one byte.
 *
 *	Union               u8 1 or 2, N
 *	Timer               i64 timestamp with the sign bit flipped, key, namespace
 *	BufferEntry         bool joined, N
 *	StreamElement       u8 tag: 0 i64 timestamp, N · 1 N · 2 i64 watermark
 *	                    3 i64 time, i64 i64 operator, i32 subtask · 4 i32 status
 *	                    5 bool backlog · 6 i32 subpartition, i64 watermark
 *	TwoPhaseCommit      [bool pending,] transaction, i64 start; i32 n, n × (transaction, i64);
 *	                    bool context, [N]
 */
#include "value-internal.h"

#define STREAM_RECORD_WITH_TIMESTAMP 0 /* StreamElementSerializer.TAG_* */
#define STREAM_RECORD 1
#define STREAM_WATERMARK 2
#define STREAM_LATENCY 3
#define STREAM_STATUS 4
#define STREAM_ATTRIBUTES 5
#define STREAM_INTERNAL_WATERMARK 6

static int walk_union(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items;
	uint8_t tag;

	if (sp_walk_u8(walk, &tag, err) < 0)
		return err->code;
	if (tag != 1 && tag != 2)
		return sp_walk_fail(walk, err, "union of tag %u", tag);
	items = sp_walk_items(walk, to, SP_VALUE_STRUCT, 1);
	return sp_walk_last(walk, type->children[tag - 1],
		sp_walk_named(items, 0, tag == 1 ? "one" : "two"), err);
}

static int walk_timer(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_STRUCT, 3);
	struct sp_value *timestamp = sp_walk_named(items, 0, "timestamp");

	if (sp_walk_number(walk, SP_VALUE_LONG, 8, timestamp, err) < 0)
		return err->code;
	if (timestamp != NULL)
		timestamp->number ^= INT64_MIN;
	if (sp_walk_value(walk, type->children[0], sp_walk_named(items, 1, "key"), err) < 0)
		return err->code;
	return sp_walk_last(walk, type->children[1], sp_walk_named(items, 2, "namespace"), err);
}

static int walk_buffer_entry(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_STRUCT, 2);
	bool joined;

	if (sp_walk_bool(walk, &joined, err) < 0)
		return err->code;
	sp_value_number(sp_walk_named(items, 0, "hasBeenJoined"), SP_VALUE_BOOLEAN, joined);
	return sp_walk_last(walk, type->children[0], sp_walk_named(items, 1, "element"), err);
}

/* What stands behind the tag, field by field. */
struct element_field {
	const char *name;
	enum sp_value_kind kind; /* SP_VALUE_NULL: the element itself */
	uint8_t width;
};

static const struct element_field *const elements[] = {
	[STREAM_RECORD_WITH_TIMESTAMP] =
		(const struct element_field[]){
			{ "timestamp", SP_VALUE_LONG, 8 }, { "value", SP_VALUE_NULL, 0 }, { 0 } },
	[STREAM_RECORD] = (const struct element_field[]){ { "value", SP_VALUE_NULL, 0 }, { 0 } },
	[STREAM_WATERMARK] =
		(const struct element_field[]){ { "watermark", SP_VALUE_LONG, 8 }, { 0 } },
	[STREAM_LATENCY] = (const struct element_field[]){ { "markedTime", SP_VALUE_LONG, 8 },
		{ "operatorIdLower", SP_VALUE_LONG, 8 }, { "operatorIdUpper", SP_VALUE_LONG, 8 },
		{ "subtaskIndex", SP_VALUE_INT, 4 }, { 0 } },
	[STREAM_STATUS] = (const struct element_field[]){ { "status", SP_VALUE_INT, 4 }, { 0 } },
	[STREAM_ATTRIBUTES] =
		(const struct element_field[]){ { "isBacklog", SP_VALUE_BOOLEAN, 1 }, { 0 } },
	[STREAM_INTERNAL_WATERMARK] =
		(const struct element_field[]){ { "subpartitionIndex", SP_VALUE_INT, 4 },
			{ "watermark", SP_VALUE_LONG, 8 }, { 0 } },
};

static int walk_element_field(struct sp_walk *walk, const struct element_field *field,
	const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	bool b;

	if (field->kind == SP_VALUE_NULL)
		return sp_walk_last(walk, type->children[0], to, err);
	if (field->kind != SP_VALUE_BOOLEAN)
		return sp_walk_number(walk, field->kind, field->width, to, err);
	if (sp_walk_bool(walk, &b, err) < 0)
		return err->code;
	sp_value_number(to, SP_VALUE_BOOLEAN, b);
	return 0;
}

static int walk_stream_element(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	const struct element_field *fields;
	struct sp_value *items;
	uint8_t tag;
	size_t n = 0;

	if (sp_walk_u8(walk, &tag, err) < 0)
		return err->code;
	if (tag >= sp_countof(elements))
		return sp_walk_fail(walk, err, "stream element of tag %u", tag);
	fields = elements[tag];
	while (fields[n].name != NULL)
		n++;
	items = sp_walk_items(walk, to, SP_VALUE_STRUCT, n);
	for (size_t i = 0; i < n; i++)
		if (walk_element_field(walk, &fields[i], type,
			    sp_walk_named(items, i, fields[i].name), err) < 0)
			return err->code;
	return 0;
}

static int walk_transaction(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_STRUCT, 2);

	if (sp_walk_value(walk, type, sp_walk_named(items, 0, "handle"), err) < 0)
		return err->code;
	return sp_walk_number(
		walk, SP_VALUE_LONG, 8, sp_walk_named(items, 1, "transactionStartTime"), err);
}

static int walk_transactions(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items;
	uint32_t n;

	if (sp_walk_count(walk, 8, "transactions", &n, err) < 0)
		return err->code;
	items = sp_walk_items(walk, to, SP_VALUE_LIST, n);
	for (uint32_t i = 0; i < n; i++)
		if (walk_transaction(walk, type, sp_walk_item(items, i), err) < 0)
			return err->code;
	return 0;
}

static int walk_two_phase_commit(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	const struct sp_type *transaction = type->children[0];
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_STRUCT, 3);
	struct sp_value *pending = sp_walk_named(items, 0, "pendingTransaction");
	struct sp_value *commit = sp_walk_named(items, 1, "pendingCommitTransactions");
	struct sp_value *context = sp_walk_named(items, 2, "context");
	bool there = true;

	if (sp_walk_flag(walk, type) && sp_walk_bool(walk, &there, err) < 0)
		return err->code;
	if (!there)
		sp_walk_null(pending);
	else if (walk_transaction(walk, transaction, pending, err) < 0)
		return err->code;
	if (walk_transactions(walk, transaction, commit, err) < 0 ||
		sp_walk_bool(walk, &there, err) < 0)
		return err->code;
	if (there)
		return sp_walk_last(walk, type->children[1], context, err);
	sp_walk_null(context);
	return 0;
}

int sp_walk_streaming(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	switch (type->kind) {
	case SP_TIMER: return walk_timer(walk, type, to, err);
	case SP_STREAM_ELEMENT: return walk_stream_element(walk, type, to, err);
	case SP_BUFFER_ENTRY: return walk_buffer_entry(walk, type, to, err);
	case SP_UNION: return walk_union(walk, type, to, err);
	case SP_TWO_PHASE_COMMIT: return walk_two_phase_commit(walk, type, to, err);
	default: return sp_walk_unsupported(walk, type, err);
	}
}
