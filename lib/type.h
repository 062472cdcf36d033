/*
 * Types: what a serializer snapshot says, as a tree, and the header that starts every file of
 * managed keyed state.
 *
 * Layouts: org.apache.flink.api.common.typeutils.TypeSerializerSnapshotSerializationUtil (proxy
 * versions 1 and 2), CompositeTypeSerializerSnapshot, and the snapshot classes listed in
 * type-snapshot.c; KeyedBackendSerializationProxy versions 1 to 6. Flink 1.2 to 2.2.
 */
#ifndef SP_TYPE_H
#define SP_TYPE_H

#include "arena.h"
#include "buffer.h"

/* What a type is, as far as its values' bytes are concerned. */
enum sp_type_kind {
	SP_OPAQUE, /* unknown or user-written: carried, never looked into */
	/* No configuration; the encoding is the kind's own. */
	SP_BOOLEAN,
	SP_BYTE,
	SP_SHORT,
	SP_INT,
	SP_LONG,
	SP_CHAR,
	SP_FLOAT,
	SP_DOUBLE,
	SP_STRING,
	SP_STRING_VALUE,
	SP_BIG_INT,
	SP_BIG_DEC,
	SP_DATE,
	SP_SQL_DATE,
	SP_SQL_TIME,
	SP_SQL_TIMESTAMP,
	SP_INSTANT,
	SP_LOCAL_DATE,
	SP_LOCAL_TIME,
	SP_LOCAL_DATE_TIME,
	SP_VOID,
	SP_VOID_NAMESPACE,
	SP_NULL_VALUE,
	SP_UNIT,
	SP_NOTHING,
	SP_TUPLE0,
	SP_TIME_WINDOW,
	SP_GLOBAL_WINDOW,
	SP_SQL_TIME_WINDOW,
	SP_SQL_COUNT_WINDOW,
	SP_SQL_GLOBAL_WINDOW,
	SP_BOOLEAN_ARRAY,
	SP_BYTE_ARRAY,
	SP_SHORT_ARRAY,
	SP_INT_ARRAY,
	SP_LONG_ARRAY,
	SP_CHAR_ARRAY,
	SP_FLOAT_ARRAY,
	SP_DOUBLE_ARRAY,
	SP_STRING_ARRAY,
	SP_JAVA_OBJECT,
	SP_VARIANT,
	SP_DEWEY_NUMBER,
	SP_EVENT_ID,
	SP_BYTE_ARRAY_WRAPPER,
	/* With children, in the order of their snapshots. */
	SP_LIST,
	SP_SET,
	SP_MAP,
	SP_OBJECT_ARRAY,
	SP_TUPLE,
	SP_EITHER,
	SP_NULLABLE,
	SP_ROW,
	SP_WRAPPER, /* same bytes as the child */
	SP_TTL,
	SP_TIMER,
	SP_STREAM_ELEMENT,
	SP_BUFFER_ENTRY,
	SP_UNION,
	SP_TWO_PHASE_COMMIT,
	SP_OPTION,
	SP_TRY,
	SP_CASE_CLASS,
	SP_TRAVERSABLE,
	SP_NULL_AWARE_MAP,
	SP_WINDOW_KEY,
	SP_LINKED_LIST,
	SP_RAW_VALUE,
	SP_EXTERNAL,
	SP_SORTED_MAP,
	SP_META_SQN_INFO,
	SP_ROW_SQN_INFO,
	SP_SQN_NODE,
	SP_SQN_ROW_KEY,
	SP_NFA_STATE,
	SP_LOCKABLE,
	SP_NODE_ID,
	SP_SHARED_BUFFER_EDGE,
	SP_SHARED_BUFFER_NODE,
	SP_SHARED_BUFFER_NODE_V2,
	SP_COMPOSITE, /* an unknown composite: children known, bytes not */
	/* With more. */
	SP_POJO,
	SP_KRYO,
	SP_ENUM,
	SP_SCALA_ENUM,
	SP_AVRO,
	SP_VALUE,
	SP_COPYABLE_VALUE,
	SP_ROW_DATA,
	SP_BINARY_ROW_DATA,
	SP_ARRAY_DATA,
	SP_MAP_DATA,
	SP_STRING_DATA,
	SP_DECIMAL_DATA,
	SP_TIMESTAMP_DATA,
	SP_LEGACY, /* a snapshot of Flink 1.6 and before, or the adapter of 1.7 */
};

struct sp_type;

/* A field of a POJO, in the order of the bytes; or a registered or met subclass of one. */
struct sp_type_field {
	struct sp_slice name;      /* modified UTF-8 */
	struct sp_slice declaring; /* POJO fields: the class that declares it */
	const struct sp_type *type;
};

struct sp_avro;         /* a schema of Avro; see avro-schema.h */
struct sp_logical_type; /* a column type of SQL; see type-logical.h */

