#include "state-same.h"

static bool same_fields(const struct sp_type_field *a, const struct sp_type_field *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!sp_slice_equal(a[i].name, b[i].name) || !sp_same_type(a[i].type, b[i].type))
			return false;
	return true;
}

static bool same_settings(const struct sp_type *a, const struct sp_type *b)
{
	return a->kind == b->kind && a->padding == b->padding && a->precision == b->precision &&
	       a->scale == b->scale && a->flag == b->flag &&
	       sp_slice_equal(a->class_name, b->class_name) && a->n_children == b->n_children &&
	       a->n_fields == b->n_fields && a->n_registered == b->n_registered &&
	       a->n_columns == b->n_columns;
}

/* Recursion goes no deeper than a type was read (SP_TYPE_MAX_DEPTH). */
bool sp_same_type(const struct sp_type *a, const struct sp_type *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (sp_slice_equal(a->bytes, b->bytes))
		return true;
	if (!same_settings(a, b))
		return false;
	if (a->kind > SP_OPAQUE && a->kind < SP_LIST) /* nothing but their kind matters */
		return true;
	if (a->n_children == 0 && a->n_fields == 0)
		return false;
	for (size_t i = 0; i < a->n_children; i++)
		if (!sp_same_type(a->children[i], b->children[i]))
			return false;
	return a->n_columns == 0 && same_fields(a->fields, b->fields, a->n_fields) &&
	       same_fields(a->registered, b->registered, a->n_registered);
}

bool sp_same_state(const struct sp_state *a, const struct sp_state *b)
{
	return a->kind == b->kind && a->type == b->type && sp_same_type(a->value, b->value) &&
	       sp_same_type(a->ns, b->ns) && sp_same_type(a->user_key, b->user_key);
}
