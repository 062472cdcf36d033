/*
 * Logical types: the column types of Flink SQL, from the Java objects in the snapshots of SQL
 * serializers (org.apache.flink.table.types.logical, Flink 1.9 to 2.2).
 */
#ifndef SP_TYPE_LOGICAL_H
#define SP_TYPE_LOGICAL_H

#include "buffer.h"
#include "java-object.h"

enum sp_logical_root { /* LogicalTypeRoot */
	SP_LOGICAL_UNKNOWN,
	SP_LOGICAL_CHAR,
	SP_LOGICAL_VARCHAR,
	SP_LOGICAL_BOOLEAN,
	SP_LOGICAL_BINARY,
	SP_LOGICAL_VARBINARY,
	SP_LOGICAL_DECIMAL,
	SP_LOGICAL_TINYINT,
	SP_LOGICAL_SMALLINT,
	SP_LOGICAL_INTEGER,
	SP_LOGICAL_BIGINT,
	SP_LOGICAL_FLOAT,
	SP_LOGICAL_DOUBLE,
	SP_LOGICAL_DATE,
	SP_LOGICAL_TIME,
	SP_LOGICAL_TIMESTAMP,
	SP_LOGICAL_TIMESTAMP_TZ,
	SP_LOGICAL_TIMESTAMP_LTZ,
	SP_LOGICAL_INTERVAL_YEAR_MONTH,
	SP_LOGICAL_INTERVAL_DAY_TIME,
	SP_LOGICAL_ARRAY,
	SP_LOGICAL_MULTISET,
	SP_LOGICAL_MAP,
	SP_LOGICAL_ROW,
	SP_LOGICAL_DISTINCT,
	SP_LOGICAL_STRUCTURED,
	SP_LOGICAL_NULL,
	SP_LOGICAL_RAW,
	SP_LOGICAL_SYMBOL,
	SP_LOGICAL_UNRESOLVED,
	SP_LOGICAL_DESCRIPTOR,
	SP_LOGICAL_VARIANT,
};

struct sp_logical_type {
	enum sp_logical_root root;
	bool nullable;
	int32_t length;           /* CHAR, VARCHAR, BINARY, VARBINARY */
	int32_t precision, scale; /* DECIMAL; precision: TIME, TIMESTAMP…; of an interval's days or
				     years, and in scale of its fraction of a second */
	struct sp_slice class_name; /* RAW, and otherwise the class of the Java object */
	const struct sp_logical_type **children; /* element; key, value; source; fields */
	struct sp_slice *names;                  /* ROW, STRUCTURED: of the children; else NULL */
	size_t n_children;
};

/*
 * The logical type that `object` is, or that it holds (a DataType). An object that is no logical
 * type gives SP_LOGICAL_UNKNOWN; SP_EDAMAGED where one is nested too deeply or endlessly. Lives
 * in `arena`, its slices where those of `object` live.
 */
int sp_logical_type_from(const struct sp_java_value *object, struct sp_arena *arena,
	const struct sp_logical_type **ret, struct sp_error *err);

/* Appends "DECIMAL(10, 2)", "ROW<a INT, b STRING NOT NULL>", "STRING". */
void sp_logical_type_text(const struct sp_logical_type *type, struct sp_buffer *out);

#endif
