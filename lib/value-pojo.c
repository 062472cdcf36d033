/*
 * POJOs (org.apache.flink.api.java.typeutils.runtime.PojoSerializer, Flink 1.2 to 2.2).
 *
 *	u8 flags
 *	1  null: nothing follows
 *	2  of the snapshot's class: per field, in the snapshot's order: bool null, [N]
 *	4  of another subclass: utf class, then as that class's serializer writes it
 *	8  of a registered subclass: u8 tag, then the same
 */
#include "value-internal.h"

#include <inttypes.h>

#include "mutf8.h"

#define IS_NULL 1 /* PojoSerializer.IS_NULL, … */
#define NO_SUBCLASS 2
#define IS_SUBCLASS 4
#define IS_TAGGED_SUBCLASS 8

static int walk_field(struct sp_walk *walk, const struct sp_type_field *field, bool last,
	struct sp_value *to, struct sp_error *err)
{
	bool null;

	if (to != NULL)
		to->name = sp_walk_utf8(walk, field->name);
	if (sp_walk_bool(walk, &null, err) < 0)
		return err->code;
	if (null) {
		sp_walk_null(to);
		return 0;
	}
	return last ? sp_walk_last(walk, field->type, to, err)
		    : sp_walk_value(walk, field->type, to, err);
}

static int walk_fields(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_value *items = sp_walk_items(walk, to, SP_VALUE_STRUCT, type->n_fields);

	if (to != NULL)
		to->class_name = type->class_name;
	for (size_t i = 0; i < type->n_fields; i++)
		if (walk_field(walk, &type->fields[i], i + 1 == type->n_fields,
			    sp_walk_item(items, i), err) < 0)
			return err->code;
	return 0;
}

static int take_class(struct sp_walk *walk, struct sp_slice *ret, struct sp_error *err)
{
	struct sp_slice n;

	if (sp_walk_bytes(walk, 2, &n, err) < 0 ||
		sp_walk_bytes(walk, sp_get_be16(n.p), ret, err) < 0)
		return err->code;
	return sp_mutf8_valid(*ret) ? 0 : sp_walk_fail(walk, err, "malformed name of a class");
}

/* A subclass of which the snapshot has no serializer: its bytes have no known end. */
static int fail_unknown(struct sp_walk *walk, const struct sp_type *type, struct sp_slice name,
	struct sp_error *err)
{
	sp_auto_buffer text = { 0 };

	sp_mutf8_to_utf8(sp_slice(name.p, name.n < 200 ? name.n : 200), &text);
	sp_fail(err, SP_EUNSUPPORTED,
		"offset 0x%" PRIx64 ": subclass %.*s of the POJO %.*s has no serializer in the "
		"snapshot",
		sp_offset(&walk->reader->in), (int)text.n, text.p,
		(int)(type->class_name.n < 200 ? type->class_name.n : 200), type->class_name.p);
	return sp_hint(err, "the hashmap state backend leaves it out, a savepoint taken with the "
			    "rocksdb backend has it");
}

static int walk_subclass(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_slice name;

	if (take_class(walk, &name, err) < 0)
		return err->code;
	for (size_t i = 0; i < type->n_non_registered; i++)
		if (sp_slice_equal(type->non_registered[i].name, name))
			return sp_walk_last(walk, type->non_registered[i].type, to, err);
	for (size_t i = 0; i < type->n_registered; i++)
		if (sp_slice_equal(type->registered[i].name, name))
			return sp_walk_last(walk, type->registered[i].type, to, err);
	return fail_unknown(walk, type, name, err);
}

static int walk_tagged(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	uint8_t tag;

	if (sp_walk_u8(walk, &tag, err) < 0)
		return err->code;
	if (tag >= type->n_registered)
		return sp_walk_fail(walk, err, "no registered subclass %u", tag);
	return sp_walk_last(walk, type->registered[tag].type, to, err);
}

int sp_walk_pojo(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	uint8_t flags;

	if (sp_walk_u8(walk, &flags, err) < 0)
		return err->code;
	switch (flags) {
	case IS_NULL: sp_walk_null(to); return 0;
	case NO_SUBCLASS: return walk_fields(walk, type, to, err);
	case IS_SUBCLASS: return walk_subclass(walk, type, to, err);
	case IS_TAGGED_SUBCLASS: return walk_tagged(walk, type, to, err);
	default:
		walk->reader->in.at--;
		return sp_walk_fail(walk, err, "POJO with flags 0x%02x", flags);
	}
}
