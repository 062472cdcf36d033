/*
 * Values: the bytes that a serializer wrote, crossed or decoded by the type tree that its
 * snapshot gives.
 *
 * Encodings: the TypeSerializers of Flink 1.6 to 2.2 (org.apache.flink.api.common.typeutils.base,
 * api.java.typeutils.runtime, table.runtime.typeutils, formats.avro, cep.nfa and the Scala ones),
 * and what Kryo 2.24 (Flink 1.x) and Kryo 5 (Flink 2.x) write for classes of the JDK. value.c
 * dispatches; the families lie in value-basic.c, value-composite.c, value-pojo.c, value-sql.c,
 * value-avro.c, value-kryo.c, value-cep.c.
 *
 * One walker does both: without a place for the result it only crosses the bytes.
 */
#ifndef SP_VALUE_H
#define SP_VALUE_H

#include "snapshot.h"
#include "type-logical.h"
#include "type.h"

enum sp_value_kind {
	SP_VALUE_NULL,
	SP_VALUE_VOID, /* one of a kind: VoidNamespace, Void, Unit, NullValue, Tuple0, … */
	SP_VALUE_BOOLEAN,
	SP_VALUE_BYTE,
	SP_VALUE_SHORT,
	SP_VALUE_INT,
	SP_VALUE_LONG,
	SP_VALUE_CHAR,   /* number: the UTF-16 unit */
	SP_VALUE_FLOAT,  /* number: the bits */
	SP_VALUE_DOUBLE, /* number: the bits */
	SP_VALUE_STRING, /* bytes: UTF-8, in which lone surrogates take three bytes */
	SP_VALUE_BYTES,
	SP_VALUE_BIG_INTEGER, /* bytes: two's complement, big endian, not empty */
	SP_VALUE_DECIMAL,     /* as BIG_INTEGER the unscaled value, and `scale` */
	SP_VALUE_DATE,        /* java.util.Date: number, in ms since the epoch */
	SP_VALUE_SQL_DATE,
	SP_VALUE_SQL_TIME,
	SP_VALUE_SQL_TIMESTAMP,   /* number, in ms; nanos of the second */
	SP_VALUE_INSTANT,         /* number, in seconds; nanos of the second */
	SP_VALUE_LOCAL_DATE,      /* year, month, day */
	SP_VALUE_LOCAL_TIME,      /* hour, minute, second, nanos of the second */
	SP_VALUE_LOCAL_DATE_TIME, /* all of these */
	SP_VALUE_TIMESTAMP_DATA,  /* SQL: number, in ms; nanos of the millisecond */
	SP_VALUE_DAYS,            /* SQL DATE: number, days since the epoch */
	SP_VALUE_TIME_OF_DAY,     /* SQL TIME: number, ms of the day */
	SP_VALUE_UUID,            /* bytes: 16 */
	SP_VALUE_ENUM, /* bytes: the constant's name in UTF-8, class_name, number: index or id */
	SP_VALUE_TIME_WINDOW,  /* number: start; end. `type` tells streaming from SQL */
	SP_VALUE_COUNT_WINDOW, /* number: id */
	SP_VALUE_GLOBAL_WINDOW,
	SP_VALUE_LIST,   /* items: list, set, array */
	SP_VALUE_MAP,    /* items: key, value, key, value, … */
	SP_VALUE_TUPLE,  /* items by position: tuple, row (row_kind), case class, RowData (row_kind)
			  */
	SP_VALUE_STRUCT, /* items by name: POJO, Avro record, and Flink's own compound values */
	SP_VALUE_VARIANT, /* items: metadata and value, two of SP_VALUE_BYTES */
	SP_VALUE_JAVA,    /* bytes: a Java object stream; class_name */
	SP_VALUE_OPAQUE,  /* bytes that nobody understands; class_name where it is known */
};

struct sp_value {
	enum sp_value_kind kind;
	const struct sp_type *type; /* it was read by; NULL inside of SQL, Avro and Kryo bodies */
	const struct sp_logical_type *logical; /* of a column or element of SQL, else NULL */
	struct sp_slice class_name;            /* modified UTF-8; n = 0: none */
	struct sp_slice name; /* of the field that it is in its struct, UTF-8; n = 0: none */
	struct sp_slice raw;  /* the bytes it was read from */
	int64_t number, end;
	int32_t scale, nanos, year;
	uint8_t month, day, hour, minute, second;
	uint8_t row_kind; /* 0 insert, 1 update before, 2 update after, 3 delete */
	bool is_ignored;  /* field of an Avro record that does not count in its hash code */
	bool is_left; /* Either, Try, Option: Left, Success, Some. items: what it holds or none */
	struct sp_slice bytes;
	struct sp_value *items;
	size_t n_items;
};

