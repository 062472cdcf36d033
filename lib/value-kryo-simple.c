/*
 * Bodies of values without parts, and of those whose parts are listed; see value-kryo-bodies.c for
 * the layouts.
 */
#include "value-kryo.h"

#include <inttypes.h>

#define NANOS_PER_MILLI 1000000
#define NANOS_PER_SECOND 1000000000

SP_KRYO_BODY(sp_kryo_read_nothing)
{
	(void)k;
	(void)err;
	sp_value_number(to, class->known->kind, 0);
	return 0;
}

/* A zigzag varint. */
SP_KRYO_BODY(sp_kryo_read_int)
{
	uint32_t v;

	(void)class;
	if (sp_kryo_varint(k, &v, err) < 0)
		return err->code;
	sp_value_number(to, SP_VALUE_INT, sp_kryo_zigzag(v));
	return 0;
}

SP_KRYO_BODY(sp_kryo_read_varint)
{
	uint32_t v;

	(void)class;
	if (sp_kryo_varint(k, &v, err) < 0)
		return err->code;
	sp_value_number(to, SP_VALUE_INT, (int32_t)v);
	return 0;
}

SP_KRYO_BODY(sp_kryo_read_long)
{
	uint64_t v;

	(void)class;
	if (sp_kryo_varlong(k, &v, err) < 0)
		return err->code;
	sp_value_number(to, SP_VALUE_LONG, sp_kryo_zigzag(v));
	return 0;
}

SP_KRYO_BODY(sp_kryo_read_varlong)
{
	uint64_t v;

	(void)class;
	if (sp_kryo_varlong(k, &v, err) < 0)
		return err->code;
	sp_value_number(to, SP_VALUE_LONG, (int64_t)v);
	return 0;
}

SP_KRYO_BODY(sp_kryo_read_boolean)
{
	bool v;

	(void)class;
	if (sp_walk_bool(k->walk, &v, err) < 0)
		return err->code;
	sp_value_number(to, SP_VALUE_BOOLEAN, v);
	return 0;
}

static int fixed_number(
	struct sp_kryo_walk *k, enum sp_value_kind kind, struct sp_value *to, struct sp_error *err)
{
	static const uint8_t widths[] = { [SP_VALUE_BYTE] = 1,
		[SP_VALUE_SHORT] = 2,
		[SP_VALUE_CHAR] = 2,
		[SP_VALUE_INT] = 4,
		[SP_VALUE_FLOAT] = 4,
		[SP_VALUE_LONG] = 8,
		[SP_VALUE_DOUBLE] = 8 };
	uint64_t v;

	if (sp_kryo_fixed_number(k, widths[kind], &v, err) < 0)
		return err->code;
	if (kind == SP_VALUE_BYTE)
		v = (uint64_t)(int8_t)v;
	if (kind == SP_VALUE_SHORT)
		v = (uint64_t)(int16_t)v;
	if (kind == SP_VALUE_INT)
		v = (uint64_t)(int32_t)v;
	sp_value_number(to, kind, (int64_t)v);
	return 0;
}

SP_KRYO_BODY(sp_kryo_read_fixed)
{
	return fixed_number(k, class->known->kind, to, err);
}

SP_KRYO_BODY(sp_kryo_read_fixed_long)
{
	(void)class;
	return fixed_number(k, SP_VALUE_LONG, to, err);
}

SP_KRYO_BODY(sp_kryo_read_byte)
{
	(void)class;
	return fixed_number(k, SP_VALUE_BYTE, to, err);
}

SP_KRYO_BODY(sp_kryo_read_string)
{
	struct sp_slice text = { 0 };
	int r = sp_kryo_string(k, k->walk->arena, &text, err);

	(void)class;
	if (r < 0)
		return r;
	sp_value_number(to, r == 0 ? SP_VALUE_NULL : SP_VALUE_STRING, 0);
	if (to != NULL)
		to->bytes = text;
	return 0;
}

/* string, varint flags */
SP_KRYO_BODY(sp_kryo_read_pattern)
{
	uint32_t flags;

	if (sp_kryo_read_string(k, class, to, err) < 0 || sp_kryo_varint(k, &flags, err) < 0)
		return err->code;
	if (to != NULL)
		to->number = flags;
	return 0;
}

SP_KRYO_BODY(sp_kryo_read_big_integer)
{
	struct sp_slice bytes;
	uint32_t n;
	int r = sp_kryo_count(k, 1, 1, &n, err);

	(void)class;
	if (r < 0)
		return r;
	sp_value_number(to, r == 0 ? SP_VALUE_NULL : SP_VALUE_BIG_INTEGER, 0);
	if (r == 0)
		return 0;
	if (n == 0)
		return sp_walk_fail(k->walk, err, "Kryo: number of no bytes");
	if (sp_walk_bytes(k->walk, n, &bytes, err) < 0)
		return err->code;
	if (to != NULL)
		to->bytes = bytes;
	return 1;
}

