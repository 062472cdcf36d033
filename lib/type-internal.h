/*
 * Shared by the files that read serializer snapshots: the reader, the table of snapshot classes,
 * and what must follow a snapshot whose own end is not known.
 */
#ifndef SP_TYPE_INTERNAL_H
#define SP_TYPE_INTERNAL_H

#include "type.h"

#define SP_TYPE_MAX_DEPTH 64
#define SP_TYPE_LEAST_SNAPSHOT 7 /* bytes: utf of one character, i32 */

struct sp_type_reader;

/* What can come behind a snapshot: more snapshots, more roles of a state, more states. */
struct sp_type_rest_ops {
	/* A cheap look: can one begin here? */
	bool (*may_start)(struct sp_cursor in);
	/* Reads the next n. */
	int (*read)(struct sp_type_reader *r, size_t n, struct sp_error *err);
};

/* n of them must follow, then what `up` says; NULL: the end of the reader's bytes. */
struct sp_type_rest {
	const struct sp_type_rest_ops *ops;
	size_t n;
	unsigned depth;
	const struct sp_type_rest *up;
};

#define SP_TYPE_MEMO 256

/* The search for the ends of unknown snapshots in one header: it must not run away. */
struct sp_type_search {
	uint64_t work;
	uint64_t limit;
	struct sp_type_memo {
		uint64_t key;       /* of a place and what must follow it; 0: none */
		const uint8_t *end; /* NULL: there is no end */
	} memo[SP_TYPE_MEMO];
};

struct sp_type_reader {
	struct sp_cursor in;
	struct sp_arena *arena;
	bool bounded;         /* what is read must end where `in` ends */
	uint32_t state_kinds; /* that may come: 1 << enum sp_state_kind */
	unsigned depth;
	const struct sp_type_rest *rest;
	struct sp_type_search *search;
	bool trial;      /* trying an end */
	bool proved;     /* while trying: the rest is known to fit, the failure only unwinds */
	unsigned trials; /* how many are under way */
};

/* An empty search in `n` bytes. */
struct sp_type_search sp_type_search_for(size_t n);

/* Accounts for `n` units of work; false when there was too much of it. */
bool sp_type_spend(struct sp_type_reader *r, uint64_t n);

/* One versioned snapshot. */
int sp_type_read_versioned(
	struct sp_type_reader *r, const struct sp_type **ret, struct sp_error *err);

/* i32 proxy version, then a versioned or a legacy snapshot. */
int sp_type_read_proxied(
	struct sp_type_reader *r, const struct sp_type **ret, struct sp_error *err);

/* n versioned snapshots, as the children of `type`. */
int sp_type_read_children(
	struct sp_type_reader *r, struct sp_type *type, size_t n, struct sp_error *err);

/* NestedSerializersSnapshotDelegate; `expected` children, 0: any number. */
int sp_type_read_nested(
	struct sp_type_reader *r, struct sp_type *type, size_t expected, struct sp_error *err);

/* Of a body that is not understood; the cursor stands at its start. */
int sp_type_read_unknown(struct sp_type_reader *r, struct sp_type *type, struct sp_error *err);

/* A legacy snapshot: utf class, i32 version, body. */
int sp_type_read_legacy(struct sp_type_reader *r, const struct sp_type **ret, struct sp_error *err);

/* Version that announces a legacy snapshot inside a versioned one; the cursor stands behind it. */
#define SP_TYPE_ADAPTER_VERSION 0x7a53c4f0 /* BackwardsCompatibleSerializerSnapshot */
int sp_type_read_adapter(struct sp_type_reader *r, struct sp_type *type, struct sp_error *err);

/* Pairs of a Java-serialized serializer and a proxied snapshot: the snapshots, of kind SP_LEGACY
 * where there is only the serializer. */
int sp_type_read_resilient(
	struct sp_type_reader *r, const struct sp_type ***ret, size_t *n, struct sp_error *err);

