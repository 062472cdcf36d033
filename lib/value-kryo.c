/*
 * What Kryo wrote with writeClassAndObject and references, without a length:
 *
 *	any     class, object
 *	class   varint: 0 null · 1 by name: varint number, and if it is new: string
 *	                · else id + 2: below 9 boxed and String, from 73 classes of the JDK that
 *	                Flink registers (FlinkChillPackageRegistrar), from 85 those of the snapshot
 *	object  [varint: 0 null · 1 a new object · r: the (r - 2)th new object] body
 *	        boxed numbers have no reference; where null is possible: u8 0 null, 1
 *
 * org.apache.flink.api.java.typeutils.runtime.kryo.KryoSerializer: Kryo 2.24 in Flink 1.x, Kryo 5
 * in Flink 2.x. Which of both it was the bytes do not say.
 */
#include "value-kryo.h"

#include <inttypes.h>

#include "mutf8.h"

/* com.esotericsoftware.kryo.Kryo */
#define KRYO_NULL 0
#define KRYO_NOT_NULL 1
#define KRYO_BY_NAME 1
#define KRYO_FIRST_ID 2 /* what is added to ids and references */

#define STRING_ID 1
#define FIRST_JOB 85 /* FlinkChillPackageRegistrar.getNextRegistrationId() */

/*
 * References may name the same object over and over, so that a small value stands for an immense
 * text. They may add so much to it, in bytes and parts.
 */
#define MAX_WEIGHT_OF_REFERENCES (16 << 20)

#define JAVA_STREAM "\xac\xed\x00\x05"
#define JAVA_STREAM_LENGTH 4

int sp_kryo_no_end(struct sp_kryo_walk *k, struct sp_slice name, struct sp_error *err)
{
	sp_auto_buffer text = { 0 };

	sp_mutf8_to_utf8(name, &text);
	return sp_fail(err, SP_EUNSUPPORTED,
		"offset 0x%" PRIx64 ": Kryo value of class '%.*s' has no known end",
		sp_offset(&k->walk->reader->in), (int)(text.n < 200 ? text.n : 200),
		(const char *)text.p);
}

/* Where names live: with the value, or as long as the walk where it only crosses. */
static struct sp_arena *memory(struct sp_kryo_walk *k)
{
	if (k->walk->arena != NULL)
		return k->walk->arena;
	if (k->own == NULL)
		k->own = sp_arena_new();
	return k->own;
}

static bool is_overridden(const struct sp_type *type, struct sp_slice name)
{
	for (size_t i = 0; i < type->n_defaults; i++)
		if (sp_slice_equal(type->defaults[i], name))
			return true;
	return false;
}

static void learn(struct sp_kryo_walk *k, struct sp_slice name, struct sp_kryo_class *ret)
{
	*ret = (struct sp_kryo_class){ .name = name };
	if (!is_overridden(k->type, name))
		ret->known = sp_kryo_find(name);
}

static int class_by_name(struct sp_kryo_walk *k, struct sp_kryo_class *ret, struct sp_error *err)
{
	struct sp_kryo_class *names;
	struct sp_slice name;
	uint32_t number;
	int r;

	if (sp_kryo_varint(k, &number, err) < 0)
		return err->code;
	if (number > k->n_names)
		return sp_walk_fail(k->walk, err, "Kryo: class number %" PRIu32, number);
	if (number < k->n_names) {
		*ret = k->names[number];
		return 1;
	}
	r = sp_kryo_string(k, memory(k), &name, err);
	if (r < 0)
		return r;
	if (r == 0 || name.n == 0)
		return sp_walk_fail(k->walk, err, "Kryo: class without a name");
	if (k->n_names == k->names_capacity) {
		k->names_capacity = k->names_capacity == 0 ? 4 : k->names_capacity * 2;
		names = sp_arena_new_array(memory(k), struct sp_kryo_class, k->names_capacity);
		if (k->n_names != 0)
			memcpy(names, k->names, k->n_names * sizeof(*names));
		k->names = names;
	}
	learn(k, name, ret);
	k->names[k->n_names++] = *ret;
	return 1;
}

