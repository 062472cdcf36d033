/* Classes with hash functions of their own: POJOs, and case classes of which that is supposed. */
#include "key-hash-internal.h"

#include <stdio.h>

#include "value-internal.h"

struct collector {
	struct sp_key_classes *to;
	struct sp_arena *arena;
	const struct sp_type *open[SP_VALUE_DEPTH]; /* classes that the type is in */
	size_t depth;
};

static bool is_class(const struct sp_key_classes *classes, const struct sp_type *type)
{
	return sp_type_kind_of(type) == SP_POJO || (classes->products && sp_key_is_product(type));
}

static bool is_among(const struct sp_type_field *types, size_t n, struct sp_slice name)
{
	for (size_t i = 0; i < n; i++)
		if (sp_slice_equal(types[i].name, name))
			return true;
	return false;
}

/* Is it the class or a subclass of it? */
static bool is_of(const struct sp_type *class, struct sp_slice name)
{
	return sp_slice_equal(class->class_name, name) ||
	       is_among(class->registered, class->n_registered, name) ||
	       is_among(class->non_registered, class->n_non_registered, name);
}

static int find(const struct sp_key_classes *classes, struct sp_slice name)
{
	for (size_t i = 0; i < classes->n; i++)
		if (is_of(classes->all[i].type, name))
			return (int)i;
	return -1;
}

static void give_up(struct collector *c, const struct sp_type *type, const char *why)
{
	size_t n = type->class_name.n < 200 ? type->class_name.n : 200;

	if (c->to->fault == NULL)
		c->to->fault = sp_arena_printf(
			c->arena, "the class %.*s %s", (int)n, type->class_name.p, why);
}

static void collect(struct collector *c, const struct sp_type *type);

static void collect_fields(struct collector *c, const struct sp_type_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		collect(c, fields[i].type);
}

static void collect_parts(struct collector *c, const struct sp_type *type)
{
	for (size_t i = 0; i < type->n_children; i++)
		collect(c, type->children[i]);
	collect_fields(c, type->fields, type->n_fields);
	for (size_t i = 0; i < type->n_registered; i++)
		collect_fields(
			c, type->registered[i].type->fields, type->registered[i].type->n_fields);
	for (size_t i = 0; i < type->n_non_registered; i++)
		collect_fields(c, type->non_registered[i].type->fields,
			type->non_registered[i].type->n_fields);
}

static void collect_class(struct collector *c, const struct sp_type *type)
{
	for (size_t i = 0; i < c->depth; i++)
		if (is_of(c->open[i], type->class_name)) {
			give_up(c, type, "contains itself");
			return;
		}
	if (c->depth == sp_countof(c->open)) {
		give_up(c, type, "is nested too deeply");
		return;
	}
	c->open[c->depth++] = type;
	collect_parts(c, type);
	c->depth--;
	if (find(c->to, type->class_name) >= 0)
		return;
	if (c->to->n == SP_KEY_CLASSES_MAX) {
		give_up(c, type, "is one too many with a hash function of its own");
		return;
	}
	c->to->all[c->to->n++] = (struct sp_key_class){ .type = type,
		.name = sp_hash_string(sp_key_simple_name(type->class_name)) };
}

static void collect(struct collector *c, const struct sp_type *type)
{
	if (is_class(c->to, type))
		collect_class(c, type);
	else
		collect_parts(c, type);
}

struct sp_key_classes sp_key_classes(
	const struct sp_type *type, bool products, struct sp_arena *arena)
{
	struct sp_key_classes ret = { .products = products };
	struct collector c = { .to = &ret, .arena = arena };

	collect(&c, type);
	return ret;
}

int sp_key_class_of(const struct sp_key_classes *classes, const struct sp_value *v)
{
	if (v->type == NULL || (v->kind != SP_VALUE_STRUCT && v->kind != SP_VALUE_TUPLE) ||
		!is_class(classes, v->type))
		return -1;
	return find(classes, v->type->class_name);
}

const struct sp_value *sp_key_field(const struct sp_value *v, const struct sp_key_field *field)
{
	if (field->position < v->n_items &&
		sp_slice_equal(v->items[field->position].name, field->name))
		return &v->items[field->position];
	for (size_t i = 0; field->name.n != 0 && i < v->n_items; i++)
		if (sp_slice_equal(v->items[i].name, field->name))
			return &v->items[i];
	return NULL;
}

struct by_rule {
	struct sp_hash_hook hook;
	const struct sp_key_rule *rule;
	const struct sp_key_classes *classes;
};

int sp_key_enum_hash(enum sp_key_enums enums, const struct sp_value *v, uint32_t *ret)
{
	if (v->kind != SP_VALUE_ENUM || v->type == NULL || sp_type_kind_of(v->type) != SP_ENUM)
		return -1;
	if (enums == SP_ENUMS_NOT)
		return 0;
	*ret = enums == SP_ENUMS_BY_NAME ? sp_hash_string(v->bytes) : (uint32_t)v->number;
	return 1;
}

static int hash_class(const struct by_rule *by, int class, const struct sp_value *v, uint32_t *ret)
{
	static const uint8_t order[SP_KEY_FIELDS_MAX] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
		13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 };
	const struct sp_key_formula *f = &by->rule->formulas[class];
	uint32_t hashes[SP_KEY_FIELDS_MAX];

	if (f->n == 0) /* nobody stated it */
		return 0;
	for (size_t i = 0; i < f->n; i++) {
		const struct sp_value *field = sp_key_field(v, &f->fields[i]);

		if (field == NULL || sp_key_field_hash(field, f->family.column, by->rule->row,
					     &by->hook, &hashes[i]) == 0)
			return 0;
	}
	*ret = sp_key_fold(&f->family, hashes, order, f->n, by->classes->all[class].name);
	return 1;
}

static int hash_by_rule(const struct sp_hash_hook *hook, const struct sp_value *v, uint32_t *ret)
{
	const struct by_rule *by = (const struct by_rule *)hook;
	int r = sp_key_enum_hash(by->rule->enums, v, ret);
	int class = sp_key_class_of(by->classes, v);

	if (r >= 0)
		return r;
	return class < 0 ? -1 : hash_class(by, class, v, ret);
}

int sp_key_rule_hash(const struct sp_key_rule *rule, const struct sp_key_classes *classes,
	const struct sp_value *v, int32_t *ret)
{
	struct by_rule by = { { hash_by_rule }, rule, classes };
	uint32_t h;

	if (sp_value_hash_by(v, rule->row, rule->formulas == NULL ? NULL : &by.hook, &h) == 0)
		return 0;
	*ret = (int32_t)h;
	return 1;
}
