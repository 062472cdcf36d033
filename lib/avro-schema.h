/*
 * Avro schemas: the JSON in the snapshots of Avro serializers, parsed into a graph in which a name
 * is a pointer to what it names; so it may lead back to itself.
 */
#ifndef SP_AVRO_SCHEMA_H
#define SP_AVRO_SCHEMA_H

#include "arena.h"

enum sp_avro_kind { /* org.apache.avro.Schema.Type */
	SP_AVRO_NULL,
	SP_AVRO_BOOLEAN,
	SP_AVRO_INT,
	SP_AVRO_LONG,
	SP_AVRO_FLOAT,
	SP_AVRO_DOUBLE,
	SP_AVRO_STRING,
	SP_AVRO_BYTES,
	SP_AVRO_FIXED,
	SP_AVRO_ENUM,
	SP_AVRO_ARRAY,
	SP_AVRO_MAP,
	SP_AVRO_UNION,
	SP_AVRO_RECORD,
};

struct sp_avro {
	enum sp_avro_kind kind;
	struct sp_slice name;         /* of records, enums and fixed: with the namespace, UTF-8 */
	size_t size;                  /* fixed */
	const struct sp_avro **parts; /* record: of its fields; union: branches; array, map: one */
	struct sp_slice *names;       /* record: its fields; enum: its symbols */
	bool *ignored;                /* record: fields that do not count in order and hash code */
	size_t n;                     /* parts, or symbols */
	size_t least;                 /* bytes that every value takes at least */
};

/*
 * Parses a schema. It lives in `arena` and borrows nothing from `json`. SP_EDAMAGED for what is no
 * schema, SP_EUNSUPPORTED for one beyond any use.
 */
int sp_avro_parse(struct sp_slice json, struct sp_arena *arena, const struct sp_avro **ret,
	struct sp_error *err);

#endif
