#include "type-part.h"

#include <inttypes.h>

#include "mutf8.h"

#define ROLES_MAX 6

/* What the children of a kind are, in their order; kinds that are not here have "part"s. */
static const struct {
	enum sp_type_kind kind;
	const char *roles[ROLES_MAX];
} roles[] = {
	{ SP_LIST, { "element" } },
	{ SP_SET, { "element" } },
	{ SP_OBJECT_ARRAY, { "element" } },
	{ SP_TRAVERSABLE, { "element" } },
	{ SP_LINKED_LIST, { "element" } },
	{ SP_BUFFER_ENTRY, { "element" } },
	{ SP_LOCKABLE, { "element" } },
	{ SP_MAP, { "key", "value" } },
	{ SP_SORTED_MAP, { "key", "value" } },
	{ SP_NULL_AWARE_MAP, { "key", "value" } },
	{ SP_EITHER, { "left", "right" } },
	{ SP_TRY, { "success", "failure" } },
	{ SP_OPTION, { "some" } },
	{ SP_UNION, { "one", "two" } },
	{ SP_NULLABLE, { "value" } },
	{ SP_WRAPPER, { "value" } },
	{ SP_EXTERNAL, { "value" } },
	{ SP_RAW_VALUE, { "value" } },
	{ SP_STREAM_ELEMENT, { "value" } },
	{ SP_TTL, { "timestamp", "value" } },
	{ SP_TIMER, { "key", "namespace" } },
	{ SP_TWO_PHASE_COMMIT, { "transaction", "context" } },
	{ SP_WINDOW_KEY, { "key" } },
	{ SP_SQN_ROW_KEY, { "row" } },
	{ SP_META_SQN_INFO, { "highSqn", "size" } },
	{ SP_ROW_SQN_INFO, { "firstSqn", "lastSqn" } },
	{ SP_SQN_NODE, { "row", "sqn", "prevSqn", "nextSqn", "nextSqnForRecord", "timestamp" } },
	{ SP_NFA_STATE, { "version", "previousBufferEntry", "startEventID" } },
	{ SP_NODE_ID, { "eventId" } },
	{ SP_SHARED_BUFFER_EDGE, { "target", "deweyNumber" } },
	{ SP_SHARED_BUFFER_NODE, { "edges" } },
	{ SP_SHARED_BUFFER_NODE_V2, { "edge" } },
	{ SP_ARRAY_DATA, { "element" } },
	{ SP_MAP_DATA, { "key", "value" } },
};

static bool has_columns(const struct sp_type *type)
{
	return type->kind == SP_ROW_DATA || type->kind == SP_ARRAY_DATA ||
	       type->kind == SP_MAP_DATA;
}

/* A column and the child that serializes it are one part. */
static size_t n_children(const struct sp_type *type)
{
	return has_columns(type) && type->n_columns > type->n_children ? type->n_columns
								       : type->n_children;
}

size_t sp_type_n_parts(const struct sp_type *type)
{
	return n_children(type) + type->n_fields + type->n_registered + type->n_non_registered;
}

static bool is_numbered(enum sp_type_kind kind)
{
	return kind == SP_TUPLE || kind == SP_ROW || kind == SP_CASE_CLASS || kind == SP_ROW_DATA;
}

static const char *role_of(enum sp_type_kind kind, size_t i)
{
	if (kind == SP_ROW_DATA)
		return "column";
	if (is_numbered(kind))
		return "f";
	for (size_t j = 0; j < sp_countof(roles); j++)
		if (roles[j].kind == kind && i < ROLES_MAX && roles[j].roles[i] != NULL)
			return roles[j].roles[i];
	return "part";
}

static struct sp_type_part child(const struct sp_type *type, size_t i)
{
	struct sp_type_part part = { .role = role_of(type->kind, i), .number = -1 };

	if (is_numbered(type->kind))
		part.number = (int64_t)i;
	if (i < type->n_children)
		part.type = type->children[i];
	if (has_columns(type) && i < type->n_columns)
		part.column = type->columns[i];
	return part;
}

static struct sp_type_part field(const char *role, const struct sp_type_field *from)
{
	return (struct sp_type_part){
		.role = role, .number = -1, .name = from->name, .type = from->type
	};
}

struct sp_type_part sp_type_part(const struct sp_type *type, size_t i)
{
	if (i < n_children(type))
		return child(type, i);
	i -= n_children(type);
	if (i < type->n_fields)
		return field("field", &type->fields[i]);
	i -= type->n_fields;
	if (i < type->n_registered)
		return field("registered subclass", &type->registered[i]);
	return field("subclass", &type->non_registered[i - type->n_registered]);
}

void sp_type_part_text(const struct sp_type_part *part, struct sp_buffer *out)
{
	sp_buffer_printf(out, "%s", part->role);
	if (part->number >= 0)
		sp_buffer_printf(
			out, part->role[1] == '\0' ? "%" PRId64 : " %" PRId64, part->number);
	if (part->name.n > 0) {
		sp_buffer_u8(out, ' ');
		sp_mutf8_to_utf8(part->name, out);
	}
}