SP_KRYO_BODY(sp_kryo_read_big_decimal)
{
	uint32_t scale;
	int r = sp_kryo_read_big_integer(k, class, to, err);

	if (r <= 0)
		return r;
	if (sp_kryo_varint(k, &scale, err) < 0)
		return err->code;
	if (to != NULL) {
		to->kind = SP_VALUE_DECIMAL;
		to->scale = (int32_t)sp_kryo_zigzag(scale);
	}
	return 0;
}

SP_KRYO_BODY(sp_kryo_read_date)
{
	if (sp_kryo_read_varlong(k, class, to, err) < 0)
		return err->code;
	if (to != NULL)
		to->kind = class->known->kind;
	return 0;
}

SP_KRYO_BODY(sp_kryo_read_timestamp)
{
	uint64_t millis;
	uint32_t nanos;

	(void)class;
	if (sp_kryo_varlong(k, &millis, err) < 0 || sp_kryo_varint(k, &nanos, err) < 0)
		return err->code;
	if (nanos >= NANOS_PER_SECOND)
		return sp_walk_fail(k->walk, err, "%" PRIu32 " nanoseconds in a second", nanos);
	if (k->five)
		millis += nanos / NANOS_PER_MILLI;
	sp_value_number(to, SP_VALUE_SQL_TIMESTAMP, (int64_t)millis);
	if (to != NULL)
		to->nanos = (int32_t)nanos;
	return 0;
}

static void set_uuid(struct sp_kryo_walk *k, struct sp_value *to, const uint64_t halves[2])
{
	uint8_t *bytes;

	if (to == NULL)
		return;
	bytes = sp_arena_new_array(k->walk->arena, uint8_t, 16);
	sp_set_be64(bytes, halves[0]);
	sp_set_be64(bytes + 8, halves[1]);
	to->kind = SP_VALUE_UUID;
	to->bytes = sp_slice(bytes, 16);
}

SP_KRYO_BODY(sp_kryo_read_uuid_2)
{
	uint64_t halves[2];

	(void)class;
	for (size_t i = 0; i < 2; i++) {
		if (sp_kryo_varlong(k, &halves[i], err) < 0)
			return err->code;
		halves[i] = (uint64_t)sp_kryo_zigzag(halves[i]);
	}
	set_uuid(k, to, halves);
	return 0;
}

SP_KRYO_BODY(sp_kryo_read_uuid_5)
{
	uint64_t halves[2];

	(void)class;
	for (size_t i = 0; i < 2; i++)
		if (sp_kryo_fixed_number(k, 8, &halves[i], err) < 0)
			return err->code;
	set_uuid(k, to, halves);
	return 0;
}

SP_KRYO_BODY(sp_kryo_read_java)
{
	(void)class;
	return sp_walk_java_object(k->walk, to, err);
}

/* The parts that the table names. */
SP_KRYO_BODY(sp_kryo_read_parts)
{
	const struct sp_kryo_part *parts = class->known->parts;
	struct sp_value *items;
	size_t n = 0;

	while (parts[n].name != NULL)
		n++;
	items = sp_walk_items(k->walk, to, SP_VALUE_STRUCT, n);
	for (size_t i = 0; i < n; i++)
		if (parts[i].body(k, class, sp_walk_named(items, i, parts[i].name), err) < 0)
			return err->code;
	k->weight += n;
	return 0;
}

SP_KRYO_BODY(sp_kryo_read_optional)
{
	struct sp_value *items = sp_walk_items(k->walk, to, SP_VALUE_STRUCT, 1);

	(void)class;
	return sp_kryo_any(k, sp_walk_named(items, 0, "value"), err);
}

/* bool there, [number]: the only part of the class. */
SP_KRYO_BODY(sp_kryo_read_optional_number)
{
	struct sp_value *items = sp_walk_items(k->walk, to, SP_VALUE_STRUCT, 1);
	bool there;

	if (sp_walk_bool(k->walk, &there, err) < 0)
		return err->code;
	if (!there) {
		sp_value_number(sp_walk_named(items, 0, "value"), SP_VALUE_NULL, 0);
		return 0;
	}
	return class->known->parts[0].body(k, class, sp_walk_named(items, 0, "value"), err);
}

SP_KRYO_BODY(sp_kryo_read_fixed_int)
{
	(void)class;
	return fixed_number(k, SP_VALUE_INT, to, err);
}

SP_KRYO_BODY(sp_kryo_read_fixed_double)
{
	(void)class;
	return fixed_number(k, SP_VALUE_DOUBLE, to, err);
}