/* Which Kryo wrote the values: that of Flink 1.x or of 2.x; only the release tells. */
enum sp_kryo {
	SP_KRYO_2,
	SP_KRYO_5,
};

/* The Kryo of the releases that can have written a snapshot; of NULL that of Flink 1.x. */
enum sp_kryo sp_kryo_of(const struct sp_snapshot *snapshot);

/* Reads values from bytes in memory, one after the other. */
struct sp_value_reader {
	struct sp_cursor in;
	enum sp_kryo kryo;
	/*
	 * After SP_EDAMAGED: the bytes ended too early, and at least so many more would have been
	 * needed; 0: what is there is wrong. After SP_EUNSUPPORTED: so many more may tell what it
	 * is. A reader of a window fetches more and starts over.
	 */
	size_t missing;
	bool opaque; /* some of the bytes crossed last were not understood */
};

static inline struct sp_value_reader sp_value_reader(
	struct sp_slice bytes, uint64_t base, enum sp_kryo kryo)
{
	return (struct sp_value_reader){ .in = sp_cursor(bytes, base), .kryo = kryo };
}

/*
 * Crosses one value: `in` stands behind it afterwards, and where it stood after an error.
 * SP_EDAMAGED with the offset; SP_EUNSUPPORTED names the class whose bytes have no known end.
 * Allocates nothing; fast for numbers and strings.
 */
int sp_value_skip(struct sp_value_reader *reader, const struct sp_type *type, struct sp_error *err);

/*
 * Crosses a value that is all of `bytes`. 0: to its last byte; 1: all or the end of it cannot be
 * crossed and was taken for what it has to be, as sp_value_read_all() does. SP_EDAMAGED if the
 * value ends elsewhere. Allocates nothing; fast for numbers and strings.
 */
int sp_value_cross_all(struct sp_slice bytes, uint64_t base, enum sp_kryo kryo,
	const struct sp_type *type, struct sp_error *err);

/* The same as sp_value_skip(), and decodes it. The tree lives in `arena`; its slices there or in
 * the bytes read. */
int sp_value_read(struct sp_value_reader *reader, const struct sp_type *type,
	struct sp_arena *arena, struct sp_value *ret, struct sp_error *err);

/*
 * A value that is all of `bytes`. Other than sp_value_read() it gives what cannot be decoded as
 * SP_VALUE_OPAQUE: Kryo and user-written types at the end of a key or value have a length here.
 * SP_EDAMAGED if the value ends elsewhere.
 */
int sp_value_read_all(struct sp_slice bytes, uint64_t base, enum sp_kryo kryo,
	const struct sp_type *type, struct sp_arena *arena, struct sp_value *ret,
	struct sp_error *err);

/*
 * TypeSerializer.getLength(): the declared length of every value, -1: variable. It decides where
 * composite keys are ambiguous; VoidNamespace declares 0 and writes 1.
 */
int32_t sp_type_length(const struct sp_type *type);

/* The bytes that every value really takes, -1: they differ. */
int32_t sp_type_width(const struct sp_type *type);

/* The first part of the type of which no value can be crossed (user-written, unknown); NULL. */
const struct sp_type *sp_type_opaque_part(const struct sp_type *type);

/* Row.hashCode() changed: the rule of 1.8 to 1.10, of 1.11, of 1.12, of 1.13 and later. */
enum sp_row_rule {
	SP_ROW_RULE_1_8,
	SP_ROW_RULE_1_11,
	SP_ROW_RULE_1_12,
	SP_ROW_RULE_1_13,
};

/*
 * The Java hash code of a decoded value (serializers: hash codes by type). 1: *ret; 0: the class
 * has a hashCode of its own (POJO, enum, opaque) or hashes by identity (arrays), *ret untouched.
 */
int sp_value_hash(const struct sp_value *value, enum sp_row_rule rule, int32_t *ret);

/*
 * Are two values equal as Java's equals() says, as far as their kinds tell? Maps and sets in any
 * order, BigDecimals by value and scale, floating point by bits.
 */
bool sp_value_equal(const struct sp_value *a, const struct sp_value *b);

/*
 * A number that equal values have in common. 1: *ret; 0: equal values may have been written in
 * more than one way that cannot be told apart: Java objects, what is opaque, queues.
 */
int sp_value_digest(const struct sp_value *value, uint64_t *ret);

/*
 * Appends the value as JSON (value-json.c; savepoint-dump(1) describes the forms): numbers,
 * strings, true, false and null as such; NaN and infinities as strings; structs as objects; lists
 * and tuples as arrays; maps as objects where all keys are strings, else as arrays of pairs; times
 * in ISO 8601; bytes as {"bytes": hex}; what is opaque as {"class": …, "opaque": hex}.
 */
void sp_value_json(const struct sp_value *value, struct sp_buffer *out);

#endif
