#include "key-hash-search.h"

#include <stdlib.h>

#include "value-internal.h"

struct sp_key_object {
	struct sp_value *value;
	uint32_t *columns; /* by column and field */
	uint32_t stamp;    /* of the unit when they were computed */
};

/* Objects know where they are: their values have no use for these two members. */
static void mark(struct sp_value *v, size_t unit, size_t object)
{
	v->scale = (int32_t)unit + 1;
	v->number = (int64_t)object;
}

static struct sp_key_unit *unit_of(struct sp_key_search *s, const struct sp_value *v)
{
	if ((v->kind != SP_VALUE_STRUCT && v->kind != SP_VALUE_TUPLE) || v->scale == 0)
		return NULL;
	return &s->units[v->scale - 1];
}

static void compute(struct sp_key_search *s, struct sp_key_unit *unit, struct sp_key_object *object)
{
	for (size_t f = 0; f < unit->n_fields; f++) {
		const struct sp_value *field = sp_key_field(object->value, &unit->fields[f]);

		for (unsigned c = 0; c < SP_COLUMNS; c++) {
			uint32_t *to = &object->columns[c * unit->n_fields + f];

			*to = 0;
			sp_key_field_hash(field, (enum sp_key_column)c, s->row, &s->hook, to);
		}
	}
	object->stamp = unit->stamp;
}

static int hash(const struct sp_hash_hook *hook, const struct sp_value *v, uint32_t *ret)
{
	struct sp_key_search *s = (struct sp_key_search *)hook;
	int r = sp_key_enum_hash(s->enums, v, ret);
	struct sp_key_unit *unit = unit_of(s, v);
	struct sp_key_object *object;

	if (r >= 0 || unit == NULL)
		return r;
	if (unit->n_fields == 0)
		return 0;
	*ret = 0;
	if (s->probing)
		return 1;
	object = &unit->objects[v->number];
	if (object->stamp != unit->stamp)
		compute(s, unit, object);
	*ret = sp_key_fold(unit->family, &object->columns[unit->family->column * unit->n_fields],
		unit->order, unit->n, unit->name);
	return 1;
}

static void add_object(struct sp_key_search *s, size_t number, struct sp_value *v)
{
	struct sp_key_unit *unit = &s->units[number];
	struct sp_key_object *more;

	if (unit->n_objects == unit->capacity) {
		unit->capacity = unit->capacity == 0 ? SP_KEY_SAMPLES : unit->capacity * 2;
		more = sp_arena_new_array(s->arena, struct sp_key_object, unit->capacity);
		if (unit->n_objects != 0)
			memcpy(more, unit->objects, unit->n_objects * sizeof(*more));
		unit->objects = more;
	}
	mark(v, number, unit->n_objects);
	unit->objects[unit->n_objects++] = (struct sp_key_object){ .value = v };
}

/* Values are nested no deeper than SP_VALUE_DEPTH. */
static void find_objects(struct sp_key_search *s, struct sp_value *v)
{
	int class = sp_key_class_of(s->classes, v);

	if (class >= 0)
		add_object(s, (size_t) class, v);
	if (v->type != NULL && sp_type_kind_of(v->type) == SP_AVRO)
		return;
	for (size_t i = 0; i < v->n_items; i++)
		find_objects(s, &v->items[i]);
}

/* The units in a value that are not in others of them. */
static uint32_t units_in(struct sp_key_search *s, const struct sp_value *v)
{
	const struct sp_key_unit *unit = unit_of(s, v);
	uint32_t ret = 0;

	if (unit != NULL)
		return 1U << (unit - s->units);
	for (size_t i = 0; i < v->n_items; i++)
		ret |= units_in(s, &v->items[i]);
	return ret;
}

/* Adds the field of that name if every object has it and it can be hashed. */
static void add_field(struct sp_key_search *s, struct sp_key_unit *unit, struct sp_key_field field)
{
	uint32_t inner = 0;
	uint32_t h;

	for (size_t i = 0; i < unit->n_objects; i++) {
		const struct sp_value *v = sp_key_field(unit->objects[i].value, &field);

		if (v == NULL || sp_key_field_hash(v, SP_COLUMN_JAVA, s->row, &s->hook, &h) == 0)
			return;
		inner |= units_in(s, v);
		unit->has_boolean |= v->kind == SP_VALUE_BOOLEAN;
	}
	unit->inner[unit->n_fields] = inner;
	unit->fields[unit->n_fields++] = field;
}

static void find_fields(struct sp_key_search *s, struct sp_key_unit *unit)
{
	const struct sp_value *v = unit->n_objects == 0 ? NULL : unit->objects[0].value;

	for (size_t i = 0; v != NULL && i < v->n_items && unit->n_fields < SP_KEY_FIELDS_MAX; i++)
		add_field(s, unit, (struct sp_key_field){ v->items[i].name, i });
	for (size_t i = 0; i < unit->n_objects; i++)
		unit->objects[i].columns =
			sp_arena_new_array(s->arena, uint32_t, SP_COLUMNS * unit->n_fields);
}

void sp_key_search_begin(struct sp_key_search *s)
{
	s->hook.hash = hash;
	for (size_t i = 0; i < s->samples->n; i++)
		find_objects(s, &s->samples->all[i].value);
	for (size_t i = 0; i < s->samples->n; i++)
		s->roots |= units_in(s, &s->samples->all[i].value);
	s->probing = true;
	for (size_t i = 0; i < s->classes->n; i++) {
		s->units[i].name = s->classes->all[i].name;
		s->units[i].stamp = 1;
		find_fields(s, &s->units[i]);
	}
	s->probing = false;
	s->stamp = 1;
}

void sp_key_search_changed(struct sp_key_search *s, size_t unit)
{
	s->stamp++;
	for (size_t i = unit; i < s->classes->n; i++)
		s->units[i].stamp = s->stamp;
}

uint32_t sp_key_search_counted(const struct sp_key_search *s)
{
	uint32_t counted = s->roots;

	for (size_t i = s->classes->n; i-- > 0;) {
		const struct sp_key_unit *unit = &s->units[i];

		for (size_t j = 0; (counted & 1U << i) != 0 && j < unit->n; j++)
			counted |= unit->inner[unit->order[j]];
	}
	return counted;
}