struct sp_type {
	enum sp_type_kind kind;
	struct sp_slice snapshot_class; /* modified UTF-8, as written */
	int32_t version;                /* of the snapshot */
	int32_t outer_version;          /* composites */
	struct sp_slice class_name; /* POJO, tuple, Kryo, enum, array component, … ; n = 0: none */
	const struct sp_type **children;
	size_t n_children;
	struct sp_type_field *fields; /* POJO */
	size_t n_fields;
	struct sp_type_field *registered; /* POJO subclasses by tag */
	size_t n_registered;
	struct sp_type_field *non_registered; /* POJO subclasses met */
	size_t n_non_registered;
	struct sp_slice *constants; /* enums */
	int32_t *constant_ids;      /* Scala enumerations */
	size_t n_constants;
	struct sp_slice *registrations; /* Kryo: class names in order */
	size_t n_registrations;
	struct sp_type_kryo_class {
		struct sp_slice name;
		bool has_serializer; /* one that the job chose */
	} * by_id;                   /* Kryo: registrations by class id, from 85 on */
	size_t n_by_id;
	struct sp_slice *defaults; /* Kryo: classes for which the job chose serializers */
	size_t n_defaults;
	struct sp_slice schema;     /* Avro: JSON in UTF-8 */
	const struct sp_avro *avro; /* the same, parsed; NULL: it cannot be */
	const char *avro_fault;     /* why; NULL: not known */
	int32_t padding;            /* nullable */
	int32_t precision, scale;   /* decimal, timestamp; BinaryRowData: arity in precision */
	bool flag;                  /* Row: has row kind; two-phase commit, LinkedList, NFAState,
				       External: their flag */
	bool has_flag;              /* External: it is there at all (1.13+) */
	const struct sp_logical_type **columns; /* SQL: RowData columns; array: 1; map: 2 */
	size_t n_columns;
	struct sp_slice bytes; /* the whole versioned snapshot as it lies in the file */
};

/*
 * One versioned snapshot: utf class, i32 version, body (serializers.md 1.2). An unknown class
 * fails with SP_EUNSUPPORTED, unless its shape shows its end. The result lives in `arena` and
 * borrows nothing from `in`.
 */
int sp_type_read(struct sp_cursor *in, struct sp_arena *arena, const struct sp_type **ret,
	struct sp_error *err);

/* The same in the form in which serializers stand alone: i32 proxy version 1 or 2, snapshot. */
int sp_type_read_proxy(struct sp_cursor *in, struct sp_arena *arena, const struct sp_type **ret,
	struct sp_error *err);

/* Appends a readable text: "Tuple2<Integer, String>", "Map<String, Ttl<Long>>", "Pojo com.x.Y". */
void sp_type_text(const struct sp_type *type, struct sp_buffer *out);

/* The same without its parts: "Tuple2", "Map", "Pojo com.x.Y". */
void sp_type_name(const struct sp_type *type, struct sp_buffer *out);

/* Is it, or does it hold, a TTL wrapper? */
bool sp_type_has_ttl(const struct sp_type *type);

enum sp_state_kind { /* StateMetaInfoSnapshot.BackendStateType, by ordinal */
	SP_KIND_KEY_VALUE = 0,
	SP_KIND_OPERATOR = 1,
	SP_KIND_BROADCAST = 2,
	SP_KIND_PRIORITY_QUEUE = 3,
	SP_KIND_KEY_VALUE_V2 = 4, /* 2.0+: ForSt's asynchronous states */
};

enum sp_state_type { /* KEYED_STATE_TYPE; of key/value states only */
	SP_STATE_UNKNOWN,
	SP_STATE_VALUE,
	SP_STATE_LIST,
	SP_STATE_MAP,
	SP_STATE_REDUCING,
	SP_STATE_AGGREGATING,
	SP_STATE_FOLDING,
};

struct sp_option {
	struct sp_slice key, value;
};

struct sp_state {
	struct sp_slice name; /* modified UTF-8 */
	uint32_t id;          /* its place in the header */
	enum sp_state_kind kind;
	enum sp_state_type type;
	struct sp_option *options;
	size_t n_options;
	/* By role; NULL where the header has none, of kind SP_OPAQUE where it cannot be read. */
	const struct sp_type *value;    /* VALUE_SERIALIZER; of a queue the timer */
	const struct sp_type *ns;       /* NAMESPACE_SERIALIZER */
	const struct sp_type *user_key; /* USER_KEY_SERIALIZER (kind 4) */
	const struct sp_type *key;      /* KEY_SERIALIZER (broadcast state) */
	struct sp_slice bytes;          /* the description as it lies in the header */
};

/* The header of a keyed state file (KeyedBackendSerializationProxy). */
struct sp_keyed_header {
	int32_t version;
	bool compressed; /* key groups are snappy-framed */
	const struct sp_type *key;
	struct sp_state *states;
	size_t n_states;
	struct sp_slice bytes; /* the whole header; byte 4 is the compression flag (versions 4+) */
};

/* Offset in a header, versions 4 and later, of the flag that says "key groups are compressed". */
#define SP_KEYED_HEADER_COMPRESSED_AT 4

/*
 * Parses a header that ends exactly at the end of `bytes` (its end is known from outside: the
 * smallest key-group offset that is not 0, or the end of a RocksDB meta file). `base` is its
 * offset in the file, for messages. Snapshots of unknown classes are crossed by trying every end
 * from which the rest parses exactly; such a type is SP_OPAQUE. The result lives in `arena` and
 * borrows nothing. SP_EDAMAGED with the offset.
 */
int sp_keyed_header_read(struct sp_slice bytes, uint64_t base, struct sp_arena *arena,
	const struct sp_keyed_header **ret, struct sp_error *err);

/*
 * One state's description in the form of headers of version 6; `id` is left 0. With `whole` it
 * must end where `in` ends, and snapshots of unknown classes are crossed as in a header; else
 * those are SP_EUNSUPPORTED and the cursor is left behind it. Lives in `arena`, borrows nothing.
 */
int sp_state_read(struct sp_cursor *in, bool whole, struct sp_arena *arena, struct sp_state *ret,
	struct sp_error *err);

const char *sp_state_kind_text(const struct sp_state *state); /* "VALUE", "MAP", "TIMER", … */

#endif