/* i32 1, blob: a Java-serialized serializer; gives a type of kind SP_LEGACY. */
int sp_type_read_prior(struct sp_type_reader *r, const struct sp_type **ret, struct sp_error *err);

/* A reader of `bytes`, which must be read to their end; everything else as in `r`. */
struct sp_type_reader sp_type_reader_within(const struct sp_type_reader *r, struct sp_slice bytes);

/* An all-empty type of kind SP_OPAQUE. */
struct sp_type *sp_type_new(struct sp_arena *arena);

/* Reads a whole frame that holds one versioned snapshot. */
int sp_type_read_frame(const struct sp_type_reader *r, struct sp_slice frame,
	const struct sp_type **ret, struct sp_error *err);

/*
 * Gives a registered class of Kryo the next id, in by_id, which has room. One that has an id
 * already keeps it, unless the job chose another serializer for it.
 */
void sp_type_add_kryo_class(struct sp_type *type, struct sp_slice name, bool has_serializer);

/* Can this be the name of a Java class? */
bool sp_type_is_class_name(struct sp_slice name);

/* `name` for a message: UTF-8 without control characters, not too long. */
const char *sp_type_printable(struct sp_arena *arena, struct sp_slice name);

struct sp_type_class {
	const char *name; /* of the snapshot class */
	const char *text; /* what sp_type_text says */
	enum sp_type_kind kind;
	int32_t min, max; /* snapshot versions that `body` reads */
	int (*body)(struct sp_type_reader *r, const struct sp_type_class *class,
		struct sp_type *type, struct sp_error *err);
	/* Composites. */
	int32_t min_outer, max_outer;
	int (*outer)(struct sp_type_reader *r, struct sp_type *type, struct sp_error *err);
	size_t n_children; /* 0: any number */
	int32_t bare;      /* version, written by 1.7, without the two words in front; 0: none */
};

/* NULL: not known. */
const struct sp_type_class *sp_type_class_find(struct sp_slice name);

#define SP_TYPE_BODY(name)                                                                         \
	int name(struct sp_type_reader *r, const struct sp_type_class *class,                      \
		struct sp_type *type, struct sp_error *err)
#define SP_TYPE_OUTER(name)                                                                        \
	int name(struct sp_type_reader *r, struct sp_type *type, struct sp_error *err)

SP_TYPE_BODY(sp_type_body_simple);    /* type-snapshot.c */
SP_TYPE_BODY(sp_type_body_generic);   /* type-snapshot.c */
SP_TYPE_BODY(sp_type_body_composite); /* type-snapshot.c */
SP_TYPE_BODY(sp_type_body_ttl_aware); /* type-snapshot.c */
SP_TYPE_BODY(sp_type_body_pojo);      /* type-body.c */
SP_TYPE_BODY(sp_type_body_kryo);
SP_TYPE_BODY(sp_type_body_enum);
SP_TYPE_BODY(sp_type_body_scala_enum);
SP_TYPE_BODY(sp_type_body_avro);
SP_TYPE_BODY(sp_type_body_row_data); /* type-sql.c */
SP_TYPE_BODY(sp_type_body_binary_row_data);
SP_TYPE_BODY(sp_type_body_array_data);
SP_TYPE_BODY(sp_type_body_map_data);
SP_TYPE_BODY(sp_type_body_decimal_data);
SP_TYPE_BODY(sp_type_body_timestamp_data);
SP_TYPE_BODY(sp_type_body_sorted_map);
SP_TYPE_BODY(sp_type_body_sqn_row_key);

SP_TYPE_OUTER(sp_type_outer_class); /* type-snapshot.c */
SP_TYPE_OUTER(sp_type_outer_padding);
SP_TYPE_OUTER(sp_type_outer_flag_4);    /* a flag from outer version 4, implied in 3 */
SP_TYPE_OUTER(sp_type_outer_flag_3);    /* a flag from outer version 3, implied in 2 */
SP_TYPE_OUTER(sp_type_outer_flag_2);    /* a flag from outer version 2 */
SP_TYPE_OUTER(sp_type_outer_data_type); /* type-sql.c */

#endif
