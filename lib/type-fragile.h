/*
 * Fragile types: parts of a type that a new release, another JVM or a changed class may no longer
 * read, as the serializer snapshots tell.
 */
#ifndef SP_TYPE_FRAGILE_H
#define SP_TYPE_FRAGILE_H

#include "type-release.h"

enum sp_fragility {
	SP_FRAGILE_KRYO,     /* of one of Kryo's generations */
	SP_FRAGILE_JAVA,     /* Java serialization */
	SP_FRAGILE_USER,     /* a serializer or a class that only the job has */
	SP_FRAGILE_SUBCLASS, /* a POJO with subclasses that are not registered */
	SP_FRAGILE_SCALA,    /* Flink's Scala API */
	SP_FRAGILE_LEGACY,   /* a serializer without a snapshot of its own */
	SP_FRAGILE_IDENTITY, /* a key, or a part of one, that hashes by identity */
	SP_FRAGILE_RETIRED,  /* a snapshot class of Flink that later releases do not have */
};

struct sp_fragile {
	enum sp_fragility kind;
	const char *part;           /* "value, field items, element"; UTF-8 */
	const struct sp_type *type; /* of the part */
	const char *why;            /* UTF-8; a clause without a full stop */
	sp_release breaks_in;       /* the first later release that cannot read it; 0: none known */
};

/* "kryo", "java", … */
const char *sp_fragility_text(enum sp_fragility kind);

/* Where to look: what the type is to its state, whether values of it are keys, and who wrote. */
struct sp_fragile_place {
	const char *role; /* "key", "value" */
	bool is_key;
	enum sp_kryo kryo;
};

/*
 * Calls `found` for each fragile part, from the outside in. What it is given lives until it
 * returns.
 */
typedef void sp_fragile_fn(const struct sp_fragile *fragile, void *arg);
void sp_type_fragile(const struct sp_type *type, const struct sp_fragile_place *place,
	sp_fragile_fn *found, void *arg);

/* Appends the class that the fragile part is about: of its values, else of its snapshot; UTF-8. */
void sp_fragile_class(const struct sp_type *type, struct sp_buffer *out);

#endif
