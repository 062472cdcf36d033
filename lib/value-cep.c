/*
 * Values of the CEP library (org.apache.flink.cep.nfa, Flink 1.6 to 2.2).
 *
 *	DeweyNumber    i32 n, n × i32
 *	EventId        i32 id, i64 timestamp
 *	NodeId         u8 0: null; u8 1, EventId, String page name
 *	edge           NodeId, DeweyNumber
 *	node           i32 n, n × edge
 *	node, V2       i32 n, n × lockable edge                                   1.13+
 *	lockable       i32 references, N
 *	NFAState       twice (partial, completed matches): i32 n, n × match
 *	match          String state, NodeId, DeweyNumber, i64 start, [i64 previous,]
 *	               u8 0 or u8 1, EventId                     previous by the snapshot's flag
 */
#include "value-internal.h"

#define LEAST_MATCH 15 /* bytes: String, NodeId, DeweyNumber, i64, u8 */

static int walk_dewey_number(struct sp_walk *walk, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items;
	uint32_t n;

	if (sp_walk_count(walk, 4, "digits", &n, err) < 0)
		return err->code;
	items = sp_walk_items(walk, to, SP_VALUE_LIST, n);
	for (uint32_t i = 0; i < n; i++)
		if (sp_walk_number(walk, SP_VALUE_INT, 4, sp_walk_item(items, i), err) < 0)
			return err->code;
	return 0;
}

static int walk_event_id(struct sp_walk *walk, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_STRUCT, 2);

	if (sp_walk_number(walk, SP_VALUE_INT, 4, sp_walk_named(items, 0, "id"), err) < 0)
		return err->code;
	return sp_walk_number(walk, SP_VALUE_LONG, 8, sp_walk_named(items, 1, "timestamp"), err);
}

static int walk_there(struct sp_walk *walk, struct sp_value *to, bool *there, struct sp_error *err)
{
	if (sp_walk_bool(walk, there, err) < 0)
		return err->code;
	if (!*there)
		sp_walk_null(to);
	return 0;
}

static int walk_node_id(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items;
	bool there;

	if (walk_there(walk, to, &there, err) < 0)
		return err->code;
	if (!there)
		return 0;
	items = sp_walk_items(walk, to, SP_VALUE_STRUCT, 2);
	if (sp_walk_value(walk, type->children[0], sp_walk_named(items, 0, "eventId"), err) < 0)
		return err->code;
	return sp_walk_string(walk, 1, sp_walk_named(items, 1, "pageName"), err);
}

static int walk_edge(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_STRUCT, 2);

	if (sp_walk_value(walk, type->children[0], sp_walk_named(items, 0, "target"), err) < 0)
		return err->code;
	return sp_walk_value(walk, type->children[1], sp_walk_named(items, 1, "deweyNumber"), err);
}

static int walk_lockable(struct sp_walk *walk, const struct sp_type *element, struct sp_value *to,
	struct sp_error *err)
{
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_STRUCT, 2);

	if (sp_walk_number(walk, SP_VALUE_INT, 4, sp_walk_named(items, 0, "refCounter"), err) < 0)
		return err->code;
	return sp_walk_last(walk, element, sp_walk_named(items, 1, "element"), err);
}

/* The snapshot has the serializer of the edges without their locks. */
static int walk_node_v2(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items;
	uint32_t n;

	if (sp_walk_count(walk, 4, "edges", &n, err) < 0)
		return err->code;
	items = sp_walk_items(walk, to, SP_VALUE_LIST, n);
	for (uint32_t i = 0; i < n; i++)
		if (walk_lockable(walk, type->children[0], sp_walk_item(items, i), err) < 0)
			return err->code;
	return 0;
}

static int walk_start_event(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	bool there;

	if (walk_there(walk, to, &there, err) < 0)
		return err->code;
	return there ? sp_walk_value(walk, type, to, err) : 0;
}

static int walk_match(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	bool has_previous = sp_walk_flag(walk, type);
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_STRUCT, has_previous ? 6 : 5);
	size_t i = 4;

	if (sp_walk_string(walk, 1, sp_walk_named(items, 0, "currentStateName"), err) < 0)
		return err->code;
	if (sp_walk_value(walk, type->children[1], sp_walk_named(items, 1, "previousBufferEntry"),
		    err) < 0)
		return err->code;
	if (sp_walk_value(walk, type->children[0], sp_walk_named(items, 2, "version"), err) < 0)
		return err->code;
	if (sp_walk_number(walk, SP_VALUE_LONG, 8, sp_walk_named(items, 3, "startTimestamp"), err) <
		0)
		return err->code;
	if (has_previous && sp_walk_number(walk, SP_VALUE_LONG, 8,
				    sp_walk_named(items, i++, "previousTimestamp"), err) < 0)
		return err->code;
	return walk_start_event(
		walk, type->children[2], sp_walk_named(items, i, "startEventID"), err);
}

static int walk_matches(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items;
	uint32_t n;

	if (sp_walk_count(walk, LEAST_MATCH, "matches", &n, err) < 0)
		return err->code;
	items = sp_walk_items(walk, to, SP_VALUE_LIST, n);
	for (uint32_t i = 0; i < n; i++)
		if (walk_match(walk, type, sp_walk_item(items, i), err) < 0)
			return err->code;
	return 0;
}

static int walk_nfa_state(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_STRUCT, 2);

	if (walk_matches(walk, type, sp_walk_named(items, 0, "partialMatches"), err) < 0)
		return err->code;
	return walk_matches(walk, type, sp_walk_named(items, 1, "completedMatches"), err);
}

int sp_walk_cep(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	switch (type->kind) {
	case SP_DEWEY_NUMBER: return walk_dewey_number(walk, to, err);
	case SP_EVENT_ID: return walk_event_id(walk, to, err);
	case SP_NODE_ID: return walk_node_id(walk, type, to, err);
	case SP_SHARED_BUFFER_EDGE: return walk_edge(walk, type, to, err);
	case SP_SHARED_BUFFER_NODE: return sp_walk_last(walk, type->children[0], to, err);
	case SP_SHARED_BUFFER_NODE_V2: return walk_node_v2(walk, type, to, err);
	case SP_LOCKABLE: return walk_lockable(walk, type->children[0], to, err);
	case SP_NFA_STATE: return walk_nfa_state(walk, type, to, err);
	default: return sp_walk_unsupported(walk, type, err);
	}
}
