/*
 * Java object streams (java.io.ObjectOutputStream, protocol version 2): one content, its exact
 * end and a small tree of what is in it. Nothing is instantiated.
 *
 * Flink writes logical types, comparators and other configuration so, without a length before it.
 */
#ifndef SP_JAVA_OBJECT_H
#define SP_JAVA_OBJECT_H

#include "arena.h"

enum sp_java_kind {
	SP_JAVA_KIND_NULL,
	SP_JAVA_KIND_STRING, /* text */
	SP_JAVA_KIND_OBJECT, /* class, fields, items: what its writeObject methods wrote */
	SP_JAVA_KIND_ARRAY, /* class; items of object arrays; of primitive ones the bytes in text */
	SP_JAVA_KIND_CLASS, /* class: a java.lang.Class, or a class descriptor */
	SP_JAVA_KIND_ENUM,  /* class; text: the name of the constant */
	SP_JAVA_KIND_BLOCK, /* text: bytes of no type */
};

struct sp_java_class {
	struct sp_slice name; /* modified UTF-8; n = 0: a dynamic proxy */
	uint8_t flags;        /* java.io.ObjectStreamConstants.SC_… */
	struct sp_java_class_field {
		char code; /* B C D F I J S Z, L or [ */
		struct sp_slice name;
	} * fields;
	size_t n_fields;
	const struct sp_java_class *super; /* NULL: none that is serializable */
};

struct sp_java_value;

struct sp_java_field {
	const struct sp_java_class_field *declared;
	int64_t number;                    /* primitives; float and double: their bits */
	const struct sp_java_value *value; /* L and [ */
};

struct sp_java_value {
	enum sp_java_kind kind;
	struct sp_slice text;
	const struct sp_java_class *class;
	struct sp_java_field *fields; /* those of the topmost superclass first */
	size_t n_fields;
	const struct sp_java_value **items;
	size_t n_items;
};

/*
 * Reads one stream: "aced 0005" and one content. The tree lives in `arena`, its slices borrow
 * from the bytes of `in`. It may share parts and even contain itself: whoever walks it limits
 * depth and work. SP_EDAMAGED (in->missing: too few bytes); SP_EUNSUPPORTED for what cannot be
 * crossed.
 */
int sp_java_object_read(struct sp_cursor *in, struct sp_arena *arena,
	const struct sp_java_value **ret, struct sp_error *err);

/* The field of an object by name, of whatever class in its hierarchy; NULL if there is none. */
const struct sp_java_field *sp_java_field(const struct sp_java_value *object, const char *name);

#endif
