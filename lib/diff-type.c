#include "diff.h"

static const struct sp_type *unwrapped(const struct sp_type *type)
{
	while (type->kind == SP_WRAPPER && type->n_children == 1)
		type = type->children[0];
	return type;
}

static bool same(const struct sp_type *a, const struct sp_type *b, bool encoding);

static bool same_columns(const struct sp_type *a, const struct sp_type *b)
{
	if (a->n_columns != b->n_columns)
		return false;
	for (size_t i = 0; i < a->n_columns; i++) {
		sp_auto_buffer x = { 0 };
		sp_auto_buffer y = { 0 };

		sp_logical_type_text(a->columns[i], &x);
		sp_logical_type_text(b->columns[i], &y);
		if (!sp_slice_equal(sp_buffer_slice(&x), sp_buffer_slice(&y)))
			return false;
	}
	return true;
}

static bool same_fields(const struct sp_type_field *a, size_t n_a, const struct sp_type_field *b,
	size_t n_b, bool encoding)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (!sp_slice_equal(a[i].name, b[i].name) ||
			(a[i].type == NULL) != (b[i].type == NULL) ||
			(a[i].type != NULL && !same(a[i].type, b[i].type, encoding)))
			return false;
	return true;
}

static bool same_constants(const struct sp_type *a, const struct sp_type *b)
{
	if (a->n_constants != b->n_constants)
		return false;
	for (size_t i = 0; i < a->n_constants; i++)
		if (!sp_slice_equal(a->constants[i], b->constants[i]))
			return false;
	return true;
}

/* Tags and ids by which subclasses stand in the bytes. */
static bool same_registrations(const struct sp_type *a, const struct sp_type *b)
{
	if (!same_fields(a->registered, a->n_registered, b->registered, b->n_registered, true) ||
		a->n_by_id != b->n_by_id)
		return false;
	for (size_t i = 0; i < a->n_by_id; i++)
		if (!sp_slice_equal(a->by_id[i].name, b->by_id[i].name))
			return false;
	return true;
}

static bool same_children(const struct sp_type *a, const struct sp_type *b, bool encoding)
{
	if (a->n_children != b->n_children)
		return false;
	for (size_t i = 0; i < a->n_children; i++)
		if (!same(a->children[i], b->children[i], encoding))
			return false;
	return true;
}

/* Of what is not understood, the bytes alone can tell. */
static bool is_known(const struct sp_type *type)
{
	return type->kind != SP_OPAQUE && type->kind != SP_COMPOSITE && type->kind != SP_EXTERNAL &&
	       (type->kind != SP_LEGACY || type->n_children > 0 || type->class_name.n > 0);
}

static bool same(const struct sp_type *a, const struct sp_type *b, bool encoding)
{
	a = unwrapped(a);
	b = unwrapped(b);
	if (a == b || (a->bytes.n > 0 && sp_slice_equal(a->bytes, b->bytes)))
		return true;
	if (a->kind != b->kind || !is_known(a) || !sp_slice_equal(a->class_name, b->class_name))
		return false;
	if (encoding &&
		(a->padding != b->padding || a->flag != b->flag || !same_registrations(a, b)))
		return false;
	return a->precision == b->precision && a->scale == b->scale &&
	       sp_slice_equal(a->schema, b->schema) && same_children(a, b, encoding) &&
	       same_fields(a->fields, a->n_fields, b->fields, b->n_fields, encoding) &&
	       same_constants(a, b) && same_columns(a, b);
}

bool sp_diff_same_type(const struct sp_type *a, const struct sp_type *b)
{
	return a == NULL || b == NULL ? a == b : same(a, b, false);
}

/* Is a part of the values written by Kryo? */
static bool has_kryo(const struct sp_type *type)
{
	if (type->kind == SP_KRYO)
		return true;
	for (size_t i = 0; i < type->n_children; i++)
		if (has_kryo(type->children[i]))
			return true;
	for (size_t i = 0; i < type->n_fields; i++)
		if (type->fields[i].type != NULL && has_kryo(type->fields[i].type))
			return true;
	return false;
}

bool sp_diff_same_encoding(
	const struct sp_type *a, enum sp_kryo kryo_a, const struct sp_type *b, enum sp_kryo kryo_b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return same(a, b, true) && (kryo_a == kryo_b || !has_kryo(a));
}
