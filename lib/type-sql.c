/*
 * Bodies of the snapshots of SQL serializers (org.apache.flink.table.runtime.typeutils). J is a
 * Java object stream with one object, without a length.
 *
 *	RowData        i32 n, n × J logical type, nested (n field serializers)
 *	BinaryRowData  i32 number of fields
 *	ArrayData      J element type, J element serializer
 *	MapData        J key type, J value type, J key serializer, J value serializer
 *	DecimalData    i32 precision, i32 scale
 *	TimestampData  i32 precision
 *	SortedMap      J comparator, nested (key, value)
 *	External       outer data of a composite: J data type, from 1.13 a bool
 *	RowDataKey     i32 n, J equaliser; i32 n, J hash function; versioned snapshot (2.2)
 *
 * Written by Flink 1.9 to 2.2.
 */
#include "type-internal.h"

#include <inttypes.h>

#include "type-logical.h"

#define LEAST_OBJECT 5 /* bytes of a Java object stream */
#define NESTED_MAGIC "\x00\x14\x57\xfd"

static int take_object(
	struct sp_type_reader *r, const struct sp_java_value **ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	if (sp_java_object_read(&r->in, r->arena, ret, err) < 0)
		return err->code;
	sp_type_spend(r, (uint64_t)(r->in.at - start.at) / 2);
	return 0;
}

static int take_column(
	struct sp_type_reader *r, const struct sp_logical_type **ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;
	const struct sp_java_value *object;

	if (take_object(r, &object, err) < 0)
		return err->code;
	if (sp_logical_type_from(object, r->arena, ret, err) < 0)
		return sp_within(err, "offset 0x%" PRIx64, sp_offset(&start));
	return 0;
}

static int take_columns(
	struct sp_type_reader *r, struct sp_type *type, size_t n, struct sp_error *err)
{
	type->columns = sp_arena_new_array(r->arena, const struct sp_logical_type *, n);
	for (; type->n_columns < n; type->n_columns++)
		if (take_column(r, &type->columns[type->n_columns], err) < 0)
			return err->code;
	return 0;
}

/* Serializer objects: the types say everything already. */
static int cross_objects(struct sp_type_reader *r, size_t n, struct sp_error *err)
{
	const struct sp_java_value *object;

	while (n-- > 0)
		if (take_object(r, &object, err) < 0)
			return err->code;
	return 0;
}

SP_TYPE_BODY(sp_type_body_row_data)
{
	uint32_t n;

	(void)class;
	if (sp_take_count(&r->in, LEAST_OBJECT, "columns", &n, err) < 0)
		return err->code;
	if (take_columns(r, type, n, err) < 0 || sp_type_read_nested(r, type, n, err) < 0)
		return err->code;
	if (type->n_children != n)
		return sp_fail_at(err, &r->in, "%zu serializers for no columns", type->n_children);
	return 0;
}

static int take_number(struct sp_type_reader *r, int32_t *ret, struct sp_error *err)
{
	struct sp_cursor start = r->in;

	if (sp_take_i32(&r->in, ret, err) < 0)
		return err->code;
	if (*ret < 0)
		return sp_fail_at(err, &start, "negative number %" PRId32, *ret);
	return 0;
}

SP_TYPE_BODY(sp_type_body_binary_row_data)
{
	(void)class;
	return take_number(r, &type->precision, err);
}

SP_TYPE_BODY(sp_type_body_array_data)
{
	(void)class;
	if (take_columns(r, type, 1, err) < 0)
		return err->code;
	return cross_objects(r, 1, err);
}

SP_TYPE_BODY(sp_type_body_map_data)
{
	(void)class;
	if (take_columns(r, type, 2, err) < 0)
		return err->code;
	return cross_objects(r, 2, err);
}

SP_TYPE_BODY(sp_type_body_decimal_data)
{
	(void)class;
	if (take_number(r, &type->precision, err) < 0)
		return err->code;
	return take_number(r, &type->scale, err);
}

SP_TYPE_BODY(sp_type_body_timestamp_data)
{
	(void)class;
	return take_number(r, &type->precision, err);
}

SP_TYPE_BODY(sp_type_body_sorted_map)
{
	const struct sp_java_value *comparator;

	(void)class;
	if (take_object(r, &comparator, err) < 0)
		return err->code;
	if (comparator->class != NULL)
		type->class_name = comparator->class->name;
	return sp_type_read_nested(r, type, 2, err);
}

SP_TYPE_BODY(sp_type_body_sqn_row_key)
{
	struct sp_slice object;

	(void)class;
	if (sp_take_blob(&r->in, &object, err) < 0 || sp_take_blob(&r->in, &object, err) < 0)
		return err->code;
	return sp_type_read_children(r, type, 1, err);
}

/* Flink 1.13 added the flag without a new version: what follows tells. */
SP_TYPE_OUTER(sp_type_outer_data_type)
{
	if (take_columns(r, type, 1, err) < 0)
		return err->code;
	if (sp_left(&r->in) >= 4 && memcmp(r->in.at, NESTED_MAGIC, 4) == 0)
		return 0;
	type->has_flag = true;
	return sp_take_bool(&r->in, &type->flag, err);
}