static int class_by_id(
	struct sp_kryo_walk *k, uint32_t id, struct sp_kryo_class *ret, struct sp_error *err)
{
	const struct sp_kryo_known *known = id < FIRST_JOB ? sp_kryo_fixed(id) : NULL;

	if (known != NULL) {
		*ret = (struct sp_kryo_class){ .name = sp_slice_of(known->name), .known = known };
		return 1;
	}
	if (id < FIRST_JOB)
		return sp_fail(err, SP_EUNSUPPORTED,
			"offset 0x%" PRIx64 ": Kryo value of class id %" PRIu32
			", of the Scala API, has no known end",
			sp_offset(&k->walk->reader->in), id);
	id -= FIRST_JOB;
	if (id >= k->type->n_by_id)
		return sp_walk_fail(k->walk, err, "Kryo: class id %" PRIu32 ", but there are %zu",
			id + FIRST_JOB, k->type->n_by_id + FIRST_JOB);
	if (k->type->by_id[id].has_serializer)
		*ret = (struct sp_kryo_class){ .name = k->type->by_id[id].name };
	else
		learn(k, k->type->by_id[id].name, ret);
	return 1;
}

int sp_kryo_class(struct sp_kryo_walk *k, struct sp_kryo_class *ret, struct sp_error *err)
{
	uint32_t id;

	if (sp_kryo_varint(k, &id, err) < 0)
		return err->code;
	if (id == KRYO_NULL)
		return 0;
	if (id == KRYO_BY_NAME)
		return class_by_name(k, ret, err);
	return class_by_id(k, id - KRYO_FIRST_ID, ret, err);
}

static void set_null(struct sp_value *to)
{
	if (to != NULL)
		to->kind = SP_VALUE_NULL;
}

/* The object that was the r-th new one, as a copy that shares what it holds. */
static int refer(struct sp_kryo_walk *k, uint32_t r, struct sp_value *to, struct sp_error *err)
{
	const struct sp_kryo_object *object;

	if (r >= k->n_objects)
		return sp_walk_fail(k->walk, err, "Kryo: reference to object %" PRIu32 " of %zu", r,
			k->n_objects);
	if (to == NULL)
		return 0;
	object = &k->objects[r];
	if (!object->is_complete)
		return sp_fail(err, SP_EUNSUPPORTED,
			"offset 0x%" PRIx64 ": Kryo value that contains itself",
			sp_offset(&k->walk->reader->in));
	k->weight += object->weight;
	k->weight_of_references += object->weight;
	if (k->weight_of_references > MAX_WEIGHT_OF_REFERENCES)
		return sp_fail(err, SP_EUNSUPPORTED,
			"offset 0x%" PRIx64 ": Kryo value that repeats parts of itself too often",
			sp_offset(&k->walk->reader->in));
	*to = *object->value;
	return 0;
}

/* Remembers a new object; gives its place. */
static size_t begin_object(struct sp_kryo_walk *k, const struct sp_value *to)
{
	struct sp_kryo_object *objects;

	if (to != NULL && k->n_objects == k->objects_capacity) {
		k->objects_capacity = k->objects_capacity == 0 ? 8 : k->objects_capacity * 2;
		objects = sp_arena_new_array(memory(k), struct sp_kryo_object, k->objects_capacity);
		if (k->n_objects != 0)
			memcpy(objects, k->objects, k->n_objects * sizeof(*objects));
		k->objects = objects;
	}
	if (to != NULL)
		k->objects[k->n_objects] = (struct sp_kryo_object){ .value = to };
	return k->n_objects++;
}

static bool starts_java_stream(const struct sp_cursor *in)
{
	size_t n = sp_left(in) < JAVA_STREAM_LENGTH ? sp_left(in) : JAVA_STREAM_LENGTH;

	return memcmp(in->at, JAVA_STREAM, n) == 0;
}

/*
 * The body of a class that is not known: only Throwables show what they are, for which Flink
 * chooses Java's serialization. Where the bytes end before that can be seen, more may tell.
 */
