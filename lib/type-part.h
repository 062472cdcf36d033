/* The parts of a type, whatever it is made of: children, fields, columns and subclasses. */
#ifndef SP_TYPE_PART_H
#define SP_TYPE_PART_H

#include "type-logical.h"
#include "type.h"

struct sp_type_part {
	const char *role;     /* "element", "key", "field", "column", "registered subclass", … */
	int64_t number;       /* of a column or a tuple's field; -1: none */
	struct sp_slice name; /* of a field or subclass, modified UTF-8; n = 0: none */
	const struct sp_type *type;           /* NULL: of a column whose serializer is not known */
	const struct sp_logical_type *column; /* of SQL; else NULL */
};

size_t sp_type_n_parts(const struct sp_type *type);

/* The part number i, in the order of the bytes; subclasses of a POJO behind its fields. */
struct sp_type_part sp_type_part(const struct sp_type *type, size_t i);

/* Appends role, number and name, in UTF-8: "value", "f0", "field id". */
void sp_type_part_text(const struct sp_type_part *part, struct sp_buffer *out);

#endif
