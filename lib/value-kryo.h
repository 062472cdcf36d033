/*
 * Shared by the files that read what Kryo wrote: value-kryo.c walks classes and references,
 * value-kryo-basic.c reads numbers and strings, value-kryo-classes.c knows the classes of the JDK.
 */
#ifndef SP_VALUE_KRYO_H
#define SP_VALUE_KRYO_H

#include "value-internal.h"

struct sp_kryo_walk;

/* A class as the value names it. */
struct sp_kryo_class {
	struct sp_slice name;
	const struct sp_kryo_known *known; /* NULL: its bytes cannot be understood */
};

/* What stands behind the class and the reference of an object. */
typedef int sp_kryo_body(struct sp_kryo_walk *k, const struct sp_kryo_class *class,
	struct sp_value *to, struct sp_error *err);

#define SP_KRYO_BODY(name)                                                                         \
	int name(struct sp_kryo_walk *k, const struct sp_kryo_class *class, struct sp_value *to,   \
		struct sp_error *err)

struct sp_kryo_part {
	const char *name;
	sp_kryo_body *body;
};

struct sp_kryo_known {
	const char *name;
	sp_kryo_body *body[2]; /* by enum sp_kryo; NULL: cannot be understood */
	enum sp_value_kind kind;
	enum sp_kryo_equality equality;
	const struct sp_kryo_part
		*parts; /* of what becomes SP_VALUE_STRUCT; the last has no name */
	bool is_final;  /* arrays of it name no classes */
	bool is_boxed;  /* has no reference */
};

struct sp_kryo_walk {
	struct sp_walk *walk;
	const struct sp_type *type;
	bool five;
	struct sp_arena *own;
	struct sp_kryo_class *names; /* classes by the order of their first mention */
	size_t n_names, names_capacity;
	struct sp_kryo_object {
		const struct sp_value *value;
		uint64_t weight; /* of its text, roughly */
		bool is_complete;
	} * objects; /* by reference; only where values are decoded */
	size_t n_objects, objects_capacity;
	uint64_t weight;
	uint64_t weight_of_references;
};

/* The class of a fixed id, below 85; NULL: there is none. */
const struct sp_kryo_known *sp_kryo_fixed(uint32_t id);

/* Has the class a fixed id, so that registering it gives it no other? */
bool sp_kryo_is_fixed(struct sp_slice name);

/* NULL: not a class that is known. */
const struct sp_kryo_known *sp_kryo_find(struct sp_slice name);

/* Kryo.readClass: 0 is null, 1 a class. */
int sp_kryo_class(struct sp_kryo_walk *k, struct sp_kryo_class *ret, struct sp_error *err);

/* Kryo.readClassAndObject. */
int sp_kryo_any(struct sp_kryo_walk *k, struct sp_value *to, struct sp_error *err);

/* Kryo.readObject, and readObjectOrNull where `nullable`. */
int sp_kryo_object(struct sp_kryo_walk *k, const struct sp_kryo_class *class, bool nullable,
	struct sp_value *to, struct sp_error *err);

/* SP_EUNSUPPORTED: of this class, nobody can say where the value ends. */
int sp_kryo_no_end(struct sp_kryo_walk *k, struct sp_slice name, struct sp_error *err);

/* value-kryo-bodies.c */
sp_kryo_body sp_kryo_read_array, sp_kryo_read_as_list_2, sp_kryo_read_big_decimal,
	sp_kryo_read_big_integer, sp_kryo_read_bit_set, sp_kryo_read_boolean, sp_kryo_read_byte,
	sp_kryo_read_bytes, sp_kryo_read_collection_2, sp_kryo_read_collection_5, sp_kryo_read_date,
	sp_kryo_read_empty, sp_kryo_read_fixed, sp_kryo_read_fixed_double, sp_kryo_read_fixed_int,
	sp_kryo_read_fixed_long, sp_kryo_read_int, sp_kryo_read_java, sp_kryo_read_long,
	sp_kryo_read_map, sp_kryo_read_nothing, sp_kryo_read_numbers, sp_kryo_read_optional,
	sp_kryo_read_optional_number, sp_kryo_read_parts, sp_kryo_read_pattern, sp_kryo_read_single,
	sp_kryo_read_single_entry, sp_kryo_read_sorted_2, sp_kryo_read_sorted_5,
	sp_kryo_read_sorted_map, sp_kryo_read_string, sp_kryo_read_timestamp, sp_kryo_read_uuid_2,
	sp_kryo_read_uuid_5, sp_kryo_read_varint, sp_kryo_read_varlong;

/* value-kryo-time.c: bodies of classes of java.time; the number is the generation. */
sp_kryo_body sp_kryo_instant_2, sp_kryo_instant_5, sp_kryo_local_date_2, sp_kryo_local_date_5,
	sp_kryo_local_time_2, sp_kryo_local_time_5, sp_kryo_local_date_time_2,
	sp_kryo_local_date_time_5, sp_kryo_zone_offset;

/* value-kryo-basic.c */
int sp_kryo_varint(struct sp_kryo_walk *k, uint32_t *ret, struct sp_error *err);
int sp_kryo_varint_flag(struct sp_kryo_walk *k, bool *flag, uint32_t *ret, struct sp_error *err);
int sp_kryo_varlong(struct sp_kryo_walk *k, uint64_t *ret, struct sp_error *err);
/* 1, 2, 4 or 8 bytes, in the order of the generation. */
int sp_kryo_fixed_number(struct sp_kryo_walk *k, size_t width, uint64_t *ret, struct sp_error *err);
/* A varint that counts elements of at least `least` bytes each, plus `bias`; 0 with a bias is null:
 * 0, else 1. */
int sp_kryo_count(
	struct sp_kryo_walk *k, size_t least, uint32_t bias, uint32_t *ret, struct sp_error *err);
/* 0 null, 1 a string. UTF-8 in the arena; not made where the walk only crosses and `arena` is NULL.
 */
int sp_kryo_string(
	struct sp_kryo_walk *k, struct sp_arena *arena, struct sp_slice *ret, struct sp_error *err);

/* Checks a claimed number of elements against the bytes left. */
int sp_kryo_fits(struct sp_kryo_walk *k, uint64_t n, size_t least, struct sp_error *err);

static inline int64_t sp_kryo_zigzag(uint64_t v)
{
	return (int64_t)(v >> 1 ^ -(v & 1));
}

#endif