static int unknown_body(struct sp_kryo_walk *k, const struct sp_kryo_class *class,
	struct sp_value *to, struct sp_error *err)
{
	size_t left = sp_left(&k->walk->reader->in);

	if (starts_java_stream(&k->walk->reader->in) && left >= JAVA_STREAM_LENGTH)
		return sp_walk_java_object(k->walk, to, err);
	if (starts_java_stream(&k->walk->reader->in))
		k->walk->reader->missing = JAVA_STREAM_LENGTH - left;
	return sp_kryo_no_end(k, class->name, err);
}

static int new_object(struct sp_kryo_walk *k, const struct sp_kryo_class *class,
	struct sp_value *to, struct sp_error *err)
{
	uint64_t weight = k->weight;
	size_t place = begin_object(k, to);
	sp_kryo_body *body = class->known == NULL ? NULL : class->known->body[k->five];

	if ((body == NULL ? unknown_body : body)(k, class, to, err) < 0)
		return err->code;
	if (to == NULL)
		return 0;
	if (class->known != sp_kryo_fixed(STRING_ID))
		to->class_name = class->name;
	k->weight += 1 + to->bytes.n;
	k->objects[place].weight = k->weight - weight;
	k->objects[place].is_complete = true;
	return 0;
}

static int boxed(struct sp_kryo_walk *k, const struct sp_kryo_class *class, bool nullable,
	struct sp_value *to, struct sp_error *err)
{
	uint8_t there = KRYO_NOT_NULL;

	k->weight++;
	if (nullable && sp_walk_u8(k->walk, &there, err) < 0)
		return err->code;
	if (there == KRYO_NULL) {
		set_null(to);
		return 0;
	}
	if (there != KRYO_NOT_NULL)
		return sp_walk_fail(k->walk, err, "Kryo: neither null nor not");
	return class->known->body[k->five](k, class, to, err);
}

static int object(struct sp_kryo_walk *k, const struct sp_kryo_class *class, bool nullable,
	struct sp_value *to, struct sp_error *err)
{
	uint32_t r;

	if (class->known != NULL && class->known->is_boxed)
		return boxed(k, class, nullable, to, err);
	if (sp_kryo_varint(k, &r, err) < 0)
		return err->code;
	if (r == KRYO_NOT_NULL)
		return new_object(k, class, to, err);
	/* An enum has no reference in Kryo 5, and this may be the constant itself. */
	if (class->known == NULL && k->five)
		return sp_kryo_no_end(k, class->name, err);
	if (r == KRYO_NULL) {
		set_null(to);
		return 0;
	}
	return refer(k, r - KRYO_FIRST_ID, to, err);
}

int sp_kryo_object(struct sp_kryo_walk *k, const struct sp_kryo_class *class, bool nullable,
	struct sp_value *to, struct sp_error *err)
{
	const struct sp_cursor *in = &k->walk->reader->in;
	const uint8_t *start = in->at;
	int status;

	if (sp_walk_enter(k->walk, err) < 0)
		return err->code;
	status = object(k, class, nullable, to, err);
	k->walk->depth--;
	if (to != NULL)
		to->raw = sp_slice(start, (size_t)(in->at - start));
	return status;
}

int sp_kryo_any(struct sp_kryo_walk *k, struct sp_value *to, struct sp_error *err)
{
	const struct sp_cursor *in = &k->walk->reader->in;
	const uint8_t *start = in->at;
	struct sp_kryo_class class;
	int r = sp_kryo_class(k, &class, err);

	if (r == 0)
		set_null(to);
	if (r > 0)
		r = sp_kryo_object(k, &class, false, to, err);
	if (to != NULL)
		to->raw = sp_slice(start, (size_t)(in->at - start));
	return r;
}

int sp_walk_kryo(
	struct sp_walk *walk, const struct sp_type *type, struct sp_value *to, struct sp_error *err)
{
	struct sp_kryo_walk k = {
		.walk = walk, .type = type, .five = walk->reader->kryo == SP_KRYO_5
	};
	int status = sp_kryo_any(&k, to, err);

	sp_arena_free(k.own);
	return status;
}
