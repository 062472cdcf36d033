/*
 * The walker behind value.h: what its families (value-*.c) share. A walk crosses bytes and, where
 * it has an arena, decodes them into `to`, which is NULL exactly where the arena is.
 */
#ifndef SP_VALUE_INTERNAL_H
#define SP_VALUE_INTERNAL_H

#include "value.h"

#define SP_VALUE_DEPTH 100 /* of values inside of values; more is damage */

struct sp_walk {
	struct sp_value_reader *reader;
	struct sp_arena *arena; /* NULL: only cross */
	int depth;
	bool open;      /* the bytes end with this value: what is unknown is all the rest */
	bool flags_off; /* of the types of which the snapshot does not tell, see sp_walk_flag */
	size_t n_empty; /* values of no bytes so far */
	const uint8_t *start; /* of the outermost value */
};

/* One value of `type` at the reader's cursor: finds the family, counts depth, sets type and raw. */
int sp_walk_value(struct sp_walk *walk, const struct sp_type *type, struct sp_value *to,
	struct sp_error *err);

/* The same for the part that ends `type`'s value: of an open value it is open, too. */
int sp_walk_last(struct sp_walk *walk, const struct sp_type *type, struct sp_value *to,
	struct sp_error *err);

/* A value that is all of `bytes`, which lie before the cursor; SP_VALUE_OPAQUE if not known. */
int sp_walk_within(struct sp_walk *walk, struct sp_slice bytes, const struct sp_type *type,
	struct sp_value *to, struct sp_error *err);

/* The next n bytes, borrowed. Sets reader->missing where they are not there. */
int sp_walk_bytes(struct sp_walk *walk, size_t n, struct sp_slice *ret, struct sp_error *err);
int sp_walk_u8(struct sp_walk *walk, uint8_t *ret, struct sp_error *err);
int sp_walk_bool(struct sp_walk *walk, bool *ret, struct sp_error *err); /* damage: not 0 or 1 */
int sp_walk_i32(struct sp_walk *walk, int32_t *ret, struct sp_error *err);
int sp_walk_i64(struct sp_walk *walk, int64_t *ret, struct sp_error *err);

/*
 * i32 count of elements that take at least `least` bytes each; < 0 is damage, more than can follow
 * is missing bytes. Elements of no bytes are limited in number.
 */
int sp_walk_count(
	struct sp_walk *walk, size_t least, const char *what, uint32_t *ret, struct sp_error *err);

/* i32 length >= 0 and that many bytes. */
int sp_walk_blob(struct sp_walk *walk, struct sp_slice *ret, struct sp_error *err);

/* SP_EDAMAGED, `missing` bytes too few. */
int sp_walk_short(struct sp_walk *walk, size_t missing, struct sp_error *err);

/* SP_EUNSUPPORTED: nothing says where values of this type end. */
int sp_walk_unsupported(struct sp_walk *walk, const struct sp_type *type, struct sp_error *err);

/* SP_EDAMAGED and "offset 0x…: <fmt>" at the cursor; the bytes are wrong, not too few. */
int sp_walk_fail(struct sp_walk *walk, struct sp_error *err, const char *fmt, ...) sp_printf(3, 4);

/* One level deeper, or damage; walk->depth-- leaves it. */
int sp_walk_enter(struct sp_walk *walk, struct sp_error *err);

/* Makes `to` a value of this kind with n items (zeroed, in the arena) and gives the first. NULL
 * where the walk only crosses: items[i] must then not be touched, see sp_walk_item(). */
struct sp_value *sp_walk_items(
	struct sp_walk *walk, struct sp_value *to, enum sp_value_kind kind, size_t n);

static inline struct sp_value *sp_walk_item(struct sp_value *items, size_t i)
{
	return items == NULL ? NULL : &items[i];
}

/*
 * The flag of a type. Row and two-phase commit of outer version 3 and LinkedList of 2 may have
 * been written without it: a value that does not decode with it is tried without.
 */
bool sp_walk_flag(const struct sp_walk *walk, const struct sp_type *type);

/* Least number of bytes of a value of the type; not more than one for most that vary. */
size_t sp_type_least(const struct sp_type *type);

/* The width of a kind of which any bytes are a value; 0: of others. */
size_t sp_type_any_bytes(enum sp_type_kind kind);

/* The kind of a type; of a legacy one what it stands for, SP_LEGACY if that is not known. */
enum sp_type_kind sp_type_kind_of(const struct sp_type *type);

/* Flink's own class "Long" + "Value": the boxed type of another hash code. */
bool sp_type_is_flink_value(const struct sp_type *type, const char *name);

/* "org.apache.flink.types.LongValue" gives SP_LONG, …; SP_OPAQUE for the user's classes. */
enum sp_type_kind sp_type_of_flink_value(struct sp_slice class_name);

/* Modified UTF-8 as UTF-8; borrowed where they are the same. */
struct sp_slice sp_walk_utf8(struct sp_walk *walk, struct sp_slice text);

/* Makes `to`, unless it is NULL, a number of the kind. */
static inline void sp_value_number(struct sp_value *to, enum sp_value_kind kind, int64_t number)
{
	if (to == NULL)
		return;
	to->kind = kind;
	to->number = number;
}

static inline void sp_walk_null(struct sp_value *to)
{
	sp_value_number(to, SP_VALUE_NULL, 0);
}

/* StringValue.writeString: the number of UTF-16 units + `bias`, which is 1 or 0, and the units. */
int sp_walk_string(struct sp_walk *walk, uint32_t bias, struct sp_value *to, struct sp_error *err);

/* A number of this kind in `n` big-endian bytes. */
int sp_walk_number(struct sp_walk *walk, enum sp_value_kind kind, size_t n, struct sp_value *to,
	struct sp_error *err);

/* Names items[i], unless the walk only crosses. */
static inline struct sp_value *sp_walk_named(struct sp_value *items, size_t i, const char *name)
{
	if (items == NULL)
		return NULL;
	items[i].name = sp_slice_of(name);
	return &items[i];
}

/* The families. */
int sp_walk_basic(struct sp_walk *walk, const struct sp_type *type, struct sp_value *to,
	struct sp_error *err);
int sp_walk_composite(struct sp_walk *walk, const struct sp_type *type, struct sp_value *to,
	struct sp_error *err);
int sp_walk_streaming(struct sp_walk *walk, const struct sp_type *type, struct sp_value *to,
	struct sp_error *err);
int sp_walk_pojo(struct sp_walk *walk, const struct sp_type *type, struct sp_value *to,
	struct sp_error *err);
int sp_walk_sql(struct sp_walk *walk, const struct sp_type *type, struct sp_value *to,
	struct sp_error *err);
int sp_walk_cep(struct sp_walk *walk, const struct sp_type *type, struct sp_value *to,
	struct sp_error *err);
int sp_walk_avro(struct sp_walk *walk, const struct sp_type *type, struct sp_value *to,
	struct sp_error *err);
int sp_walk_kryo(struct sp_walk *walk, const struct sp_type *type, struct sp_value *to,
	struct sp_error *err);
/* One Java object stream, SP_VALUE_JAVA (org.apache.flink.runtime.state.JavaSerializer). */
int sp_walk_java(struct sp_walk *walk, const struct sp_type *type, struct sp_value *to,
	struct sp_error *err);
/* The same inside of other values. */
int sp_walk_java_object(struct sp_walk *walk, struct sp_value *to, struct sp_error *err);

/*
 * How the Java class of a value that Kryo wrote compares and hashes: as a list (or whatever its
 * kind says), as a set, or in a way of its own: by identity, or as only its code knows.
 */
enum sp_kryo_equality {
	SP_KRYO_BY_KIND,
	SP_KRYO_AS_SET,
	SP_KRYO_BY_ITSELF,
};

enum sp_kryo_equality sp_kryo_equality(struct sp_slice class_name);

#endif
